"""HTML inside of other files: mails, books, Word files."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ...core.errors import InputError
from .extracted import Extracted, TextBuilder
from .html import read_html
from .text import read_markdown

__all__ = ["add_extracted", "read_markdown_text", "read_markup"]


def read_markup(raw: bytes | str, name: str) -> Extracted:
    """What the HTML says, as a page by itself would be read. Raises ValueError, naming `name`.

    Bytes are decoded as HTML is; text is taken as it is.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        # The mark stands above whatever the page declares of the bytes that it once was.
        page.write_bytes(
            raw if isinstance(raw, bytes) else b"\xef\xbb\xbf" + raw.encode("utf-8", "replace")
        )
        try:
            return read_html(page)
        except InputError as error:
            raise ValueError(str(error).replace(str(page), name)) from error


def read_markdown_text(text: str) -> Extracted:
    """What the Markdown says, as a file of it would be read."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.md")
        page.write_text(text, "utf-8", "replace", newline="")
        return read_markdown(page)


def add_extracted(builder: TextBuilder, part: Extracted) -> None:
    """Adds the text of another document, its rows as rows."""
    at, rows = 0, list[str]()
    for start, end in part.rows:
        if between := part.text[at:start].strip():
            builder.add_rows(rows)
            builder.add(between)
            rows = []
        rows.append(part.text[start:end])
        at = end
    builder.add_rows(rows)
    builder.add(part.text[at:])
