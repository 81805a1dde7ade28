"""Question sets on disk -> `Question` values; and what a question must be to be asked.

Read, by the look of the content: SQuAD 1.1 and 2.0 (nested JSON), flat JSON lines (`question`,
`context`, `answers{text[], answer_start[]}`), open-domain JSON lines (`question`, `answer` list),
a JSON array of such rows, and DPR's `question<TAB>["answer", ...]` tables. `.gz` and `.zst` too.
Rows may name the documents that hold their answer: `document`, or a list of `documents`.
"""

from __future__ import annotations

import ast
import csv
import gzip
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from ..memory.errors import InputError
from ..memory.records import encodable

__all__ = ["MAX_WORDS", "Question", "clean_question", "evenly", "read_questions", "read_rows"]

MAX_WORDS = 300
"""A longer question is refused: a reader sees a few hundred tokens, question and passage both."""

MAX_CHARACTERS = 3000

_Row = tuple[str, Mapping[str, Any]]
_Thing = TypeVar("_Thing")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")


def clean_question(text: str) -> str:
    """The question with single spaces, no control characters and no lone surrogates.

    Raises InputError where nothing can be looked up: no letter or digit, or too long.
    """
    clean = encodable(_CONTROL.sub(" ", text).strip())
    if not clean:
        raise InputError("the question is empty; ask with at least one word")
    if not any(c.isalnum() for c in clean):
        raise InputError(
            f"the question {clean[:20]!r} has no word in it; ask with at least one word"
        )
    count = len(clean.split())
    if count > MAX_WORDS or len(clean) > MAX_CHARACTERS:
        raise InputError(
            f"the question has {count:,} words and {len(clean):,} characters, and at most "
            f"{MAX_WORDS:,} and {MAX_CHARACTERS:,} can be asked; index the text and ask shorter"
        )
    return clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One row of a question set. Without `answers` it is unanswerable."""

    id: str
    """Unique in its set."""
    text: str
    """As it stands in the file: published sets hold rows that nobody could ask, such as `?`."""
    answers: tuple[str, ...]
    context: str | None = None
    """The gold passage, where the set has one."""
    title: str = ""
    documents: Mapping[str, int] = field(default_factory=dict[str, int])
    """Gold documents with their grade of relevance, from 1, where the set names them."""


def read_questions(path: str | Path, *, regex: bool = False) -> tuple[Question, ...]:
    """All questions of a file, in its order; equal texts in two rows stay two questions.

    With `regex` every answer must be a regular expression. Raises InputError naming the place.
    """
    source = Path(path)
    questions: list[Question] = []
    seen: dict[str, int] = {}
    for place, row in read_rows(source):
        question = _question(row, place, regex=regex)
        copies = seen[question.id] = seen.get(question.id, 0) + 1
        if copies > 1:
            question = replace(question, id=f"{question.id}#{copies}")
        questions.append(question)
    if not questions:
        raise InputError(f"{source}: holds no questions; give a file with at least one")
    return tuple(questions)


def read_rows(path: Path) -> Iterator[_Row]:
    """Rows as they stand in the file, each with its place for messages. Raises InputError."""
    return _rows(path, _read_text(path))


def evenly(things: Sequence[_Thing], limit: int | None) -> tuple[_Thing, ...]:
    """At most `limit` of them at even distances, always the same ones; None: all."""
    if limit is None or limit >= len(things):
        return tuple(things)
    return tuple(things[i * len(things) // limit] for i in range(limit))


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
        elif path.suffix == ".zst":
            import zstandard

            with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(raw)) as stream:
                raw = stream.read()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give a file of questions") from None
    except (OSError, EOFError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    except Exception as error:  # zstandard's own error class, without importing it up front
        raise InputError(f"{path}: cannot be unpacked: {error}") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text ({error}); convert it first") from error


def _rows(path: Path, text: str) -> Iterator[_Row]:
    """Flat rows, each with its place for messages."""
    name = path.name.removesuffix(".gz").removesuffix(".zst").lower()
    if name.endswith((".csv", ".tsv")):
        yield from _table_rows(path, text)
        return
    if text.lstrip()[:1] == "[":
        for number, row in _array(path, text):
            place = f"{path}: entry {number}"
            yield place, {"id": str(number), **_mapping(row, place)}
        return
    whole = None
    if not name.endswith((".jsonl", ".ndjson")):
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError):
            whole = None  # several JSON values, one a line: read as such below
    if isinstance(whole, dict) and isinstance(whole.get("data"), list):
        yield from _squad_rows(path, whole["data"])
        return
    yield from _line_rows(path, text)


def _array(path: Path, text: str) -> Iterator[tuple[int, object]]:
    try:
        yield from enumerate(json.loads(text), start=1)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: malformed JSON: {error}") from error


def _line_rows(path: Path, text: str) -> Iterator[_Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{place}: malformed JSON: {error}") from error
        yield place, {"id": str(number), **_mapping(row, place)}


def _squad_rows(path: Path, articles: Sequence[Any]) -> Iterator[_Row]:
    for a, article in enumerate(articles):
        outer = f"{path}: data[{a}]"
        for p, paragraph in enumerate(_list(_mapping(article, outer), "paragraphs", outer)):
            place = f"{outer}.paragraphs[{p}]"
            inner = _mapping(paragraph, place)
            for q, entry in enumerate(_list(inner, "qas", place)):
                row = dict(_mapping(entry, f"{place}.qas[{q}]"))
                if row.get("is_impossible"):
                    row["answers"] = []
                row.setdefault("id", f"{a}.{p}.{q}")
                yield (
                    f"{place}.qas[{q}]",
                    {"title": article.get("title", ""), "context": inner.get("context"), **row},
                )


def _table_rows(path: Path, text: str) -> Iterator[_Row]:
    """DPR's `question<TAB>answers`, the answers written as a list."""
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    for number, cells in _table(path, text, delimiter):
        place = f"{path}:{number}"
        if not cells or (number == 1 and cells[0].strip().lower() == "question"):
            continue
        if len(cells) != 2:
            raise InputError(f"{place}: has {len(cells)} columns, not 2: question and answers")
        try:
            answers = ast.literal_eval(cells[1])
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise InputError(
                f'{place}: the answers must be a list such as ["Paris"], not {cells[1][:40]!r}'
            ) from None
        yield place, {"id": str(number), "question": cells[0], "answer": answers}


