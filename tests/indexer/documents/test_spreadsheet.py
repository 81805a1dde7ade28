"""Spreadsheets: what is shown, as it is shown, each row with the names of its columns."""

# ruff: noqa: E501 -- each sheet in a line
from __future__ import annotations

import datetime as dt
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table

from spanmem.core.errors import InputError
from spanmem.indexer.documents.spreadsheet import read_spreadsheet

KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
Make = Callable[[Any, Any], None]
"""Fills the book and its first sheet."""


def said(tmp_path: Path, make: Make) -> str:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Vans"
    make(book, sheet)
    book.save(tmp_path / "a.xlsx")
    return read_spreadsheet(tmp_path / "a.xlsx").text


def rows(sheet: Any, *texts: str) -> None:
    """Rows of cells divided by `|`; numbers become numbers."""
    for text in texts:
        values = [cell.strip() for cell in text.split("|")]
        sheet.append([float(v) if v.replace(".", "", 1).isdigit() else v or None for v in values])


def formats(book: Any, sheet: Any) -> None:
    rows(sheet, "Van|Rate|Tax|Since")
    sheet.append(["Uhu", 89, 0.19, dt.date(2023, 3, 15)])
    sheet["B2"].number_format, sheet["C2"].number_format = "#,##0.00 [$€-407]", "0%"


def title_and_note(book: Any, sheet: Any) -> None:
    rows(sheet, "Rates of 2024", "", "Van|Rate|Seats", "Uhu|89|9", "", "All in euros.")


def merged(book: Any, sheet: Any) -> None:
    rows(sheet, "Van|Price|", "|2023|2024", "Uhu|5|6")
    sheet.merge_cells("B1:C1")
    sheet.merge_cells("A1:A2")


def merged_texts(book: Any, sheet: Any) -> None:
    rows(
        sheet,
        "Route|Summer||Winter|",
        "|Car|Foot passenger|Car|Foot passenger",
        "Skerry|£37|£8|£26|£6",
    )
    for area in ("A1:A2", "B1:C1", "D1:E1"):
        sheet.merge_cells(area)
    sheet["A1"].font = sheet["B1"].font = sheet["D1"].font = Font(bold=True)


def merged_once(book: Any, sheet: Any) -> None:
    rows(sheet, "Route|Summer||Winter", "Skerry|£37|£8|£26", "Tolsa|£42|£9|£31")
    sheet.merge_cells("B1:C1")


def merged_down(book: Any, sheet: Any) -> None:
    rows(sheet, "Site|Van|Rate", "Oslo|Uhu|89", "|Falk|64", "Bergen|Dohle|70")
    sheet.merge_cells("A2:A3")


def hidden(book: Any, sheet: Any) -> None:
    rows(sheet, "Van|Rate|Cost|Seats", "Uhu|89|40|9", "Falk|64|30|3", "Dohle|70|35|5")
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book.create_sheet("Secret").append(["never"])
    book["Secret"].sheet_state = "hidden"
    book.create_sheet("More").append(["never"])
    book["More"].sheet_state = "veryHidden"


def struck(book: Any, sheet: Any) -> None:
    rows(sheet, "Van|Rate|Seats", "Uhu|89|9", "Falk|64|3")
    sheet["A3"].font = sheet["B3"].font = sheet["C3"].font = Font(strike=True)


def formulas(book: Any, sheet: Any) -> None:
    rows(sheet, "Van|Rate|Seats", "Uhu|89|9")
    sheet["D1"], sheet["D2"] = "Total", "=B2*C2"  # without a value: the program never counted it


def excel_table(book: Any, sheet: Any) -> None:
    rows(sheet, "Key|Value", "Colour|red", "Fuel|none")
    sheet.add_table(Table(displayName="T", ref="A1:B3"))


def bold_head(book: Any, sheet: Any) -> None:
    rows(sheet, "Key|Value", "Colour|red")
    sheet["A1"].font = sheet["B1"].font = Font(bold=True)


