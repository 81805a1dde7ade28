"""Files with one row a line, and tables: rows with the number of their line, streamed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import InputError, first_line

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

__all__ = [
    "decoded",
    "open_bytes",
    "read_json",
    "read_json_lines",
    "read_parquet",
    "read_table",
]

Rows: TypeAlias = Iterator[tuple[int, Mapping[str, Any]]]
Tell: TypeAlias = Callable[[InputError], None]
"""Takes what is wrong with a row; raises it, or lets reading go on."""
Watch: TypeAlias = Callable[[int], None]
"""Is told how many bytes of the file have been read, packed as they lie on disk."""

_TEXT_COLUMNS = ("text", "contents", "content", "passage", "body", "context")


def _unwatched(_read: int) -> None:
    pass


class _Watched(io.RawIOBase):
    """A file that tells how far it has been read."""

    def __init__(self, raw: io.FileIO, watch: Watch) -> None:
        self._raw, self._watch = raw, watch

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        count = self._raw.readinto(buffer) or 0
        self._watch(self._raw.tell())
        return count


@contextmanager
def open_bytes(path: Path, watch: Watch = _unwatched) -> Generator[io.BufferedReader]:
    """A file, unpacked if its name ends in .gz or .zst. Raises InputError for broken ones."""
    import zstandard

    file = io.FileIO(path)
    raw = io.BufferedReader(_Watched(file, watch), 1 << 16)
    try:
        if path.suffix.lower() == ".gz":
            stream: Any = gzip.GzipFile(fileobj=raw)
        elif path.suffix.lower() == ".zst":
            stream = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        else:
            stream = raw
        yield io.BufferedReader(stream)
    except (gzip.BadGzipFile, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise InputError(f"{path}: cannot be unpacked ({error}); fetch or pack it again") from error
    finally:
        file.close()


def decoded(place: object, raw: bytes, *, start: bool = True) -> str:
    """UTF-8 text, without the mark that may stand at the start. Raises InputError for others."""
    if b"\0" in raw:
        raise InputError(f"{place}: binary data, not text; give a text file")
    try:
        return raw.decode("utf-8-sig" if start else "utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{place}: not UTF-8 text (byte {error.object[error.start]:#04x} at offset "
            f"{error.start:,} is out of place); convert it to UTF-8"
        ) from error


def _lines(path: Path, tell: Tell, watch: Watch) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; decoded one by one, so that a bad one spoils no other."""
    with open_bytes(path, watch) as file:
        for number, raw in enumerate(file, 1):
            try:
                line = decoded(f"{path}:{number}", raw, start=number == 1)
            except InputError as error:
                tell(error)
                continue
            yield number, line


def _refuse(error: InputError) -> None:
    raise error


def read_json_lines(path: Path, tell: Tell, watch: Watch = _unwatched) -> Rows:
    """One JSON object a line."""
    for number, line in _lines(path, tell, watch):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            tell(InputError(f"{path}:{number}: not valid JSON ({error}); mend the line"))
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            kind = type(row).__name__
            tell(InputError(f"{path}:{number}: holds a {kind}; each line must be an object"))


def read_json(path: Path, tell: Tell, watch: Watch = _unwatched) -> Rows:
    """SQuAD's nested file, an array of rows, or a single row; numbered from 1."""
    with open_bytes(path, watch) as file:
        text = decoded(path, file.read())
    try:
        table = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}:{error.lineno}: not valid JSON ({error.msg}); mend it, or name the "
            "file .jsonl if each line is an object"
        ) from error
    except (ValueError, RecursionError) as error:  # a number, or a nesting, beyond Python's bounds
        raise InputError(f"{path}: not valid JSON ({first_line(error)}); mend it") from error
    if isinstance(table, dict) and isinstance(table.get("data"), list):
        rows: list[Any] = list(_squad(path, table["data"])) or table["data"]
    else:
        rows = table if isinstance(table, list) else [table]
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            yield number, row
        else:
            kind = type(row).__name__
            tell(InputError(f"{path}:{number}: holds a {kind}; each row must be an object"))


def _squad(path: Path, articles: list[Any]) -> Iterator[dict[str, Any]]:
    """The contexts of SQuAD's layout: data > paragraphs > context."""
    for number, article in enumerate(articles, 1):
        if not isinstance(article, dict) or "paragraphs" not in article:
            return
        paragraphs = article["paragraphs"]
        for paragraph in paragraphs if isinstance(paragraphs, list) else [paragraphs]:
            if not isinstance(paragraph, dict) or "context" not in paragraph:
                raise InputError(
                    f"{path}: article {number} has a paragraph without `context`; give each one"
                )
            yield {"title": article.get("title", ""), "context": paragraph["context"]}


def read_table(path: Path, tell: Tell, watch: Watch = _unwatched) -> Rows:
    """CSV or TSV with a header; DPR's psgs_w100.tsv is one."""
    tabs = ".tsv" in [s.lower() for s in path.suffixes]
    rows = _cells(path, "\t" if tabs else ",", tell, watch)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    if not set(header) & set(_TEXT_COLUMNS):
        raise InputError(
            f"{path}: no column with text; it has {', '.join(header)[:200] or 'no columns'}, and "
            f"the text is looked for in {', '.join(_TEXT_COLUMNS)}"
        )
    for number, values in rows:
        if len(values) == len(header):
            yield number, dict(zip(header, values, strict=True))
        else:
            tell(
                InputError(
                    f"{path}:{number}: has {len(values)} columns, and the header {len(header)}; "
                    "mend the line"
                )
            )


def _cells(path: Path, delimiter: str, tell: Tell, watch: Watch) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, each with its last line."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    lines = (
        part
        for _, line in _lines(path, _refuse, watch)
        for part in io.StringIO(line, newline="")  # also at \r, with which old programs end lines
    )
    reader = csv.reader(lines, delimiter=delimiter, strict=True)  # or one quote swallows the rest
    while True:
        first = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            tell(
                InputError(
                    f"{path}:{first}: no valid row up to line {reader.line_num} ({error}); a cell "
                    'that begins with " must end with one, and hold others only doubled'
                )
            )
            continue
        if values is None:
            return
        if any(map(str.strip, values)):
            yield reader.line_num, values


def read_parquet(path: Path, tell: Tell, watch: Watch = _unwatched) -> Rows:
    """Parquet, some thousand rows at a time."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        size = path.stat().st_size
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if not set(names) & set(_TEXT_COLUMNS):
                raise InputError(
                    f"{path}: no column with text; it has {', '.join(names)[:200]}, and the text "
                    f"is looked for in {', '.join(_TEXT_COLUMNS)}"
                )
            number = 0
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
                watch(size * number // max(1, file.metadata.num_rows))
    except (arrow.ArrowException, OSError) as error:
        raise InputError(
            f"{path}: no valid Parquet file ({first_line(error)}); write it again"
        ) from error
