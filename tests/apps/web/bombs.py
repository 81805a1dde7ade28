"""Files that unpack, nest or repeat without measure, made by the tests: name -> bytes."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable

import zstandard

__all__ = ["BOMBS"]

_MB = 1 << 20


def _zeros_gzip() -> bytes:
    """A gigabyte of zeros in a megabyte: one deflated block, many times."""
    return gzip.compress(bytes(16 * _MB), 9) * 64


def _zeros_zstandard() -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(bytes(64 * _MB)) * 160


def _blank_lines_gzip() -> bytes:
    return gzip.compress(b"\n" * (4 * _MB), 9) * 64


def _package(part: str, content: bytes, kind: str = "officeDocument") -> bytes:
    """A package whose main part is this."""
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/{kind}" Target="{part}"/></Relationships>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("_rels/.rels", relations)
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(part, content)
    return out.getvalue()


_W = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'


def _huge_word() -> bytes:
    """Far more XML than a person writes."""
    return _package("word/document.xml", _W + b"<w:p/>" * (18 * _MB) + b"</w:body></w:document>")


def _lying_word() -> bytes:
    """A part that unpacks to more than the package says it does."""
    raw = bytearray(
        _package("word/document.xml", _W + b" " * (8 * _MB) + b"</w:body></w:document>")
    )
    size = (8 * _MB + len(_W) + len(b"</w:body></w:document>")).to_bytes(4, "little")
    while (at := raw.find(size)) >= 0:
        raw[at : at + 4] = (500).to_bytes(4, "little")
    return bytes(raw)


def _entities() -> bytes:
    """A billion laughs."""
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    xml = f'<!DOCTYPE w [<!ENTITY l0 "ha">{levels}]><w>&l11;</w>'
    return _package("word/document.xml", xml.encode())


def _nested_flate() -> bytes:
    """A PDF whose page is deflated a few times over: a kilobyte for a gigabyte."""
    content = b"BT /F1 12 Tf (x) Tj ET\n" + b" " * (48 * _MB)
    filters = 0
    while filters < 4:
        content = zlib.compress(content, 9)
        filters += 1
    names = b"[" + b"/FlateDecode " * filters + b"]"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>",
        b"<</Length %d/Filter%s>>stream\n%s\nendstream" % (len(content), names, content),
    ]
    return _pdf(objects)


def _looping_pages() -> bytes:
    """A PDF whose page tree holds itself."""
    return _pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"])


def _pdf(objects: list[bytes]) -> bytes:
    out = b"%PDF-1.4\n"
    places: list[int] = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    return out + head + table + tail


def _long_line() -> bytes:
    return b"id,text\n1," + b"x" * (20 * _MB) + b"\n"


def _quoted_without_end() -> bytes:
    return b'id,text\n1,"' + b"a b\n" * (12 * _MB)


def _deep_json() -> bytes:
    return b"[" * (5 * _MB)


def _deep_html() -> bytes:
    return b"<html><body>" + b"<div>" * 200_000 + b"deep"


def _too_much_text() -> bytes:
    return b"One mill stood here. " * (_MB // 2)


def _many_rows() -> bytes:
    return b"".join(
        b'{"text": "Row %d of %s."}\n' % (at, b"many rows " * 40) for at in range(4_000)
    )


BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros.txt.gz": _zeros_gzip,
    "zeros.csv.zst": _zeros_zstandard,
    "blank.jsonl.gz": _blank_lines_gzip,
    "huge.docx": _huge_word,
    "lying.docx": _lying_word,
    "laughs.docx": _entities,
    "flate.pdf": _nested_flate,
    "loop.pdf": _looping_pages,
    "line.csv": _long_line,
    "quote.csv": _quoted_without_end,
    "deep.json": _deep_json,
    "deep.html": _deep_html,
    "book.txt": _too_much_text,
    "rows.jsonl": _many_rows,
}
