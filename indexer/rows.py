"""Rows of whatever maker -> documents: where a row's text, title, id and metadata stand.

How columns are told by their names stands in `columns`, what has no columns in `json_trees` and
`chats`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from ..core.errors import InputError
from ..core.records import Document, Scalar
from ..core.rows import plain_name
from .chats import conversations, is_slack, slack_day
from .columns import (
    ANSWER,
    ASKED,
    BESIDE,
    DESCRIPTION,
    ID,
    INDEX,
    NESTED,
    QUESTION,
    TEXT,
    TITLE,
    TextUse,
    columns_of,
    first_with_text,
    is_text,
    looked_ahead,
    plain_names,
    text_column,
    text_use,
    unwrapped,
)
from .documents.extracted import Extracted
from .files import NoText
from .numbers import number_columns, typed
from .rich_values import plain_values
from .row_texts import is_index, row_text, text_with_lists, text_with_values

__all__ = ["OnError", "RowKind", "SourceRow", "row_documents"]

OnError: TypeAlias = Callable[[InputError], None]
"""Takes what is wrong with something of one origin; raises it, or lets reading go on."""


class SourceRow(NamedTuple):
    """A row and where it stands."""

    source: str
    """`faq.jsonl:17`."""
    fields: Mapping[str, Any]
    alone: bool = False
    """It is all that its file holds, as in a `package.json`: no row of a table."""


@dataclass(frozen=True, slots=True)
class RowKind:
    """What is known of rows before they are read."""

    origin: str = ""
    """See `Document`."""
    cells: bool = False
    """Their values are texts, as those of CSV are: numbers are to be told from them."""
    text: tuple[str, ...] = ()
    """Columns that are the text, as a user named them; where a row has none of them it is read
    as if none was named."""


def row_documents(
    rows: Iterable[SourceRow], kind: RowKind, on_error: OnError
) -> Iterator[Document]:
    """Documents of rows; of rows that share a SQuAD context, the first only.

    The text is a column of one of the usual names, unless the table uses it for a value among
    others; failing that a question with its answer, or a title with its description; failing that
    the row itself, each value with its column's name. Conversations are a document each. What is
    none of these is given to `on_error`. Raises InputError for a whole table, or a file of one
    row, that has no text.
    """
    numbers: frozenset[str] = frozenset()
    if kind.cells:
        rows = _checked(rows, kind)
        numbers, rows = number_columns(rows, lambda row: row.fields)
    head, rows = looked_ahead(rows)
    first = [unwrapped(plain_values(row.fields)) for row in head]
    if is_slack(first):
        yield from _slack(rows, kind)
        return
    table = _Table(numbers, text_use(first, cells=kind.cells))
    with closing(_Contexts()) as contexts:
        for row in rows:
            try:
                documents = _chats(row, kind) or [_document(row, kind, table)]
            except NoText:
                raise
            except InputError as error:
                on_error(error)
                continue
            for document in documents:
                if not _is_context(row.fields) or contexts.is_new(document.id):
                    yield document


class _Table(NamedTuple):
    """What the first rows tell of all."""

    numbers: frozenset[str]
    """Columns whose cells are numbers."""
    use: TextUse


def _document(row: SourceRow, kind: RowKind, table: _Table) -> Document:
    if _is_context(row.fields):
        return _context(row, kind)
    fields = _feature(unwrapped(plain_values(row.fields)))
    names = plain_names(tuple(fields))
    chosen = _chosen(fields, names, kind.text)
    if chosen is None and table.use is not TextUse.VALUE:
        chosen = _text(fields, names)
    if chosen is None:
        chosen = _pair(fields, names)
    title_key = first_with_text(fields, names, TITLE)
    if chosen is not None:
        title_key = chosen.title or title_key
        extracted = Extracted("\n\n".join(str(fields[key]) for key in chosen.text))
        if table.use is TextUse.BESIDE_VALUES:
            extracted = text_with_values(extracted.text, fields, names, chosen.text)
        used = {*chosen.text, *columns_of(names, ID), *columns_of(names, TITLE), title_key}
    else:
        extracted = row_text(fields, names, table.use, alone=row.alone)
        used = set(columns_of(names, ID))
    if not extracted.text.strip():
        raise _no_text(row)
    title = "" if title_key is None else str(fields[title_key])
    title = (title or _nested_title(fields, names)).replace("_", " ")
    if chosen is not None and not _is_asked(names, chosen):
        beside = {key: value for key, value in fields.items() if key not in used}
        extracted = text_with_lists(extracted, beside, title)
    own = _own_id(fields, names)
    return Document(
        id=row.source if own is None or row.alone else own,
        text=extracted.text,
        title=title,
        source=row.source,
        origin=kind.origin,
        metadata=_metadata(fields, used, table.numbers),
        rows=extracted.rows,
    )


def _chats(row: SourceRow, kind: RowKind) -> list[Document]:
    """The conversations that a row is or holds, none where it is something else."""
    texts = conversations(row.fields) if not kind.text else []
    file, _, number = row.source.rpartition(":")
    documents: list[Document] = []
    for at, text in enumerate(texts, 1):
        source = row.source if len(texts) == 1 else f"{file}:{number}.{at}"
        title = text.title or _stem(file)
        documents.append(
            Document(id=source, text=text.text, title=title, source=source, origin=kind.origin)
        )
    return [document for document in documents if document.text.strip()]


def _slack(rows: Iterator[SourceRow], kind: RowKind) -> Iterator[Document]:
    """All rows of a file of Slack's as one document."""
    source = ""

    def fields() -> Iterator[Mapping[str, Any]]:
        nonlocal source
        for row in rows:
            source = source or row.source
            yield row.fields

    text = slack_day(fields(), Path(kind.origin) if kind.origin.startswith("/") else None)
    file = source.rpartition(":")[0]
    if text.text:
        yield Document(
            id=source, text=text.text, title=_stem(file), source=source, origin=kind.origin
        )


