"""PDF: its text in reading order, with the page that each character stands on.

Lines are joined to paragraphs by their boxes, hyphens at line ends as `line_ends` says, and what
runs from page to page (`running_heads`) is taken out of the sentences it would divide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from ...core.errors import InputError
from .extracted import Extracted, TextBuilder
from .line_ends import LineEnds
from .pdf_layout import Row, Table, checked_boxes, rows_of, tables_in
from .pdf_pages import Page, read_pages
from .running_heads import Running, running_heads

__all__ = ["read_pdf", "text_of"]

_NO_TITLE = ("untitled", "(anonymous)", "anonymous", "(untitled)")
_ENDS = re.compile(r"[.!?…:;。！？][\"'”’»)\]]{0,3}$")
_BULLET = re.compile(r"[•‣◦▪●○■□☐☒☑✓✔·]|[-–—*]\s|#{1,6}\s")
_NUMBERED = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z])[.)]\s")
"""Within a sentence it may be its end, at the start of a line: `in room / 12. Then`."""
_LEADER = re.compile(r"(?:\.\s?){3,8}\d{0,4}$")
"""The end of a line of contents or of an index."""
_LABEL = re.compile(r"[^\W\d_][^:]{0,40}:\s?\S")
_OPEN = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "by",
        "for",
        "to",
        "from",
        "with",
        "and",
        "or",
        "is",
        "are",
        "was",
        "were",
        "be",
        "as",
        "than",
        "that",
        "which",
        "who",
        "not",
        "der",
        "die",
        "das",
        "des",
        "dem",
        "den",
        "ein",
        "eine",
        "einer",
        "eines",
        "und",
        "oder",
        "von",
        "zu",
        "zum",
        "zur",
        "im",
        "am",
        "mit",
        "für",
        "auf",
        "ist",
        "sind",
        "le",
        "la",
        "les",
        "un",
        "une",
        "des",
        "du",
        "de",
        "et",
        "ou",
        "à",
        "en",
        "el",
        "los",
        "las",
        "un",
        "una",
        "y",
        "o",
    ]
)
"""Words that no line ends with on purpose."""
_SIZE = 1.2
"""Ratio of two lines' heights from which on they are no part of one paragraph."""
_SPACE = 0.35
"""Space above a line, in heights beyond the usual one, that begins a paragraph."""
_SHORT = 0.75
"""Share of the column's width below which a line was ended on purpose."""
_SEEN, _MOSTLY, _STAMP = 0.02, 0.6, 100
"""Share of a page without text that pictures cover, of one with a few characters, and so many."""
_RANGES = 10
"""Runs of pages that a notice names."""
_COLUMN = 2.0
"""Points that the lines of a column may begin apart, in heights."""


def read_pdf(path: Path) -> Extracted:
    """The text of all pages with where each begins; tables' rows and checked boxes as rows.

    Raises InputError where the file is damaged, locked or without text, OSError where it cannot be
    opened.
    """
    title, pages = read_pages(path)
    extracted = text_of(title, pages)
    if not extracted.text:
        raise InputError(f"{path}: the PDF holds pictures but no text; run text recognition first")
    unread = [number for number, page in enumerate(pages, 1) if _is_scan(page)]
    return replace(extracted, notices=tuple(_unread(path, unread)))


def _is_scan(page: Page) -> bool:
    """Whether a page shows a picture and hardly any text, such as a stamp or a number."""
    characters = sum(len(line.text) for line in page.lines)
    if not characters and not page.fields:
        return page.pictured >= _SEEN
    return page.pictured >= _MOSTLY and characters < _STAMP


def _unread(path: Path, pages: Sequence[int]) -> Iterator[str]:
    if pages:
        which = "page {} shows" if len(pages) == 1 else "pages {} show"
        yield (
            f"{path}: {which.format(_ranges(pages))} pictures and no text that can be read; run "
            "text recognition first"
        )


def _ranges(numbers: Sequence[int]) -> str:
    """`2-4, 9`; of very many the first."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    named = ["-".join(map(str, part)) for part in parts[:_RANGES]]
    return ", ".join([*named, "..."] if len(parts) > _RANGES else named)


def text_of(title: str, pages: Sequence[Page]) -> Extracted:
    """Pages as PDFium sees them, as one text; takes n log n for n lines."""
    rows = [rows_of(page) for page in pages]
    tables = [tables_in(page) for page in rows]
    inside = [{at for table in found for at in range(table.start, table.end)} for found in tables]
    running = running_heads(rows, inside)
    flow = [
        part
        for number, page in enumerate(rows)
        for part in _parts(number, page, tables[number], running[number])
    ]
    return _put_together(pages, flow, running, _title(title))


def _title(title: str) -> str:
    title = " ".join(title.split()).removeprefix("Microsoft Word - ")
    return "" if title.casefold() in _NO_TITLE else title


@dataclass(frozen=True, slots=True)
class _Part:
    """A line of running text, or a table."""

    page: int
    row: Row
    text: str
    usual: float
    """Space between this page's lines, in points."""
    width: float
    """Right end of the column that it stands in."""
    table: Table | None = None


