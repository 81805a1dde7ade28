"""Charts and diagrams: a row for each category, a column for each series."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from spanmem.indexer.documents.drawings import drawing

C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class Parts:
    """A package of one part, which is all that a drawing asks for."""

    def __init__(self, xml: str) -> None:
        self._root = ElementTree.fromstring(xml)

    def relations(self, part: str) -> Any:
        class Relation:
            target = str(Path(part).with_name("chart.xml"))

        return {"r1": Relation()}

    def __contains__(self, target: object) -> bool:
        return str(target).endswith("chart.xml")

    def xml(self, target: str) -> Any:
        return self._root


def points(name: str, *values: str) -> str:
    cached = "".join(f'<c:pt idx="{at}"><c:v>{v}</c:v></c:pt>' for at, v in enumerate(values))
    return f"<c:{name}>{cached}</c:{name}>"


def shown(xml: str, kind: str = "chart") -> Any:
    reference = "id" if kind == "chart" else "dm"
    node = ElementTree.Element(f"{{{C}}}{kind}", {f"{{{R}}}{reference}": "r1"})
    package: Any = Parts(f'<x xmlns:c="{C}" xmlns:a="{A}">{xml}</x>')
    return drawing(node, package, "word/document.xml")


def test_a_chart_is_a_table_of_its_series() -> None:
    series = "".join(
        f"<c:ser>{points('tx', name)}{points('cat', 'Lund', 'Deal')}{points('val', *own)}</c:ser>"
        for name, own in (("2023", ("4", "6")), ("2024", ("5", "7")))
    )
    lines, rows = shown(f"<c:title><a:p><a:t>Tonnes</a:t></a:p></c:title>{series}")
    assert lines == ["Tonnes"]
    texts = [[cell.text for cell in row] for row in rows]
    assert texts == [["", "2023", "2024"], ["Lund", "4", "5"], ["Deal", "6", "7"]]
    assert all(cell.header for cell in rows[0])


def test_a_diagram_is_its_lines_and_a_chart_without_categories_its_title() -> None:
    assert shown("<a:p><a:t>Ask</a:t></a:p><a:p><a:t> </a:t></a:p>", "relIds") == (["Ask"], [])
    assert shown("<c:title><a:p><a:t>Bare</a:t></a:p></c:title>") == (["Bare"], [])
