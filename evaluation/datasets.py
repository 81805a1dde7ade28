"""Question sets on disk -> `Question` values.

Read, by the look of the content: SQuAD 1.1 and 2.0 (nested JSON), flat JSON lines (`question`,
`context`, `answers{text[], answer_start[]}`), open-domain JSON lines (`question`, `answer` list),
a JSON array of such rows, and DPR's `question<TAB>["answer", ...]` tables. `.gz` and `.zst` too.
Rows may name the documents that hold their answer: `document`, or a list of `documents`.
Also read are folders laid out like BEIR's: `queries.jsonl` (`_id`, `text`) and `qrels/SPLIT.tsv`
(query, document, grade). Such questions name documents, but no answers.
"""

from __future__ import annotations

import ast
import csv
import gzip
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from ..core.errors import InputError

__all__ = [
    "Question",
    "evenly",
    "read_questions",
    "read_rows",
    "read_set",
    "retrieval_only",
    "set_digest",
]

_Row = tuple[str, Mapping[str, Any]]
_Thing = TypeVar("_Thing")


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


_SPLITS = ("test", "dev", "validation", "train")
"""Of several judgments the first of these is taken."""


def read_set(path: str | Path, *, regex: bool = False) -> tuple[Question, ...]:
    """All questions of a file or of a BEIR folder, in their order. Raises InputError."""
    source = Path(path)
    return _beir(source) if source.is_dir() else read_questions(source, regex=regex)


def set_digest(path: str | Path) -> str:
    """SHA-256 of the file, or of a folder's queries and judgments: what a result stands for."""
    source = Path(path)
    files = [_queries(source), _qrels(source)] if source.is_dir() else [source]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def retrieval_only(questions: Sequence[Question]) -> bool:
    """Whether documents are all that the set knows: nothing can be said of answers."""
    return all(q.documents and not q.answers for q in questions)


def _beir(folder: Path) -> tuple[Question, ...]:
    queries, judged = _queries(folder), _judgments(_qrels(folder))
    questions = [
        Question(id=name, text=text, answers=(), documents=judged[name])
        for name, text in _texts(queries)
        if name in judged
    ]
    if not questions:
        raise InputError(f"{folder}: no query of queries.jsonl is judged in {_qrels(folder).name}")
    return tuple(questions)


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    for place, row in read_rows(path):
        name, text = row.get("_id"), row.get("text")
        if not isinstance(name, str) or not isinstance(text, str):
            raise InputError(f"{place}: has no `_id` and `text`; each query of BEIR's has both")
        yield name, text


def _judgments(path: Path) -> dict[str, dict[str, int]]:
    """Query -> relevant documents with their grades; those judged irrelevant are left out."""
    judged: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, cells in enumerate(csv.reader(file, delimiter="\t"), start=1):
            if number == 1 and cells[-1:] == ["score"]:
                continue
            try:
                query, document, grade = cells[0], cells[1], int(cells[2])
            except (IndexError, ValueError):
                raise InputError(
                    f"{path}:{number}: must be query, document and a whole number, "
                    "with tabs between them"
                ) from None
            if grade > 0:
                judged.setdefault(query, {})[document] = grade
    return judged


def _queries(folder: Path) -> Path:
    path = folder / "queries.jsonl"
    if not path.is_file():
        raise InputError(
            f"{folder}: has no queries.jsonl; give a file of questions, or a folder laid out like "
            "BEIR's: queries.jsonl, qrels/test.tsv"
        )
    return path


def _qrels(folder: Path) -> Path:
    found = {path.stem: path for path in sorted((folder / "qrels").glob("*.tsv"))}
    if not found:
        raise InputError(f"{folder}: has no qrels/*.tsv, which say what is relevant to a query")
    return next((found[split] for split in _SPLITS if split in found), next(iter(found.values())))
