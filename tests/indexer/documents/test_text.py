"""Plain text and Markdown: nothing is lost, and offsets stay those of the file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.core.records import Document
from spanmem.indexer.documents.extracted import Extracted
from spanmem.indexer.documents.text import read_markdown, read_text
from spanmem.indexer.passages import Splitter


def test_plain_text_keeps_its_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("One.\r\nTwo ü.\n", newline="")
    assert read_text(path) == Extracted("One.\r\nTwo ü.\n")
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert read_text(tmp_path / "a.txt.gz") == read_text(path)


def test_damaged_utf8_is_told_with_its_offset(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("café ".encode() + b"\xe9 noir")
    with pytest.raises(InputError, match="offset 6"):
        read_text(tmp_path / "a.txt")


def test_a_text_of_another_encoding_is_read_and_the_guess_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes("# Café noir\n\nGröße.".encode("cp1252"))
    extracted = read_markdown(tmp_path / "a.md")
    assert (extracted.title, extracted.text[-6:]) == ("Café noir", "Größe.")
    assert extracted.notices == (f"{tmp_path / 'a.md'}: read as windows-1252",)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfText.")
    assert read_text(tmp_path / "a.txt") == Extracted("Text.")


def test_markdown_takes_its_title_from_front_matter_or_heading(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Before.\n\n# The mill #\n\nText.")
    assert read_markdown(path).title == "The mill"
    path.write_text("---\ntags: x\n---\nText.")
    assert read_markdown(path).title == ""


def test_front_matter_is_no_text_and_places_stay_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    raw = '---\r\ntitle: "Old mill"\ntags: x\n---\n# Other\nText.'
    path.write_text(raw, newline="")
    document = read_markdown(path)
    text, title = document.text, document.title
    assert (title, text.strip()) == ("Old mill", "# Other\nText.")
    (passage,) = Splitter().split(Document(id="d", text=text))
    assert (passage.text, passage.start) == ("# Other\nText.", raw.index("# Other"))


@given(st.text(st.sampled_from("-#. \nab:\r"), max_size=80))
def test_markdown_is_as_long_as_its_file_with_its_lines_where_they_were(
    tmp_path_factory: pytest.TempPathFactory, raw: str
) -> None:
    path = tmp_path_factory.mktemp("markdown") / "a.md"
    path.write_text(raw, newline="")
    text = read_markdown(path).text
    assert len(text) == len(raw)
    assert all(t == r or (t == " " and r not in "\r\n") for t, r in zip(text, raw, strict=True))


def test_front_matter_is_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    front = (
        "title: Tides\ndate: 2024-02-03\nauthor: 'Ola Pine'\ntags: [a, b]\nplace:\n  city: Lund\n"
    )
    path.write_text(f"---\n{front}---\nThe gate shuts.\n", encoding="utf-8")
    document = read_markdown(path)
    assert document.title == "Tides"
    assert document.metadata == {"date": "2024-02-03", "author": "Ola Pine"}
