"""OpenDocument: texts (.odt, .ott), spreadsheets (.ods) and presentations (.odp).

By OASIS OpenDocument 1.3, part 3. Tracked changes count as accepted: what was deleted stands apart
from the text.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .equations import equation
from .extracted import Extracted, TextBuilder
from .grids import Cell, row_texts
from .packages import Package, local, read_package
from .raised import raised, settled
from .sheets import Sheet, SheetCell, add_sheet, spread
from .word_styles import written

__all__ = ["read_opendocument"]

_SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE, _TEXT, _TABLE, _STYLE, _DRAW, _SHOW = (
    f"{{{_SPACE}{name}:1.0}}"
    for name in ("office", "text", "table", "style", "drawing", "presentation")
)
_LINK = "{http://www.w3.org/1999/xlink}href"
_GONE = frozenset({
    "tracked-changes", "annotation", "annotation-end", "note-citation", "forms", "sequence-decls",
    "variable-decls", "user-field-decls", "dde-connection-decls",
    "alphabetical-index-auto-mark-file", "label", "title", "desc", "page-number", "shapes",
    "table-source", "scenario", "ruby-text", "meta", "page-thumbnail",
})  # fmt: skip
_REPEATED = 1_000
"""How often a cell or row that says something is repeated at most."""
_CELLS = 1_000_000
"""Of a sheet, repeated ones counted."""
_FORMATS = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
}


def read_opendocument(path: Path) -> Extracted:
    """Paragraphs, lists, tables, sheets or slides in order. Raises InputError for what is no
    OpenDocument file."""
    return read_package(path, "OpenDocument file", _document)


def _document(package: Package) -> Extracted:
    manifest = "META-INF/manifest.xml"
    if manifest in package and b"encryption-data" in package.read(manifest):
        raise ValueError("it is locked with a password: unlock it first")
    root = package.xml("content.xml")
    styles = package.xml("styles.xml") if "styles.xml" in package else None
    body = root.find(_OFFICE + "body")
    if body is None or not len(body):
        raise ValueError("it has no body")
    reader = _Reader(_Styles([styles, root]), package)
    if local(body[0]) == "spreadsheet":
        for table in body[0].iterfind(_TABLE + "table"):
            reader.sheet(table)
    elif local(body[0]) == "presentation":
        for page in body[0].iterfind(_DRAW + "page"):
            reader.page(page)
    else:
        reader.headers(styles, "header")
        reader.blocks(body[0])
        reader.headers(styles, "footer")
    return reader.builder.extracted(_title(package) or reader.heading)


def _title(package: Package) -> str:
    if "meta.xml" not in package:
        return ""
    try:
        title = package.xml("meta.xml").findtext(".//{http://purl.org/dc/elements/1.1/}title")
    except ValueError:
        return ""
    return " ".join((title or "").split())


@dataclass(slots=True)
class _Style:
    parent: str = ""
    text: dict[str, str] = field(default_factory=dict[str, str])
    shown: bool = True


class _Styles:
    """What is hidden, struck out or raised, and how lists are numbered."""

    def __init__(self, roots: list[Any]) -> None:
        self._styles: dict[str, _Style] = {}
        self.lists: dict[str, dict[int, Any]] = {}
        for root in roots:
            for node in () if root is None else root.iter(_STYLE + "style", _TEXT + "list-style"):
                name = node.get(_STYLE + "name", "")
                if local(node) == "list-style":
                    numbers = node.iterfind(_TEXT + "list-level-style-number")
                    self.lists[name] = {_number(n.get(_TEXT + "level")): n for n in numbers}
                    continue
                style = self._styles[name] = _Style(node.get(_STYLE + "parent-style-name", ""))
                for part in node:
                    if local(part) == "text-properties":
                        style.text = {k.rpartition("}")[2]: v for k, v in part.attrib.items()}
                    hidden = part.get(_SHOW + "visibility") == "hidden"
                    style.shown &= part.get(_TABLE + "display") != "false" and not hidden

    def is_shown(self, name: str) -> bool:
        """Whether the table or slide of the style is."""
        return name not in self._styles or self._styles[name].shown

    def text(self, name: str) -> dict[str, str]:
        """The text properties of a style, with those of the styles that it rests on."""
        properties: dict[str, str] = {}
        for _ in range(12):
            style = self._styles.get(name)
            if style is None:
                break
            properties = style.text | properties
            name = style.parent
        return properties

    def is_gone(self, name: str) -> bool:
        """Whether text in the style is hidden or struck out."""
        said = self.text(name)
        struck = [said.get(f"text-line-through-{kind}", "none") for kind in ("style", "type")]
        return said.get("display") == "none" or any(kind != "none" for kind in struck)

    def is_raised(self, name: str) -> bool:
        """Whether text in the style stands above the line."""
        place = self.text(name).get("text-position", "").partition(" ")[0]
        lifted = place.rstrip("%")
        return place == "super" or (lifted.isdecimal() and int(lifted) > 0)


class _Reader:
    """Puts a document's text together."""

    def __init__(self, styles: _Styles, package: Package) -> None:
        self._package = package
        self.builder = TextBuilder()
        self.heading = ""
        self._styles = styles
        self._hanging: list[Any] = []
        self._counts: dict[str, dict[int, int]] = {}
        self._left = _CELLS

    def headers(self, styles: Any, kind: str) -> None:
        """The headers or footers of all kinds of pages, each text once."""
        said: set[str] = set()
        for node in () if styles is None else styles.iter(_STYLE + kind, f"{_STYLE}{kind}-first"):
            if node.get(_STYLE + "display") == "false":
                continue
            for paragraph in node.iter(_TEXT + "p"):
                text = self._line(paragraph)
                numbered = next(paragraph.iter(_TEXT + "page-number"), None) is not None
                if text not in said and not (numbered and len(text.split()) < 4):
                    said.add(text)
                    self.builder.add(text)

    def blocks(self, node: Any) -> None:
        """Paragraphs, lists, tables and frames in `node`, in order."""
        for child in node:
            name = local(child)
            if name in {"p", "h"}:
                self._paragraph(child)
            elif name in {"list", "numbered-paragraph"}:
                self._list(child, "", 1)
            elif name == "table":
                self._table(child)
            elif name not in _GONE and not self._is_hidden(child):
                self.blocks(child)

    def _paragraph(self, node: Any, label: str = "", before: str = "\n\n") -> None:
        text = self._line(node)
        if local(node) == "h" and not self.heading:
            self.heading = " ".join(text.split())
        self.builder.add(label + text if text.strip() else "", before=before)
        hanging, self._hanging = self._hanging, []
        for other in hanging:
            self.blocks(other)

    def _list(self, node: Any, style: str, level: int) -> None:
        style = node.get(_TEXT + "style-name", "") or style
        counts = self._counts.setdefault(style, {})
        if level == 1 and node.get(_TEXT + "continue-numbering") != "true":
            counts.clear()
        first = level == 1
        for entry in node:
            if local(entry) not in {"list-item", "list-header"}:
                continue
            label = self._label(entry, style, level) if local(entry) == "list-item" else ""
            for child in entry:
                if local(child) in {"p", "h"}:
                    self._paragraph(child, label, "\n\n" if first else "\n")
                    label, first = "", False
                elif local(child) == "list":
                    self._list(child, style, level + 1)
                else:
                    self.blocks([child])

    def _label(self, entry: Any, style: str, level: int) -> str:
        """The number of a list's next item; "" for bullets."""
        numbers = self._styles.lists.get(style, {})
        node = numbers.get(level)
        if node is None or not (form := node.get(_STYLE + "num-format", "")):
            return ""
        counts = self._counts[style]
        for deeper in [deeper for deeper in counts if deeper > level]:
            del counts[deeper]
        start = entry.get(_TEXT + "start-value") or node.get(_TEXT + "start-value")
        begun = level in counts and entry.get(_TEXT + "start-value") is None
        counts[level] = counts[level] + 1 if begun else _number(start)
        above = range(level - _number(node.get(_TEXT + "display-levels")) + 1, level)
        shown = [str(counts[at]) for at in above if at in counts]
        shown.append(written(counts[level], _FORMATS.get(form, "decimal")))
        prefix, suffix = (node.get(f"{_STYLE}num-{kind}", "") for kind in ("prefix", "suffix"))
        return f"{prefix}{'.'.join(shown)}{suffix} "

    def _is_hidden(self, node: Any) -> bool:
        said = {node.get(_TEXT + "display"), node.get(_TEXT + "is-hidden")}
        return not said.isdisjoint({"none", "true"})

    def _line(self, paragraph: Any) -> str:
        """What a paragraph says; frames and notes in it wait for its end."""
        if self._styles.is_gone(paragraph.get(_TEXT + "style-name", "")):
            return ""
        out: list[str] = []
        self._inline(paragraph, out)
        return settled("".join(out)).replace("\u00ad", "")

    def _inline(self, node: Any, out: list[str]) -> None:
        if node.text:
            out.append(_spaced(node.text))
        for child in node:
            self._piece(child, local(child), out)
            if child.tail:
                out.append(_spaced(child.tail))

    def _piece(self, node: Any, name: str, out: list[str]) -> None:
        if name == "frame" and (formula := self._formula(node)):
            out.append(formula)
        elif name in {"note", "frame", "custom-shape", "g"}:
            self._hanging.append(node)
        elif name == "s":
            out.append(" " * min(_number(node.get(_TEXT + "c")), 100))
        elif name in {"tab", "line-break"}:
            out.append("\t" if name == "tab" else "\n")
        elif name in _GONE or self._is_hidden(node) or name == "hidden-paragraph":
            return
        elif name == "ruby":
            self._inline(node, out)
            above = node.findtext(_TEXT + "ruby-text") or ""
            out.append(f"({above})" if above else "")
        else:
            style = node.get(_TEXT + "style-name", "") if name in {"span", "a"} else ""
            if self._styles.is_gone(style):
                return
            start = len(out)
            self._inline(node, out)
            if self._styles.is_raised(style):
                out[start:] = [raised("".join(out[start:]))]

    def _formula(self, frame: Any) -> str:
        """The equation that the frame shows; "" for another object."""
        for node in frame.iterfind(_DRAW + "object"):
            math = next(node.iter("{*}math"), None)
            name = posixpath.normpath(f"{node.get(_LINK, '')}/content.xml")
            if math is None and name in self._package:
                root = self._package.xml(name)
                math = root if local(root) == "math" else None
            if math is not None:
                return equation(math)
        return ""

    def _table(self, table: Any) -> None:
        rows: list[list[Cell]] = []
        nodes = list(_rows(table))
        if all(sum(local(cell) == "table-cell" for cell in row) < 2 for row, _ in nodes):
            for row, _ in nodes:  # it merely places text on the page
                for cell in row.iterfind(_TABLE + "table-cell"):
                    self.blocks(cell)
            return
        for row, header in nodes:
            if row.get(_TABLE + "visibility", "visible") == "visible":
                rows.append([cell for node in row for cell in self._cells(node, header)])
        hanging, self._hanging = self._hanging, []
        self.builder.add_rows(row_texts(rows))
        for other in hanging:
            self.blocks(other)

    def _cells(self, node: Any, header: bool) -> Iterator[Cell]:
        if local(node) != "table-cell":
            return
        columns, rows = (
            _number(node.get(f"{_TABLE}number-{n}-spanned")) for n in ("columns", "rows")
        )
        cell = Cell(self._cell(node), columns, rows, header)
        count = _number(node.get(_TABLE + "number-columns-repeated"))
        yield from [cell] * min(count, _REPEATED if cell.text else 100)

    def _cell(self, node: Any) -> str:
        """A cell's text, a line for each paragraph; of tables in it their rows."""
        lines = [self._line(child) for child in node.iter(_TEXT + "p", _TEXT + "h")]
        return "\n".join(line for line in lines if line.strip())

    def sheet(self, table: Any) -> None:
        """A sheet of a spreadsheet. Raises ValueError where repeated cells are too many."""
        if not self._styles.is_shown(table.get(_TABLE + "style-name", "")):
            return
        sheet = Sheet(table.get(_TABLE + "name", ""))
        hidden = _hidden_columns(table)
        merged: dict[tuple[int, int], tuple[int, int]] = {}
        number = 0
        for row, header in _rows(table):
            count = _number(row.get(_TABLE + "number-rows-repeated"))
            number += 1
            if row.get(_TABLE + "visibility", "visible") != "visible":
                sheet.hidden |= set(range(number, number + min(count, _REPEATED)))
            elif cells := list(self._sheet_cells(row, number, hidden, merged)):
                for at in range(number, number + min(count, _REPEATED)):
                    self._left -= len(cells)
                    if self._left < 0:
                        raise ValueError(f"its sheets claim more than {_CELLS:,} cells")
                    sheet.rows[at] = list(cells)
                if header:
                    sheet.heads.add(number)
            number += count - 1
        add_sheet(self.builder, spread(sheet, merged))

    def _sheet_cells(
        self,
        row: Any,
        number: int,
        hidden: set[int],
        merged: dict[tuple[int, int], tuple[int, int]],
    ) -> Iterator[SheetCell]:
        column = 0
        for node in row:
            if local(node) not in {"table-cell", "covered-table-cell"}:
                continue
            column += 1
            count = _number(node.get(_TABLE + "number-columns-repeated"))
            text = self._cell(node) if local(node) == "table-cell" else ""
            gone = self._styles.is_gone(node.get(_TABLE + "style-name", ""))
            size = [_number(node.get(f"{_TABLE}number-{n}-spanned")) for n in ("rows", "columns")]
            if size != [1, 1]:
                merged[number, column] = size[0], size[1]
            kind = node.get(_OFFICE + "value-type", "string")
            for at in range(column, column + min(count, _REPEATED) if text and not gone else 0):
                if at not in hidden:
                    yield SheetCell(at, text, kind not in {"string", "boolean"})
            column += count - 1

    def page(self, page: Any) -> None:
        """A slide, its title first; a hidden one is a page without text."""
        self.builder.start_page()
        if not self._styles.is_shown(page.get(_DRAW + "style-name", "")):
            return
        shapes = [node for node in page if local(node) != "notes"]
        titles = [node for node in shapes if node.get(_SHOW + "class") == "title"]
        if titles and not self.heading:
            self.heading = " ".join(self._cell(titles[0]).split())
        self.blocks([*titles, *(node for node in shapes if node not in titles)])
        self.blocks(page.iterfind(_SHOW + "notes"))


def _rows(table: Any, header: bool = False) -> Iterator[tuple[Any, bool]]:
    """A table's rows, and whether each is marked as a heading."""
    for node in table:
        name = local(node)
        if name == "table-row":
            yield node, header
        elif name in {"table-header-rows", "table-rows", "table-row-group"}:
            yield from _rows(node, header or name == "table-header-rows")


def _hidden_columns(table: Any) -> set[int]:
    hidden: set[int] = set()
    at = 1
    for node in table.iter(_TABLE + "table-column"):
        count = _number(node.get(_TABLE + "number-columns-repeated"))
        if node.get(_TABLE + "visibility", "visible") != "visible":
            hidden |= set(range(at, at + min(count, 16_384)))
        at += count
    return hidden


def _number(text: str | None) -> int:
    """A count, of at least 1."""
    return max(1, int(text)) if text and text.isdecimal() and len(text) < 9 else 1


def _spaced(text: str) -> str:
    """Space in the XML counts as one blank (6.1.2)."""
    blank = text.replace("\n", " ").replace("\t", " ").replace("\r", " ")
    while "  " in blank:
        blank = blank.replace("  ", " ")
    return blank