def _parts(
    number: int, rows: Sequence[Row], tables: Sequence[Table], running: Running
) -> Iterator[_Part]:
    """A page's lines and tables in order, without what runs through the document."""
    at_table = {table.start: table for table in tables}
    within = {at for table in tables for at in range(table.start, table.end)}
    shown = [at for at in range(len(rows)) if at not in running.rows]
    usual = _usual_space([rows[at] for at in shown])
    ends = _right_ends([rows[at] for at in shown if at not in within])
    for at in shown:
        row = rows[at]
        if (table := at_table.get(at)) is not None:
            yield _Part(number, row, "", usual, row.x1, table)
        elif at not in within:
            width = max(row.x1, ends.get(_column_of(row), row.x1))
            yield _Part(number, row, row.text, usual, width)


def _usual_space(rows: Sequence[Row]) -> float:
    """Median of the spaces between a line and the next below it; 0 where there are none."""
    spaces = [
        above.y0 - below.y1
        for above, below in pairwise(rows)
        if below.y1 <= above.y1 and above.y0 - below.y1 < 2 * above.height
    ]
    return median(spaces) if spaces else 0.0


def _column_of(row: Row) -> int:
    return round(row.x0 / (_COLUMN * 12))


def _right_ends(rows: Sequence[Row]) -> dict[int, float]:
    """How far lines that begin at one place reach to the right."""
    ends: dict[int, float] = {}
    for row in rows:
        for column in (_column_of(row) - 1, _column_of(row), _column_of(row) + 1):
            ends[column] = max(ends.get(column, 0.0), row.x1)
    return ends


def _put_together(
    pages: Sequence[Page], flow: Sequence[_Part], running: Sequence[Running], title: str
) -> Extracted:
    """All parts in one text, with the starts of pages."""
    ends = LineEnds(part.text for part in flow if part.table is None)
    builder = TextBuilder()
    heads: list[str] = []  # what heads and boxes say waits until a paragraph begins
    boxes: list[str] = []

    def start_pages(end: int) -> None:
        for page in range(started, end):
            builder.start_page()
            heads.extend(running[page].says)
            boxes.extend(checked_boxes(pages[page]))

    def tell() -> None:
        for text in heads:
            builder.add(text)
        builder.add_rows(boxes)
        heads.clear()
        boxes.clear()

    started, before = 0, "\n\n"
    for at, part in enumerate(flow):
        start_pages(part.page + 1)
        started = part.page + 1
        if before == "\n\n":
            tell()
        if part.table is not None:
            builder.add_rows(part.table.texts)
            before = "\n\n"
            continue
        text, after = _joint(part, flow[at + 1] if at + 1 < len(flow) else None, ends)
        builder.add(text, before=before)
        before = after
    start_pages(len(pages))
    tell()
    return builder.extracted(title)


def _joint(part: _Part, following: _Part | None, ends: LineEnds) -> tuple[str, str]:
    """The line as it stays in the text, and what stands between it and the next."""
    if following is None or following.table is not None:
        return part.text, "\n\n"
    if (between := _break(part, following)) is not None:
        return part.text, between
    return ends.join(part.text, following.text, soft=part.row.cells[-1].soft)


def _break(part: _Part, following: _Part) -> str | None:
    """What divides two lines that are no one sentence; None if they are, or may be."""
    row, below = part.row, following.row
    if row.level != below.level:
        return "\n\n"
    sizes = sorted((row.height, below.height))
    if sizes[1] > _SIZE * max(0.01, sizes[0]):
        return "\n\n"
    if _LEADER.search(part.text[-12:]):
        return "\n"
    text, first = part.text, following.text[:1]
    ended = _ENDS.search(text[-8:]) is not None
    short = row.x1 - row.x0 < _SHORT * (part.width - row.x0)
    labels = _LABEL.match(following.text) is not None and _LABEL.match(text) is not None
    if short and labels and part.page == following.page:
        return "\n"
    if not ended and (first.islower() or text[-1:] in "-,\u00ad" or _last_word(text) in _OPEN):
        return None
    apart = row.y0 - below.y1 > part.usual + _SPACE * row.height
    if part.page == following.page and apart:
        return "\n\n"
    if _BULLET.match(following.text) or ((ended or short) and _NUMBERED.match(following.text)):
        return "\n"
    if labels or (ended and _LABEL.match(following.text)):
        return "\n"
    if short and not first.isdigit():
        return "\n\n" if part.page != following.page else "\n"
    if ended and part.page != following.page:
        return "\n\n"
    return None


def _last_word(text: str) -> str:
    return text[-20:].rsplit(maxsplit=1)[-1].casefold()
