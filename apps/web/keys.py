"""API keys: `sm_<kind>_<id>_<secret><check>`, of which only a hash is kept.

The secret is 256 random bits, so that one SHA-256 is enough: slow hashes protect words that people
choose. The check (CRC-32) lets scanners for leaked secrets know a key without asking the service.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ...core.errors import InputError
from ...core.times import moment, now, utc
from ...memory.filters import condition
from .database import Database
from .errors import NotFound, Unauthorized
from .identifiers import base32, must_be_a_line
from .rights import CONDITIONAL, EVERY_MEMORY, EVERY_SCOPE, RIGHTS, Kind, Right

__all__ = ["LOCAL", "Key", "Keys", "parse_token"]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID, _SECRET, _CHECK = 10, 43, 6
"""Characters: 50 bits in base 32; 256 bits and 32 bits in base 62."""
_TOKEN = re.compile(rf"sm_([aegkm])_([0-9A-Z]{{{_ID}}})_([0-9A-Za-z]{{{_SECRET + _CHECK}}})")
_NAME = 200
"""Characters of a key's name."""
_PREFIX = 100
"""Characters of a prefix, which leaves as many for the rest of a scope's name."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: what it may and for whom it is, not its secret."""

    id: str
    kind: Kind
    name: str
    memories: tuple[str, ...] = ()
    """Names of the memories it sees, or `*` for all."""
    prefix: str = ""
    """What the scopes that it names begin with; it is put before them. "": it names every scope."""
    where: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Metadata that documents must have to be seen with it (`memory.filters`)."""
    created_at: str = ""
    created_by: str = ""
    expires_at: str | None = None
    revoked_at: str | None = None
    last_used: str | None = None
    """Day of its last use."""

    def may(self, right: Right) -> bool:
        """Whether it has a right: that of its kind and, with conditions, at most an agent's."""
        kind = Kind.AGENT if self.where and self.kind not in CONDITIONAL else self.kind
        return right in RIGHTS[self.kind] and right in RIGHTS[kind]

    def sees(self, memory: str) -> bool:
        """Whether a memory exists for it."""
        return memory in self.memories or EVERY_MEMORY in self.memories

    @property
    def valid(self) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now() < self.expires_at)


LOCAL = Key("local", Kind.ADMIN, "this machine", (EVERY_MEMORY,))
"""Stands for whoever calls a service that asks for no keys."""


class Keys:
    """The keys of a service, in its database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        kind: Kind,
        name: str,
        *,
        memories: Sequence[str] = (),
        prefix: str = "",
        where: Mapping[str, Any] | None = None,
        expires_at: str | None = None,
        by: str = "",
    ) -> tuple[Key, str]:
        """Make a key; returns it, and the token, which can be told this once only.

        Without a prefix a key to ask, or with conditions, gets one of its own, made from its id;
        others end with a slash, so that none begins another's by chance; `*`: it names every scope.
        Raises InputError for a name, prefix, condition or time that is none, where no memory is
        named, for conditions of a kind that has none, and for a prefix that would share
        conversations with a key of other conditions.
        """
        condition(where)
        _check_conditions(kind, where, prefix)
        identifier = base32(secrets.randbits(5 * _ID), _ID)
        key = Key(
            identifier,
            kind,
            _checked_name(name),
            _checked_memories(kind, memories),
            _prefix_of(identifier, kind, where, _checked_prefix(prefix)),
            dict(where or {}),
            now(),
            by,
            None if expires_at is None else moment(expires_at),
        )
        self._check_sharing(key)
        secret = _base62(secrets.randbits(256), _SECRET)
        with self._database.write() as connection:
            _insert(connection, key, _hash(secret))
        return key, _token(key, secret)

    def check(self, token: str) -> Key:
        """The key of a token. Raises Unauthorized for any other text, without saying more."""
        parsed = parse_token(token)
        if parsed is not None:
            identifier, secret = parsed
            with self._database.read() as connection:
                row = connection.execute(
                    "SELECT * FROM keys WHERE id = ?", (identifier,)
                ).fetchone()
            if row is not None and hmac.compare_digest(row["hash"], _hash(secret)):
                key = _key(row)
                if key.valid and token.startswith(f"sm_{key.kind.letter}_"):
                    self._note_use(key)
                    return key
        raise Unauthorized(
            "this key is not valid here: it is mistyped, expired or revoked; ask whoever runs the "
            "service for one"
        )

    def get(self, identifier: str) -> Key:
        """A key by its id. Raises NotFound."""
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM keys WHERE id = ?", (identifier,)).fetchone()
        if row is None:
            raise NotFound(f"no key {identifier!r}; `spanmem keys list` shows those there are")
        return _key(row)

    def all(self) -> list[Key]:
        """All keys, newest last, revoked ones included."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT * FROM keys ORDER BY created_at, id").fetchall()
        return [_key(row) for row in rows]

    def revoke(self, identifier: str) -> Key:
        """End a key, and the sessions that were begun with it. Raises NotFound."""
        self.get(identifier)
        with self._database.write() as connection:
            connection.execute(
                "UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                (now(), identifier),
            )
            connection.execute("DELETE FROM sessions WHERE key = ?", (identifier,))
            connection.execute("DELETE FROM sign_in_links WHERE key = ?", (identifier,))
        return self.get(identifier)

    def rotate(self, identifier: str, *, hours: float = 24.0, by: str = "") -> tuple[Key, str]:
        """A successor with the same rights; the old key ends after so many hours.

        Raises NotFound, and InputError for a key that has ended already.
        """
        old = self.get(identifier)
        if not old.valid:
            raise InputError(f"key {identifier} has ended already; make a new one")
        until = utc(datetime.now(UTC) + timedelta(hours=hours))
        new, token = self.add(
            old.kind,
            old.name,
            memories=old.memories,
            prefix=old.prefix or EVERY_SCOPE,
            where=old.where,
            expires_at=old.expires_at,
            by=by,
        )
        with self._database.write() as connection:
            connection.execute(
                "UPDATE keys SET expires_at = min(coalesce(expires_at, ?1), ?1) WHERE id = ?2",
                (until, identifier),
            )
        return new, token

    def _check_sharing(self, key: Key) -> None:
        """Raise InputError where a key of other conditions names the same conversations.

        A follow-up is completed from what was said before, so that one would hear the other's
        words. Keys that name every scope are those of people who see every conversation.
        """
        for other in self.all():
            if (
                other.valid
                and other.where != key.where
                and other.prefix
                and key.prefix
                and (other.prefix.startswith(key.prefix) or key.prefix.startswith(other.prefix))
                and any(map(other.sees, key.memories))
            ):
                raise InputError(
                    f"the prefix {key.prefix!r} shares conversations with key {other.id}, which "
                    "sees other documents (where); choose another prefix, or name none"
                )

    def _note_use(self, key: Key) -> None:
        """Note the day, once a day."""
        today = now()[:10]
        if key.last_used != today:
            with self._database.write() as connection:
                connection.execute("UPDATE keys SET last_used = ? WHERE id = ?", (today, key.id))


