"""Word files: every visible word once and in order, and nothing that is deleted, struck or hidden."""

# ruff: noqa: E501 -- each document in a line
from __future__ import annotations

import io
import struct
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.indexer.corpus import read_documents
from spanmem.indexer.documents.word import read_docx

TEXT = "word/document.xml"
PARTS = (TEXT, "_rels/.rels", "word/styles.xml")
OFFICE = "http://schemas.openxmlformats.org"
SPACE = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SPACES = " ".join(
    f'xmlns:{name}="{space}"'
    for name, space in {
        "w": f"{OFFICE}/wordprocessingml/2006/main",
        "r": f"{OFFICE}/officeDocument/2006/relationships",
        "m": f"{OFFICE}/officeDocument/2006/math",
        "mc": f"{OFFICE}/markup-compatibility/2006",
        "v": "urn:schemas-microsoft-com:vml",
        "wp": f"{OFFICE}/drawingml/2006/wordprocessingDrawing",
        "a": f"{OFFICE}/drawingml/2006/main",
        "dgm": f"{OFFICE}/drawingml/2006/diagram",
        "c": f"{OFFICE}/drawingml/2006/chart",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    }.items()
)


def r(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(inner)}</w:p>"


def tc(text: str = "", properties: str = "", run: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{text if '<' in text else p(r(text, run))}</w:tc>"


def tr(*cells: str, properties: str = "", run: str = "") -> str:
    inner = "".join(cell if "<w:tc>" in cell else tc(cell, run=run) for cell in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{inner}</w:tr>"


def tbl(*rows: str, properties: str = "") -> str:
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid/>{''.join(rows)}</w:tbl>"


def wrap(name: str, *inner: str, **attributes: str) -> str:
    said = "".join(f' w:{key}="{text}"' for key, text in attributes.items())
    return f"<w:{name}{said}>{''.join(inner)}</w:{name}>"


def sdt(*inner: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{''.join(inner)}</w:sdtContent></w:sdt>"


def mark(kind: str, inner: str = "") -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}">{inner}</w:fldChar></w:r>'


def code(text: str) -> str:
    return f"<w:r><w:instrText>{text}</w:instrText></w:r>"


def field(text: str, *result: str) -> str:
    return mark("begin") + code(text) + mark("separate") + "".join(result) + mark("end")


def box(*blocks: str, hidden: str = "0") -> str:
    inner = wrap("txbxContent", *blocks)
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline>'
        f'<wp:docPr id="1" name="b" hidden="{hidden}"/><a:graphic><a:graphicData><wps:wsp><wps:txbx>'
        f"{inner}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:shape><v:textbox>{inner}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )


def note(number: int, kind: str = "footnote") -> str:
    return f'<w:r><w:rPr><w:rStyle w:val="Mark"/></w:rPr><w:{kind}Reference w:id="{number}"/></w:r>'


def item(text: str, level: int = 0, number: int = 1) -> str:
    numbering = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return p(r(text), properties=numbering)


UP, STRUCK, HIDDEN, BOLD = (
    '<w:vertAlign w:val="superscript"/>', "<w:strike/>", "<w:vanish/>", "<w:b/>",
)  # fmt: skip
MERGE, GOES_ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
SECTION = (
    '<w:sectPr><w:headerReference w:type="default" r:id="rHead"/>'
    '<w:headerReference w:type="first" r:id="rFirst"/>'
    '<w:footerReference w:type="default" r:id="rFoot"/>{}</w:sectPr>'
)


def style(name: str, properties: str, kind: str = "character", more: str = "") -> str:
    return (
        f'<w:style w:type="{kind}" w:styleId="{name}"><w:name w:val="{name}"/>'
        f"{more}<w:rPr>{properties}</w:rPr></w:style>"
    )


def level(at: int, form: str, text: str) -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


OTHERS = {
    "word/styles.xml": wrap(
        "styles",
        style("Secret", HIDDEN) + style("Child", "", more='<w:basedOn w:val="Secret"/>'),
        style("Open", '<w:vanish w:val="0"/>', more='<w:basedOn w:val="Secret"/>'),
        style("Mark", UP) + style("Gone", "<w:dstrike/>") + style("Draft", HIDDEN, "paragraph"),
        style("heading 1", "", "paragraph") + style("toc 1", "", "paragraph"),
        style("Numbered", "", "paragraph", '<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>'),
        style("Grid", "", "table", '<w:tblStylePr w:type="firstRow"/>') + style("Bare", "", "table"),
    ),
    "word/numbering.xml": wrap(
        "numbering",
        wrap("abstractNum", level(0, "decimal", "%1.") + level(1, "decimal", "%1.%2"), abstractNumId="0"),
        wrap("abstractNum", level(0, "bullet", "·"), abstractNumId="1"),
        wrap("abstractNum", level(0, "upperRoman", "Article %1") + level(1, "lowerLetter", "(%2)"), abstractNumId="2"),
        wrap("num", '<w:abstractNumId w:val="0"/>', numId="1"),
        wrap("num", '<w:abstractNumId w:val="1"/>', numId="2"),
        wrap("num", '<w:abstractNumId w:val="2"/>', numId="3"),
        wrap("num", '<w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride>', numId="4"),
    ),
    "word/footnotes.xml": wrap(
        "footnotes",
        wrap("footnote", p(r("no note")), type="separator", id="0"),
        wrap("footnote", p("<w:r><w:footnoteRef/></w:r>", r(" Renewed in 1988.")), id="1"),
        wrap("footnote", p(r("Old words.", STRUCK), r("New words.")), id="2"),
    ),
    "word/endnotes.xml": wrap("endnotes", wrap("endnote", p(r("At the very end.")), id="1")),
    "word/comments.xml": wrap("comments", wrap("comment", p(r("my remark")), id="1")),
    "word/header1.xml": wrap("hdr", p(r("Acme Terms"), "<w:r><w:tab/></w:r>", r("Page "), field("PAGE", r("7")))),
    "word/header2.xml": wrap("hdr", p(r("Front cover"))),
    "word/footer1.xml": wrap("ftr", p(r("Page "), field(" PAGE ", r("7")), r(" of "), field("NUMPAGES", r("12"))) + p(r("Call 555 0199."))),
    "word/diagrams/data1.xml": "<dgm:dataModel><dgm:pt><dgm:t><a:p><a:r><a:t>Chief: Ada</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:dataModel>",
    "word/charts/chart1.xml": (
        "<c:chartSpace><c:ser><c:tx><c:v>x</c:v><c:pt idx='0'><c:v>Guests</c:v></c:pt></c:tx><c:cat><c:pt idx='0'><c:v>May</c:v></c:pt>"
        "<c:pt idx='1'><c:v>June</c:v></c:pt></c:cat><c:val><c:pt idx='0'><c:v>40</c:v></c:pt><c:pt idx='1'><c:v>55</c:v></c:pt></c:val></c:ser></c:chartSpace>"
    ),
    "word/chunk.html": "<html><body><p>Taken from a page.</p></body></html>",
}  # fmt: skip
LINKS = {
    "r1": ("styles", "styles.xml"), "r2": ("numbering", "numbering.xml"), "r3": ("footnotes", "footnotes.xml"),
    "r4": ("endnotes", "endnotes.xml"), "rHead": ("header", "header1.xml"), "rFirst": ("header", "header2.xml"),
    "rFoot": ("footer", "footer1.xml"), "rData": ("diagramData", "diagrams/data1.xml"),
    "rChart": ("chart", "/word/charts/chart1.xml"), "rChunk": ("aFChunk", "chunk.html"), "r9": ("comments", "comments.xml"),
}  # fmt: skip


def relations(links: dict[str, tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        for name, (kind, target) in links.items()
    )
    return f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{rows}</Relationships>'


def package(body: str, **others: str) -> bytes:
    """A Word file with styles, lists, notes and headers."""
    parts = {TEXT: f"<w:document><w:body>{body}</w:body></w:document>", **OTHERS, **others}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("_rels/.rels", relations({"r1": ("officeDocument", TEXT)}))
        new.writestr("word/_rels/document.xml.rels", relations(LINKS))
        for name, text in parts.items():
            head, _, rest = text.partition(">")
            new.writestr(name, f"{head} {SPACES}>{rest}" if name.endswith("xml") else text)
    return out.getvalue()


def said(tmp_path: Path, body: str) -> str:
    (tmp_path / "a.docx").write_bytes(package(body))
    return read_docx(tmp_path / "a.docx").text


DELETED = wrap("del", "<w:r><w:delText>old</w:delText></w:r>")
DEL_MARK = "<w:rPr><w:del/></w:rPr>"
PROMPT = "<w:showingPlcHdr/>"
DROPDOWN = '<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/><w:listEntry w:val="blue"/></w:ddList></w:ffData>'
CHECKED = '<w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData>'
HEAD = tr("Van", "Rate", "Seats", properties="<w:tblHeader/>")

VARIANTS: dict[str, tuple[str, str]] = {
    # tracked changes, as accepted
    "a deletion": (p(r("new "), DELETED, r("text")), "new text"),
    "a moved run": (p(wrap("moveFrom", r("left "))) + p(wrap("moveTo", r("right"))), "right"),
    "an insertion in an insertion": (p(wrap("ins", wrap("ins", r("in")))), "in"),
    "a deletion in an insertion": (p(wrap("ins", r("kept "), DELETED, r("all"))), "kept all"),
    "a deleted paragraph mark": (p(r("The rent "), properties=DEL_MARK) + p(r("is 9.")), "The rent is 9."),
    "a paragraph that was deleted": (p(DELETED, properties=DEL_MARK) + p(r("One.")), "One."),
    "a deleted row": (tbl(tr("a", "b"), tr("c", "d", properties="<w:del/>")), "a: b."),
    "an inserted row": (tbl(wrap("ins", tr("a", "b")), tr("c", "d", properties="<w:ins/>")), "a: b.\nc: d."),
    "a deleted cell": (tbl(tr("a", tc("gone", "<w:cellDel/>"), "b")), "a: b."),
    "old formatting that hid": (p(r("seen", f"<w:rPrChange><w:rPr>{HIDDEN}</w:rPr></w:rPrChange>")), "seen"),
    "an inserted table in a control": (sdt(tbl(wrap("ins", tr("a", "b")))), "a: b."),
    "a moved paragraph between marks": ('<w:moveToRangeStart/>' + p(wrap("moveTo", r("here"))) + "<w:moveToRangeEnd/>", "here"),
    "a deleted field": (p(r("now "), wrap("del", mark("begin"), "<w:r><w:delInstrText>X</w:delInstrText></w:r>", mark("separate"), "<w:r><w:delText>9</w:delText></w:r>", mark("end")), r("8")), "now 8"),
    "a deleted end of a field": (p(mark("begin"), code("X"), wrap("del", mark("end")), r("seen")), "seen"),
    # controls and other wrappers
    "a control around a paragraph": (sdt(p(r("six weeks"))), "six weeks"),
    "a control in a control": (sdt(sdt(p(r("a "), sdt(sdt(r("b")))))), "a b"),
    "a control around a row": (tbl(tr("a", "b"), sdt(tr("c", "d"))), "a: b.\nc: d."),
    "a control around a cell": (tbl(tr("a", sdt(tc("b")))), "a: b."),
    "a control around a table": (sdt(tbl(tr("a", "b"))), "a: b."),
    "a control in a cell": (tbl(tr("a", tc(sdt(p(r("b")))))), "a: b."),
    "a prompt": (p(r("Due: "), sdt(r("Click or tap to enter a date."), properties=PROMPT), r("soon")), "Due: soon"),
    "a prompt's mark on a value": (p(sdt(r("4 May"), properties=PROMPT)), "4 May"),
    "a prompt's mark that is off": (p(sdt(r("Choose life"), properties='<w:showingPlcHdr w:val="0"/>')), "Choose life"),
    "a repeated section": (sdt(sdt(p(r("one"))), sdt(p(r("two")))), "one\n\ntwo"),
    "custom XML": (wrap("customXml", p(wrap("customXml", r("ten")), r("th"))), "tenth"),
    "a smart tag": (p(r("in "), wrap("smartTag", wrap("smartTag", r("Oslo"))), r(".")), "in Oslo."),
    "a link": (p(wrap("hyperlink", r("a "), wrap("ins", r("link")))), "a link"),
    "text of another direction": (p(wrap("bdo", wrap("dir", r("abc")), val="rtl")), "abc"),
    "a box to check": (p(sdt(r("☒"), properties="<w14:checkbox/>"), r(" agreed")), "☒ agreed"),
    # fields
    "a simple field": (p(r("in "), wrap("fldSimple", r("1931"), instr=" DATE ")), "in 1931"),
    "a field": (p(r("in "), field("REF x", r("1931")), r(".")), "in 1931."),
    "a field in a field's code": (p(field("IF " + field("MERGEFIELD a", r("5")) + ' = 5 "yes"', r("yes"))), "yes"),
    "a field in a result": (p(field("HYPERLINK", r("see "), field("REF", r("it")))), "see it"),
    "a field over paragraphs": (p(mark("begin"), code("QUOTE"), mark("separate"), r("one")) + p(r("two"), mark("end"), r("!")), "one\n\ntwo!"),
    "a field that never ends": (p(mark("begin"), code("REF"), r("seen")), "seen"),
    "an end without a field": (p(mark("separate"), mark("end"), r("seen")), "seen"),
    "a field without a result": (p(r("a"), mark("begin"), code("XE term"), mark("end"), r("b")), "ab"),
    "a form's choice": (p(mark("begin", DROPDOWN), code("FORMDROPDOWN"), mark("end")), "blue"),
    "a form's box": (p(mark("begin", CHECKED), code("FORMCHECKBOX"), mark("end"), r(" yes")), "☒ yes"),
    "a form's text": (p(field("FORMTEXT", r("Ada"))), "Ada"),
    "a hidden begin of a field": (p(f'<w:r><w:rPr>{HIDDEN}</w:rPr><w:fldChar w:fldCharType="begin"/></w:r>', code("X"), mark("separate"), r("5"), mark("end")), "5"),
    # text boxes and drawings
    "a text box": (p(r("a"), box(p(r("b")))) + p(r("c")), "a\n\nb\n\nc"),
    "a text box of lines": (p(box(p(r("b")) + p(r("c")))), "b\n\nc"),
    "a text box with a table": (p(box(tbl(tr("a", "b")))), "a: b."),
    "an old text box": (p(f"<w:r><w:pict><v:shape><v:textbox>{wrap('txbxContent', p(r('b')))}</v:textbox></v:shape></w:pict></w:r>"), "b"),
    "a hidden text box": (p(r("a"), box(p(r("b")), hidden="1")), "a"),
    "a text box in a cell": (tbl(tr("a", tc(p(r("b"), box(p(r("c"))))))), "a: b.\n\nc"),
    "a text box in a text box": (p(box(p(r("b"), box(p(r("c")))))), "b\n\nc"),
    "a text box with a field": (p(box(p(field("REF", r("5"))))), "5"),
    "a water mark": (p('<w:r><w:pict><v:shape><v:textpath string="DRAFT"/></v:shape></w:pict></w:r>'), "DRAFT"),
    "a diagram": (p('<w:r><w:drawing><wp:inline><a:graphic><dgm:relIds r:dm="rData"/></a:graphic></wp:inline></w:drawing></w:r>'), "Chief: Ada"),
    "a chart": (p('<w:r><w:drawing><wp:inline><a:graphic><c:chart r:id="rChart"/></a:graphic></wp:inline></w:drawing></w:r>'), "May. Guests: 40.\nJune. Guests: 55."),
    "another file": (p(r("a")) + '<w:altChunk r:id="rChunk"/>', "a\n\nTaken from a page."),
    # struck out and hidden
    "a struck run": (p(r("20", STRUCK), r("25")), "25"),
    "a run struck twice": (p(r("20", "<w:dstrike/>"), r("25")), "25"),
    "struck by style": (p(r("20", '<w:rStyle w:val="Gone"/>'), r("25")), "25"),
    "hidden by style": (p(r("20", '<w:rStyle w:val="Secret"/>'), r("25")), "25"),
    "hidden by a style's parent": (p(r("20", '<w:rStyle w:val="Child"/>'), r("25")), "25"),
    "shown against a style's parent": (p(r("20", '<w:rStyle w:val="Open"/>')), "20"),
    "shown against the style": (p(r("20", '<w:rStyle w:val="Secret"/><w:vanish w:val="false"/>')), "20"),
    "hidden by the paragraph's style": (p(r("20"), properties='<w:pStyle w:val="Draft"/>') + p(r("25")), "25"),
    "two styles that undo each other": (p(r("20", '<w:rStyle w:val="Secret"/>'), properties='<w:pStyle w:val="Draft"/>'), "20"),
    "a struck run that is not": (p(r("20", '<w:strike w:val="0"/>')), "20"),
    "a hidden row": (tbl(tr("a", "b"), tr("c", "d", properties="<w:hidden/>")), "a: b."),
    "a struck cell": (tbl(tr("a", "b"), tr("c", "d", run=STRUCK)), "a: b."),
    "hidden in the web view only": (p(r("20", "<w:webHidden/>")), "20"),
    # raised
    "a power": (p(r("3 × 10"), r("6", UP), r(" litres")), "3 × 10⁶ litres"),
    "a negative power": (p(r("10"), r("-3", UP), r(" grams")), "10⁻³ grams"),
    "a power in two runs": (p(r("10"), r("1", UP), r("2", UP)), "10¹²"),
    "a unit": (p(r("40 m"), r("2", UP), r(".")), "40 m²."),
    "cents": (p(r("9"), r("50", UP), r(" euros")), "9.50 euros"),
    "cents after a sign": (p(r("$ 9"), r("99", UP)), "$ 9.99"),
    "a raised mark of a note": (p(r("in 1974"), r("3", UP), r(".")), "in 1974."),
    "two raised marks": (p(r("in 1974"), r("3,4", UP), r(".")), "in 1974."),
    "an ordinal": (p(r("the 1"), r("st", UP), r(" day")), "the 1st day"),
    "a raised letter": (p(r("2"), r("k", UP)), "2ᵏ"),
    "raised by style": (p(r("10"), r("6", '<w:rStyle w:val="Mark"/>')), "10⁶"),
    "raised by hand": (p(r("10"), r("6", '<w:position w:val="8"/>')), "10⁶"),
    "lowered": (p(r("CO"), r("2", '<w:vertAlign w:val="subscript"/>')), "CO2"),
    "raised space": (p(r("10"), r(" ", UP), r("6")), "10 6"),
    "a trade mark": (p(r("Acme"), r("TM", UP), r(" 5")), "Acme™ 5"),
    # notes
    "a note": (p(r("opened in 1974"), note(1), r(".")) + p(r("b")), "opened in 1974.\n\nRenewed in 1988.\n\nb"),
    "a note with a struck word": (p(r("a"), note(2)), "a\n\nNew words."),
    "a note at the end": (p(r("a"), note(1, "endnote")), "a\n\nAt the very end."),
    "a note twice": (p(r("a"), note(1), r("b"), note(1)), "ab\n\nRenewed in 1988."),
    "a note in a cell": (tbl(tr("a", tc(p(r("12"), note(1))))), "a: 12.\n\nRenewed in 1988."),
    "a deleted note": (p(r("a"), wrap("del", note(1))), "a"),
    "a comment": (p(r("a"), '<w:r><w:commentReference w:id="1"/></w:r>'), "a"),
    # tables
    "columns with names": (tbl(HEAD, tr("Uhu", "89", "9")), "Uhu. Rate: 89. Seats: 9."),
    "a cell that reaches down": (tbl(HEAD, tr("Uhu", tc("89", MERGE), "9"), tr("Falk", tc("", GOES_ON), "3")), "Uhu. Rate: 89. Seats: 9.\nFalk. Rate: 89. Seats: 3."),
    "a cell that goes on under nothing": (tbl(HEAD, tr("Uhu", tc("89", GOES_ON), "9")), "Uhu. Rate: 89. Seats: 9."),
    "a cell that reaches across": (tbl(HEAD, tr("Uhu", tc("none", '<w:gridSpan w:val="2"/>'))), "Uhu. Rate: none. Seats: none."),
    "an old cell that reaches across": (tbl(HEAD, tr("Uhu", tc("no", '<w:hMerge w:val="restart"/>'), tc("", "<w:hMerge/>"))), "Uhu. Rate: no. Seats: no."),
    "an empty cell": (tbl(HEAD, tr("Uhu", tc(), "9")), "Uhu. Rate: –. Seats: 9."),
    "a row that begins late": (tbl(HEAD, tr("9", properties='<w:gridBefore w:val="2"/>')), "Rate: –. Seats: 9."),
    "a bold first row": (tbl(tr("Van", "Rate", run=BOLD), tr("Uhu", "free")), "Uhu. Rate: free."),
    "bold names at the left": (tbl(tr(tc("Rate", run=BOLD), "free"), tr(tc("Van", run=BOLD), "Uhu")), "Rate: free.\nVan: Uhu."),
    "all in bold": (tbl(tr("Van", "Uhu", run=BOLD), tr("Rate", "9", run=BOLD)), "Van: Uhu.\nRate: 9."),
    "a shaded first row": (tbl(tr(tc("Van", '<w:shd w:fill="D9E2F3"/>'), tc("Rate", '<w:shd w:fill="D9E2F3"/>')), tr("Uhu", "free")), "Uhu. Rate: free."),
    "a table style's first row": (tbl(tr("Van", "Rate"), tr("Uhu", "free"), properties='<w:tblStyle w:val="Grid"/><w:tblLook w:firstRow="1"/>'), "Uhu. Rate: free."),
    "a bare style's first row": (tbl(tr("Van", "Uhu"), tr("Rate", "free"), properties='<w:tblStyle w:val="Bare"/><w:tblLook w:val="04A0"/>'), "Van: Uhu.\nRate: free."),
    "a table in a table": (tbl(tr("Uhu", tc(tbl(tr("Rate", "89"), tr("Seats", "9")) + p()))), "Uhu: Rate: 89. Seats: 9."),
    "a table that frames": (tbl(tr(tc(p(r("a")) + tbl(tr("Rate", "89")) + p(r("b"))))), "a\n\nRate: 89.\n\nb"),
    "a heading row in two parts": (tbl(tr(tc("Van", MERGE), tc("Price", '<w:gridSpan w:val="2"/>'), properties="<w:tblHeader/>"), tr(tc("", GOES_ON), "2023", "2024", properties="<w:tblHeader/>"), tr("Uhu", "5", "6")), "Uhu. Price 2023: 5. Price 2024: 6."),
    "lines in a cell": (tbl(tr("Uhu", tc(p(r("big")) + p(r("blue"))))), "Uhu: big blue."),
    # lists
    "numbers": (item("a") + item("b"), "1. a\n2. b"),
    "numbers in numbers": (item("a") + item("b", 1) + item("c", 1) + item("d") + item("e", 1), "1. a\n1.1 b\n1.2 c\n2. d\n2.1 e"),
    "dots": (item("a", number=2) + item("b", number=2), "a\nb"),
    "articles": (item("a", 0, 3) + item("b", 1, 3) + item("c", 1, 3) + item("d", 0, 3), "Article I a\n(a) b\n(b) c\nArticle II d"),
    "a list that begins elsewhere": (item("a", 0, 4) + item("b", 0, 4), "7. a\n8. b"),
    "a list of no list": (item("a", 0, 0) + item("b", 0, 99), "a\n\nb"),
    "numbers by style": (p(r("a"), properties='<w:pStyle w:val="Numbered"/>'), "Article I a"),
    "a list after words": (item("a") + p(r("and")) + item("b"), "1. a\n\nand\n\n2. b"),
    # signs
    "breaks": (p(r("a"), "<w:r><w:br/></w:r>", r("b"), '<w:r><w:tab/><w:t>c</w:t><w:cr/><w:t>d</w:t></w:r>'), "a\nb\tc\nd"),
    "hyphens": (p(r("5"), "<w:r><w:noBreakHyphen/></w:r>", r("year pay"), "<w:r><w:softHyphen/></w:r>", r("ment par\u00adty")), "5-year payment party"),
    "a symbol": (p(r("20 "), '<w:r><w:sym w:font="Symbol" w:char="F0B1"/></w:r>', r(" 2")), "20 ± 2"),
    "a greek symbol": (p('<w:r><w:sym w:font="Symbol" w:char="F06D"/></w:r>', r("m")), "μm"),
    "a check": (p('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', r(" paid")), "☑ paid"),
    "private characters": (p(r("5 \uf0b0C", '<w:rFonts w:ascii="Symbol"/>')), "5 °C"),
    "a sign of no meaning": (p('<w:r><w:sym w:font="Webdings" w:char="F0XX"/></w:r>', r("a")), "a"),
    "words read above": (p(f"<w:r><w:ruby><w:rt>{r('kyo')}</w:rt><w:rubyBase>{r('K')}</w:rubyBase></w:ruby></w:r>"), "K(kyo)"),
    "a large first letter": (p(r("O"), properties='<w:framePr w:dropCap="drop"/>') + p(r("nce")), "Once"),
    "a fraction": (p("<m:oMath><m:f><m:num><m:r><m:t>a+1</m:t></m:r></m:num><m:den><m:r><m:t>4</m:t></m:r></m:den></m:f></m:oMath>"), "(a+1)/4"),
    "a square": (p("<m:oMathPara><m:oMath><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></m:oMathPara>"), "x²"),
    # headers and footers
    "a header and a footer": (p(r("a")) + SECTION.format(""), "Acme Terms\n\na\n\nCall 555 0199."),
    "another first page": (p(r("a")) + SECTION.format("<w:titlePg/>"), "Acme Terms\n\nFront cover\n\na\n\nCall 555 0199."),
    "two sections": (p(r("a"), properties=SECTION.format("")) + p(r("b")) + SECTION.format(""), "Acme Terms\n\na\n\nb\n\nCall 555 0199."),
}  # fmt: skip


@pytest.mark.parametrize(("body", "text"), VARIANTS.values(), ids=VARIANTS.keys())
def test_a_document_says_what_its_page_shows(tmp_path: Path, body: str, text: str) -> None:
    assert said(tmp_path, body) == text


SHOWN: list[Callable[[str], str]] = [
    lambda inner: wrap("ins", inner),
    lambda inner: wrap("moveTo", inner),
    sdt,
    lambda inner: wrap("smartTag", inner),
    lambda inner: wrap("customXml", inner),
    lambda inner: wrap("hyperlink", inner),
    lambda inner: wrap("fldSimple", inner, instr="REF x"),
    lambda inner: field("REF x", inner),
    lambda inner: wrap("bdo", inner),
]
NOT_SHOWN: list[Callable[[str], str]] = [
    lambda inner: wrap("del", inner),
    lambda inner: wrap("moveFrom", inner),
    lambda inner: mark("begin") + inner + mark("separate") + mark("end"),
]


@given(st.lists(st.sampled_from(SHOWN), max_size=6), st.sampled_from([r, *NOT_SHOWN]), st.data())
def test_a_word_in_wrappers_is_read_once_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, around: list[Any], last: Any, data: Any
) -> None:
    inner = r("word")
    at = data.draw(st.integers(0, len(around)))
    for wrapper in around[:at]:
        inner = wrapper(inner)
    inner = inner if last is r else last(inner)
    for wrapper in around[at:]:
        inner = wrapper(inner)
    text = said(tmp_path_factory.getbasetemp(), p(r("a "), inner, r(" b")))
    assert text == ("a word b" if last is r else "a  b")


def test_iso_strict_files_are_read_alike(tmp_path: Path) -> None:
    raw = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package(p(r("Strict."))))) as old,
        zipfile.ZipFile(raw, "w") as new,
    ):
        for name in old.namelist():
            text = old.read(name).decode()
            for space in ("wordprocessingml", "officeDocument"):
                text = text.replace(
                    f"{OFFICE}/{space}/2006/", f"http://purl.oclc.org/ooxml/{space}/"
                )
            new.writestr(name, text)
    (tmp_path / "a.docx").write_bytes(raw.getvalue())
    assert read_docx(tmp_path / "a.docx").text == "Strict."


