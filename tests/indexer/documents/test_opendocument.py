"""OpenDocument: what the page, the sheet or the slide shows."""
# ruff: noqa: E501 -- each document in a line

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.documents.extracted import Extracted
from spanmem.indexer.documents.opendocument import read_opendocument

NAMES = ("office", "text", "table", "style", "presentation")
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in NAMES
) + ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip
STYLES = (
    '<style:style style:name="Gone"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="Twice"><style:text-properties style:text-line-through-type="double"/></style:style>'
    '<style:style style:name="Secret"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="Child" style:parent-style-name="Secret"><style:text-properties/></style:style>'
    '<style:style style:name="Open" style:parent-style-name="Secret"><style:text-properties text:display="true"/></style:style>'
    '<style:style style:name="Up"><style:text-properties style:text-position="super 58%"/></style:style>'
    '<style:style style:name="Lift"><style:text-properties style:text-position="33% 58%"/></style:style>'
    '<style:style style:name="Down"><style:text-properties style:text-position="sub 58%"/></style:style>'
    '<style:style style:name="Away"><style:table-properties table:display="false"/></style:style>'
    '<style:style style:name="Off"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
    '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/></text:list-style>'
)
MASTER = (
    '<style:master-page><style:header><text:p>Acme Terms</text:p></style:header><style:footer>'
    "<text:p>Page <text:page-number>7</text:page-number></text:p><text:p>Call 555 0199.</text:p></style:footer></style:master-page>"
)  # fmt: skip


