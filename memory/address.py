"""Addresses of memories: a path is a folder, `postgresql://user@host/db?memory=support` a server's.

A password is never shown: `Address.shown` stands in messages, statistics and reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from ..core.errors import InputError

__all__ = ["DEFAULT_NAME", "SCHEMES", "Address", "scheme_of", "shown"]

SCHEMES = ("postgresql", "postgres")
"""Schemes of addresses that are a server's."""
DEFAULT_NAME = "spanmem"
"""The memory that an address means which names none."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,40})://")
_SLIP = re.compile(r"(postgres(?:ql)?):(?!//)", re.IGNORECASE)
"""An address with too few slashes, or made a path, which loses one: no folder is called so."""
_NAME_BYTES = 63
"""PostgreSQL cuts longer names off."""
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]{0,60}\]|[^:@/\[\]]{0,300})(?::[0-9]{0,5})?")
"""A host of an authority, with its port."""
_ESCAPES = "(a password's own @ : / ? # % are written as %40 %3A %2F %3F %23 %25)"
_OWN = "memory"
_SHOWN = ("user", "host", "port", "dbname")
_FORM = "write postgresql://USER@HOST/DATABASE?memory=NAME"


def scheme_of(source: object) -> str | None:
    """The scheme of a text that is a URL, in small letters; None for a path."""
    found = _SCHEME.match(source) if isinstance(source, str) else None
    found = found or _SLIP.match(str(source))
    return None if found is None else found[1].lower()


def shown(source: object) -> str:
    """A memory's path or URL for messages: without a password, and of a URL without its query."""
    text = str(source)
    if scheme_of(text) is None:
        return text
    head, _, rest = text.partition(":")
    rest = rest.lstrip("/")
    if head.lower() in SCHEMES:
        try:
            return Address.parsed(text).shown
        except InputError:
            return f"{head}://…"
    place = rest.partition("?")[0].partition("#")[0]
    credentials, at, where = place.rpartition("@")
    return f"{head}://{credentials.partition(':')[0]}{at}{where}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a memory on a server is."""

    name: str
    """Of the memory: the schema that holds its tables."""
    parameters: tuple[tuple[str, str], ...] = field(repr=False)
    """What libpq connects by; it may hold a password."""
    shown: str
    """The address without a password."""

    @classmethod
    def parsed(cls, url: str) -> Address:
        """The parts of `postgresql://user@h1,h2:5433/db?memory=support&sslmode=require`.

        Raises InputError, which repeats nothing of what cannot be read: it may be a password.
        """
        if _SLIP.match(url.strip()):
            raise _unreadable("two slashes are missing behind postgresql:")
        url = _SCHEME.sub("postgresql://", url.strip(), count=1)
        base, _, query = url.partition("?")
        authority, _, path = base.removeprefix("postgresql://").partition("/")
        hosts = authority.rpartition("@")[2].split(",")
        if "@" in path or authority.count("@") > 1 or not all(map(_HOST.fullmatch, hosts)):
            # Shown as it is taken, a part of a password would stand for a host or a database.
            raise _unreadable(f"its host or port is none {_ESCAPES}")
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        except ValueError:
            raise _unreadable("what follows its question mark is no NAME=VALUE list") from None
        names = [value for key, value in pairs if key == _OWN]
        if len(names) > 1:
            raise _unreadable("it names two memories")
        rest = [(key, value) for key, value in pairs if key != _OWN]
        target = base + ("?" + urlencode(rest, quote_via=quote) if rest else "")
        name = _checked(names[0] if names else DEFAULT_NAME)
        parameters = _connection_parameters(target)
        return cls(name, tuple(parameters.items()), _without_password(parameters, name))


def _unreadable(why: str) -> InputError:
    return InputError(f"the memory's address postgresql://… cannot be read: {why}; {_FORM}")


def _checked(name: str) -> str:
    """The name of a memory. Raises InputError for one that no schema can have."""
    size = len(name.encode("utf-8", "replace"))
    if not name.strip() or "\0" in name or size > _NAME_BYTES or not name.isprintable():
        raise InputError(
            f"{name[:80]!r} is no name of a memory on a server: it has {size} bytes or odd "
            f"characters; name it by up to {_NAME_BYTES} bytes of letters, digits and dashes"
        )
    if name.startswith("pg_") or name == "information_schema":
        raise InputError(f"{name!r} is a name of PostgreSQL's own; give the memory another one")
    return name


def _connection_parameters(target: str) -> dict[str, str]:
    """What libpq reads in a URL. Raises InputError where it cannot, or psycopg is missing."""
    from .backends.postgresql.driver import psycopg

    driver = psycopg()
    try:
        parsed: dict[str, Any] = driver.conninfo.conninfo_to_dict(target)
    except driver.ProgrammingError as error:
        # What libpq says of it may repeat a part of the password.
        unknown = re.search(r'invalid URI query parameter: "([a-z_]{1,40})"', str(error))
        why = "libpq does not take it"
        if unknown is not None and "@" not in target.partition("?")[2]:
            why = f"libpq knows no parameter {unknown[1]!r}"
        raise _unreadable(f"{why} {_ESCAPES}") from None
    return {key: str(value) for key, value in parsed.items()}


def _without_password(parameters: dict[str, str], name: str) -> str:
    """`postgresql://user@h1:5432,h2:5432/db?memory=support`."""
    user, host, port, database = (parameters.get(key, "") for key in _SHOWN)
    credentials = f"{quote(user, safe='')}@" if user else ""
    hosts = ",".join(_joined_hosts(host, port))
    path = f"/{quote(database, safe='')}" if database else "/"
    return f"postgresql://{credentials}{hosts}{path}?memory={quote(name, safe='')}"


def _joined_hosts(host: str, port: str) -> list[str]:
    hosts, ports = quote(host, safe=",:[]").split(","), port.split(",")
    if len(ports) != len(hosts):
        ports = ports[:1] * len(hosts)
    return [f"{h}:{p}" if p else h for h, p in zip(hosts, ports, strict=True)]