def _stem(file: str) -> str:
    """What a file's name says, with its folder's: a channel and a day."""
    path = Path(file)
    return " ".join(filter(None, [path.parent.name, path.stem])).replace("_", " ")


def _feature(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of a place of GeoJSON (RFC 7946), with its coordinates if it is a point."""
    properties, geometry = fields.get("properties"), fields.get("geometry")
    if fields.get("type") != "Feature" or not isinstance(properties, Mapping):
        return fields
    about = {key: fields[key] for key in ("id",) if key in fields and key not in properties}
    if isinstance(geometry, Mapping) and geometry.get("type") == "Point":
        about["coordinates"] = geometry.get("coordinates")
    return {**properties, **about}


# -- what stands where


class _Chosen(NamedTuple):
    """The columns that make a document."""

    text: tuple[str, ...]
    title: str | None = None


def _chosen(
    fields: Mapping[str, Any], names: Mapping[str, str], text: Sequence[str]
) -> _Chosen | None:
    """The columns that the user named, as far as the row has them."""
    keys = [key for key in columns_of(names, map(plain_name, text)) if is_text(fields[key])]
    return _Chosen(tuple(keys)) if keys else None


def _text(fields: Mapping[str, Any], names: Mapping[str, str]) -> _Chosen | None:
    key = text_column(fields, names)
    return None if key is None else _Chosen((key,))


def _pair(fields: Mapping[str, Any], names: Mapping[str, str]) -> _Chosen | None:
    """A question with its answer, or a title with a description and nothing else to read."""
    if names.keys() & set(TEXT):
        return None
    question, answer = (
        first_with_text(fields, names, QUESTION),
        first_with_text(fields, names, ANSWER),
    )
    if question is not None and answer is not None:
        return _Chosen((question, answer), question)
    title, description = (
        first_with_text(fields, names, TITLE),
        first_with_text(fields, names, DESCRIPTION),
    )
    known = {*TITLE, *DESCRIPTION, *ID, *NESTED, *BESIDE, *INDEX}
    if title is not None and description is not None and names.keys() <= known:
        return _Chosen((description,), title)
    return None


def _is_asked(names: Mapping[str, str], chosen: _Chosen) -> bool:
    """Whether the row asks about its text: its lists are answers then, and choices."""
    return any(key not in chosen.text for key in columns_of(names, QUESTION))


def _nested_title(fields: Mapping[str, Any], names: Mapping[str, str]) -> str:
    for key in columns_of(names, NESTED):
        nested = fields[key]
        if isinstance(nested, Mapping) and isinstance(nested.get("title"), str):
            return str(nested["title"])
    return ""


def _own_id(fields: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    for key in columns_of(names, ID):
        value = fields[key]
        if isinstance(value, Mapping):  # MongoDB's
            value = value.get("$oid")
        if isinstance(value, (str, int, float)) and value != "":
            return str(value)
    return None


# -- what has no text


def _no_text(row: SourceRow, place: str = "", what: str = "no text") -> InputError:
    names = ", ".join(map(str, row.fields))[:200] or "nothing"
    message = (
        f"{place or row.source}: {what}; it has {names}, and the text is looked for in "
        f"{', '.join(TEXT[:6])}; name its column with --text-column"
    )
    return NoText(message, NoText.TEXTLESS) if row.alone else InputError(message)


def _checked(rows: Iterable[SourceRow], kind: RowKind) -> Iterator[SourceRow]:
    """The rows. Raises InputError for a table of questions alone, at once instead of for each."""
    rows = iter(rows)
    for row in rows:
        _check_questions(row, kind)
        yield row
        break
    yield from rows


def _check_questions(row: SourceRow, kind: RowKind) -> None:
    names = plain_names(tuple(row.fields))
    if names.keys() & {*TEXT, *ANSWER, *DESCRIPTION, *map(plain_name, kind.text)}:
        return
    if names.keys() & ASKED:
        file = row.source.rpartition(":")[0]
        raise _no_text(row, file, "no column with text")


# -- SQuAD's contexts


def _is_context(fields: Mapping[str, Any]) -> bool:
    """Whether the row is a question about a context, or a context of SQuAD's own files."""
    chosen = _text(fields, plain_names(tuple(fields))) if "context" in fields else None
    if chosen is None or chosen.text != ("context",):
        return False
    return fields.keys() <= {"title", "context"} or {"question", "answers"} <= fields.keys()


def _context(row: SourceRow, kind: RowKind) -> Document:
    """The context alone: the other fields are the question's."""
    text = str(row.fields["context"])
    title = row.fields.get("title")
    title = title.replace("_", " ") if isinstance(title, str) else ""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    name = f"{title}#{digest}"
    return Document(
        id=name,
        text=text,
        title=title,
        source=row.source,
        origin=kind.origin,
    )


class _Contexts:
    """Ids of the contexts that came, on disk: a set of questions repeats each some five times."""

    def __init__(self) -> None:
        import sqlite3

        self._rows = sqlite3.connect("")
        self._rows.execute("CREATE TABLE seen (id BLOB PRIMARY KEY) WITHOUT ROWID")

    def close(self) -> None:
        self._rows.close()

    def is_new(self, name: str) -> bool:
        key = name.encode("utf-8", "surrogatepass")
        added = self._rows.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,))
        return added.rowcount > 0


# -- metadata


def _metadata(
    fields: Mapping[str, Any], used: Iterable[str | None], numbers: frozenset[str]
) -> dict[str, Scalar]:
    """The scalar fields of a row that are nothing else, those of `metadata` and `meta` too.

    NaN, with which Parquet and pandas mark an empty cell, says nothing, and the memory refuses it.
    """
    known = set(used)
    own: dict[str, Any] = {}
    nested: list[Mapping[str, Any]] = []
    for key, value in fields.items():
        name = plain_name(key)
        if name in NESTED:
            nested += [value] if isinstance(value, Mapping) else []
        elif key not in known and not is_index(key, value):
            own[key] = typed(value) if key in numbers else value
    for table in nested:
        own.update(table)
    scalars = {str(k): v for k, v in own.items() if isinstance(v, (str, int, float, bool))}
    return {k: v for k, v in scalars.items() if not isinstance(v, float) or math.isfinite(v)}
