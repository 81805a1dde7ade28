"""Tables in Markdown: GitHub's pipe tables, and HTML's, each row of which is read by itself.

https://github.github.com/gfm/#tables-extension-; outer pipes may be missing, as everywhere.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .blocks import Block, Piece, Table, flat
from .flow import page_pieces
from .grids import Cell, row_texts, share_rows

__all__ = ["with_rows"]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_FENCE = re.compile(r"(?:`{3,200}|~{3,200})")
_ITEM = re.compile(r"(?:[-+*]|\d{1,9}[.)])[ \t]")
_RULE = re.compile(r"[ \t]{0,20}:?-{1,200}:?[ \t]{0,200}")
_HEADING = re.compile(r"#{1,6}[ \t]+(.{1,200}?)[ \t#]*$")
_BOLD_LINE = re.compile(r"(\*\*|__)([^*_]{1,120})\1:?$")
_PARTS = re.compile(r"\\.|`+|\||[^\\`|]+|\\")
_LINK = re.compile(r"(!?)\[([^\[\]]{0,300})\]\(([^()\s]{0,500})(?:\s[^()]{0,200})?\)")
_REFERENCE = re.compile(r"!?\[([^\[\]]{1,300})\]\[[^\[\]]{0,100}\]")
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,15}\b[^<>]{0,300}>", re.IGNORECASE)
_STRUCK = re.compile(r"~~[^~]{1,300}~~")
_NOTE = re.compile(r"\[\^[\w-]{1,40}\]")
_MARKS = re.compile(r"\*\*|(?<!\w)__|__(?!\w)|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_HTML_TABLE = re.compile(r"<(/?)table\b[^<>]{0,1000}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    """Of its text, without what ends it."""
    quotes: int
    """How many `>` stand before it."""
    indent: int
    """Columns before what is left."""
    text: str
    """Without quotes, indentation and space at its end."""


def with_rows(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Markdown with the rows of its tables as texts, and where those stand.

    All else keeps its characters; so does Markdown without tables. Linear in the text's length.
    """
    stretches = list(_tables(text)) if "|" in text or "<table" in text.lower() else []
    pieces = [piece for _, _, found in stretches for piece in flat(found)]
    shared = iter(share_rows([p.rows if isinstance(p, Table) else () for p in pieces]))
    parts: list[str] = []
    rows: list[tuple[int, int]] = []
    at = length = 0
    for start, end, inner in stretches:
        parts.append(text[at:start])
        length += start - at
        at = end
        before = ""
        for piece, ambiguous in ((piece, next(shared)) for piece in flat(inner)):
            if isinstance(piece, Block):
                texts, divider = iter([piece.text]), "\n\n"
            else:
                texts, divider = row_texts(piece.rows, piece.title if ambiguous else ""), "\n"
            for row in texts:
                parts += (before, row)
                length += len(before) + len(row)
                if isinstance(piece, Table):
                    rows.append((length - len(row), length))
                before = divider
            before = "\n\n"
    parts.append(text[at:])
    return "".join(parts), tuple(rows)


def _tables(text: str) -> Iterator[tuple[int, int, list[Piece]]]:
    """The stretches of tables: start, end, and what stands there."""
    lines = [_line(text, match) for match in _LINE.finditer(text) if match.group()]
    closings = _html_tables(text) if "<table" in text.lower() else {}
    starts = [line.start for line in lines]
    fence, title, in_list = "", "", False
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if mark := _FENCE.match(line.text):
            run = mark.group()
            if not fence:
                fence = run
            elif run.startswith(fence) and line.text.strip(run[0]) == "":
                fence = ""
        if fence or not line.text:
            continue
        if _ITEM.match(line.text):
            in_list = True
        elif not line.indent:
            in_list = False
        if line.indent >= 4 and not in_list:
            continue
        if heading := _HEADING.match(line.text) or _BOLD_LINE.match(line.text):
            title = heading.group(heading.lastindex or 1)
        inner = line.end - len(text[line.start : line.end].lstrip())
        if (end := closings.get(inner)) is not None:
            yield inner, end, _of_html(text[inner:end], title)
            at = bisect_right(starts, end - 1)
        elif at < len(lines) and (count := _columns(line, lines[at])):
            last = at + 1
            while last < len(lines) and _continues(line, lines[last]):
                last += 1
            cells = [[_cell(c, header=True) for c in _split(line.text, count)]]
            cells += [[_cell(c) for c in _split(row.text, count)] for row in lines[at + 1 : last]]
            start = line.end - len(line.text) if line.quotes or line.indent else line.start
            yield start, lines[last - 1].end, [Table(cells, _plain(title))]
            at = last


