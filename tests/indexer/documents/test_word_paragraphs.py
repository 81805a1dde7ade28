"""A Word paragraph is what its reader sees: fields' results, insertions, no deletions."""

from __future__ import annotations

import lxml.etree as etree
import pytest

from spanmem.indexer.documents.word_paragraphs import PAGE, Line, Paragraphs
from spanmem.indexer.documents.word_styles import Styles

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def read(inner: str) -> Line:
    root = etree.fromstring(f"<w:body {SPACE}><w:p>{inner}</w:p></w:body>")
    return Paragraphs(root, Styles()).read(root[0])


def r(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def field(code: str, result: str) -> str:
    begin, middle, end = (
        f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")
    )
    return f"{begin}<w:r><w:instrText>{code}</w:instrText></w:r>{middle}{r(result)}{end}"


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (r("red") + "<w:ins>" + r("van") + "</w:ins>", "redvan"),
        (r("red") + "<w:del><w:r><w:delText>cab</w:delText></w:r></w:del>", "red"),
        (r("a", "<w:vanish/>") + r("b") + r("c", "<w:strike/>"), "b"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:noBreakHyphen/><w:t>c</w:t></w:r>", "a\tb-c"),
        (r("10") + r("6", '<w:vertAlign w:val="superscript"/>'), "10⁶"),
        (field("DATE", "3 May"), "3 May"),
        (field("PAGE", "7"), PAGE),
        ('<w:fldSimple w:instr="REF a">' + r("Table 2") + "</w:fldSimple>", "Table 2"),
    ],
)
def test_a_paragraph_is_what_its_reader_sees(inner: str, text: str) -> None:
    assert read(inner).text == text


def test_notes_hang_on_their_paragraph() -> None:
    line = read(r("a") + '<w:r><w:footnoteReference w:id="2"/></w:r>')
    assert (line.text.strip(), line.notes) == ("a", [("footnote", "2")])


def test_a_paragraph_whose_end_is_deleted_joins_the_next() -> None:
    assert read("<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + r("a")).joins
    assert not read(r("a")).joins
