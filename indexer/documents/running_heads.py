"""What stands on page after page: running heads, footers and numbers of pages.

They would stand in the middle of sentences that go on over the page. What they say is kept once,
where it comes first; a number of a page says nothing that the page itself does not.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .pdf_layout import Row

__all__ = ["Running", "running_heads"]

_DEPTH = 4
"""Rows at the top and at the bottom of a page that are looked at."""
_REACH = 0.35
"""Of the height between a page's outermost rows, in which heads and footers stand."""
_SAME_PLACE = 3.0
"""Points that a head may move between pages."""
_APART = 0.6
"""Space between a head and the text, in heights, by which it is told from a line of the text."""
_MANY = 0.4
"""Share of the pages that a head stands on which no space divides from the text."""
_LONGEST = 200
"""Characters of a head."""
_NUMBER = re.compile(r"(?<![\w.,])(?:\d{1,5}|[ivxlc]{1,8})(?![\w.,]*\w)")
_COUNTED = re.compile(r"\s?(?:/|of|von|de|di|af|av|sur|van)\s?\d", re.IGNORECASE)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_PAGE = frozenset(
    [
        "page",
        "p",
        "pg",
        "pp",
        "seite",
        "s",
        "página",
        "pagina",
        "pag",
        "pág",
        "side",
        "sida",
        "strana",
        "str",
        "sivu",
        "blad",
        "blatt",
        "feuille",
        "sheet",
        "oldal",
        "strona",
        "стр",
        "страница",
        "第",
        "頁",
        "页",
        "ページ",
        "of",
        "von",
        "de",
        "di",
        "af",
        "av",
        "z",
        "sur",
        "van",
        "out",
        "total",
    ]
)
_PLACE = "\0"
"""Stands for the page's number in what is compared."""


@dataclass(frozen=True, slots=True)
class Running:
    """Of one page: the rows that are no part of its text, and what they say for the first time."""

    rows: frozenset[int] = frozenset()
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Edge:
    """A row near a page's top or bottom."""

    page: int
    row: int
    side: int
    place: float
    position: int
    """0 is the outermost."""
    text: str
    """With a tab for each wide space."""
    apart: bool
    """Space divides it, and those further out, from the text."""
    inner: bool
    """Space divides it from those further out."""

    @property
    def slot(self) -> int:
        """Its height on the page, in steps of `_SAME_PLACE`."""
        return round(self.place / _SAME_PLACE)


def running_heads(
    pages: Sequence[Sequence[Row]], tables: Sequence[Collection[int]]
) -> list[Running]:
    """For each page what runs through the document; rows in `tables` are left where they are."""
    edges = [
        edge for number, rows in enumerate(pages) for edge in _edges(number, rows, tables[number])
    ]
    offsets = _offsets(edges, len(pages))
    bare = _bare_offsets(edges)
    keys = [_key(edge, offsets | bare.get((edge.page, edge.row), set())) for edge in edges]
    same: Counter[tuple[int, str, int]] = Counter()
    for edge, key in zip(edges, keys, strict=True):
        same[edge.side, key, edge.slot] += 1
        if key != (plain := edge.text.casefold()):
            same[edge.side, plain, edge.slot] += 1
        if _PLACE in key:
            same[edge.side, _PLACE, edge.slot] += 1
    dropped: defaultdict[int, set[int]] = defaultdict(set)
    says: defaultdict[int, list[str]] = defaultdict(list)
    told: set[str] = set()
    body: set[tuple[int, int]] = set()  # (page, side) where a row of the text was met
    for edge, key in zip(edges, keys, strict=True):
        within = not edge.apart and (edge.inner or (edge.page, edge.side) in body)
        if within or not _runs(edge, key, same, len(pages)):
            body.add((edge.page, edge.side))
            continue
        dropped[edge.page].add(edge.row)
        rest = _without_page(key)
        # A line of the text may be equal on several pages too, each time of another thing.
        each = _keeps_each(key) or (_PLACE not in key and not edge.apart)
        if rest and (each or rest not in told):
            told.add(rest)
            says[edge.page].append(edge.text.replace("\t", " "))
    return [
        Running(frozenset(dropped[number]), tuple(says[number])) for number in range(len(pages))
    ]


def _edges(number: int, rows: Sequence[Row], table: Collection[int]) -> Iterable[_Edge]:
    """The outermost rows of a page, from the outside to the inside."""
    order = sorted((at for at, row in enumerate(rows) if row.level), key=lambda at: -rows[at].y1)
    if not order:
        return
    top, bottom = rows[order[0]].y1, min(rows[at].y0 for at in order)
    reach = _REACH * (top - bottom)
    for side, ordered in enumerate((order, order[::-1])):
        apart = False
        near = ordered[: _DEPTH + 1]
        # From the inside to the outside: where a space comes, all beyond it is apart.
        found: list[_Edge] = []
        for position in range(min(_DEPTH, len(near)) - 1, -1, -1):
            at = near[position]
            row = rows[at]
            if position + 1 < len(near):
                apart = apart or _space(row, rows[near[position + 1]]) > _APART
            inner = position > 0 and _space(row, rows[near[position - 1]]) > _APART
            far = top - row.y1 if side == 0 else row.y0 - bottom
            if far <= max(reach, 2 * row.height) and at not in table and len(row.text) <= _LONGEST:
                place = row.y1 if side == 0 else row.y0
                text = "\t".join(cell.text for cell in row.cells)
                found.append(_Edge(number, at, side, place, position, text, apart, inner))
        yield from reversed(found)


