"""Rows of a file, streamed, each with its place: JSON lines, JSON, CSV, TSV and Parquet.

What the rows are for says which reader takes them: `document_rows` for what is indexed,
`question_rows` for what is asked or trained on; `json_lines` takes them as they stand. `.gz` and
`.zst` are unpacked on the way. Only whole JSON documents (SQuAD's own files, arrays) are held in
memory; how published sets nest their rows stands in `layouts`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from .compression import (
    OnBadRow,
    OnNotice,
    OnRead,
    content_suffix,
    raise_error,
    read_decoded,
    read_lines,
    uncounted,
    unheard,
)
from .errors import InputError, RowError, first_line
from .layouts import (
    NestedRows,
    facts_beside,
    is_squad,
    not_an_object,
    plain_name,
    squad_contexts,
    squad_questions,
    wrapped_rows,
)
from .published_sets import flat_rows, wrapped_questions
from .question_tables import read_question_table
from .saved_datasets import read_saved
from .tables import NumberedRows, read_parquet, read_table

__all__ = [
    "ROW_SUFFIXES",
    "TABLE_SUFFIXES",
    "Row",
    "document_rows",
    "json_lines",
    "plain_name",
    "question_rows",
]

_OF_ROWS = frozenset(("question", "query", "input", "utterance", "header", "context", "paragraphs"))
"""Keys of which each row of questions has one, and an object that wraps rows none."""
_TEXTS = frozenset(("text", "content", "contents", "body", "pagecontent", "passage", "answer"))
"""Names, as `plain_name` gives them, by which an object of objects is known for one of rows."""


class Row(NamedTuple):
    """One row of a file."""

    number: int
    """Of its line, or among the rows of the file where they are no lines; from 1."""
    place: str
    """For messages: `faq.jsonl:17`, `dev.json: data[0].paragraphs[1].qas[2]`."""
    fields: dict[str, Any]
    alone: bool = False
    """It is all that its file holds, and no member of a list."""
    left_out: str = ""
    """Of a question, why it is none to ask, in plain words."""


def document_rows(
    path: Path,
    on_bad: OnBadRow = raise_error,
    on_read: OnRead = uncounted,
    on_notice: OnNotice = unheard,
) -> Iterator[Row]:
    """The rows of a file of documents; the format is told by its name, JSON lines by default.

    Of SQuAD's nested JSON the contexts, with their titles. Rows that cannot be used are given to
    `on_bad`, an encoding that was guessed to `on_notice`. Raises RowError where the whole file
    cannot be read, and OSError.
    """
    read = _DOCUMENT_READERS.get(content_suffix(path), json_lines)
    yield from read(path, on_bad, on_read, on_notice)


def question_rows(path: Path, on_bad: OnBadRow = raise_error) -> Iterator[Row]:
    """The questions of a file as flat rows: JSON lines, JSON, tables, Parquet, Arrow.

    How published sets nest them is known to `layouts` and `published_sets`; a folder is one that
    `datasets` saved. Whether JSON is nested or in lines is told by its first line, whatever the
    name. Raises InputError where the file cannot be read; rows that cannot be used are given to
    `on_bad`.
    """
    number = 0
    try:
        for row in _objects(path, on_bad):
            for path_within, fields, left_out in flat_rows(row.fields, row.place):
                number += 1
                place = f"{row.place}: {path_within}" if path_within else row.place
                yield Row(number if path_within else row.number, place, fields, row.alone, left_out)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give a file of questions") from None
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror or error}; give a file of questions"
        ) from error


def _objects(path: Path, on_bad: OnBadRow) -> Iterator[Row]:
    suffix = content_suffix(path)
    if suffix == ".parquet":
        yield from _numbered(path, read_parquet(path))
    elif suffix == ".arrow" or path.is_dir():
        yield from _numbered(path, read_saved(path))
    elif suffix in TABLE_SUFFIXES:
        yield from _numbered(path, read_question_table(path))
    else:
        yield from _json_questions(path, suffix, on_bad)


def json_lines(
    path: Path,
    on_bad: OnBadRow = raise_error,
    on_read: OnRead = uncounted,
    on_notice: OnNotice = unheard,
) -> Iterator[Row]:
    """One JSON object a line; empty lines are passed over. Raises RowError and OSError."""
    yield from _parsed(path, read_lines(path, on_bad, on_read, on_notice), on_bad)


def _parsed(path: Path, lines: Iterable[tuple[int, str]], on_bad: OnBadRow) -> Iterator[Row]:
    for number, line in lines:
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as error:
            why = f"not valid JSON ({first_line(error)})"
            on_bad(RowError(place, why, "mend the line"))
            continue
        if isinstance(fields, dict):
            yield Row(number, place, fields)
        else:
            on_bad(not_an_object(place, fields))


def _json_document(path: Path, text: str) -> Any:
    """A file that is one JSON value."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RowError(
            f"{path}:{error.lineno}",
            f"not valid JSON ({error.msg})",
            "mend it, or name the file .jsonl if each line is an object",
        ) from error
    except (ValueError, RecursionError) as error:  # a number, or a nesting, beyond Python's bounds
        raise RowError(path, f"not valid JSON ({first_line(error)})", "mend it") from error


