"""What PDFium sees: lines with their boxes, soft hyphens, raised digits, values of forms."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.constants import AnnotationFlag
from pypdf.generic import BooleanObject, NameObject
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from spanmem.indexer.documents import pdfium
from spanmem.indexer.documents.pdf_pages import Line


def read(file: Path) -> list[dict[str, Any]]:
    rows = list(pdfium.rows(str(file)))
    assert json.loads(json.dumps(rows)) == rows
    return rows


def lines(file: Path) -> list[Line]:
    return [Line(*values) for row in read(file)[1:-1] for values in row["lines"]]


def values(file: Path) -> list[tuple[str, str, str]]:
    return [tuple(values[:3]) for row in read(file)[1:-1] for values in row["fields"]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ä b.pdf"


def drawn(file: Path, *texts: str, font: str = "Helvetica") -> Path:
    canvas = Canvas(str(file))
    canvas.setFont(font, 11)
    for at, text in enumerate(texts):
        canvas.drawString(72, 700 - 14 * at, text)
    canvas.save()
    return file


def test_lines_come_with_their_boxes(file: Path) -> None:
    first, second = lines(drawn(file, "The lid is", "blue."))
    assert (first.text, second.text) == ("The lid is", "blue.")
    assert first.x0 == pytest.approx(72, abs=1)
    assert pytest.approx(first.y0 + 2.5, abs=1) == 700
    assert first.y0 - second.y0 == pytest.approx(14, abs=0.1)
    assert 11 <= first.height <= 14
    assert second.x1 < first.x1


def test_hyphens_at_line_ends_stay_with_their_kind(file: Path) -> None:
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    texts = [
        "It is of alu\u00ad",
        "minium, heat-",
        "resistant, cross-\u00ad",
        "cut, UL-",
        "listed.",
    ]
    read_lines = lines(drawn(file, *texts, font="Vera"))
    assert [one.text for one in read_lines] == ["It is of alu-", *texts[1:]]
    assert [one.soft for one in read_lines] == [True, False, False, False, False]


def test_a_wide_space_divides_a_line(file: Path) -> None:
    canvas = Canvas(str(file))
    for x, text in ((72, "Model"), (200, "Rate"), (230, "today")):
        canvas.drawString(x, 700, text)
    canvas.save()
    assert [one.text for one in lines(file)] == ["Model", "Rate today"]


def test_raised_digits_are_superscripts(file: Path) -> None:
    canvas = Canvas(str(file))
    text = canvas.beginText(72, 700)
    for size, rise, part in ((11, 0, "It is 10"), (7, 5, "6"), (11, 0, " m.")):
        text.setFont("Helvetica", size)
        text.setRise(rise)
        text.textOut(part)
    canvas.drawText(text)
    canvas.save()
    assert " ".join(one.text for one in lines(file)).startswith("It is 10⁶")


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_are_as_the_page_is_shown(file: Path, turn: int) -> None:
    canvas = Canvas(str(file), pagesize=(600, 600))
    canvas.setPageRotation(turn)
    canvas.translate(300, 300)
    canvas.rotate(turn)
    canvas.drawString(-200, 100, "The upper line.")
    canvas.drawString(-200, 80, "The lower line.")
    canvas.save()
    upper, lower = lines(file)
    assert upper.level
    assert upper.y0 - lower.y0 == pytest.approx(20, abs=0.5)
    assert upper.x1 - upper.x0 > 5 * upper.height


def test_rotated_text_is_told(file: Path) -> None:
    canvas = Canvas(str(file))
    canvas.rotate(60)
    canvas.drawString(300, 100, "DRAFT")
    canvas.save()
    assert [(one.text, one.level) for one in lines(file)] == [("DRAFT", False)]


def test_text_drawn_twice_is_read_once_and_invisible_text_too(file: Path) -> None:
    canvas = Canvas(str(file))
    for shift in (0, 0.3, 0.6):
        canvas.drawString(72 + shift, 700, "Deposit: 300 euros")
    text = canvas.beginText(72, 600)
    text.setTextRenderMode(3)
    text.textOut("The layer of a scan")
    canvas.drawText(text)
    canvas.save()
    assert [one.text for one in lines(file)] == ["Deposit: 300 euros", "The layer of a scan"]


def form(file: Path, *, appearances: bool = True) -> Path:
    canvas = Canvas(str(file))
    canvas.drawString(72, 790, "Application")
    fields: Any = canvas.acroForm
    fields.textfield(name="applicant", value="Ana Petrov", x=160, y=755, width=200, height=16)
    fields.textfield(name="x1", tooltip="Date of birth", value="12 May", x=160, y=725)
    fields.textfield(name="empty", value="", x=160, y=695)
    fields.textfield(name="secret", value="hush", x=160, y=665, fieldFlags="password")
    fields.choice(name="colour", value="Blue", options=["Red", "Blue"], x=160, y=635)
    fields.listbox(name="size", value=["M"], options=["S", "M", "L"], x=300, y=635)
    fields.checkbox(name="express", checked=True, x=160, y=605)
    fields.checkbox(name="gift", checked=False, x=190, y=605)
    for value in ("Card", "Cash"):
        fields.radio(name="payment", value=value, selected=value == "Cash", x=160, y=500)
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(file))
    if not appearances:
        for annotation in writer.pages[0].annotations or ():
            if annotation.get_object().get("/FT") != "/Btn":
                annotation.get_object().pop("/AP", None)
        root: Any = writer.root_object
        root["/AcroForm"][NameObject("/NeedAppearances")] = BooleanObject(True)
    writer.write(file)
    return file


@pytest.mark.parametrize("appearances", [True, False])
def test_values_of_forms_are_read(file: Path, appearances: bool) -> None:
    assert values(form(file, appearances=appearances)) == [
        ("text", "applicant", "Ana Petrov"),
        ("text", "Date of birth", "12 May"),
        ("text", "colour", "Blue"),
        ("text", "size", "M"),
        ("check", "express", "Yes"),
        ("check", "payment", "Cash"),
    ]


def test_notes_on_the_page_are_read_and_hidden_ones_are_not(file: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(drawn(file, "It is blue.")))
    for text, flags in (("Shown", AnnotationFlag.PRINT), ("Hidden", AnnotationFlag.HIDDEN)):
        note = FreeText(text=text, rect=(50, 550, 200, 650))
        note.flags = flags
        writer.add_annotation(page_number=0, annotation=note)
    writer.write(file)
    assert values(file) == [("note", "", "Shown")]


def test_the_title_is_the_documents_own(file: Path) -> None:
    canvas = Canvas(str(file))
    canvas.setTitle(" Manual of the Löwe ")
    canvas.drawString(72, 700, "It is blue.")
    canvas.save()
    assert read(file)[0] == {"title": "Manual of the Löwe"}


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
@pytest.mark.parametrize("owner", ["owner", "x" * 40])
def test_a_file_that_needs_no_password_is_read(file: Path, algorithm: str, owner: str) -> None:
    writer = PdfWriter(clone_from=PdfReader(drawn(file, "It is blue.")))
    writer.encrypt("", owner, algorithm=algorithm)
    writer.write(file)
    assert [one.text for one in lines(file)] == ["It is blue."]


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_file_that_needs_one_is_locked(file: Path, algorithm: str) -> None:
    writer = PdfWriter(clone_from=PdfReader(drawn(file, "It is blue.")))
    writer.encrypt("secret", algorithm=algorithm)
    writer.write(file)
    assert read(file) == [{"error": "the PDF is locked with a password; unlock it first"}]


def test_damaged_files_end_in_one_line(file: Path) -> None:
    whole = drawn(file, *(f"It is blue {at}." for at in range(40))).read_bytes()
    for raw in (b"", b"%PDF-1.7 noise", whole[:300], b"\0" * 5000):
        file.write_bytes(raw)
        (row,) = read(file)
        assert row["error"].endswith("; save it again")
    for raw in (whole[: whole.rindex(b"startxref")], b"junk\n" + whole, whole + b"\0" * 99):
        file.write_bytes(raw)
        assert lines(file)[39].text == "It is blue 39."


def test_more_pages_or_text_than_a_book_are_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(file, "It is blue.")
    monkeypatch.setattr(pdfium, "_CHARACTERS", 5)
    assert read(file)[-1] == {"error": "the PDF holds more than 5 characters; save it in parts"}
    monkeypatch.setattr(pdfium, "_PAGES", 0)
    assert "claims 1 pages" in read(file)[-1]["error"]


def test_each_row_is_a_line_of_json(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pdfium, "_limit", lambda *_: None)  # it would bind the tests
    pdfium.main(str(drawn(file, "It is “blue”.")), 1, 1)
    out = capsys.readouterr().out
    assert out.isascii()
    assert [json.loads(row) for row in io.StringIO(out)] == read(file)