def far_away(book: Any, sheet: Any) -> None:
    sheet["C5"], sheet["XFD5"], sheet["C6"], sheet["XFD6"] = "Van", "Rate", "Uhu", 89


def sheets(book: Any, sheet: Any) -> None:
    rows(sheet, "Uhu|big|blue")
    rows(book.create_sheet("Bikes"), "Falk|fast|red")


FARES = "Skerry. Summer Car: £37. Summer Foot passenger: £8. Winter Car: £26. Winter Foot passenger: £6."
VARIANTS: dict[str, tuple[Make, str]] = {
    "words in columns": (lambda _, s: rows(s, "Van|Rate|Seats", "Uhu|89|9", "Falk|64|3"), "Vans\n\nUhu. Rate: 89. Seats: 9.\nFalk. Rate: 64. Seats: 3."),
    "formats": (formats, "Vans\n\nUhu. Rate: 89.00 €. Tax: 19%. Since: 2023-03-15."),
    "a title and a note": (title_and_note, "Vans\n\nRates of 2024\n\nUhu. Rate: 89. Seats: 9.\n\nAll in euros."),
    "names and values": (lambda _, s: rows(s, "Colour|red", "Seats|9"), "Vans\n\nColour: red.\nSeats: 9."),
    "two columns with names": (lambda _, s: rows(s, "Van|Rate", "Uhu|89", "Falk|64", "Bo|7"), "Vans\n\nUhu. Rate: 89.\nFalk. Rate: 64.\nBo. Rate: 7."),
    "an empty cell": (lambda _, s: rows(s, "Van|Rate|Seats", "Uhu||9"), "Vans\n\nUhu. Rate: –. Seats: 9."),
    "cells merged in the heading": (merged, "Vans\n\nUhu. Price 2023: 5. Price 2024: 6."),
    "merged headings above texts": (merged_texts, f"Vans\n\n{FARES}"),
    "headings beside empty cells": (lambda _, s: rows(s, "Route|Summer||Winter|", "|Car|Foot passenger|Car|Foot passenger", "Skerry|£37|£8|£26|£6"), f"Vans\n\n{FARES}"),
    "a merged heading above values": (merged_once, "Vans\n\nSkerry. Summer: £37. Summer: £8. Winter: £26.\nTolsa. Summer: £42. Summer: £9. Winter: £31."),
    "cells merged downwards": (merged_down, "Vans\n\nOslo. Van: Uhu. Rate: 89.\nOslo. Van: Falk. Rate: 64.\nBergen. Van: Dohle. Rate: 70."),
    "hidden rows, columns and sheets": (hidden, "Vans\n\nUhu. Rate: 89. Seats: 9.\nDohle. Rate: 70. Seats: 5."),
    "struck cells": (struck, "Vans\n\nUhu. Rate: 89. Seats: 9."),
    "a formula without its value": (formulas, "Vans\n\nUhu. Rate: 89. Seats: 9."),
    "a table of Excel's": (excel_table, "Vans\n\nColour. Value: red.\nFuel. Value: none."),
    "a bold first row": (bold_head, "Vans\n\nColour. Value: red."),
    "cells far away": (far_away, "Vans\n\nVan: Rate.\nUhu: 89."),
    "two sheets": (sheets, "Vans\n\nUhu. big. blue.\n\nBikes\n\nFalk. fast. red."),
    "years as names": (lambda _, s: rows(s, "Site|2023|2024", "Oslo|5|6"), "Vans\n\nOslo. 2023: 5. 2024: 6."),
    "words alone": (lambda _, s: rows(s, "Name|Team|Room", "Ada|Blue|East", "Bo|Red|West"), "Vans\n\nAda. Team: Blue. Room: East.\nBo. Team: Red. Room: West."),
    "truth and faults": (lambda _, s: s.append(["Open", True, False]), "Vans\n\nOpen. TRUE. FALSE."),
}  # fmt: skip


@pytest.mark.parametrize(("make", "text"), VARIANTS.values(), ids=VARIANTS.keys())
def test_a_sheet_says_what_it_shows(tmp_path: Path, make: Make, text: str) -> None:
    assert said(tmp_path, make) == text


