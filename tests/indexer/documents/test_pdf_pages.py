"""Reading in a process of its own: pages come back, and what is too much ends in one line."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.documents import pdf_pages
from spanmem.indexer.documents.pdf_pages import Line, read_pages

PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 5 0 R /Resources "
    b"<< /Font << /F1 3 0 R >> /XObject << /X 6 0 R >> >> >>"
)
TEXT = b"BT /F1 12 Tf 20 700 Td (It is blue.) Tj ET"


def stream(data: bytes, rest: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), rest, data)


def raw_pdf(changes: dict[int, bytes]) -> bytes:
    """A PDF of one page with `changes` among its objects."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        4: PAGE,
        5: stream(TEXT),
    } | changes
    out, places = b"%PDF-1.5\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(objects) + 1
    rows = (b"%010d 00000 n \n" % places.get(number, 0) for number in range(1, size))
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, b"".join(rows))
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, start)


@cache
def zipped(unit: bytes, megabytes: int) -> bytes:
    """As many megabytes of it in zlib's format, of which each is compressed alike."""
    packer, block = zlib.compressobj(9, wbits=-15), unit * ((1 << 20) // len(unit))
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 1
    for _ in range(megabytes):
        checksum = zlib.adler32(block, checksum)
    return b"\x78\xda" + packed * megabytes + b"\x03\x00" + checksum.to_bytes(4, "big")


FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << %s >>"
ZIPPED: dict[str, Callable[[], dict[int, bytes]]] = {
    "spaces": lambda: {5: stream(zipped(b" ", 1500), b"/Filter /FlateDecode")},
    "nested": lambda: {
        5: stream(zlib.compress(zipped(b" ", 1500)), b"/Filter [/FlateDecode /FlateDecode]")
    },
    "text": lambda: {5: stream(zipped(TEXT, 200), b"/Filter /FlateDecode")},
}
BOMBS = {
    "laughs": {5: stream(b"/X Do")}
    | {
        at: stream(b"/X Do " * 20, FORM % (b"/XObject << /X %d 0 R >>" % (at + 1)))
        for at in range(6, 16)
    }
    | {16: stream(TEXT, FORM % b"/Font << /F1 3 0 R >>")},
    "a page that is none": {2: b"<< /Type /Pages /Kids [2 0 R 4 0 R] /Count 9 >>"},
    "pages": {2: b"<< /Type /Pages /Kids [%s] /Count 60000 >>" % (b"4 0 R " * 60000)},
    "depth": {2: b"<< /Type /Pages /Kids [10 0 R] /Count 1 >>"}
    | {at: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (at + 1) for at in range(10, 3000)},
}


@pytest.mark.parametrize("name", [*ZIPPED, *BOMBS])
def test_a_bomb_ends_in_one_line(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_pages, "_MEGABYTES", 300)
    monkeypatch.setattr(pdf_pages, "_SECONDS", 3)
    path = tmp_path / "a.pdf"
    path.write_bytes(raw_pdf(ZIPPED[name]() if name in ZIPPED else BOMBS[name]))
    with pytest.raises(InputError, match=r"a\.pdf: .+; save it (again|in parts)") as caught:
        read_pages(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {6: stream(b"/X Do " + TEXT, FORM % b"/Font << /F1 3 0 R >> /XObject << /X 6 0 R >>")},
        {2: b"<< /Type /Pages /Kids [4 0 R] /Count 100000000 >>"},
        {4: PAGE[:-2] + b" /Nest " + b"[" * 50000 + b"]" * 50000 + b">>"},
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /Outlines 7 0 R >>",
            7: b"<< /First 7 0 R /Next 7 0 R >>",
        },
    ],
)
def test_what_only_looks_like_one_is_read(tmp_path: Path, changes: dict[int, bytes]) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(raw_pdf(changes))
    title, pages = read_pages(path)
    assert (title, len(pages)) == ("", 1)
    assert pages[0].lines[0].text == "It is blue."
    assert isinstance(pages[0].lines[0], Line)


def test_a_file_that_is_not_there_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_pages(tmp_path / "none.pdf")


def test_what_the_program_says_is_the_error(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 nonsense")
    with pytest.raises(InputError, match=r"a\.pdf: no readable PDF \(.+\); save it again"):
        read_pages(tmp_path / "a.pdf")
