"""Word (.docx): paragraphs, headings and tables in order."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import IO, Any

from ...core.errors import InputError, first_line
from .extracted import Extracted

__all__ = ["read_docx"]

_WORD_BYTES = 100_000_000
"""Of XML in a Word file, unpacked; its tree takes ten times as much memory."""


def read_docx(path: Path) -> Extracted:
    """Paragraphs, headings and tables in order. Raises InputError for what is no Word file."""
    import docx

    with path.open("rb") as file:
        try:
            return _word(docx.Document(_unpacked(file)))
        except Exception as error:  # damaged files fail anywhere in the library
            raise InputError(
                f"{path}: no readable Word file ({first_line(error)}); save it again"
            ) from error


def _unpacked(file: IO[bytes]) -> io.BytesIO:
    """The parts of a Word file that hold text, not packed; pictures are left empty.

    They are unpacked no further than to the size they declare: a few bytes can stand for gigabytes.
    Raises ValueError where that is too much, or a part defines entities, as no Word file does.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(file) as packed, zipfile.ZipFile(out, "w") as unpacked:
        sizes = {
            name: packed.getinfo(name).file_size if name.lower().endswith((".xml", ".rels")) else 0
            for name in packed.namelist()
        }
        if (total := sum(sizes.values())) > _WORD_BYTES:
            raise ValueError(f"{total:,} bytes of text, and at most {_WORD_BYTES:,} are read")
        for name, size in sizes.items():
            raw = b""
            if size:
                with packed.open(name) as stream:
                    raw = stream.read(size)
            if b"<!DOCTYPE" in raw:
                raise ValueError(f"{name} defines entities")
            unpacked.writestr(name, raw)
    return out


def _word(document: Any) -> Extracted:
    from docx.table import Table

    blocks: list[str] = []
    heading = ""
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            # A merged cell comes once for each column it covers, as the same object.
            rows = [[cell.text.strip() for cell in dict.fromkeys(r.cells)] for r in block.rows]
            blocks.append("\n".join(": ".join(filter(None, row)) for row in rows))
            continue
        style = (block.style.name or "") if block.style is not None else ""
        if not heading and style.startswith(("Heading", "Title")):
            heading = block.text.strip()
        blocks.append(block.text.strip())
    title = (document.core_properties.title or "").strip()
    return Extracted("\n\n".join(block for block in blocks if block), title or heading)
