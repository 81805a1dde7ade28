"""Word (.docx, .docm, .dotx, .dotm): every word that a reader of the page sees, in order.

Headers come first and footers last, each once; a note, a text box or a chart comes after the
paragraph that it hangs on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .drawings import drawing
from .extracted import Extracted, TextBuilder
from .grids import row_texts
from .packages import Package, local, read_package
from .word_paragraphs import GONE, PAGE, Line, Paragraphs, chosen, is_prompt
from .word_styles import Numberings, Styles, W, is_on, value
from .word_tables import bold_rows, is_layout, spanned, table_rows

__all__ = ["read_docx"]

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_PROSE = 700
"""Characters of a row from which on it is read as prose, in passages of its sentences."""
_AROUND_PAGE = 4
"""Words of a part of a header that are but the dress of a page number: Page 3 of 12."""


def read_docx(path: Path) -> Extracted:
    """Paragraphs, lists, tables and notes in order. Raises InputError for what is no Word file."""
    return read_package(path, "Word file", _word)


def _word(package: Package) -> Extracted:
    main = package.main()
    root = package.xml(main)
    body = root.find(W + "body")
    if body is None:
        raise ValueError("it has no body")
    document = _Document(package, main)
    document.headers(body, "header")
    document.part(body, main)
    document.headers(body, "footer")
    return document.builder.extracted(_title(package) or document.heading)


def _title(package: Package) -> str:
    """As the file's properties have it; "" where they cannot be read."""
    for relation in package.relations().values():
        if relation.kind == "core-properties" and relation.target in package:
            try:
                return " ".join((package.xml(relation.target).findtext(_DC_TITLE) or "").split())
            except ValueError:
                return ""
    return ""


@dataclass(frozen=True, slots=True)
class _Paragraph:
    line: Line
    label: str | None
    heading: bool


