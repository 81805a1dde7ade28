"""Documents inside of documents: read as by themselves, rows kept as rows."""

from __future__ import annotations

import pytest

from spanmem.indexer.documents.embedded import add_extracted, read_markdown_text, read_markup
from spanmem.indexer.documents.extracted import Extracted, TextBuilder


@pytest.mark.parametrize("raw", [b"<p>It is blue.</p>", "<p>It is blue.</p>"])
def test_html_is_read_as_a_page(raw: bytes | str) -> None:
    assert read_markup(raw, "a part").text == "It is blue."


def test_text_counts_more_than_what_it_declares() -> None:
    page = '<meta charset="iso-8859-1"><p>café</p>'
    assert read_markup(page, "a part").text == "café"


def test_what_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match=r"^a part: "):
        read_markup(b"\0\0\0\0\0PNG", "a part")


def test_rows_stay_rows() -> None:
    builder = TextBuilder()
    builder.add("Before.")
    text = "One.\n\nA: 1.\nB: 2.\n\nTwo."
    add_extracted(builder, Extracted(text, rows=((6, 11), (12, 17))))
    document = builder.extracted()
    assert document.text == f"Before.\n\n{text}"
    assert [document.text[start:end] for start, end in document.rows] == ["A: 1.", "B: 2."]


def test_markdown_is_read_as_a_file() -> None:
    document = read_markdown_text("| Van | Rate |\n|---|---|\n| Uhu | 89 |\n")
    assert [document.text[start:end] for start, end in document.rows] == ["Uhu. Rate: 89."]
