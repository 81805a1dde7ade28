"""How published sets nest their rows: one function for each layout, from its JSON or cells to rows.

A question row is flat, as SQuAD is on the Hugging Face hub: `question`, and as far as the set has
them `id`, `title`, `context` and `answers`, SQuAD's as `{text: [...], answer_start: [...]}`.
Rows come with the path to them within the file, for messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from .answers import is_declared_unanswerable
from .errors import RowError
from .literals import BrokenLiteral, parse_literal

__all__ = [
    "QUESTION_NAMES",
    "NestedRows",
    "facts_beside",
    "is_squad",
    "listed_answers",
    "not_an_object",
    "plain_name",
    "squad_contexts",
    "squad_questions",
    "wrapped_rows",
]

NestedRows: TypeAlias = Iterator[tuple[str, dict[str, Any]]]

QUESTION_NAMES = frozenset(("question", "query", "utterance", "qtext", "rawquestion"))
"""Keys of a question's text in published sets, as `plain_name` gives them."""
_WRAPS = (
    "data", "items", "documents", "docs", "results", "result", "rows", "records", "entries",
    "hits", "response", "value", "articles", "passages", "chunks", "pages", "faqs", "faq", "issues",
    "tickets",
)  # fmt: skip
"""Keys under which programs put their rows, beside what they say of the whole."""
_TEXT = 40
"""Characters of usual texts, from which on a list of texts holds documents."""


def not_an_object(place: str, value: Any) -> RowError:
    """The error for a row that is no JSON object."""
    why = f"holds {type(value).__name__}, not an object"
    return RowError(place, why, "each row must be an object")


def is_squad(articles: Sequence[Any]) -> bool:
    """Whether these, the `data` of a JSON object, are SQuAD's articles."""
    return any(isinstance(article, dict) and "paragraphs" in article for article in articles)


def squad_contexts(path: Path, articles: Sequence[Any]) -> NestedRows:
    """Each paragraph of SQuAD's articles as a row with `title` and `context`. Raises RowError."""
    for place, _, title, paragraph in _squad_paragraphs(path, articles):
        if "context" not in paragraph:
            why = "a paragraph without `context`"
            raise RowError(f"{path}: {place}", why, "give each paragraph its text")
        yield place, {"title": title, "context": paragraph["context"]}


def squad_questions(path: Path, articles: Sequence[Any]) -> NestedRows:
    """Each question of SQuAD's articles (1.1 and 2.0) as a flat row. Raises RowError.

    Unanswerable ones have no answers; what SQuAD 2.0 calls `plausible_answers` are none. A question
    without an id is given the numbers of its article, paragraph and place in it.
    """
    for place, numbers, title, paragraph in _squad_paragraphs(path, articles):
        for q, entry in enumerate(_list(path, place, paragraph, "qas")):
            own = f"{place}.qas[{q}]"
            outer = {"title": title, "context": paragraph.get("context"), "id": f"{numbers}.{q}"}
            row = {**outer, **_object(path, own, entry)}
            if is_declared_unanswerable(row, f"{path}: {own}"):
                row["answers"] = []
            if "answers" in row:
                row["answers"] = _flat_answers(row["answers"])
            yield own, row


def wrapped_rows(document: dict[str, Any]) -> Iterator[tuple[str, Any]] | None:
    """The rows that an object wraps, each with the path to it; None where it wraps none.

    A list under one of the usual keys, also one level deeper (Elasticsearch's `hits.hits`, Solr's
    `response.docs`), lists side by side (Chroma's `documents`, `ids` and `metadatas`), or the rows
    and `columns` of pandas.
    """
    wraps = (*_WRAPS, "features") if document.get("type") == "FeatureCollection" else _WRAPS
    outer = [(name, document[name]) for name in wraps if name in document]
    inner = [
        (f"{name}.{key}", value[key])
        for name, value in outer
        if isinstance(value, dict)
        for key in _WRAPS
        if key in value
    ]
    for path, entries in (*outer, *inner):
        if isinstance(entries, list) and entries and _are_rows(entries, document):
            return _entries(path, entries, document)
    return None


def facts_beside(document: dict[str, Any]) -> dict[str, Any]:
    """What an object says besides the rows that it wraps; nothing where that is no phrase."""
    facts = {
        key: value
        for key, value in document.items()
        if key not in _WRAPS and isinstance(value, (str, int, float))
    }
    phrases = (value for value in facts.values() if isinstance(value, str))
    return facts if any(len(value.split()) > 1 for value in phrases) else {}


def _are_rows(entries: list[Any], document: dict[str, Any]) -> bool:
    """Whether a list holds rows, and no short words or numbers, which are a value of the object."""
    if isinstance(entries[0], (int, float)):
        return False
    texts = [entry for entry in entries if isinstance(entry, str)]
    beside = any(name in document for name in ("ids", "metadatas"))
    return len(texts) < len(entries) or beside or sum(map(len, texts)) >= _TEXT * len(texts)


def _entries(path: str, entries: list[Any], document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    columns = document.get("columns")
    named = isinstance(columns, list) and all(isinstance(name, str) for name in columns)
    beside = [
        (key, column)
        for name, key in (("ids", "id"), ("metadatas", "metadata"))
        if isinstance(column := document.get(name), list) and len(column) == len(entries)
    ]
    for number, entry in enumerate(entries):
        row: Any = entry
        if isinstance(entry, str):
            row = {"text": entry, **{key: column[number] for key, column in beside}}
        elif isinstance(entry, list) and isinstance(columns, list) and named:
            row = dict(zip(columns, entry, strict=False))
        yield f"{path}[{number}]", row


def listed_answers(text: str, place: str) -> list[Any]:
    """The list that a cell of DPR's tables writes. Raises RowError where it writes none."""
    try:
        answers = parse_literal(text)
    except BrokenLiteral:
        answers = None
    if not isinstance(answers, list):
        why = f'the answers must be a list such as ["Paris"], not {text[:40]!r}'
        raise RowError(place, why, "write them as one")
    return answers


def plain_name(name: str) -> str:
    """A column's name for comparing: `Page Content`, `page_content` and `pageContent` are one."""
    return "".join(filter(str.isalnum, name)).casefold()


def _squad_paragraphs(
    path: Path, articles: Sequence[Any]
) -> Iterator[tuple[str, str, Any, dict[str, Any]]]:
    """Each paragraph with its place, its numbers and its article's title."""
    for a, entry in enumerate(articles):
        article = _object(path, f"data[{a}]", entry)
        for p, paragraph in enumerate(_list(path, f"data[{a}]", article, "paragraphs")):
            place = f"data[{a}].paragraphs[{p}]"
            title = article.get("title", "")
            yield place, f"{a}.{p}", title, _object(path, place, paragraph)


def _flat_answers(answers: Any) -> Any:
    """`[{text, answer_start}, ...]` as `{text: [...], answer_start: [...]}`; others as they are."""
    if not isinstance(answers, list) or not all(isinstance(a, dict) for a in answers):
        return answers
    return {name: [a.get(name) for a in answers] for name in ("text", "answer_start")}


def _object(path: Path, place: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise not_an_object(f"{path}: {place}", value)
    return value


def _list(path: Path, place: str, table: dict[str, Any], key: str) -> list[Any]:
    """The list under a key, one object standing for a list of it; nothing where it is missing."""
    value = table.get(key, [])
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        why = f"`{key}` is {type(value).__name__}, not a list"
        raise RowError(f"{path}: {place}", why, "mend it")
    return value