class _Document:
    """Puts together the text of a Word file's parts."""

    def __init__(self, package: Package, main: str) -> None:
        self.builder = TextBuilder()
        self.heading = ""
        self._package = package
        self._relations = package.relations(main)
        self._styles = Styles(self._linked("styles"))
        self._numberings = Numberings(self._linked("numbering"))
        settings = self._linked("settings")
        self._even = bool(is_on(settings, "evenAndOddHeaders"))
        self._notes = {
            (kind, node.get(W + "id", "")): (node, place, reader)
            for kind in ("footnote", "endnote")
            for place, root in self._parts(f"{kind}s")
            for reader in [Paragraphs(root, self._styles)]
            for node in root.iterfind(W + kind)
            if node.get(W + "type", "normal") == "normal"
        }
        self._in_header = False
        self._place = main
        self._reader = Paragraphs(None, self._styles)

    def _parts(self, kind: str) -> Iterator[tuple[str, Any]]:
        for relation in self._relations.values():
            if relation.kind == kind and relation.target in self._package:
                yield relation.target, self._package.xml(relation.target)

    def _linked(self, kind: str) -> Any:
        return next((root for _, root in self._parts(kind)), None)

    def part(self, node: Any, place: str, reader: Paragraphs | None = None) -> None:
        """The blocks of a part, or of a note in it."""
        before = self._place, self._reader
        self._place, self._reader = place, reader or Paragraphs(node, self._styles)
        self._add(self._blocks(node))
        self._place, self._reader = before

    def headers(self, body: Any, kind: str) -> None:
        """The headers or footers that are shown, each text once."""
        said: set[str] = set()
        for section in body.iter(W + "sectPr"):
            for node in section.iterfind(f"{W}{kind}Reference"):
                place = node.get(W + "type", "default")
                shown = place == "default" or (
                    is_on(section, "titlePg") if place == "first" else self._even
                )
                relation = self._relations.get(node.get(_R + "id", ""))
                if not shown or relation is None or relation.target in said:
                    continue
                said.add(relation.target)
                if relation.target in self._package:
                    self._header(self._package.xml(relation.target), relation.target, said)

    def _header(self, root: Any, place: str, said: set[str]) -> None:
        document, self.builder, self._in_header = self.builder, TextBuilder(), True
        self.part(root, place)
        text = self.builder.extracted().text
        self.builder, self._in_header = document, False
        for block in text.split("\n\n"):
            parts = (_without_page(part) for part in block.replace("\t", "\n").split("\n"))
            block = "\n".join(filter(None, parts))
            if block not in said:
                said.add(block)
                self.builder.add(block)

    def _blocks(self, node: Any) -> Iterator[_Paragraph | Any]:
        """Paragraphs, and the elements of tables and of other files, whatever wraps them."""
        carried: list[str] = []  # of paragraphs that go on in the next
        for child in _reached(node):
            if local(child) != "p":
                yield child
                continue
            line = self._reader.read(child)
            carried.append(line.text)
            if line.joins and not (line.boxes or line.notes or line.drawings):
                continue
            line.text = "".join(carried)
            carried.clear()
            yield self._paragraph(line, child.find(W + "pPr"))
        if any(text.strip() for text in carried):
            yield _Paragraph(Line("".join(carried)), None, heading=False)

    def _paragraph(self, line: Line, properties: Any) -> _Paragraph:
        style = value(properties, "pStyle") or ""
        numbering = self._styles.numbering(properties)
        label = None if numbering is None else self._numberings.label(numbering, style)
        return _Paragraph(line, label, self._styles.is_heading(properties))

    def _add(self, blocks: Iterable[_Paragraph | Any]) -> None:
        after_item = False
        for block in blocks:
            if isinstance(block, _Paragraph):
                text = _labelled(block)
                if not self._in_header:
                    text = text.replace(PAGE, "")
                item = block.label is not None and not block.heading
                self.builder.add(text, before="\n" if item and after_item else "\n\n")
                if block.heading and not self.heading:
                    self.heading = " ".join(block.line.text.split())
                after_item = item if text.strip() else after_item
                self._hanging(block.line)
            elif local(block) == "tbl":
                self._table(block)
                after_item = False
            else:
                self._other_file(block)

    def _hanging(self, line: Line) -> None:
        """Text boxes, drawings and notes of a paragraph."""
        for box in line.boxes:
            self._add(self._blocks(box))
        for node in line.drawings:
            texts, rows = drawing(node, self._package, self._place)
            self.builder.add("\n".join(texts))
            self.builder.add_rows(row_texts(rows))
        for note in line.notes:
            if (found := self._notes.pop(note, None)) is not None:  # each once
                self.part(*found)

    def _table(self, table: Any) -> None:
        rows = table_rows(table)
        if self._in_header or is_layout(rows):
            for row in rows:
                for cell in row.cells:
                    self._add(self._blocks(cell.node))
            return
        hanging: list[Line] = []
        texts = [[self._cell(cell.node, hanging) for cell in row.cells] for row in rows]
        heads = bold_rows(table, rows, texts, self._styles)
        self._add_rows(row_texts(spanned(rows, texts, heads)))
        for line in hanging:
            self._hanging(line)

    def _add_rows(self, texts: Iterable[str]) -> None:
        short: list[str] = []
        for text in texts:
            if len(text) <= _PROSE:
                short.append(text)
                continue
            self.builder.add_rows(short)
            self.builder.add(text)
            short = []
        self.builder.add_rows(short)

    def _cell(self, cell: Any, hanging: list[Line]) -> str:
        """A cell's text, that of small tables in it too."""
        texts: list[str] = []
        for block in self._blocks(cell):
            if isinstance(block, _Paragraph):
                texts.append(_labelled(block).replace(PAGE, ""))
                hanging.append(block.line)
            elif local(block) == "tbl":
                rows = table_rows(block)
                inner = [[self._cell(c.node, hanging) for c in row.cells] for row in rows]
                heads = bold_rows(block, rows, inner, self._styles)
                texts += row_texts(spanned(rows, inner, heads))
        return "\n".join(text for text in texts if text.strip())

    def _other_file(self, chunk: Any) -> None:
        """A file that Word shows in this place: HTML or plain text, as other programs put it in."""
        from .embedded import read_markup

        relation = self._relations.get(chunk.get(_R + "id", ""))
        if relation is None or relation.target not in self._package:
            return
        raw = self._package.read(relation.target)
        if relation.target.lower().endswith((".htm", ".html", ".xhtml")):
            self.builder.add(read_markup(raw, relation.target).text)
        elif relation.target.lower().endswith(".txt"):
            self.builder.add(raw.decode("utf-8-sig", "replace"))


def _reached(node: Any) -> Iterator[Any]:
    """Paragraphs, tables and other files in `node`, through all that merely wraps them."""
    for child in node:
        name = local(child)
        if name in {"p", "tbl", "altChunk"} and child.tag.startswith(W):
            yield child
        elif name == "AlternateContent":
            yield from _reached(chosen(child))
        elif name not in GONE and not (name == "sdt" and is_prompt(child)):
            yield from _reached(child)


def _labelled(block: _Paragraph) -> str:
    text = block.line.text
    return f"{block.label} {text.lstrip()}" if block.label and text.strip() else text


def _without_page(text: str) -> str:
    """A part of a header without the number of its page; nothing where that is all it says."""
    if PAGE not in text:
        return text.strip()
    return "" if len(text.split()) <= _AROUND_PAGE else text.replace(PAGE, "").strip()
