"""Charts and diagrams of Office files: the words and values that they show."""

from __future__ import annotations

from typing import Any

from .grids import Cell
from .packages import Package, local

__all__ = ["Drawing", "drawing"]

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_POINTS = 100_000
"""Of a chart at most."""

Drawing = tuple[list[str], list[list[Cell]]]
"""Lines of text, and the rows of a table."""


def drawing(node: Any, package: Package, part: str) -> Drawing:
    """What the chart or diagram shows that `node` (`c:chart`, `dgm:relIds`) of `part` refers to."""
    name = node.get(_R + "id") if local(node) == "chart" else node.get(_R + "dm")
    relation = package.relations(part).get(name or "")
    if relation is None or relation.target not in package:
        return [], []
    root = package.xml(relation.target)
    return _chart(root) if local(node) == "chart" else (_lines(root), [])


def _lines(root: Any) -> list[str]:
    """The paragraphs of DrawingML text in `root`."""
    lines = ("".join(t.text or "" for t in p.iter(_A + "t")) for p in root.iter(_A + "p"))
    return [line.strip() for line in lines if line.strip()]


def _chart(root: Any) -> Drawing:
    """A chart as its title and a table: a row for each category, a column for each series."""
    lines = [line for title in root.iter(_C + "title") for line in _lines(title)]
    names: list[str] = []
    categories: dict[int, str] = {}
    values: list[dict[int, str]] = []
    for series in root.iter(_C + "ser"):
        names.append(" ".join(_points(series.find(_C + "tx")).values()))
        for kind in ("cat", "xVal"):
            categories |= _points(series.find(_C + kind))
        points = series.find(_C + "val")
        values.append(_points(series.find(_C + "yVal") if points is None else points))
        if sum(map(len, values)) > _POINTS:
            break
    if not categories:
        return lines, []
    head = [Cell("", header=True), *(Cell(name, header=True) for name in names)]
    rows = [[Cell(text), *(Cell(v.get(i, "")) for v in values)] for i, text in categories.items()]
    return lines, [head, *rows]


def _points(node: Any) -> dict[int, str]:
    """The cached points of a reference, by their index."""
    points: dict[int, str] = {}
    if node is not None:
        for at, point in enumerate(node.iter(_C + "pt")):
            index = point.get("idx", "")
            text = point.findtext(_C + "v") or ""
            points[int(index) if index.isdecimal() and len(index) < 9 else at] = text.strip()
    return points