def sheet_xml(tmp_path: Path, xml: str, shared: str = "") -> Path:
    """A book whose sheet, and whose texts, are these."""
    rows_file = io.BytesIO()
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet["A1"] = "x"
    book.save(rows_file)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with (
        zipfile.ZipFile(rows_file) as old,
        zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            raw = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                raw = f"<worksheet {space}>{xml}</worksheet>".encode()
            if name == "xl/_rels/workbook.xml.rels":
                link = f'<Relationship Id="rX" Type="{KIND}" Target="texts.xml"/></Relationships>'
                raw = raw.replace(b"</Relationships>", link.encode())
            new.writestr(name, raw)
        new.writestr("xl/texts.xml", f"<sst {space}>{shared}</sst>")
    return tmp_path / "a.xlsx"


def test_a_formulas_last_value_is_read(tmp_path: Path) -> None:
    cells = '<c r="A1" t="inlineStr"><is><t>Total</t></is></c><c r="B1"><f>1+1</f><v>2</v></c>'
    path = sheet_xml(tmp_path, f"<sheetData><row r='1'>{cells}</row></sheetData>")
    assert read_spreadsheet(path).text == "Sheet\n\nTotal: 2."


def test_a_text_in_parts_is_whole_without_what_is_struck_out(tmp_path: Path) -> None:
    shared = (
        "<si><r><t>10</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>6</t></r>"
        "<r><rPr><strike/></rPr><t> old</t></r><r><t> litres</t></r><rPh><t>ni</t></rPh></si>"
    )
    path = sheet_xml(tmp_path, "<sheetData><row><c t='s'><v>0</v></c></row></sheetData>", shared)
    assert read_spreadsheet(path).text == "Sheet\n\n10⁶ litres"


def peak(path: Path) -> tuple[int, str]:
    """Bytes that reading took at most, and the text or what was wrong."""
    tracemalloc.start()
    try:
        text = read_spreadsheet(path).text
    except InputError as error:
        text = str(error)
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size, text


def test_a_sheet_that_claims_all_places_stays_small(tmp_path: Path) -> None:
    far = "".join(
        f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(1, 1_048_577, 500)
    )
    area = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    hidden = '<cols><col min="9" max="4000000000" hidden="1"/></cols>'
    path = sheet_xml(
        tmp_path, f'<dimension ref="A1:XFD1048576"/><sheetData>{far}</sheetData>{area}'
    )
    assert peak(path)[0] < 30_000_000
    cells = '<row r="1"><c r="A1"><v>5</v></c></row>'
    path = sheet_xml(tmp_path, f"{hidden}<sheetData>{cells}</sheetData>{area}")
    assert peak(path)[1] == "Sheet\n\n5"


def test_cells_on_a_diagonal_are_no_table(tmp_path: Path) -> None:
    cells = "".join(
        f'<row r="{n}"><c r="{get_column_letter(n)}{n}"><v>{n}</v></c></row>'
        for n in range(1, 3000)
    )
    size, text = peak(sheet_xml(tmp_path, f"<sheetData>{cells}</sheetData>"))
    assert size < 30_000_000
    assert len(text) < 30_000


def test_a_long_text_in_a_million_cells_is_refused(tmp_path: Path) -> None:
    rows = "<row><c t='s'><v>0</v></c></row>" * 5_000
    path = sheet_xml(tmp_path, f"<sheetData>{rows}</sheetData>", f"<si><t>{'a' * 20_000}</t></si>")
    size, text = peak(path)
    assert "show more than 50,000,000 characters" in text
    assert size < 300_000_000


@pytest.mark.parametrize("xml", ["<sheetData>", "<sheetData><row><c t='s'><v>x</v></c>", "&a;"])
def test_a_broken_sheet_is_told_in_one_line(tmp_path: Path, xml: str) -> None:
    with pytest.raises(InputError, match=r"a\.xlsx: no readable Excel file \(.+\); save") as caught:
        read_spreadsheet(sheet_xml(tmp_path, xml))
    assert "\n" not in str(caught.value)
