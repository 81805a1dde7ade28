"""A memory's documents as people look through them: page by page, by name, and as whole texts."""

from __future__ import annotations

from collections.abc import Iterable

from ..core import arguments as kinds
from ..core.records import DocumentInfo, Passage, document_key
from .documents import DocumentRows
from .filters import Condition, Where, condition, named

__all__ = ["CatalogOfRows", "joined_text"]

_ENDS = frozenset(".!?…。！？:;,")
"""How a sentence ends that another may follow on the same line."""
_BEGINS = frozenset("#|-*•")
"""How a line begins that is a heading, a row or an item."""


class CatalogOfRows:
    """What `Memory` has of `protocol.Catalog`: it reads the rows alone."""

    _rows: DocumentRows
    _named: tuple[int, dict[str, str]] | None = None
    """A generation, and the ids of its documents by key."""

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

        `prefix` is how their ids begin, `text` holds words, each of which stands in the id or the
        title, in any case, and `where` bounds them by metadata: see `memory.filters`. A page stays
        right whatever is stored or removed meanwhile. Raises InputError for a condition that makes
        no sense.
        """
        return self._rows.page(_bounds(prefix, text, where), after, limit)

    @kinds.takes(prefix=kinds.text, text=kinds.text, where=kinds.optional(kinds.conditions))
    def count_documents(
        self, *, prefix: str = "", text: str = "", where: Where | None = None
    ) -> int:
        """How many documents `list_documents` has of these. Raises InputError as it does."""
        bounds = _bounds(prefix, text, where)
        sql = " AND ".join(bound.sql for bound in bounds) or "1"
        values = tuple(value for bound in bounds for value in bound.values)
        return self._rows.number_of(Condition(sql, values))

    @kinds.takes(key=kinds.string)
    def document(self, key: str) -> DocumentInfo | None:
        """The document of this key (`DocumentInfo.key`), None where there is none (any more)."""
        generation = self._rows.generation()
        held = self._named
        if held is None or held[0] != generation:
            held = generation, {document_key(name): name for name in self._rows.ids()}
            self._named = held
        name = held[1].get(key)
        return None if name is None else self._rows.info(name)

    @kinds.takes(document=kinds.string)
    def text(self, document: str) -> str | None:
        """A document's text, exact at every character but space; None where there is no such id.

        Where a piece of it is in no passage, which is nothing but space, there are as many spaces
        or line breaks: see `joined_text`.
        """
        passages = list(self._rows.passages(document))
        return joined_text(passages) if passages or self._rows.known([document]) else None


def _bounds(prefix: str, text: str, where: Where | None) -> list[Condition]:
    return [bound for bound in (named(prefix, text), condition(where)) if bound is not None]


def joined_text(passages: Iterable[Passage]) -> str:
    """A document's text from its passages, in any order; space at its end is lost.

    Passages hold every character but space, so that each such character is exact and in its place.
    What lies between two of them is filled: one character with a line break where a line seems to
    end there, else with a space; several with an empty line and spaces.
    """
    parts: list[str] = []
    at, last = 0, ""
    for passage in sorted(passages, key=lambda passage: passage.start):
        if passage.end <= at:
            continue
        if passage.start > at:
            parts.append(_gap(passage.start - at, last, passage.text[:1]))
        parts.append(passage.text[max(0, at - passage.start) :])
        at, last = passage.end, passage.text[-1:]
    return "".join(parts)


def _gap(length: int, before: str, behind: str) -> str:
    """As much space as stood between two characters, or before the first one."""
    if length == 1:
        return " " if before in _ENDS and behind not in _BEGINS else "\n"
    return ("\n\n" if before else "").ljust(length)
