"""Rows of whatever maker -> documents: where a row's text, title, id and metadata stand.

Names of columns are compared by their letters and digits alone, so that `Page Content`,
`page_content` and `pageContent` are one.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from ..core.errors import InputError
from ..core.records import Document, Scalar
from ..core.rows import plain_name
from .documents.extracted import Extracted, TextBuilder
from .documents.grids import Cell, row_texts
from .files import NoText
from .numbers import number_columns, typed

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


_TEXT = (
    "text", "contents", "content", "pagecontent", "passage", "body", "fulltext", "maintext",
    "rawtext", "textcontent", "documenttext", "chunktext", "pagetext", "markdown", "context",
)  # fmt: skip
"""Where the text of a document is looked for, in this order; so for the others below."""
_ID = ("id", "docid", "pid")
_TITLE = ("title", "name", "heading")
_QUESTION = ("question", "q", "prompt", "instruction", "query", "frage")
_ASKED = frozenset(("question", "prompt", "instruction"))
"""Of these, what no table of things has: such a row is a question without an answer."""
_ANSWER = ("answer", "a", "response", "completion", "output", "reply", "antwort")
_DESCRIPTION = ("description", "summary", "abstract")
_BESIDE = ("url", "uri", "link", "lang", "language", "date", "source", "tags", "category", "author")
"""Columns about a document, beside which a title and a description are all of it."""
_NESTED = ("metadata", "meta", "extrainfo")
_WRAPPERS = (
    *_NESTED, "source", "payload", "fields", "attributes", "properties", "kwargs", "record",
)  # fmt: skip
"""Objects in which stores keep the row itself: Elasticsearch's `_source`, Qdrant's `payload`."""
_INDEX = ("", "unnamed0")
"""The column of row numbers that pandas writes."""
_MIME = re.compile(r"(?:text|application|image|audio|video|multipart|message)/[\w.+-]{1,80}")


def row_documents(
    rows: Iterable[SourceRow], kind: RowKind, on_error: OnError
) -> Iterator[Document]:
    """Documents of rows; of rows that share a SQuAD context, the first only.

    The text is a column of one of the usual names; failing that a question with its answer, or a
    title with its description; failing that the row itself, each value with its column's name.
    What is none of these is given to `on_error`. Raises InputError for a whole table, or a file of
    one row, that has no text.
    """
    numbers: frozenset[str] = frozenset()
    if kind.cells:
        rows = _checked(rows, kind)
        numbers, rows = number_columns(rows, lambda row: row.fields)
    with closing(_Contexts()) as contexts:
        for row in rows:
            try:
                document = _document(row, kind, numbers)
            except NoText:
                raise
            except InputError as error:
                on_error(error)
                continue
            if not _is_context(row.fields) or contexts.is_new(document.id):
                yield document


def _document(row: SourceRow, kind: RowKind, numbers: frozenset[str]) -> Document:
    if _is_context(row.fields):
        return _context(row, kind)
    fields = _unwrapped(row.fields)
    names = _names(tuple(fields))
    chosen = _chosen(fields, names, kind.text) or _text(fields, names) or _pair(fields, names)
    extracted = Extracted("")
    title_key = _first(fields, names, _TITLE)
    if chosen is not None:
        title_key = chosen.title or title_key
        text = "\n\n".join(str(fields[key]) for key in chosen.text)
        used = {*chosen.text, *_keys(names, _ID), *_keys(names, _TITLE), title_key}
    else:
        extracted = _row_text(fields, names, row.alone)
        text, used = extracted.text, set(_keys(names, _ID))
    if not text.strip():
        raise _no_text(row)
    title = "" if title_key is None else str(fields[title_key])
    title = title or _nested_title(fields, names)
    own = _own_id(fields, names)
    return Document(
        id=row.source if own is None else own,
        text=text,
        title=title.replace("_", " "),
        source=row.source,
        origin=kind.origin,
        metadata=_metadata(fields, used, numbers),
        rows=extracted.rows,
    )


# -- what stands where


class _Chosen(NamedTuple):
    """The columns that make a document."""

    text: tuple[str, ...]
    title: str | None = None


@lru_cache(1024)
def _names(keys: tuple[str, ...]) -> dict[str, str]:
    """Plain name -> the first column of that name."""
    # What begins with @ is JSON-LD's own: its @context is no text.
    return {plain_name(key): key for key in reversed(keys) if not key.startswith("@")}


def _keys(names: Mapping[str, str], wanted: Iterable[str]) -> list[str]:
    return [names[name] for name in wanted if name in names]


def _first(
    fields: Mapping[str, Any], names: Mapping[str, str], wanted: Iterable[str]
) -> str | None:
    """The first of these columns that holds text."""
    return next((key for key in _keys(names, wanted) if _is_text(fields[key])), None)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _chosen(
    fields: Mapping[str, Any], names: Mapping[str, str], text: Sequence[str]
) -> _Chosen | None:
    """The columns that the user named, as far as the row has them."""
    keys = [key for key in _keys(names, map(plain_name, text)) if _is_text(fields[key])]
    return _Chosen(tuple(keys)) if keys else None


def _text(fields: Mapping[str, Any], names: Mapping[str, str]) -> _Chosen | None:
    for key in _keys(names, _TEXT):
        if _is_text(fields[key]) and not _MIME.fullmatch(fields[key].strip()):
            return _Chosen((key,))
    return None


def _pair(fields: Mapping[str, Any], names: Mapping[str, str]) -> _Chosen | None:
    """A question with its answer, or a title with a description and nothing else to read."""
    if names.keys() & set(_TEXT):
        return None
    question, answer = _first(fields, names, _QUESTION), _first(fields, names, _ANSWER)
    if question is not None and answer is not None:
        return _Chosen((question, answer), question)
    title, description = _first(fields, names, _TITLE), _first(fields, names, _DESCRIPTION)
    known = {*_TITLE, *_DESCRIPTION, *_ID, *_NESTED, *_BESIDE, *_INDEX}
    if title is not None and description is not None and names.keys() <= known:
        return _Chosen((description,), title)
    return None


def _unwrapped(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a row that a store keeps one level down, with those around them."""
    names = _names(tuple(fields))
    if any(_is_text(fields[key]) for key in _keys(names, (*_TEXT, *_ANSWER))):
        return fields
    for key in _keys(names, _WRAPPERS):
        inner = fields[key]
        if isinstance(inner, Mapping) and _keys(_names(tuple(inner)), (*_TEXT, *_ANSWER)):
            return {**{k: v for k, v in fields.items() if k != key}, **inner}
    return fields


