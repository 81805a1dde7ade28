"""Schema matching by names: which columns of rows hold text, titles, ids, and values beside them.

Names are compared by their letters and digits alone, so that `Page Content`, `page_content` and
`pageContent` are one. A column of the usual names is not always the document: beside prices and
owners `Contents` may be what is in a tin, and `Body` the make of a car.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import chain
from statistics import median
from typing import Any, TypeVar

from ..core.errors import InputError
from ..core.rows import plain_name

__all__ = [
    "ANSWER",
    "ASKED",
    "DESCRIPTION",
    "ID",
    "INDEX",
    "NESTED",
    "QUESTION",
    "TEXT",
    "TITLE",
    "VECTORS",
    "TextUse",
    "columns_of",
    "first_with_text",
    "is_text",
    "looked_ahead",
    "plain_names",
    "text_column",
    "text_use",
    "unwrapped",
]

TEXT = (
    "text", "contents", "content", "pagecontent", "passage", "body", "fulltext", "maintext",
    "rawtext", "textcontent", "documenttext", "chunktext", "pagetext", "markdown", "context",
)  # fmt: skip
"""Where the text of a document is looked for, in this order; so for the others below."""
ID = ("id", "docid", "pid")
TITLE = ("title", "name", "heading")
QUESTION = ("question", "q", "prompt", "instruction", "query", "frage")
ASKED = frozenset(("question", "prompt", "instruction"))
"""Of these, what no table of things has: such a row is a question without an answer."""
ANSWER = ("answer", "a", "response", "completion", "output", "reply", "antwort")
DESCRIPTION = ("description", "summary", "abstract")
BESIDE = ("url", "uri", "link", "lang", "language", "date", "source", "tags", "category", "author")
"""Columns about a document, beside which a title and a description are all of it."""
NESTED = ("metadata", "meta", "extrainfo")
VECTORS = frozenset(
    (
        "embedding", "embeddings", "vector", "vectors", "tokens", "tokenids", "inputids",
        "attentionmask", "logits", "scores", "spans", "offsets", "words", "sentences",
    )
)  # fmt: skip
"""Lists that programs keep beside a text: numbers for it, or the text once more in pieces."""
INDEX = ("", "unnamed0")
"""The column of row numbers that pandas writes."""
_WRAPPERS = (
    *NESTED, "source", "payload", "fields", "attributes", "properties", "kwargs", "record",
)  # fmt: skip
"""Objects in which stores keep the row itself: Elasticsearch's `_source`, Qdrant's `payload`."""
_MIME = re.compile(r"(?:text|application|image|audio|video|multipart|message)/[\w.+-]{1,80}")
_AMBIGUOUS = frozenset(("contents", "content", "passage", "body", "context"))
"""Names of texts that are those of values, too; `text` is one of them in a table of cells."""
_ABOUT = frozenset(
    (
        *ID, *TITLE, *NESTED, *BESIDE, *INDEX, *QUESTION, *ANSWER, *DESCRIPTION, *TEXT,
        "year", "month", "day", "time", "timestamp", "page", "pages", "pagenumber", "chunk",
        "chunkid", "chunkindex", "position", "section", "chapter", "topic", "keywords", "type",
        "kind", "score", "rank", "split", "label", "file", "filename", "filepath", "path",
        "domain", "website", "license", "sha", "sha256", "hash", "checksum", "embedding", "vector",
        "tokens", "wordcount", "length", "created", "createdat", "updated", "updatedat",
        "published", "publishedat", "publisher", "modified", "fetched", "fetchedat", "crawled",
        "version", "authors", "site", "index", "doctype", "contenttype", "mimetype", "format",
        "dataset", "subset", "corpus", "collection",
    )
)  # fmt: skip
"""Columns about a document that nobody asks it for: beside these alone a text is all of it."""
_LONG = 300
"""Characters of a usual text from which on it is a document beside which others are values."""
_SEEN, _SEEN_CHARACTERS = 100, 1_000_000
"""Rows, and characters of them, by which the use of a column is told."""
_Row = TypeVar("_Row")


class TextUse(Enum):
    """What a column with the name of a text is in its table."""

    DOCUMENT = "document"
    """All that is read of a row; the other columns are about it."""
    BESIDE_VALUES = "beside values"
    """A document; the other columns are read too, as a row."""
    VALUE = "value"
    """One value of a row among others."""


@lru_cache(1024)
def plain_names(keys: tuple[str, ...]) -> dict[str, str]:
    """Plain name -> the first column of that name."""
    # What begins with @ is JSON-LD's own: its @context is no text.
    return {plain_name(key): key for key in reversed(keys) if not key.startswith("@")}


def columns_of(names: Mapping[str, str], wanted: Iterable[str]) -> list[str]:
    """The columns of these plain names, as far as there are such."""
    return [names[name] for name in wanted if name in names]


def first_with_text(
    fields: Mapping[str, Any], names: Mapping[str, str], wanted: Iterable[str]
) -> str | None:
    """The first of these columns that holds text."""
    return next((key for key in columns_of(names, wanted) if is_text(fields[key])), None)


def is_text(value: object) -> bool:
    """Whether it is a text that says something."""
    return isinstance(value, str) and bool(value.strip())


def text_column(fields: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    """The column with the name of a text that holds one, and no MIME type."""
    for key in columns_of(names, TEXT):
        if is_text(fields[key]) and not _MIME.fullmatch(fields[key].strip()):
            return key
    return None


def unwrapped(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a row that a store keeps one level down, with those around them."""
    names = plain_names(tuple(fields))
    if any(is_text(fields[key]) for key in columns_of(names, (*TEXT, *ANSWER))):
        return fields
    for key in columns_of(names, _WRAPPERS):
        inner = fields[key]
        if isinstance(inner, Mapping) and columns_of(
            plain_names(tuple(inner)), (*TEXT, *ANSWER, *DESCRIPTION)
        ):
            return {**{k: v for k, v in fields.items() if k != key}, **inner}
    return fields


