"""What a reader of documents makes of a file: its text, and where pages and rows lie in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...core.records import Scalar

__all__ = ["Extracted", "TextBuilder"]


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of one document, in reading order."""

    text: str
    title: str = ""
    """As the document names itself; "" where it does not."""
    pages: tuple[int, ...] = ()
    """Where page 1, 2, ... start in `text`; empty for formats without pages."""
    rows: tuple[tuple[int, int], ...] = ()
    """Stretches of `text` that are a table's row each, read by themselves."""
    metadata: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    """What the document says of itself, to filter by."""
    notices: tuple[str, ...] = ()
    """What people should be told, such as an encoding that was guessed."""


class TextBuilder:
    """Puts a document's text together, block by block, in linear time."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._pages: list[int] = []
        self._rows: list[tuple[int, int]] = []

    def add(self, text: str, *, before: str = "\n\n") -> None:
        """A block of text: a paragraph, a heading. `before` divides it from the one above.

        Space around it is dropped; a block of space alone is none.
        """
        self._put(text.strip(), before)

    def add_rows(self, texts: Iterable[str]) -> None:
        """Rows of a table, each of which is to be read by itself (see `grids.row_texts`)."""
        before = "\n\n"
        for text in map(str.strip, texts):
            if text:
                self._put(text, before)
                self._rows.append((self._length - len(text), self._length))
                before = "\n"

    def start_page(self) -> None:
        """What is added from here on stands on the next page; a page may be empty."""
        self._pages.append(-1)

    def extracted(self, title: str = "", metadata: Mapping[str, Scalar] | None = None) -> Extracted:
        """All that was added."""
        pages = tuple(self._length if page < 0 else page for page in self._pages)
        rows = tuple(self._rows)
        return Extracted("".join(self._parts), title, pages, rows, dict(metadata or {}))

    def _put(self, text: str, before: str) -> None:
        if not text:
            return
        if self._parts:
            self._parts.append(before)
            self._length += len(before)
        at = len(self._pages)
        while at and self._pages[at - 1] < 0:
            at -= 1
            self._pages[at] = self._length
        self._parts.append(text)
        self._length += len(text)