def test_the_title_is_the_files_own_or_its_first_heading(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Words before.")
    made.add_heading("Pump P20", 1)
    made.core_properties.title = ""
    made.save(str(tmp_path / "a.docx"))
    assert read_docx(tmp_path / "a.docx").title == "Pump P20"
    made.core_properties.title = "The pump"
    made.save(str(tmp_path / "a.docx"))
    assert read_docx(tmp_path / "a.docx").title == "The pump"


def test_a_tables_rows_are_known_as_rows(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(
        package(p(r("a")) + tbl(HEAD, tr("Uhu", "89", "9"), tr("Falk", "64", "3")))
    )
    document = read_docx(tmp_path / "a.docx")
    assert [document.text[start:end] for start, end in document.rows] == [
        "Uhu. Rate: 89. Seats: 9.",
        "Falk. Rate: 64. Seats: 3.",
    ]


def test_a_cell_of_long_prose_is_read_as_prose(tmp_path: Path) -> None:
    prose = "The tenant pays for the water. " * 40
    (tmp_path / "a.docx").write_bytes(package(tbl(tr("Water", prose), tr("Heat", "included"))))
    document = read_docx(tmp_path / "a.docx")
    assert [document.text[start:end] for start, end in document.rows] == ["Heat: included."]
    assert document.text.startswith("Water: The tenant pays")


def whole() -> bytes:
    made, out = docx.Document(), io.BytesIO()
    made.add_paragraph("The pump is blue.")
    made.save(out)
    return out.getvalue()


def changed(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A Word file, one part of which is another."""
    out = io.BytesIO()
    old = zipfile.ZipFile(io.BytesIO(whole()))
    with old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            raw = old.read(name)
            new.writestr(name, change(raw) if name == part else raw)
    return out.getvalue()


def declared(raw: bytes, at: int, value: bytes) -> bytes:
    """The file with other words about its text in the zip's directory."""
    entry = raw.index(b"PK\x01\x02")
    while not raw.startswith(TEXT.encode(), entry + 46):
        entry = raw.index(b"PK\x01\x02", entry + 4)
    return raw[: entry + at] + value + raw[entry + at + len(value) :]


def text_bytes() -> bytes:
    """Some of the packed bytes of the file's text."""
    raw = whole()
    at = raw.index(TEXT.encode()) + len(TEXT) + 40
    return raw[at : at + 10]


def bomb() -> bytes:
    """Nine entities, each ten times the one before."""
    names = [f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(10)]
    body = b"<w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body>"
    head = f"<!DOCTYPE w [{''.join(names)}]>".encode()
    return head + b"<w:document " + SPACE + b">" + body + b"</w:document>"


def deep() -> bytes:
    inner = b"<w:p><w:r><w:t>a</w:t></w:r></w:p>"
    body = b"<w:sdt>" * 100_000 + inner + b"</w:sdt>" * 100_000
    return b"<w:document " + SPACE + b"><w:body>" + body + b"</w:body></w:document>"


BROKEN = {
    **{f"{part} empty": changed(part, lambda _: b"") for part in PARTS},
    **{f"{part} cut": changed(part, lambda raw: raw[: len(raw) // 2]) for part in PARTS},
    **{f"{part} of another kind": changed(part, lambda _: b"<a/>") for part in PARTS[:2]},
    "no body": changed(TEXT, lambda _: b"<w:document " + SPACE + b"/>"),
    "corrupt": whole().replace(text_bytes(), b"\xff" * 10),
    "encrypted": declared(whole(), 8, b"\x01\x00"),
    "packed in an unknown way": declared(whole(), 10, b"\x63\x00"),
    "entities": changed(TEXT, lambda _: bomb()),
    "entities in UTF-16": changed(TEXT, lambda _: bomb().decode().encode("utf-16")),
    "nested without end": changed(TEXT, lambda _: deep()),
    "locked": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
    "of 1997": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_word_file_is_named_in_one_line_and_can_be_skipped(
    tmp_path: Path, raw: bytes
) -> None:
    (tmp_path / "a.docx").write_bytes(raw)
    (tmp_path / "b.txt").write_text("Good.")
    with pytest.raises(InputError, match=r"a\.docx: no readable Word file \(.+\); save") as caught:
        list(read_documents([tmp_path]))
    assert "\n" not in str(caught.value)
    found = read_documents([tmp_path], on_bad=lambda *_: None)
    assert [document.text for document in found] == ["Good."]


@pytest.mark.parametrize("part", ["docProps/core.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("raw", [b"", b"<a/>", b"<a"])
def test_a_file_whose_text_is_whole_is_read(tmp_path: Path, part: str, raw: bytes) -> None:
    (tmp_path / "a.docx").write_bytes(changed(part, lambda _: raw))
    assert read_docx(tmp_path / "a.docx").text == "The pump is blue."


@pytest.mark.parametrize("lie", [False, True])
def test_a_word_file_of_gigabytes_is_not_unpacked(tmp_path: Path, lie: bool) -> None:
    raw = changed(TEXT, lambda _: b" " * 150_000_000)
    size = struct.pack("<I", 1000)
    (tmp_path / "a.docx").write_bytes(declared(raw, 24, size) if lie else raw)
    tracemalloc.start()
    with pytest.raises(InputError, match="Bad CRC" if lie else "at most 100,000,000 are read"):
        list(read_documents([tmp_path]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000


def steps(read: Callable[[], object]) -> int:
    """Lines of code and calls that reading takes."""
    count = 0

    def trace(*_: object) -> Any:
        nonlocal count
        count += 1
        return trace

    former = sys.gettrace()  # that of the coverage, if it is measured
    sys.settrace(trace)
    try:
        read()
    finally:
        sys.settrace(former)
    return count


GROWING: dict[str, Callable[[int], str]] = {
    "paragraphs": lambda n: p(r("It is blue.")) * n,
    "runs": lambda n: p(r("a ") * n),
    "rows": lambda n: f"<w:tbl>{tr('Uhu', '89', '9') * n}</w:tbl>",
    "cells": lambda n: f"<w:tbl>{tr(*['Uhu'] * n) * 2}</w:tbl>",
    "merged cells": lambda n: f"<w:tbl>{tr(tc('x', '<w:vMerge/>'), '89') * n}</w:tbl>",
    "fields never closed": lambda n: p(
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * n + r("x")
    ),
}


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING.keys())
def test_steps_are_in_proportion_to_the_document(
    tmp_path: Path, make: Callable[[int], str]
) -> None:
    def taken(size: int) -> int:
        return steps(lambda: said(tmp_path, make(size)))

    first = taken(10)  # what any file takes
    assert taken(110) - first < 2.5 * (taken(60) - first)