def _line(text: str, match: re.Match[str]) -> _Line:
    raw = match.group().rstrip("\r\n")
    quotes = indent = 0
    inner = raw
    while True:
        stripped = inner.lstrip(" \t")
        space = inner[: len(inner) - len(stripped)]
        indent = len(space.replace("\t", "    "))
        if not stripped.startswith(">") or quotes >= 20 or indent >= 4:
            break
        quotes += 1
        inner = stripped[1:].removeprefix(" ")
    return _Line(match.start(), match.start() + len(raw), quotes, indent, stripped.rstrip())


def _columns(head: _Line, rule: _Line) -> int:
    """How many columns the two lines begin a table with; 0 if they begin none."""
    if "|" not in head.text or "-" not in rule.text or head.quotes != rule.quotes:
        return 0
    if rule.indent >= head.indent + 4 or set(rule.text) - set("|:- \t"):
        return 0
    rules = _outer(rule.text.split("|"))
    if "|" not in rule.text or not all(map(_RULE.fullmatch, rules)):
        return 0
    return (
        len(rules) if abs(len(_split(head.text, len(rules), fill=False)) - len(rules)) <= 1 else 0
    )


def _continues(head: _Line, line: _Line) -> bool:
    if "|" not in line.text or line.quotes != head.quotes:
        return False
    return not _FENCE.match(line.text) and not _HEADING.match(line.text)


def _outer(cells: list[str]) -> list[str]:
    """Without what stands outside of outer pipes."""
    if len(cells) > 1 and not cells[0].strip():
        cells = cells[1:]
    if len(cells) > 1 and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _split(line: str, count: int, *, fill: bool = True) -> list[str]:
    """The cells of a row. A pipe in code divides cells only if there are too few of them else."""
    parts = _PARTS.findall(line)
    cells = _outer(_joined(parts, code=True))
    if len(cells) < count and "`" in line:
        cells = _outer(_joined(parts, code=False))
    return cells[:count] if fill and len(cells) > count else cells


def _joined(parts: Sequence[str], *, code: bool) -> list[str]:
    closes = _code_ends(parts) if code else {}
    cells = [""]
    pieces: list[str] = []
    until = -1
    for at, part in enumerate(parts):
        if part == "|" and at > until:
            cells[-1] = "".join(pieces)
            cells.append("")
            pieces = []
            continue
        if at > until and at in closes:
            until = closes[at]
        pieces.append("|" if part == "\\|" else part)
    cells[-1] = "".join(pieces)
    return cells


def _code_ends(parts: Sequence[str]) -> dict[int, int]:
    """For each run of backticks, the next of its length."""
    ends: dict[int, int] = {}
    following: dict[int, int] = {}
    for at in range(len(parts) - 1, -1, -1):
        if parts[at].startswith("`"):
            if (end := following.get(len(parts[at]))) is not None:
                ends[at] = end
            following[len(parts[at])] = at
    return ends


def _cell(text: str, *, header: bool = False) -> Cell:
    return Cell(_plain(text), header=header)


def _plain(text: str) -> str:
    """A cell's text without its marks; links with their whole addresses."""
    pieces = re.split(r"(`[^`]{1,500}`)", text.strip())
    plain = "".join(p[1:-1] if at % 2 else _unmarked(p) for at, p in enumerate(pieces))
    return " ".join(plain.split())


def _unmarked(text: str) -> str:
    text = _NOTE.sub("", _STRUCK.sub("", text))
    text = _REFERENCE.sub(r"\1", _LINK.sub(_linked, text))
    if _TAG.search(text):
        lead, tail = " " * text.startswith(" "), " " * text.endswith(" ")
        blocks = [piece.text for piece in flat(_parsed(text)) if isinstance(piece, Block)]
        return f"{lead}{' '.join(blocks)}{tail}"
    text = html.unescape(text) if "&" in text else text
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", _MARKS.sub("", text))


def _linked(match: re.Match[str]) -> str:
    """A link's text, with the address where it is a whole one and not the text itself."""
    image, text, address = match.groups()
    whole = not image and text != address and "://" in address
    return f"{text} ({address})" if whole else str(text)


def _html_tables(text: str) -> dict[int, int]:
    """Where outer HTML tables begin, and where they end."""
    tables: dict[int, int] = {}
    depth = start = 0
    for match in _HTML_TABLE.finditer(text):
        if not match.group(1):
            start = match.start() if not depth else start
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                tables[start] = match.end()
    return tables


def _of_html(markup: str, title: str) -> list[Piece]:
    pieces: list[Piece] = []
    for piece in flat(_parsed(markup)):
        is_bare = isinstance(piece, Table) and not piece.title
        pieces.append(Table(piece.rows, title) if is_bare and isinstance(piece, Table) else piece)
    return pieces


def _parsed(markup: str) -> list[Piece]:
    from selectolax.lexbor import LexborHTMLParser

    return page_pieces(LexborHTMLParser(markup))