def _nested_title(fields: Mapping[str, Any], names: Mapping[str, str]) -> str:
    for key in _keys(names, _NESTED):
        nested = fields[key]
        if isinstance(nested, Mapping) and isinstance(nested.get("title"), str):
            return str(nested["title"])
    return ""


def _own_id(fields: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    for key in _keys(names, _ID):
        value = fields[key]
        if isinstance(value, Mapping):  # MongoDB's
            value = value.get("$oid")
        if isinstance(value, (str, int, float)) and value != "":
            return str(value)
    return None


# -- a row of a table that has no text


def _row_text(fields: Mapping[str, Any], names: Mapping[str, str], alone: bool) -> Extracted:
    """`Fenn A1. Price: 349 euros.`, each value with its column's name; no text for no such row."""
    empty = Extracted("")
    if alone or names.keys() & {*_TEXT, *_ASKED}:
        return empty
    own = _keys(names, _ID)
    leading = _first(fields, names, _TITLE)
    keys = [key for key in fields if key not in own and plain_name(key) not in _INDEX]
    keys.sort(key=lambda key: key != leading)
    cells = [(key, _shown(fields[key])) for key in (*keys, *own)]
    shown = [(key, text) for key, text in cells if text]
    if not shown or any(text is None for _, text in shown):
        return empty
    words = any(re.search(r"[^\W\d_]", text or "") for _, text in shown)
    named = any(len(re.findall(r"[^\W\d_]", key)) > 2 for key, _ in shown)
    if len(shown) < 2:
        lone = len(fields) == 1 and bool(shown) and not own and words and named
        return Extracted(str(shown[0][1])) if lone else empty
    if all(key in own for key, _ in shown[1:]) or not (words or named):
        return empty
    builder = TextBuilder()
    cells = [(key, text) for key, text in cells if text is not None]  # the empty ones are told
    header = [Cell(key.replace("_", " ").strip(), header=True) for key, _ in cells]
    builder.add_rows(row_texts([header, [Cell(text or "") for _, text in cells]]))
    return builder.extracted()


def _shown(value: object) -> str | None:
    """A value as it is written in a row's text: "" for none, None for what is nested deeper."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, (str, int, float)):
        return str(value).strip()
    if isinstance(value, Mapping):
        value = [f"{k}: {v}" if isinstance(v, (str, int, float)) else v for k, v in value.items()]
    if isinstance(value, list) and all(isinstance(v, (str, int, float)) for v in value):
        return ", ".join(map(str, value))
    return None


def _no_text(row: SourceRow, place: str = "", what: str = "no text") -> InputError:
    names = ", ".join(map(str, row.fields))[:200] or "nothing"
    message = (
        f"{place or row.source}: {what}; it has {names}, and the text is looked for in "
        f"{', '.join(_TEXT[:6])}; name its column with --text-column"
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
    names = _names(tuple(row.fields))
    if names.keys() & {*_TEXT, *_ANSWER, *_DESCRIPTION, *map(plain_name, kind.text)}:
        return
    if names.keys() & _ASKED:
        file = row.source.rpartition(":")[0]
        raise _no_text(row, file, "no column with text")


# -- SQuAD's contexts


def _is_context(fields: Mapping[str, Any]) -> bool:
    """Whether the row is a question about a context, or a context of SQuAD's own files."""
    chosen = _text(fields, _names(tuple(fields))) if "context" in fields else None
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
        if name in _NESTED:
            nested += [value] if isinstance(value, Mapping) else []
        elif key not in known and name not in _INDEX:
            own[key] = typed(value) if key in numbers else value
    for table in nested:
        own.update(table)
    scalars = {str(k): v for k, v in own.items() if isinstance(v, (str, int, float, bool))}
    return {k: v for k, v in scalars.items() if not isinstance(v, float) or math.isfinite(v)}
