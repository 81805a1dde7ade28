"""A memory's documents as people look through them: page by page, by name, and as whole texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from ....core import arguments as kinds
from ....core.records import DocumentInfo
from ...catalog import joined_text
from ...filters import Where, condition
from .connections import Connections
from .facets import ServerDialect
from .passages import INFO, PassageRows
from .values import storable
from .writing import named

__all__ = ["ServerCatalog"]

_HEAD = 200
"""Characters of an id by which an index puts documents in order."""
_KEY = 16
"""Hex digits of a document's key: the first of those that it is stored under."""


class ServerCatalog:
    """What a memory on a server has of `protocol.Catalog`."""

    _db: Connections
    _rows: PassageRows

    @kinds.takes(
        after=kinds.optional(kinds.string),
        limit=kinds.count(0),
        prefix=kinds.text,
        text=kinds.text,
        where=kinds.optional(kinds.conditions),
    )
    def list_documents(
        self,
        *,
        after: str | None = None,
        limit: int = 50,
        prefix: str = "",
        text: str = "",
        where: Where | None = None,
    ) -> list[DocumentInfo]:
        """Documents in the order of their ids, by code points: at most `limit` behind id `after`.

        The rest is as `memory.protocol.Catalog` says. Raises InputError for a condition that makes
        no sense.
        """
        bounds, values = _bounds(prefix, text, where)
        if after is not None:
            bounds += f" AND (left(p.id, {_HEAD}), p.id) > (left(%s, {_HEAD}), %s)"
            values += [storable(after)] * 2
        sql = f"{INFO} AS p WHERE {bounds} ORDER BY left(p.id, {_HEAD}), p.id LIMIT %s"
        return self._infos(sql, [*values, limit])

    @kinds.takes(prefix=kinds.text, text=kinds.text, where=kinds.optional(kinds.conditions))
    def count_documents(
        self, *, prefix: str = "", text: str = "", where: Where | None = None
    ) -> int:
        """How many documents `list_documents` has of these. Raises InputError as it does."""
        bounds, values = _bounds(prefix, text, where)
        sql = f"SELECT count(*) FROM documents AS p WHERE {bounds}"
        return int(self._db.one(sql, values, anywhere=True)[0])

    @kinds.takes(key=kinds.string)
    def document(self, key: str) -> DocumentInfo | None:
        """The document of this key (`DocumentInfo.key`), None where there is none (any more)."""
        if len(key) != _KEY or set(key) - set("0123456789abcdef"):
            return None
        ends = [UUID(hex=key + digit * (32 - _KEY)) for digit in "0f"]
        rows = self._infos(f"{INFO} AS p WHERE p.document BETWEEN %s AND %s LIMIT 1", ends)
        return rows[0] if rows else None

    @kinds.takes(document=kinds.string)
    def text(self, document: str) -> str | None:
        """A document's text, exact at every character but space; None where there is no such id.

        See `memory.catalog.joined_text`.
        """
        passages = list(self._rows.passages(document))
        return joined_text(passages) if passages or self._rows.known([document]) else None

    def _infos(self, sql: str, values: Sequence[Any]) -> list[DocumentInfo]:
        rows = self._db.all(sql, values, anywhere=True)
        return [self._rows.info(row) for row in rows]


def _bounds(prefix: str, text: str, where: Where | None) -> tuple[str, list[Any]]:
    """What documents must meet, in SQL over `p`, and its values."""
    parts, values = ["true"], list[Any]()
    if prefix:
        parts.append("starts_with(p.id, %s)")
        values.append(storable(prefix))
    for word in named(text).split():
        parts.append("strpos(p.named, %s) > 0")
        values.append(word)
    bound = condition(where, ServerDialect)
    if bound is not None:
        parts.append(bound.sql)
        values += bound.values
    return " AND ".join(parts), values
