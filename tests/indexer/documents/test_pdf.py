"""PDF: paragraphs, pages and rows of whole files, and what is no text."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

from spanmem.core.errors import InputError
from spanmem.indexer.documents.extracted import Extracted
from spanmem.indexer.documents.pdf import read_pdf, text_of
from spanmem.indexer.documents.pdf_pages import Line, Page


def pdf(*texts: str) -> bytes:
    """A minimal PDF with one line a page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(texts)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for i, text in enumerate(texts):
        stream = f"BT /F1 12 Tf 20 700 Td ({text}) Tj ET".encode()
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {5 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    out = b"%PDF-1.4\n"
    places: list[int] = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return out + b"startxref\n%d\n%%%%EOF" % start


def joined(*lines: str) -> str:
    """The text of lines below each other on one page."""
    drawn = [
        Line(text, 72, 700 - 14 * at, 72 + 5 * len(text), 710 - 14 * at)
        for at, text in enumerate(lines)
    ]
    return text_of("", [Page(tuple(drawn))]).text


def test_each_page_begins_a_paragraph_and_is_known(tmp_path: Path) -> None:
    path = tmp_path / "manual.pdf"
    path.write_bytes(pdf("The pump weighs nine kilograms.", " ", "It is blue."))
    assert read_pdf(path) == Extracted(
        "The pump weighs nine kilograms.\n\nIt is blue.", pages=(0, 33, 33)
    )


@pytest.mark.parametrize("seed", range(6))
def test_each_fact_is_on_its_page(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    canvas, facts = Canvas(str(tmp_path / "a.pdf")), dict[str, int]()
    for number in range(1, rng.choice([2, 5, 14])):
        canvas.drawString(72, 800, f"Handbook {number}")
        if rng.random() < 0.7:
            fact = f"The code of the lamp is {rng.randint(10_000, 99_999)}."
            facts[fact] = number
            canvas.drawString(72, 740, "It stands in the first room of the house")
            canvas.drawString(72, 726, f"to the left. {fact}")
        canvas.showPage()
    canvas.save()
    extracted = read_pdf(tmp_path / "a.pdf")
    for fact, number in facts.items():
        assert bisect_right(extracted.pages, extracted.text.index(fact)) == number


@pytest.mark.parametrize("seed", range(6))
def test_prose_of_a_word_processor_is_whole(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    words = ["pump", "valve", "motor", "filter", "rotor", "nozzle", "gasket", "spring", "lever"]
    style = ParagraphStyle(
        "body",
        fontSize=rng.choice([9, 12]),
        leading=rng.choice([13, 15, 20]),
        alignment=rng.choice([0, 4]),
        spaceAfter=rng.choice([0, 6, 14]),
        firstLineIndent=rng.choice([0, 18]),
    )
    sentences = [
        f"The {' '.join(rng.choices(words, k=rng.randint(5, 30)))} {at}." for at in range(60)
    ]
    stops = sorted({0, *rng.sample(range(60), 5), 60})
    paragraphs = [" ".join(sentences[start:end]) for start, end in pairwise(stops)]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build(
        [Paragraph(text, style) for text in paragraphs]
    )
    text = read_pdf(tmp_path / "a.pdf").text
    assert [sentence for sentence in sentences if sentence not in text] == []
    assert len(text.split("\n\n")) > 1 or not style.spaceAfter


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (
            ["Its volume is between", "1,5 and", "1,7 litres."],
            "Its volume is between 1,5 and 1,7 litres.",
        ),
        (["Weight: 9 kg", "Colour: blue"], "Weight: 9 kg\nColour: blue"),
        (
            ["Bring these:", "• a lamp", "• a knife of", "steel"],
            "Bring these:\n• a lamp\n• a knife of steel",
        ),
        (["It is in", "12. Then go."], "It is in 12. Then go."),
        (["We met in the town of", "Paris."], "We met in the town of Paris."),
        (["Contents . . . . . 4", "Cleaning ..... 17"], "Contents . . . . . 4\nCleaning ..... 17"),
        (
            ["Elm Road 14", "12345 Springfield, in the south of the land"],
            "Elm Road 14 12345 Springfield, in the south of the land",
        ),
    ],
)
def test_lines_are_joined_where_a_sentence_goes_on(lines: list[str], text: str) -> None:
    assert joined(*lines) == text


def test_a_heading_of_another_size_stands_alone() -> None:
    page = Page((Line("Care of the lamp", 72, 720, 300, 740), Line("Wipe it.", 72, 700, 110, 710)))
    assert text_of("Care", [page]) == Extracted("Care of the lamp\n\nWipe it.", "Care", pages=(0,))


@pytest.mark.parametrize(
    ("title", "known"),
    [
        ("untitled", ""),
        ("(anonymous)", ""),
        ("Microsoft Word - Lamp.doc", "Lamp.doc"),
        (" A\nb ", "A b"),
    ],
)
def test_titles_that_programs_invent_are_none(title: str, known: str) -> None:
    assert text_of(title, []).title == known


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (pdf(" "), "holds pictures but no text; run text recognition first"),
        (b"%PDF-1.4 nonsense", r"no readable PDF \(.+\); save it again"),
        (b"", "no readable PDF"),
    ],
)
def test_what_cannot_be_read_is_named_in_one_line(tmp_path: Path, raw: bytes, message: str) -> None:
    (tmp_path / "a.pdf").write_bytes(raw)
    with pytest.raises(InputError, match=message) as caught:
        read_pdf(tmp_path / "a.pdf")
    assert "\n" not in str(caught.value)


def test_a_pdf_with_a_password_is_refused(tmp_path: Path) -> None:
    plain, locked = tmp_path / "plain.pdf", tmp_path / "locked.pdf"
    plain.write_bytes(pdf("It is blue."))
    writer = PdfWriter(clone_from=PdfReader(plain))
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(locked)
    with pytest.raises(InputError, match="locked with a password; unlock it first"):
        read_pdf(locked)
    writer = PdfWriter(clone_from=PdfReader(plain))
    writer.add_metadata({"/Title": " Manual "})
    writer.encrypt("", "owner", algorithm="AES-128")  # whoever opens it needs no password
    writer.write(locked)
    assert read_pdf(locked) == Extracted("It is blue.", "Manual", pages=(0,))


def drawn(path: Path, *pages: Callable[[Canvas], object]) -> tuple[str, ...]:
    canvas = Canvas(str(path))
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return read_pdf(path).notices


def words(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "The archive was founded by Bela Storck in 1911.")


def scan(canvas: Canvas) -> None:
    canvas.drawInlineImage(Image.new("L", (40, 40), 200), 0, 0, 595, 842)


def stamped(canvas: Canvas) -> None:
    scan(canvas)
    canvas.drawString(280, 20, "Page 3")


def shapes(canvas: Canvas) -> None:
    canvas.rect(50, 50, 400, 600, fill=1)


def blank(_: Canvas) -> None:
    pass


def illustrated(canvas: Canvas) -> None:
    canvas.drawInlineImage(Image.new("L", (40, 40), 200), 100, 300, 200, 200)
    words(canvas)


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ((words, scan, words), "page 2 shows pictures"),
        ((words, scan, stamped, scan, words, shapes), "pages 2-4, 6 show pictures"),
        ((words, blank, illustrated), ""),
    ],
)
def test_pages_that_are_pictures_are_told(
    tmp_path: Path, pages: tuple[Callable[[Canvas], object], ...], told: str
) -> None:
    notices = drawn(tmp_path / "a.pdf", *pages)
    assert len(notices) == bool(told)
    assert all(f"a.pdf: {told} and no text" in notice for notice in notices)
