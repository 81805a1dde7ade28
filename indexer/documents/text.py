"""Plain text and Markdown."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from ...core.compression import read_decoded
from ...core.records import Scalar
from .extracted import Extracted
from .markdown_marks import without_struck
from .pipe_tables import with_rows

__all__ = ["read_markdown", "read_text"]

_FACT = re.compile(r"^([A-Za-z][\w -]{0,60}):[ \t]{1,9}(\S[^\r\n]{0,500}?)[ \t]*\r?$", re.MULTILINE)
"""A line of front matter with a plain value; lists, and what is nested, are none."""


def read_text(path: Path) -> Extracted:
    """A plain text file of any encoding; it names no title. Raises InputError for no text."""
    notices: list[str] = []
    return Extracted(read_decoded(path, on_notice=notices.append), notices=tuple(notices))


def read_markdown(path: Path) -> Extracted:
    """Markdown as it stands, YAML front matter and struck text blanked out; its title, or its
    first heading.

    What the front matter says besides is metadata, as texts.

    Tables give way to their rows, each a text to be read by itself.
    """
    plain = read_text(path)
    text, title = plain.text, ""
    metadata: dict[str, Scalar] = {}
    if front := re.match(r"---\r?\n(.*?)\r?\n(?:---|\.\.\.)\r?\n", text, re.DOTALL):
        blank = re.sub(r"[^\r\n]", " ", front.group())  # offsets stay those of the file
        text = blank + text[front.end() :]
        if line := re.search(r"^title:\s*(.+?)\s*$", front.group(1), re.MULTILINE):
            title = line.group(1).strip("\"'")
        metadata = {
            key: value.strip("\"'")
            for key, value in _FACT.findall(front.group(1))
            if key.lower() != "title" and value[0] not in "[{|>&*!#"
        }
    if not title and (heading := re.search(r"^\#{1,6}\s+(.+?)\s*\#*\s*$", text, re.MULTILINE)):
        title = heading.group(1)
    text, rows = with_rows(without_struck(text))
    return replace(plain, text=text, title=title, rows=rows, metadata=metadata)
