"""`spanmem keys`: who may use the service.

They work on the data folder itself, so that whoever owns it is never locked out.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as opt
from .output import print_json

if TYPE_CHECKING:
    from ...pipeline.settings import Settings
    from ..web.audit import Audit
    from ..web.keys import Key, Keys
    from ..web.sessions import Sessions

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Who may use the service: keys and sign-in links.")
Identifier = Annotated[str, typer.Argument(metavar="ID", help="Id of a key, as `list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object to standard output.")]


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Whose it is.")],
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help="admin, editor, agent, ask or metrics.")
    ],
    memories: Annotated[
        list[str] | None,
        typer.Option(
            "--memory", "-m", metavar="NAME", help="A memory it sees; may be given several times."
        ),
    ] = None,
    prefix: Annotated[
        str,
        typer.Option(
            "--prefix",
            metavar="TEXT",
            help="What its scopes begin with, up to a slash; '*': it names every scope. A key to "
            "ask has one of its own if none is given; keys with the same prefix share their "
            "conversations.",
        ),
    ] = "",
    where: opt.Where = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="TIME", help="End, ISO 8601 in UTC.")
    ] = None,
    service_data: opt.ServiceData = None,
    config: opt.ConfigSource = None,
    json_output: AsJson = False,
) -> None:
    """Make a key, and print it: it can be told this once only."""
    with _books(ctx, make=True) as (keys, _, audit):
        from ...core.errors import InputError
        from ..web.rights import Kind

        if kind not in list(Kind):
            raise InputError(f"--kind {kind}: no kind of key; known are {', '.join(Kind)}")
        key, token = keys.add(
            Kind(kind),
            name,
            memories=memories or (),
            prefix=prefix,
            where=opt.parse_where(where or []),
            expires_at=expires,
            by="command line",
        )
        audit.note("key.add", key.id, key="command line")
    _tell_missing(ctx, key)
    _tell(key, token, as_json=json_output)


@app.command("list")
def list_keys(
    ctx: typer.Context,
    service_data: opt.ServiceData = None,
    config: opt.ConfigSource = None,
    json_output: AsJson = False,
) -> None:
    """All keys, without their secrets, which nobody has any more."""
    from dataclasses import asdict

    with _books(ctx) as (keys, _, _):
        every = keys.all()
    if json_output:
        print_json({"keys": [asdict(key) for key in every]})
        return
    for key in every:
        state = "revoked" if key.revoked_at else "valid" if key.valid else "expired"
        sees = ", ".join(key.memories)
        last = key.last_used or "never"
        typer.echo(f"{key.id}  {key.kind:7}  {state:7}  {key.name}  ({sees}; last used {last})")


@app.command()
def revoke(
    ctx: typer.Context,
    key: Identifier,
    service_data: opt.ServiceData = None,
    config: opt.ConfigSource = None,
) -> None:
    """End a key at once, and the sessions that were begun with it."""
    with _books(ctx) as (keys, _, audit):
        keys.revoke(key)
        audit.note("key.revoke", key, key="command line")
    typer.echo(f"{key} is valid no more")


@app.command()
def rotate(
    ctx: typer.Context,
    key: Identifier,
    hours: Annotated[
        float, typer.Option("--hours", metavar="N", help="How long the old one is still valid.")
    ] = 24.0,
    service_data: opt.ServiceData = None,
    config: opt.ConfigSource = None,
    json_output: AsJson = False,
) -> None:
    """Replace a key by a new one with the same rights, and print it."""
    with _books(ctx) as (keys, _, audit):
        new, token = keys.rotate(key, hours=hours, by="command line")
        audit.note("key.rotate", key, key="command line")
    _tell(new, token, as_json=json_output)


@app.command()
def link(
    ctx: typer.Context,
    key: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Id of a key; the newest admin key.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="URL", help="The service's address; where it was begun last."
        ),
    ] = None,
    service_data: opt.ServiceData = None,
    config: opt.ConfigSource = None,
) -> None:
    """A link that signs in at the page, once, within ten minutes."""
    from ...core.errors import InputError

    with _books(ctx) as (keys, sessions, audit):
        from ..web.database import data_folder
        from ..web.rights import Kind
        from ..web.signin import known_address, login_url

        admins = [known for known in keys.all() if known.kind is Kind.ADMIN and known.valid]
        if key is None and not admins:
            raise InputError("no admin key is valid; make one with `spanmem keys add --kind admin`")
        owner = admins[-1] if key is None else keys.get(key)
        token = sessions.link(owner)
        audit.note("link.add", owner.id, key="command line")
    settings = _settings(ctx)
    service = settings.service
    base = url or service.public_url or known_address(data_folder(settings))
    base = base or f"http://{service.host}:{service.port}"
    typer.echo(login_url(base.removesuffix("/"), token))


@contextmanager
def _books(ctx: typer.Context, *, make: bool = False) -> Generator[tuple[Keys, Sessions, Audit]]:
    """The keys, sessions and audit log of the service in the data folder.

    Raises InputError where there is none, unless it is to be made.
    """
    from ...core import files
    from ...core.errors import InputError
    from ..web.audit import Audit
    from ..web.database import FILE, Database, data_folder
    from ..web.keys import Keys
    from ..web.sessions import Sessions

    data = data_folder(_settings(ctx))
    if not make and not (data / FILE).exists():
        raise InputError(f"{data}: no service keeps its data here; name its folder by --data")
    with files.guarded("make", data):
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(data / FILE)
    try:
        keys = Keys(database)
        yield keys, Sessions(database, keys), Audit(database)
    finally:
        database.close()


def _settings(ctx: typer.Context) -> Settings:
    """Those of the service: what else a command is told is about a key."""
    from ...pipeline.environment import from_environment
    from .arguments import Invocation

    overrides = from_environment(os.environ)
    if (data := ctx.params.get("service_data")) is not None:
        overrides["service.data"] = data
    return Invocation.load(ctx.params.get("config"), overrides).settings


def _tell_missing(ctx: typer.Context, key: Key) -> None:
    """Say which of a key's memories are not there: one may be made later, or named at the start."""
    from difflib import get_close_matches

    from ..web.database import data_folder
    from ..web.memories import Memories
    from ..web.rights import EVERY_MEMORY

    settings = _settings(ctx)
    known = Memories(data_folder(settings) / "memories", settings).names()
    for name in key.memories:
        if name != EVERY_MEMORY and name not in known:
            near = get_close_matches(name, known, n=1)
            hint = (
                f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"
            )
            typer.echo(
                f"no memory {name!r} is in the data folder or the settings yet, and the key sees "
                f"nothing until there is; {hint}",
                err=True,
            )


def _tell(key: Key, token: str, *, as_json: bool) -> None:
    if as_json:
        shown = {"id": key.id, "kind": key.kind.value, "name": key.name, "prefix": key.prefix}
        print_json({**shown, "token": token})
        return
    if key.prefix:
        typer.echo(
            f"its conversations lie below {key.prefix}: what it calls customer-42 is "
            f"{key.prefix}customer-42 for others",
            err=True,
        )
    typer.echo(f"key {key.id} for {key.name}; keep it now, it is told this once:", err=True)
    typer.echo(token)
