"""`spanmem serve`: the HTTP API and the page."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as opt

if TYPE_CHECKING:
    import socket

    from ...pipeline.settings import Settings
    from ..web.service import Service

__all__ = ["serve"]

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
"""What a memory's name cannot hold."""


def serve(
    ctx: typer.Context,
    places: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PLACE]...",
            help="Memories to serve, or documents: these are indexed into a memory of their name "
            "in the data folder, on the first start.",
        ),
    ] = None,
    memories: Annotated[
        list[str] | None,
        typer.Option(
            "--memory",
            "-m",
            metavar="[NAME=]PLACE",
            help="A memory to serve, beside those in the data folder; may be given several times.",
        ),
    ] = None,
    service_data: opt.ServiceData = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", help="Port to listen on; 0: any.")
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option("--public-url", metavar="URL", help="By which address people reach it."),
    ] = None,
    behind_proxy: Annotated[
        bool | None,
        typer.Option("--behind-proxy", help="A proxy in front of it does the encryption."),
    ] = None,
    tls_cert: Annotated[
        str | None, typer.Option("--tls-cert", metavar="FILE", help="Certificate, PEM.")
    ] = None,
    tls_key: Annotated[
        str | None, typer.Option("--tls-key", metavar="FILE", help="The certificate's key, PEM.")
    ] = None,
    auth: Annotated[
        bool | None,
        typer.Option("--auth/--no-auth", help="Ask for keys, or serve this machine without."),
    ] = None,
    log: Annotated[
        str | None,
        typer.Option("--log", metavar="auto|json|text", help="Form of the log, on stderr."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Load all that is needed, say so, and leave.")
    ] = False,
    encoder: opt.EncoderModel = None,
    reader: opt.ReaderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
) -> None:
    """Serve memories to many: an HTTP API and a page, safe from the first start."""
    if not check:  # which says by its exit code whether all is well
        _end_quietly()
    # Threads that spin while they wait take a core from the requests. Before torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        from ..web import logs, server
        from ..web.database import data_folder, sole_use
        from ..web.service import Service
    except ModuleNotFoundError as error:
        from ...core.errors import missing_extra

        raise missing_extra("serve", f"serving needs {error.name}") from error

    settings = opt.invocation(ctx, os.environ).settings
    server.must_be_safe(settings.service)
    logs.configure(settings.service.log)
    data = data_folder(settings)
    with sole_use(data), Service(_with_places(settings, places or [], data), data) as service:
        _warn_of_mode(data)
        if check:
            service.start()
            typer.echo(f"all is well: {', '.join(service.memories.names())}")
            return
        with server.bind(settings.service) as listening:
            _welcome(service, listening)
            server.run(service, listening)


def _end_quietly() -> None:
    """Have whoever stops the service while it still starts see that it ended as it should."""

    def end(_signal: int, _frame: object) -> None:
        typer.echo("stopped while it was starting", err=True)
        raise SystemExit(0)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)


def _with_places(settings: Settings, places: list[str], data: Path) -> Settings:
    """The settings with the memories among `places`; documents are indexed first.

    Raises InputError for what is neither, and what indexing raises.
    """
    from ...core.errors import InputError
    from ...memory.database import FILE

    memories = list(settings.service.memories)
    for place in places:
        path = Path(place)
        if "://" in place or (path / FILE).is_file():
            memories.append(place)
        elif path.exists():
            _index_once(path, data, settings)
        else:
            raise InputError(f"{place}: neither a memory nor documents; name a file or folder")
    return settings.override({"service.memories": memories})


def _index_once(path: Path, data: Path, settings: Settings) -> None:
    """Index documents into a memory of their name in the data folder, unless there is one."""
    from ...pipeline.indexing import index_with_report
    from ..web.memories import SUFFIX
    from .progress import IndexProgress

    absolute = path.absolute()
    name = _UNFIT.sub("-", absolute.stem if path.is_file() else absolute.name).strip("-._")
    into = data / "memories" / f"{name or 'documents'}{SUFFIX}"
    if into.exists():
        again = shlex.join(("spanmem", "index", str(path), "--memory", str(into), "--prune"))
        typer.echo(
            f"{path} was indexed before, into {into}; what has changed there since comes in, also "
            f"while this serves, by `{again}`",
            err=True,
        )
        return
    with IndexProgress() as progress:
        memory, report = index_with_report(
            [path],
            into=into,
            settings=settings,
            skip_bad=True,
            on_bad=progress.bad,
            progress=progress.step,
        )
    memory.close()
    typer.echo(f"indexed {report.documents:,} documents of {path} into {into}", err=True)


def _warn_of_mode(data: Path) -> None:
    if data.stat().st_mode & 0o077:
        typer.echo(f"{data} is open to other users of this machine; chmod 700 closes it", err=True)


def _welcome(service: Service, listening: socket.socket) -> None:
    """Say where it is, and at the first start how to get in."""
    from ..web import server, signin

    settings = service.settings.service
    base = server.address(settings, listening)
    names = ", ".join(service.memories.names()) or "an empty memory"
    typer.echo(f"SpanMem serves {names} at {base}", err=True)
    signin.note_address(service.data, base)
    if not settings.auth:
        typer.echo("without keys: whoever can run programs on this machine may do all", err=True)
        return
    login = signin.first_login(service, base)
    if login is None:
        return
    if sys.stderr.isatty():
        typer.echo(f"Sign in here, once, within ten minutes: {login.url}", err=True)
        typer.echo(f"Your admin key, told this once: {login.token}", err=True)
    else:
        path = signin.write_first_login(service, login)
        typer.echo(f"how to sign in stands in {path}", err=True)