def _entries(
    path: Path,
    document: Any,
    squad: Callable[[Path, Sequence[Any]], NestedRows],
    on_bad: OnBadRow,
) -> Iterator[Row]:
    """The rows of a JSON document: SQuAD's by `squad`, those of an array, or a single one."""
    if squad is squad_questions and isinstance(document, dict):
        document = _unwrapped(document)
    data = document.get("data") if isinstance(document, dict) else None
    rows: Iterable[tuple[str, Any]]
    if isinstance(data, list) and is_squad(data):
        # All of SQuAD's at once: a file that is broken at its end gives no rows at all.
        rows = list(squad(path, data))
    elif isinstance(document, dict) and (wrapped := wrapped_rows(document)) is not None:
        rows = wrapped
    elif isinstance(data, list) and (squad is squad_questions or not data):
        rows = _listed("data[{}]", 0, data)
    else:
        entries = document if isinstance(document, list) else [document]
        rows = _listed("entry {}", 1, entries)
    alone = isinstance(document, dict) and wrapped_rows(document) is None
    for number, (inner, fields) in enumerate(rows, 1):
        if isinstance(fields, dict):
            yield Row(number, f"{path}: {inner}", fields, alone)
        else:
            on_bad(not_an_object(f"{path}: {inner}", fields))


def _unwrapped(document: dict[str, Any]) -> Any:
    """The rows that an object of a published set wraps, or the object itself."""
    rows = wrapped_questions(document)
    return document if rows is None else [row for _, row in rows]


def _listed(place: str, first: int, entries: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    return ((place.format(number), entry) for number, entry in enumerate(entries, first))


def _json_documents(
    path: Path, on_bad: OnBadRow, on_read: OnRead, on_notice: OnNotice
) -> Iterator[Row]:
    text = read_decoded(path, on_read, on_notice)
    end = text.find("\n") + 1
    first = _object(text[:end])
    several = first is not None and bool(text[end:].strip())
    if first is not None and several and not isinstance(first.get("data"), list):
        lines = enumerate(io.StringIO(text, newline=""), 1)  # an export of one object a line
        yield from _parsed(path, lines, on_bad)
        return
    document = _json_document(path, text)
    rows = _by_key(document)
    if rows is None:
        last: Row | None = None
        for last in _entries(path, document, squad_contexts, on_bad):
            yield last
        if (
            last is not None
            and not last.alone
            and isinstance(document, dict)
            and (facts := facts_beside(document))
        ):
            yield Row(last.number + 1, f"{path}: beside the rows", facts, alone=True)
        return
    for number, (key, fields) in enumerate(rows, 1):
        yield Row(number, f"{path}: {key!r}"[:200], fields)


def _by_key(document: Any) -> Iterator[tuple[str, dict[str, Any]]] | None:
    """The rows of an object that holds one under each id, or each question; None: it does not."""
    if not isinstance(document, dict) or not document:
        return None
    if all(isinstance(value, dict) and _TEXTS & _plain_names(value) for value in document.values()):
        return ((key, {"id": key, **value}) for key, value in document.items())
    if all(key.rstrip().endswith("?") and isinstance(v, str) for key, v in document.items()):
        return ((key, {"question": key, "answer": v}) for key, v in document.items())
    return None


def _plain_names(fields: dict[str, Any]) -> set[str]:
    return {plain_name(key) for key, value in fields.items() if isinstance(value, str)}


def _json_questions(path: Path, suffix: str, on_bad: OnBadRow) -> Iterator[Row]:
    lines = read_lines(path, on_bad)
    number, line = next(((n, line) for n, line in lines if line.strip()), (0, ""))
    if not line:
        return
    named_lines = suffix in (".jsonl", ".ndjson") and line.lstrip()[0] != "["
    first = None if named_lines else _object(line)
    if named_lines or (first is not None and not _wraps(first)):
        yield from _parsed(path, chain([(number, line)], lines), on_bad)
        return
    rest = "".join(text for _, text in lines)
    if first is None or rest.strip():
        first = _json_document(path, "\n" * (number - 1) + line + rest)
    yield from _entries(path, first, squad_questions, on_bad)


def _wraps(document: dict[str, Any]) -> bool:
    """Whether an object is a file of questions, and not the first of its lines."""
    return (
        isinstance(document.get("data"), list)
        or wrapped_questions(document) is not None
        or (set(document).isdisjoint(_OF_ROWS) and wrapped_rows(document) is not None)
    )


def _object(line: str) -> dict[str, Any] | None:
    """The JSON object that a line is by itself, if it is one."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _numbered(path: Path, rows: NumberedRows) -> Iterator[Row]:
    return (Row(number, f"{path}:{number}", fields) for number, fields in rows)


def _table_documents(
    path: Path, on_bad: OnBadRow, on_read: OnRead, on_notice: OnNotice
) -> Iterator[Row]:
    above: list[Row] = []

    def on_facts(number: int, facts: dict[str, str]) -> None:
        above.append(Row(number, f"{path}:{number}", facts, alone=True))

    for row in _numbered(path, read_table(path, on_bad, on_read, on_notice, on_facts)):
        yield from above
        above.clear()
        yield row


def _parquet_documents(
    path: Path, _on_bad: OnBadRow, on_read: OnRead, _on_notice: OnNotice
) -> Iterator[Row]:
    return _numbered(path, read_parquet(path, None, on_read))


_DOCUMENT_READERS: dict[str, Callable[[Path, OnBadRow, OnRead, OnNotice], Iterator[Row]]] = {
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".json": _json_documents,
    ".geojson": _json_documents,
    ".csv": _table_documents,
    ".tsv": _table_documents,
    ".parquet": _parquet_documents,
}
ROW_SUFFIXES = tuple(_DOCUMENT_READERS)
"""Of the files that hold one document a row; all but Parquet may be compressed."""
TABLE_SUFFIXES = (".csv", ".tsv")
"""Of those whose cells are texts, whatever they hold."""