def _table(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1
        )
    except csv.Error as error:
        raise InputError(f"{path}: no valid table ({error}); write it as JSON lines") from error


def _mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{place}: holds {type(value).__name__}, not an object with a `question`")
    return value


def _list(table: Mapping[str, Any], key: str, place: str) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise InputError(f"{place}: `{key}` is {type(value).__name__}, not a list")
    return value


def _question(row: Mapping[str, Any], place: str, *, regex: bool) -> Question:
    text, context = row.get("question"), row.get("context")
    if not isinstance(text, str):
        raise InputError(f"{place}: has no `question` text; every row needs one")
    if context is not None and not isinstance(context, str):
        raise InputError(f"{place}: `context` is {type(context).__name__}, not text")
    answers = _answers(row, place)
    if regex:
        try:
            list(map(re.compile, answers))
        except re.error as error:
            raise InputError(
                f"{place}: {error.pattern!r} is no regular expression ({error}); leave out --regex"
            ) from error
    return Question(
        id=str(row["id"]),
        text=text,
        answers=answers,
        context=context,
        title=str(row.get("title") or ""),
        documents=_documents(row, place),
    )


def _documents(row: Mapping[str, Any], place: str) -> dict[str, int]:
    given: Any = row.get("documents", row.get("document", []))
    names: list[Any] = given if isinstance(given, list) else [given]
    if not all(isinstance(name, str) for name in names):
        raise InputError(f"{place}: `documents` must be ids of documents, each a text")
    return dict.fromkeys(names, 1)


def _answers(row: Mapping[str, Any], place: str) -> tuple[str, ...]:
    """`answer: [text]`, `answer: text`, `answers: [text]`, `answers: {text: []}`, or SQuAD's."""
    if "answer" not in row and "answers" not in row:
        raise InputError(
            f"{place}: has neither `answer` nor `answers`; unanswerable is an empty list"
        )
    given: Any = row["answers"] if "answers" in row else row["answer"]
    if isinstance(given, dict):
        given = given.get("text")
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list):
        raise InputError(f"{place}: the answers are {type(given).__name__}, not a list of texts")
    texts: list[object] = [a.get("text") if isinstance(a, dict) else a for a in given]
    kept = tuple(dict.fromkeys(text for text in texts if isinstance(text, str)))
    if not all(isinstance(text, str) for text in texts):
        raise InputError(f"{place}: the answers are not all texts")
    return kept