def read(
    tmp_path: Path, body: str, kind: str = "text", master: str = "", **parts: str
) -> Extracted:
    content = f"<a {SPACES}><office:automatic-styles>{STYLES}</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body></a>"
    with zipfile.ZipFile(tmp_path / "a.odt", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("content.xml", content)
        package.writestr(
            "styles.xml", f"<a {SPACES}><office:master-styles>{master}</office:master-styles></a>"
        )
        for name, text in parts.items():
            package.writestr(name, text)
    return read_opendocument(tmp_path / "a.odt")


def p(inner: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{inner}</text:p>'


def span(inner: str, style: str) -> str:
    return f'<text:span text:style-name="{style}">{inner}</text:span>'


def cell(text: str = "", more: str = "") -> str:
    return f"<table:table-cell {more}>{p(text) if text else ''}</table:table-cell>"


def row(*texts: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(t if '<' in t else cell(t) for t in texts)}</table:table-row>"


def table(*rows: str, more: str = 'table:name="Vans"') -> str:
    return f"<table:table {more}>{''.join(rows)}</table:table>"


def item(*inner: str) -> str:
    return f"<text:list-item>{''.join(inner)}</text:list-item>"


def listed(*items: str, style: str = "L") -> str:
    return f'<text:list text:style-name="{style}">{"".join(items)}</text:list>'


HEAD = f"<table:table-header-rows>{row('Van', 'Rate', 'Seats')}</table:table-header-rows>"
NOTE = '<text:note><text:note-citation>3</text:note-citation><text:note-body><text:p>Renewed.</text:p></text:note-body></text:note>'  # fmt: skip

TEXTS: dict[str, tuple[str, str]] = {
    "paragraphs": ("<text:h>Pump</text:h>" + p("It is<text:s text:c='2'/>blue.<text:line-break/>Yes<text:tab/>sir."), "Pump\n\nIt is  blue.\nYes\tsir."),
    "a tracked deletion": ("<text:tracked-changes><text:changed-region><text:deletion>" + p("old") + "</text:deletion></text:changed-region></text:tracked-changes>" + p("new<text:change text:change-id='1'/>"), "new"),
    "a tracked insertion": (p("a<text:change-start/>b<text:change-end/>c"), "abc"),
    "struck out": (p("20 " + span("19", "Gone") + span("18", "Twice") + "5"), "20 5"),
    "hidden": (p("a" + span("b", "Secret") + span("c", "Child") + span("d", "Open")) + p("e", "Secret"), "ad"),
    "a hidden section": ('<text:section text:display="none">' + p("a") + "</text:section><text:section>" + p("b") + "</text:section>", "b"),
    "raised": (p("10" + span("6", "Up") + " m" + span("2", "Lift") + " CO" + span("2", "Down")), "10⁶ m² CO2"),
    "a note": (p(f"in 1974{NOTE}.") + p("b"), "in 1974.\n\nRenewed.\n\nb"),
    "a remark": (p("a<office:annotation><text:p>b</text:p></office:annotation>c"), "ac"),
    "a text box": (p("a<draw:frame><draw:text-box>" + p("b") + "</draw:text-box></draw:frame>c") + p("d"), "ac\n\nb\n\nd"),
    "a link and fields": (p('<text:a>see</text:a> <text:date>4 May</text:date> <text:placeholder>x</text:placeholder>'), "see 4 May x"),
    "a list": (listed(item(p("a")), item(p("b"), listed(item(p("c")), item(p("d")), style="")), item(p("e"))), "1. a\n2. b\na) c\nb) d\n3. e"),
    "dots": (listed(item(p("a")), item(p("b")), style="none"), "a\nb"),
    "a table": (table(HEAD, row("Uhu", "89", "9")), "Uhu. Rate: 89. Seats: 9."),
    "a cell that reaches down": (table(HEAD, row("Uhu", cell("89", 'table:number-rows-spanned="2"'), "9"), row("Falk", "<table:covered-table-cell/>", "3")), "Uhu. Rate: 89. Seats: 9.\nFalk. Rate: 89. Seats: 3."),
    "a cell that reaches across": (table(HEAD, row("Uhu", cell("no", 'table:number-columns-spanned="2"'), "<table:covered-table-cell/>")), "Uhu. Rate: no. Seats: no."),
    "an empty cell": (table(HEAD, row("Uhu", cell(), "9")), "Uhu. Rate: –. Seats: 9."),
    "a table in a table": (table(row("Uhu", f"<table:table-cell>{table(row('Rate', '89'))}</table:table-cell>")), "Uhu: Rate 89."),
    "words read above": (p("<text:ruby><text:ruby-base>K</text:ruby-base><text:ruby-text>kyo</text:ruby-text></text:ruby>"), "K(kyo)"),
}  # fmt: skip

SHEETS: dict[str, tuple[str, str]] = {
    "words and numbers": (table(row("Van", "Rate", "Seats"), row("Uhu", cell("89 €", 'office:value-type="currency"'), cell("9", 'office:value-type="float"'))), "Vans\n\nUhu. Rate: 89 €. Seats: 9."),
    "a hidden row": (table(row("a", "b"), row("c", "d", more='table:visibility="collapse"'), row("e", "f")), "Vans\n\na: b.\ne: f."),
    "a hidden column": (table('<table:table-column/><table:table-column table:visibility="collapse"/>', row("a", "b", "c")), "Vans\n\na: c."),
    "a hidden sheet": (table(row("a", "b"), more='table:style-name="Away"') + table(row("c", "d")), "Vans\n\nc: d."),
    "all places": (table(row("a", "b", cell("", 'table:number-columns-repeated="16380"')), row(cell("", 'table:number-columns-repeated="16384"'), more='table:number-rows-repeated="1048574"'), row("c", "d")), "Vans\n\na: b.\n\nc: d."),
    "repeated cells": (table(row("a", cell("5", 'table:number-columns-repeated="2"'))), "Vans\n\na. 5. 5."),
}  # fmt: skip


@pytest.mark.parametrize(("body", "text"), TEXTS.values(), ids=TEXTS.keys())
def test_a_text_says_what_its_page_shows(tmp_path: Path, body: str, text: str) -> None:
    assert read(tmp_path, body).text == text


@pytest.mark.parametrize(("body", "text"), SHEETS.values(), ids=SHEETS.keys())
def test_a_sheet_says_what_it_shows(tmp_path: Path, body: str, text: str) -> None:
    assert read(tmp_path, body, "spreadsheet").text == text


def test_headers_come_first_and_footers_last(tmp_path: Path) -> None:
    document = read(tmp_path, p("a"), master=MASTER)
    assert document.text == "Acme Terms\n\na\n\nCall 555 0199."


def test_slides_are_pages_with_their_titles_first(tmp_path: Path) -> None:
    def frame(text: str, kind: str = "") -> str:
        return f'<draw:frame presentation:class="{kind}"><draw:text-box>{p(text)}</draw:text-box></draw:frame>'

    notes = f"<presentation:notes>{frame('said')}</presentation:notes>"
    slides = [frame("body") + frame("Vans", "title") + notes, frame("never"), frame("more")]
    styles = ["", "Off", ""]
    pages = (
        f'<draw:page draw:style-name="{style}">{text}</draw:page>'
        for style, text in zip(styles, slides, strict=True)
    )
    document = read(tmp_path, "".join(pages), "presentation")
    assert document.text == "Vans\n\nbody\n\nsaid\n\nmore"
    assert (document.title, document.pages) == ("Vans", (0, 18, 18))


def test_the_title_is_the_files_own_or_its_first_heading(tmp_path: Path) -> None:
    meta = f"<a {SPACES}><dc:title>The pump</dc:title></a>"
    body = "<text:h>Pump</text:h>"
    assert read(tmp_path, body, **{"meta.xml": meta}).title == "The pump"
    assert read(tmp_path, body, **{"meta.xml": "<a"}).title == "Pump"


def test_cells_that_claim_to_be_repeated_stay_few(tmp_path: Path) -> None:
    many = cell("a" * 100, 'table:number-columns-repeated="99999999"')
    body = table(*[row(many, more='table:number-rows-repeated="99999999"')] * 50)
    tracemalloc.start()
    with pytest.raises(InputError, match="claim more than 1,000,000 cells"):
        read(tmp_path, body, "spreadsheet")
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("content.xml", "", "content.xml"),
        ("content.xml", "<a>", "content.xml"),
        ("content.xml", "<a/>", "no body"),
        ("META-INF/manifest.xml", "<a><encryption-data/></a>", "locked with a password"),
        ("content.xml", "<a>" * 100_000, "content.xml"),
    ],
)
def test_a_broken_file_is_told_in_one_line(tmp_path: Path, name: str, text: str, why: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.odt", "w") as package:
        package.writestr(name, text)
    with pytest.raises(
        InputError, match=rf"a\.odt: no readable OpenDocument file \(.*{why}"
    ) as caught:
        read_opendocument(tmp_path / "a.odt")
    assert "\n" not in str(caught.value)
