"""PowerPoint (.pptx, .pptm, .ppsx, .potx): slides as pages, each with its title first, its text
and tables, and the speaker's notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .drawings import drawing
from .equations import equation
from .extracted import Extracted, TextBuilder
from .grids import Cell, row_texts
from .packages import Package, local, read_package
from .raised import raised, settled
from .symbols import plain
from .word_styles import written

__all__ = ["read_presentation"]

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_TITLES = {"title", "ctrTitle"}
_FORMS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_REPEATED = {"sldNum", "dt"}
"""Placeholders that say but where and when the slide is."""


def read_presentation(path: Path) -> Extracted:
    """The slides that are shown, in order. Raises InputError for what is no PowerPoint file."""
    return read_package(path, "PowerPoint file", _presentation)


def _presentation(package: Package) -> Extracted:
    main = package.main()
    links = package.relations(main)
    slides = _Slides(package)
    for node in package.xml(main).iterfind(f"{_P}sldIdLst/{_P}sldId"):
        link = links.get(node.get(_R + "id", ""))
        if link is not None and link.target in package:
            slides.add(link.target)
    return slides.builder.extracted(slides.title)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A shape on a slide: its node, and which of the layout's places it fills."""

    node: Any
    place: str


class _Slides:
    """Puts the text of the slides together."""

    def __init__(self, package: Package) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._package = package
        self._footers: set[str] = set()

    def add(self, part: str) -> None:
        """One slide, on a page of its own; a hidden one is a page without text."""
        root = self._package.xml(part)
        self.builder.start_page()
        tree = root.find(f"{_P}cSld/{_P}spTree")
        if root.get("show") in {"0", "false"} or tree is None:
            return
        shapes = list(_shapes(tree))
        shapes.sort(key=lambda shape: shape.place not in _TITLES)
        for shape in shapes:
            self._shape(shape, part)
        for link in self._package.relations(part).values():
            if link.kind == "notesSlide" and link.target in self._package:
                self._notes(link.target)

    def _shape(self, shape: _Shape, part: str) -> None:
        if shape.place in _REPEATED:
            return
        if local(shape.node) == "graphicFrame":
            self._frame(shape.node, part)
            return
        text = _body(shape.node.find(_P + "txBody"))
        if shape.place == "ftr":
            if text in self._footers:
                return
            self._footers.add(text)
        if shape.place in _TITLES:
            text = " ".join(text.split())
            self.title = self.title or text
        self.builder.add(text)

    def _frame(self, frame: Any, part: str) -> None:
        for node in frame.iter(_A + "tbl", "{*}chart", "{*}relIds"):
            if local(node) == "tbl":
                self.builder.add_rows(row_texts(_table(node)))
                continue
            lines, rows = drawing(node, self._package, part)
            self.builder.add("\n".join(lines))
            self.builder.add_rows(row_texts(rows))

    def _notes(self, part: str) -> None:
        tree = self._package.xml(part).find(f"{_P}cSld/{_P}spTree")
        for shape in _shapes(() if tree is None else tree):
            if shape.place == "body" and local(shape.node) == "sp":
                self.builder.add(_body(shape.node.find(_P + "txBody")))


def _shapes(tree: Any) -> Iterator[_Shape]:
    """The shapes that are shown, those of groups too."""
    for node in tree:
        name = local(node)
        if name == "AlternateContent":
            branches = [*node.findall(_MC + "Choice"), *node.findall(_MC + "Fallback")]
            yield from next((s for s in map(list, map(_shapes, branches)) if s), [])
        elif name in {"sp", "graphicFrame", "grpSp", "cxnSp"}:
            said = next(iter(node.iterfind(f"{{*}}nv{name[0].upper()}{name[1:]}Pr")), None)
            own = None if said is None else said.find(_P + "cNvPr")
            if own is not None and own.get("hidden") in {"1", "true"}:
                continue
            if name == "grpSp":
                yield from _shapes(node)
            else:
                place = None if said is None else said.find(f"{_P}nvPr/{_P}ph")
                yield _Shape(node, "" if place is None else place.get("type", "body"))


def _body(body: Any) -> str:
    """The paragraphs of a text, a line each."""
    if body is None:
        return ""
    counts: dict[int, int] = {}
    return "\n".join(filter(None, (_paragraph(p, counts) for p in body.iterfind(_A + "p"))))


def _paragraph(paragraph: Any, counts: dict[int, int]) -> str:
    parts: list[str] = []
    for node in paragraph:
        name = local(node)
        if name == "br":
            parts.append("\n")
        elif name == "r" or (name == "fld" and node.get("type") != "slidenum"):
            parts.append(_run(node))
        elif name in {"AlternateContent", "m"}:
            math = next(node.iter("{*}oMath"), None)
            parts.append("" if math is None else equation(math))
    text = settled("".join(parts)).replace("\v", "\n").replace("\u00ad", "").strip()
    return _label(paragraph.find(_A + "pPr"), counts) + text if text else ""


def _run(node: Any) -> str:
    text = node.findtext(_A + "t") or ""
    properties = node.find(_A + "rPr")
    if properties is None:
        return text
    if properties.get("strike", "noStrike") != "noStrike":
        return ""
    font = properties.find(_A + "latin")
    text = plain(text, "" if font is None else font.get("typeface", ""))
    lifted = properties.get("baseline", "0").rstrip("%")
    return raised(text) if lifted.lstrip("+").isdecimal() and int(lifted) > 0 else text


def _label(properties: Any, counts: dict[int, int]) -> str:
    """The number of a numbered item; "" for others."""
    level = properties.get("lvl", "0") if properties is not None else "0"
    at = int(level) if level.isdecimal() and len(level) < 2 else 0
    for deeper in [deeper for deeper in counts if deeper > at]:
        del counts[deeper]
    numbers = None if properties is None else properties.find(_A + "buAutoNum")
    if numbers is None:
        counts.pop(at, None)
        return ""
    start = numbers.get("startAt", "1")
    counts[at] = counts.get(at, (int(start) if start.isdecimal() else 1) - 1) + 1
    kind = numbers.get("type", "")
    form = next((form for name, form in _FORMS.items() if kind.startswith(name)), "decimal")
    count = written(counts[at], form)
    after = ")" if "Paren" in kind else "" if kind.endswith("Plain") else "."
    return f"({count}) " if kind.endswith("ParenBoth") else f"{count}{after} "


def _table(table: Any) -> list[list[Cell]]:
    """A table's rows; what a cell covers is left out."""
    properties = table.find(_A + "tblPr")
    heads = properties is not None and properties.get("firstRow") in {"1", "true"}
    rows: list[list[Cell]] = []
    for row in table.iterfind(_A + "tr"):
        cells = [
            Cell(
                _body(cell.find(_A + "txBody")),
                _number(cell.get("gridSpan")),
                _number(cell.get("rowSpan")),
                header=heads and not rows,
            )
            for cell in row.iterfind(_A + "tc")
            if cell.get("hMerge", "0") in {"0", "false"}
            and cell.get("vMerge", "0") in {"0", "false"}
        ]
        rows.append(cells)
    return rows


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 1
