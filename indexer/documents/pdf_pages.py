"""A PDF's pages as PDFium sees them, read in a process of its own under limits.

A few kilobytes can ask for gigabytes and for hours, and a library written in C++ takes its process
down when it fails. So `pdfium` runs as a program, prints a line of JSON for each page, and the
system ends it where it goes beyond its memory or its time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ...core.errors import InputError

__all__ = ["Field", "FieldKind", "Line", "Page", "read_pages"]

FieldKind: TypeAlias = Literal["text", "check", "note"]

_PROGRAM = f"{__package__}.pdfium"
_MEGABYTES = 1024
"""Of memory that reading one file may take."""
_SECONDS = 60
"""Of computing that any file may take, and as many again for each two megabytes of it."""
_MOST_SECONDS = 1800
_KILLED = (signal.SIGXCPU, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Line:
    """A run of text on one base line, and its box in points: y rises, as on paper."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    level: bool = True
    """Written from left to right; False for rotated text."""
    soft: bool = False
    """The hyphen at its end only divides a word (U+00AD)."""

    @property
    def height(self) -> float:
        """Points from descender to ascender: a little more than the size of the font."""
        return self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class Field:
    """What a form's field, or a note written on the page, holds; the box as for lines."""

    kind: FieldKind
    name: str
    """Its name for people where it has one, else the one that programs use; "" for notes."""
    value: str
    """Never empty; of a checked box or button what it stands for. Unchecked ones are left out."""
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on a page, in the order in which it is drawn."""

    lines: tuple[Line, ...]
    fields: tuple[Field, ...] = ()
    pictured: float = 0.0
    """Share of the page that pictures cover, 0..1; drawn shapes count where there is no text."""


def read_pages(path: Path) -> tuple[str, list[Page]]:
    """The title that the document gives itself ("" for none), and its pages.

    Raises InputError where the file is locked, damaged, or goes beyond the limits, and OSError
    where it cannot be opened.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
    seconds = min(_MOST_SECONDS, _SECONDS + _SECONDS * size // 2_000_000)
    command = [sys.executable, "-P", "-m", _PROGRAM, str(path.absolute())]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    rows: list[dict[str, Any]] = []
    with subprocess.Popen(
        [*command, str(_MEGABYTES), str(seconds)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        try:
            if process.stdout is not None:
                rows += (json.loads(row) for row in process.stdout if row.endswith(b"\n"))
        except BaseException:
            process.kill()
            raise
    return _checked(path, rows, process.returncode, seconds)


def _checked(
    path: Path, rows: list[dict[str, Any]], code: int, seconds: int
) -> tuple[str, list[Page]]:
    """Title and pages, from what the program printed."""
    last = rows[-1] if rows else {}
    if "error" in last:
        raise InputError(f"{path}: {last['error']}")
    if "pages" not in last:
        limit = f"{seconds} seconds" if -code in _KILLED else f"{_MEGABYTES} MB of memory"
        raise InputError(
            f"{path}: no readable PDF (it is damaged, or takes more than {limit}); "
            "save it again, or in parts"
        )
    pages = [
        Page(
            tuple(Line(*values) for values in row["lines"]),
            tuple(Field(*values) for values in row["fields"]),
            float(row["pictured"]),
        )
        for row in rows[1:-1]
    ]
    return str(rows[0]["title"]), pages