def looked_ahead(rows: Iterable[_Row]) -> tuple[list[_Row], Iterator[_Row]]:
    """The first rows, and all of them. What is raised on the way is raised again in its place."""
    rows = iter(rows)
    head: list[_Row] = []
    size = 0
    try:
        for row in rows:
            head.append(row)
            size += len(str(row)) if isinstance(row, str) else _size(row)
            if len(head) >= _SEEN or size >= _SEEN_CHARACTERS:
                break
    except InputError as error:
        return head, chain(head, _raising(error))
    return head, chain(head, rows)


def text_use(rows: Sequence[Mapping[str, Any]], *, cells: bool) -> TextUse:
    """What the column with the name of a text is in the table that these rows begin.

    `cells` says that all values are texts, as those of CSV are. It is a document where it stands
    alone, or with columns about it; where it is long, the others are values beside it; else it is
    one of the values itself.
    """
    lengths: list[int] = []
    others = False
    for fields in rows:
        names = plain_names(tuple(fields))
        column = text_column(fields, names)
        if column is None:
            others = others or _has_values(fields, names)
            continue
        plain = plain_name(column)
        if plain not in _AMBIGUOUS and not (cells and plain == "text"):
            return TextUse.DOCUMENT
        lengths.append(len(fields[column]))
        others = others or _has_values(fields, names)
    if not lengths or not others:
        return TextUse.DOCUMENT
    return TextUse.BESIDE_VALUES if median(lengths) >= _LONG else TextUse.VALUE


def _has_values(fields: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    """Whether a row holds something that is neither a text nor about one."""
    return any(fields[names[name]] not in (None, "", [], {}) for name in names.keys() - _ABOUT)


def _size(row: object) -> int:
    fields = getattr(row, "fields", row)
    if not isinstance(fields, Mapping):
        return 1
    return sum(len(value) for value in fields.values() if isinstance(value, str))


def _raising(error: InputError) -> Iterator[Any]:
    raise error
    yield
