"""Word files that are broken, or made to fill the memory: one line each, and the run goes on."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.corpus import read_documents
from spanmem.indexer.documents.extracted import Extracted
from spanmem.indexer.documents.word import read_docx

TEXT = "word/document.xml"
PARTS = (TEXT, "[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "word/styles.xml")
SPACE = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


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


def table_of(*rows: str) -> bytes:
    """A Word file with a table; a cell that begins with `=` is merged with the one before."""
    made = docx.Document()
    made.add_heading("Pump", 1)
    made.add_paragraph("It is blue.")
    table = made.add_table(rows=len(rows), cols=4)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts.split("|")):
            table.cell(row, column).text = text.strip("=")
            if text.startswith("="):
                table.cell(row, column - 1).merge(table.cell(row, column))
    made.add_paragraph("The end.")
    made.core_properties.title = ""
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_paragraphs_headings_and_tables_come_in_order(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(table_of("Monday|9|9|17", "Closed|=|Sunday|"))
    table = "Monday: 9: 9: 17\nClosed: Sunday"
    text = f"Pump\n\nIt is blue.\n\n{table}\n\nThe end."
    assert read_docx(tmp_path / "a.docx") == Extracted(text, "Pump")


def declared(raw: bytes, at: int, value: bytes) -> bytes:
    """The file with other words about its text in the zip's directory."""
    entry = raw.index(b"PK\x01\x02")
    while not raw.startswith(TEXT.encode(), entry + 46):
        entry = raw.index(b"PK\x01\x02", entry + 4)
    return raw[: entry + at] + value + raw[entry + at + len(value) :]


def bomb() -> bytes:
    """Nine entities, each ten times the one before."""
    names = [f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(10)]
    body = b"<w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body>"
    head = f"<!DOCTYPE w [{''.join(names)}]>".encode()
    return head + b"<w:document " + SPACE + b">" + body + b"</w:document>"


BROKEN = {
    **{f"{part} empty": changed(part, lambda _: b"") for part in PARTS},
    **{f"{part} cut": changed(part, lambda raw: raw[: len(raw) // 2]) for part in PARTS},
    **{f"{part} of another kind": changed(part, lambda _: b"<a/>") for part in PARTS},
    "no body": changed(TEXT, lambda _: b"<w:document " + SPACE + b"/>"),
    "corrupt": whole().replace(whole()[80:90], b"\xff" * 10),
    "encrypted": declared(whole(), 8, b"\x01\x00"),
    "packed in an unknown way": declared(whole(), 10, b"\x63\x00"),
    "entities": changed(TEXT, lambda _: bomb()),
    "entities in UTF-16": changed(TEXT, lambda _: bomb().decode().encode("utf-16")),
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