def parse_token(text: str) -> tuple[str, str] | None:
    """Id and secret of what may be a key; None where its form or its check is wrong."""
    match = _TOKEN.fullmatch(text)
    if match is None:
        return None
    letter, identifier, rest = match.groups()
    secret, check = rest[:_SECRET], rest[_SECRET:]
    return (identifier, secret) if check == _check(letter, identifier, secret) else None


def _token(key: Key, secret: str) -> str:
    check = _check(key.kind.letter, key.id, secret)
    return f"sm_{key.kind.letter}_{key.id}_{secret}{check}"


def _check(letter: str, identifier: str, secret: str) -> str:
    return _base62(zlib.crc32(f"{letter}{identifier}{secret}".encode()), _CHECK)


def _base62(value: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        value, digit = divmod(value, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise InputError("a key's name is empty; say whose it is, such as Ann")
    must_be_a_line("a key's name", name, _NAME)
    return name


def _checked_prefix(prefix: str) -> str:
    must_be_a_line("a prefix of scopes", prefix, _PREFIX)
    if prefix and prefix != EVERY_SCOPE and not prefix.endswith("/"):
        raise InputError(
            f"the prefix {prefix!r} would begin the scopes of {prefix}2 as well; end it with a "
            f"slash: {prefix}/"
        )
    return prefix


def _check_conditions(kind: Kind, where: Mapping[str, Any] | None, prefix: str) -> None:
    if where and kind not in CONDITIONAL:
        raise InputError(
            f"where: a key of the kind {kind.value!r} has no conditions, only ask and agent keys "
            "do; documents of several tenants are kept apart by memories: give each tenant its own"
        )
    if where and prefix == EVERY_SCOPE:
        raise InputError(
            "where, prefix '*': a key with conditions does not see every conversation; leave one "
            "of the two out"
        )


def _prefix_of(identifier: str, kind: Kind, where: Mapping[str, Any] | None, prefix: str) -> str:
    """What the scopes of a key begin with; keys that were made without a prefix are made out."""
    if prefix == EVERY_SCOPE and not where:
        return ""
    own = kind is Kind.ASK or (kind in CONDITIONAL and where)
    return prefix or (f"{identifier}/" if own else "")


def _checked_memories(kind: Kind, memories: Sequence[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(memories))
    if kind is Kind.ADMIN:
        # It can make keys for any memory, so that naming some would promise what does not hold.
        if names not in ((), (EVERY_MEMORY,)):
            raise InputError("an admin key sees all memories; name none, or choose another kind")
        return (EVERY_MEMORY,)
    if kind is Kind.METRICS:
        return names
    if not names or EVERY_MEMORY in names:
        raise InputError(
            f"which memories may this {kind} key see? name each; only an admin key sees all"
        )
    return names


def _insert(connection: sqlite3.Connection, key: Key, digest: bytes) -> None:
    connection.execute(
        "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
        (
            key.id,
            key.kind.value,
            key.name,
            digest,
            json.dumps(key.memories),
            key.prefix or EVERY_SCOPE,
            json.dumps(key.where),
            key.created_at,
            key.created_by,
            key.expires_at,
        ),
    )


def _key(row: sqlite3.Row) -> Key:
    kind, where = Kind(row["kind"]), json.loads(row["conditions"])
    return Key(
        row["id"],
        kind,
        row["name"],
        tuple(json.loads(row["memories"])),
        _prefix_of(row["id"], kind, where, row["prefix"]),
        where,
        row["created_at"],
        row["created_by"],
        row["expires_at"],
        row["revoked_at"],
        row["last_used"],
    )
