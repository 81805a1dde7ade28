"""Excel (.xlsx, .xlsm, .xltx): what its sheets show, formatted as they show it.

Sheets are read cell by cell from the XML: the libraries for it give either the number formats or
what is hidden and merged, or hold whole files in memory some fifty times over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .extracted import Extracted, TextBuilder
from .number_formats import BUILT_IN, shown
from .packages import Package, local, read_package
from .raised import raised, settled
from .sheets import Sheet, SheetCell, add_sheet, spread

__all__ = ["read_spreadsheet"]

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_COLUMNS = 16_384
_CHARACTERS = 50_000_000
"""Of all cells together: one text may be shared by a million cells."""


def read_spreadsheet(path: Path) -> Extracted:
    """Each sheet's name and tables. Raises InputError for what is no Excel file."""
    return read_package(path, "Excel file", _book)


def _book(package: Package) -> Extracted:
    main = package.main()
    root = package.xml(main)
    links = package.relations(main)
    by_kind = {link.kind: link.target for link in links.values() if link.target in package}
    properties = root.find(_S + "workbookPr")
    book = _Book(
        _shared(package.xml(by_kind["sharedStrings"])) if "sharedStrings" in by_kind else [],
        _Formats(package.xml(by_kind["styles"]) if "styles" in by_kind else None),
        properties is not None and properties.get("date1904", "0") in {"1", "true"},
    )
    builder = TextBuilder()
    for node in root.iter(_S + "sheet"):
        link = links.get(node.get(_R + "id", ""))
        visible = node.get("state", "visible") == "visible"
        if visible and link is not None and link.kind == "worksheet" and link.target in package:
            add_sheet(builder, book.sheet(package, link.target, node.get("name", "")))
    return builder.extracted()


class _Formats:
    """The number format of each style of cells, and which are struck out or bold."""

    def __init__(self, root: Any) -> None:
        self.codes: list[str] = []
        self.struck: list[bool] = []
        self.bold: list[bool] = []
        if root is None:
            return
        own = {n.get("numFmtId"): n.get("formatCode", "") for n in root.iter(_S + "numFmt")}
        fonts = list(root.iterfind(f"{_S}fonts/{_S}font"))
        for style in root.iterfind(f"{_S}cellXfs/{_S}xf"):
            name = style.get("numFmtId", "0")
            code = own.get(name)
            self.codes.append(BUILT_IN.get(_integer(name), "") if code is None else code)
            at = _integer(style.get("fontId", "0"))
            font = fonts[at] if at < len(fonts) else None
            self.struck.append(_is_on(font, "strike"))
            self.bold.append(_is_on(font, "b"))


