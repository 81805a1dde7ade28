"""PDF: the text of all pages, and what is no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.documents.extracted import Extracted
from spanmem.indexer.documents.pdf import read_pdf


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


def test_pages_are_joined_as_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "manual.pdf"
    path.write_bytes(pdf("The pump weighs nine kilograms.", "It is blue."))
    assert read_pdf(path) == Extracted("The pump weighs nine kilograms.\n\nIt is blue.")


def test_a_page_without_text_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("It is blue.", " "))
    assert read_pdf(tmp_path / "a.pdf").text == "It is blue."


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
    from pypdf import PdfReader, PdfWriter

    plain, locked = tmp_path / "plain.pdf", tmp_path / "locked.pdf"
    plain.write_bytes(pdf("It is blue."))
    writer = PdfWriter(clone_from=PdfReader(plain))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(locked)
    with pytest.raises(InputError, match="locked with a password; unlock it first"):
        read_pdf(locked)
    writer = PdfWriter(clone_from=PdfReader(plain))
    writer.add_metadata({"/Title": " Manual "})
    writer.encrypt("", "owner", algorithm="RC4-128")  # whoever opens it needs no password
    writer.write(locked)
    assert read_pdf(locked) == Extracted("It is blue.", "Manual")