def _space(row: Row, other: Row) -> float:
    """Between two rows, in heights of the first."""
    return (max(row.y0, other.y0) - min(row.y1, other.y1)) / max(0.01, row.height)


def _numbers(text: str) -> Iterable[tuple[int, int, int]]:
    """Start, end and value of each number that may be a page's, by where it stands in the row."""
    for match in _NUMBER.finditer(text):
        word = match.group()
        before = text[: match.start()].rpartition("\t")[2]
        after = text[match.end() :].partition("\t")[0]
        named = before.rstrip(" .:").rpartition(" ")[2].casefold() in _PAGE
        outer = not any(map(str.isalnum, before)) or not any(map(str.isalnum, after))
        if outer or named or _COUNTED.match(after):
            yield *match.span(), int(word) if word.isdigit() else _roman(word)


def _roman(word: str) -> int:
    values = [_ROMAN[letter] for letter in word]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )


def _offsets(edges: Sequence[_Edge], pages: int) -> set[int]:
    """How far numbers at the edges are ahead of the page's own, where this holds on many."""
    seen = {
        (edge.page, value - edge.page - 1) for edge in edges for _, _, value in _numbers(edge.text)
    }
    counts = Counter(offset for _, offset in seen)
    offsets = {offset for offset, count in counts.items() if count >= max(3, pages // 8)}
    if pages < 3:  # a single page's number counts as one only where it is 1
        offsets |= {n for n, count in counts.items() if count == pages and (pages == 2 or not n)}
    return offsets


def _bare_offsets(edges: Sequence[_Edge]) -> dict[tuple[int, int], set[int]]:
    """By page and row, how far a number that stands alone is ahead of the page's, where the next
    page has the next one in the same place: so few pages may have numbers of their own, as `i`
    and `ii` before the first chapter."""
    places: dict[tuple[int, int, int, int], list[_Edge]] = defaultdict(list)
    for edge in edges:
        numbers = list(_numbers(edge.text))
        if edge.apart and edge.position == 0 and len(numbers) == 1:
            start, end, value = numbers[0]
            if not _without_page(f"{edge.text[:start]}{_PLACE}{edge.text[end:]}".casefold()):
                places[edge.page, edge.side, edge.slot, value - edge.page - 1].append(edge)
    runs: dict[tuple[int, int], set[int]] = defaultdict(set)
    for (page, side, slot, offset), alone in places.items():
        near = [
            other
            for step in (-1, 0, 1)
            for beside in (page - 1, page + 1)
            for other in places.get((beside, side, slot + step, offset), ())
        ]
        for edge in alone if near else ():
            runs[edge.page, edge.row].add(offset)
    return runs


def _key(edge: _Edge, offsets: Collection[int]) -> str:
    """The text with a mark for the page's number: the last, or the first, that keeps pace."""
    paced = [n for n in _numbers(edge.text) if n[2] - edge.page - 1 in offsets]
    if not paced:
        return edge.text.casefold()
    # "Page 3 of 12" on page 12 has it twice, and both are it.
    parts: list[str] = []
    at = 0
    for start, end, _ in paced:
        parts += [edge.text[at:start], _PLACE]
        at = end
    return ("".join(parts) + edge.text[at:]).casefold()


def _runs(edge: _Edge, key: str, same: Mapping[tuple[int, str, int], int], pages: int) -> bool:
    """Whether the row runs through the document."""
    if _PLACE in key and not _without_page(key):
        return edge.position < 2

    def count(text: str) -> int:
        return sum(same.get((edge.side, text, edge.slot + step), 0) for step in (-1, 0, 1))

    # At the distance of a line of the text it must stand on many pages: one side's at least.
    if max(count(key), count(edge.text.casefold())) >= (
        2 if edge.apart or pages == 2 else max(3, _MANY * pages)
    ):
        return pages > 1
    # A head that changes with the chapter, where all pages have their number.
    return key.strip(_PLACE) != key and edge.apart and count(_PLACE) >= 3


def _without_page(key: str) -> str:
    """What a head says besides the number of the page and of all pages; "" for nothing."""
    words = re.findall(r"[^\W_]{1,40}", key.replace(_PLACE, " "))
    said = [word for word in words if word not in _PAGE and not word.isdigit()]
    if _PLACE in key and not said:
        return ""
    return " ".join(words)


def _keeps_each(key: str) -> bool:
    """Whether the number may count what the page tells (Day 2) and not the page (Manual | 2)."""
    before, mark, after = key.partition(_PLACE)
    if not mark:
        return False
    words = re.findall(r"[^\W_]{1,40}", before)
    apart = before[-1:] == "\t" or before.rstrip()[-1:] in tuple("|·–—-•/:,([")
    return bool(words) and not apart and words[-1] not in _PAGE and not after.strip()
