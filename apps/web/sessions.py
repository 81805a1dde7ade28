"""Sessions of people at the page: a key is exchanged for a cookie that scripts cannot read.

A session is a random id of which a hash is kept. It ends after `IDLE` without a request, after
`LONGEST` in any case, with its key, or when its owner signs out. A sign-in link stands for a key
once, for ten minutes.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ...core.times import now, utc
from .base_path import base_path_of, public_origin
from .database import Database
from .errors import Forbidden, Unauthorized
from .hosts import same_origin
from .keys import Key, Keys

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["Sessions", "cookie_name", "end_cookie", "must_come_from_here", "set_cookie"]

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
LINK = timedelta(minutes=10)
_NOTED = timedelta(minutes=5)
"""How often the last use of a session is written at most."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Sessions:
    """Sessions and sign-in links, in the service's database."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    def link(self, key: Key) -> str:
        """A token that signs in with a key, once, within ten minutes."""
        token, until = secrets.token_urlsafe(32), utc(datetime.now(UTC) + LINK)
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO sign_in_links VALUES (?, ?, ?)", (_hash(token), key.id, until)
            )
        return token

    def redeem(self, token: str) -> Key:
        """The key that a link's token stands for, which it does no more afterwards.

        Raises Unauthorized.
        """
        with self._database.write() as connection:
            row = connection.execute(
                "DELETE FROM sign_in_links WHERE hash = ? RETURNING key, expires_at",
                (_hash(token),),
            ).fetchone()
        if row is None or row["expires_at"] <= now():
            raise Unauthorized(
                "this link was used already or is older than ten minutes; sign in with a key, or "
                "have whoever runs the service make a new link"
            )
        return self._valid(row["key"])

    def begin(self, key: Key) -> str:
        """A session of a key; returns what its cookie holds."""
        token, moment = secrets.token_urlsafe(32), datetime.now(UTC)
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
                (_hash(token), key.id, utc(moment), utc(moment), utc(moment + LONGEST)),
            )
        return token

    def check(self, token: str) -> Key:
        """The key of a session. Raises Unauthorized where it has ended."""
        moment = datetime.now(UTC)
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM sessions WHERE hash = ?", (_hash(token),)
            ).fetchone()
        if row is None or row["expires_at"] <= utc(moment) or row["used_at"] <= utc(moment - IDLE):
            raise Unauthorized("you are signed out; sign in again")
        if row["used_at"] <= utc(moment - _NOTED):
            with self._database.write() as connection:
                connection.execute(
                    "UPDATE sessions SET used_at = ? WHERE hash = ?", (utc(moment), _hash(token))
                )
        return self._valid(row["key"])

    def end(self, token: str) -> None:
        """Sign out; harmless where the session has ended already."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM sessions WHERE hash = ?", (_hash(token),))

    def expire(self) -> None:
        """Delete what has ended by its time."""
        moment = datetime.now(UTC)
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM sessions WHERE expires_at <= ? OR used_at <= ?",
                (utc(moment), utc(moment - IDLE)),
            )
            connection.execute("DELETE FROM sign_in_links WHERE expires_at <= ?", (utc(moment),))

    def _valid(self, identifier: str) -> Key:
        key = self._keys.get(identifier)
        if not key.valid:
            raise Unauthorized("your key has expired or was revoked; sign in with another")
        return key


def cookie_name(request: Request) -> str:
    """The cookie's name: under https one that browsers bind to this very host.

    Services below several paths of a host have one each.
    """
    base_path = base_path_of(request).replace("/", "-")
    return f"{'__Host-' if request.url.scheme == 'https' else ''}spanmem{base_path}"


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Give a session to the browser: out of reach of scripts, and never sent by other sites."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def end_cookie(request: Request, response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(
        cookie_name(request),
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def must_come_from_here(request: Request, *, browser: bool = True) -> None:
    """Raise Forbidden for a change that another site lets the browser ask for (CSRF).

    Browsers say by `Sec-Fetch-Site` whose page a request is of; old ones, and all where the page is
    not encrypted, by `Origin`. `browser`: what says neither is refused, too, since it came with a
    cookie.
    """
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        here = site == "same-origin"
    elif origin is not None:
        here = same_origin(
            origin,
            scheme=request.url.scheme,
            host=request.headers.get("host", ""),
            public=public_origin(request),
        )
    else:
        here = not browser
    if not here:
        raise Forbidden(
            "this change was asked for by a page of another site, and is refused; open the "
            "service's own page, or send a key as `Authorization: Bearer sm_...`"
        )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
