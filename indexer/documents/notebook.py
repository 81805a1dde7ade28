"""Jupyter notebooks (.ipynb): prose, code, and what the code wrote, where that is short."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...core.errors import InputError, first_line
from .embedded import add_extracted, read_markdown_text, read_markup
from .extracted import Extracted, TextBuilder

__all__ = ["read_notebook"]

_BYTES = 100_000_000
_OUTPUT = 2_000
"""Characters of an output at most; a longer one is a log or data."""
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")


def read_notebook(path: Path) -> Extracted:
    """The cells in order, each a block. Raises InputError for what is no notebook."""
    size = path.stat().st_size
    if size > _BYTES:
        raise InputError(
            f"{path}: {size:,} bytes, and notebooks of at most {_BYTES:,} are read; "
            "clear its outputs"
        )
    try:
        notebook = json.loads(path.read_bytes())
        cells = _cells(notebook)
    except (ValueError, RecursionError) as error:
        why = first_line(error)
        raise InputError(f"{path}: no readable notebook ({why}); save it again") from error
    builder = TextBuilder()
    title = ""
    for cell in cells:
        text = _joined(cell.get("source", cell.get("input")))
        if cell.get("cell_type") == "heading":  # of format 3
            text = f"# {text}"
        if cell.get("cell_type") == "markdown" and "|" in text:  # there may be a table
            add_extracted(builder, read_markdown_text(text))
        else:
            builder.add(text)
        heading = re.search(r"^\#{1,6}\s+(\S[^\n]{0,300})", text, re.MULTILINE)
        if not title and heading and cell.get("cell_type") != "code":
            title = heading.group(1).strip(" #")
        for output in cell.get("outputs") or ():
            _add_output(builder, output)
    return builder.extracted(title)


def _cells(notebook: Any) -> list[dict[str, Any]]:
    """The cells, of format 4, or those of the sheets of format 3. Raises ValueError."""
    if not isinstance(notebook, dict):
        raise ValueError("no object of JSON")
    sheets = [notebook, *(notebook.get("worksheets") or ())]
    lists = [sheet["cells"] for sheet in sheets if isinstance(sheet, dict) and "cells" in sheet]
    if not lists or not all(isinstance(cells, list) for cells in lists):
        raise ValueError("it has no cells")
    return [cell for cells in lists for cell in cells if isinstance(cell, dict)]


def _joined(source: Any) -> str:
    """A text, or a list of its lines."""
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _add_output(builder: TextBuilder, output: Any) -> None:
    """What a cell wrote; of a table its rows. Pictures and long outputs are left out."""
    if not isinstance(output, dict):
        return
    data = output.get("data")
    data = data if isinstance(data, dict) else output
    html = _joined(data.get("text/html"))
    if "<table" in html and len(html) <= 20 * _OUTPUT:
        try:
            add_extracted(builder, read_markup(html, "its output"))
        except ValueError:
            pass
        else:
            return
    for text in _texts(output, data):
        if text.strip() and len(text) <= _OUTPUT:
            builder.add(_COLOURS.sub("", text))


def _texts(output: dict[str, Any], data: dict[str, Any]) -> Iterator[str]:
    if output.get("output_type") in {"error", "pyerr"}:
        yield f"{output.get('ename', '')}: {output.get('evalue', '')}"
        return
    yield _joined(data.get("text/markdown") or data.get("text/plain") or data.get("text"))