class _Book:
    """Texts and formats that all sheets share."""

    def __init__(self, texts: list[str], formats: _Formats, from_1904: bool) -> None:
        self._texts, self._formats, self._from_1904 = texts, formats, from_1904
        self._left = _CHARACTERS

    def sheet(self, package: Package, part: str, name: str) -> Sheet:
        """The cells of one sheet that are shown. Raises ValueError where their text is too much."""
        sheet = Sheet(name)
        hidden = bytearray(_COLUMNS + 1)
        merged: dict[tuple[int, int], tuple[int, int]] = {}
        row = 0
        for node in _nodes(package, part):
            kind = local(node)
            if kind == "col" and node.get("hidden") in {"1", "true"}:
                columns = range(_integer(node.get("min", "")), _integer(node.get("max", "")) + 1)
                for column in columns[: _COLUMNS + 1]:
                    if column <= _COLUMNS:
                        hidden[column] = 1
            elif kind == "row":
                row = _integer(node.get("r", "")) or row + 1
                if node.get("hidden") in {"1", "true"}:
                    sheet.hidden.add(row)
                elif cells := list(self._cells(node, hidden)):
                    sheet.rows[row] = cells
            elif kind in {"mergeCell", "autoFilter"} and (area := _area(node.get("ref", ""))):
                top, left, bottom, right = area
                if kind == "autoFilter":
                    sheet.heads.add(top)
                else:
                    merged[top, left] = bottom - top + 1, right - left + 1
        for link in package.relations(part).values():
            if link.kind == "table" and link.target in package:
                sheet.heads |= _table_heads(package.xml(link.target))
        return spread(sheet, merged)

    def _cells(self, row: Any, hidden: bytearray) -> Iterator[SheetCell]:
        column = 0
        for node in row.iterfind("{*}c"):
            place = _PLACE.fullmatch(node.get("r", ""))
            column = _column(place.group(1)) if place else column + 1
            style = _integer(node.get("s", "0"))
            formats = self._formats
            if column > _COLUMNS or hidden[column]:
                continue
            known = style < len(formats.codes)
            if known and formats.struck[style]:
                continue
            text, number = self._text(node, formats.codes[style] if known else "")
            if text:
                self._left -= len(text)
                if self._left < 0:
                    raise ValueError(f"its cells show more than {_CHARACTERS:,} characters")
                yield SheetCell(column, text, number, known and formats.bold[style])

    def _text(self, cell: Any, code: str) -> tuple[str, bool]:
        """What a cell shows, and whether that is a number."""
        kind = cell.get("t", "n")
        value = cell.findtext("{*}v") or ""
        if kind == "s":
            at = _integer(value)
            return (self._texts[at] if at < len(self._texts) else ""), False
        if kind == "inlineStr":
            inline = cell.find("{*}is")
            return ("" if inline is None else _rich(inline)), False
        if kind == "b":
            return ("TRUE" if value == "1" else "FALSE") if value else "", False
        if kind in {"str", "e", "d"}:
            return " ".join(value.split()), kind == "d"
        try:
            return shown(float(value), code, from_1904=self._from_1904), True
        except (ValueError, OverflowError):
            return value.strip(), False


def _nodes(package: Package, part: str) -> Iterator[Any]:
    """Columns, rows and merged areas of a sheet, each dropped after it was looked at."""
    import lxml.etree as etree

    tags = [f"{{*}}{name}" for name in ("col", "row", "mergeCell", "autoFilter")]
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    with package.stream(part) as stream:
        try:
            for _, node in etree.iterparse(stream, events=("end",), tag=tags, **options):
                yield node
                node.clear()
                while node.getprevious() is not None:
                    del node.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise ValueError(f"{part}: {error}") from error


def _table_heads(root: Any) -> set[int]:
    area = _area(root.get("ref", ""))
    return {area[0]} if area and root.get("headerRowCount", "1") != "0" else set()


def _area(text: str) -> tuple[int, int, int, int] | None:
    """`B2:C4` as top, left, bottom, right, counted from 1."""
    first, _, last = text.replace("$", "").partition(":")
    start, end = _PLACE.fullmatch(first), _PLACE.fullmatch(last or first)
    if not start or not end:
        return None
    return int(start[2]), _column(start[1]), int(end[2]), _column(end[1])


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _shared(root: Any) -> list[str]:
    return [_rich(node) for node in root.iterfind(_S + "si")]


def _rich(node: Any) -> str:
    """A text of several runs, without what is struck out and without its pronunciation."""
    parts: list[str] = []
    for child in node:
        if local(child) == "t":
            parts.append(child.text or "")
        elif local(child) == "r":
            properties = child.find("{*}rPr")
            text = child.findtext("{*}t") or ""
            align = None if properties is None else properties.find("{*}vertAlign")
            if align is not None and align.get("val") == "superscript":
                text = raised(text)
            parts.append("" if _is_on(properties, "strike") else text)
    return settled("".join(parts)).strip()


def _is_on(node: Any, name: str) -> bool:
    child = None if node is None else node.find("{*}" + name)
    return child is not None and child.get("val", "1") not in {"0", "false"}


def _integer(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0
