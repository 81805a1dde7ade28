"""Word's styles: what is set by itself wins over its style, and that over what it is based on."""

from __future__ import annotations

from typing import Any

import lxml.etree as etree
import pytest

from spanmem.indexer.documents.word_styles import Numberings, Styles, is_on, value, written

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def xml(inner: str) -> Any:
    return etree.fromstring(f"<w:x {SPACE}>{inner}</w:x>")


STYLES = Styles(
    xml(
        '<w:style w:type="paragraph" w:styleId="Base"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Child"><w:basedOn w:val="Base"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Ring"><w:basedOn w:val="Ring"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="H"><w:name w:val="heading 1"/><w:pPr>'
        '<w:outlineLvl w:val="0"/></w:pPr></w:style>'
    )
)


@pytest.mark.parametrize(
    ("style", "own", "hidden"),
    [
        ("Base", "", True),
        ("Child", "", True),
        ("Child", '<w:vanish w:val="0"/>', False),
        ("", "<w:vanish/>", True),
        ("Ring", "", False),
        ("unknown", "", False),
    ],
)
def test_what_is_nearest_wins(style: str, own: str, hidden: bool) -> None:
    paragraph = xml(f'<w:pStyle w:val="{style}"/>')
    assert STYLES.is_set("vanish", xml(own), paragraph) is hidden


def test_a_heading_is_known_by_its_level() -> None:
    assert STYLES.is_heading(xml('<w:pStyle w:val="H"/>'))
    assert not STYLES.is_heading(xml('<w:pStyle w:val="Base"/>'))


def test_values_and_switches() -> None:
    node = xml('<w:a w:val="7"/><w:b w:val="off"/><w:c/>')
    assert (value(node, "a"), value(node, "d"), value(None, "a")) == ("7", None, None)
    assert (is_on(node, "c"), is_on(node, "b"), is_on(node, "d")) == (True, False, None)


@pytest.mark.parametrize(
    ("count", "form", "text"),
    [(4, "decimal", "4"), (4, "lowerRoman", "iv"), (2, "upperLetter", "B")],
)
def test_numbers_are_written_as_the_list_says(count: int, form: str, text: str) -> None:
    assert written(count, form) == text


def test_a_list_counts_on() -> None:
    numbering = xml(
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="3"/>'
        '<w:numFmt w:val="decimal"/><w:lvlText w:val="%1)"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    lists = Numberings(numbering)
    item = xml('<w:ilvl w:val="0"/><w:numId w:val="1"/>')
    assert [lists.label(item, "") for _ in range(2)] == ["3)", "4)"]
