"""Question sets on disk -> `Question` values.

Read are SQuAD 1.1 and 2.0 (nested JSON), flat JSON lines (`question`, `context`,
`answers{text[], answer_start[]}`), open-domain JSON lines (`question`, `answer` list), a JSON array
or a Parquet file of such rows, and DPR's `question<TAB>["answer", ...]` tables; `.gz` and `.zst`
too (see `core.rows.question_rows`).
Rows may name the documents that hold their answer: `document`, or a list of `documents`.
Also read are folders laid out like BEIR's: `queries.jsonl` (`_id`, `text`) and `qrels/SPLIT.tsv`
(query, document, grade). Such questions name documents, but no answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from ..core import files
from ..core.compression import read_lines
from ..core.errors import InputError
from ..core.rows import Row, question_rows
from ..core.tables import read_cells

__all__ = [
    "Question",
    "evenly",
    "read_questions",
    "read_set",
    "retrieval_only",
    "set_digest",
]

_Item = TypeVar("_Item")


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
    copies: dict[str, int] = {}
    for row in question_rows(source):
        question = _question(row, regex=regex)
        count = copies[question.id] = copies.get(question.id, 0) + 1
        if count > 1:
            question = replace(question, id=f"{question.id}#{count}")
        questions.append(question)
    if not questions:
        raise InputError(f"{source}: holds no questions; give a file with at least one")
    return tuple(questions)


def evenly(items: Sequence[_Item], limit: int | None) -> tuple[_Item, ...]:
    """At most `limit` of them at even distances, always the same ones; None: all."""
    if limit is None or limit >= len(items):
        return tuple(items)
    return tuple(items[i * len(items) // limit] for i in range(limit))


def _question(row: Row, *, regex: bool) -> Question:
    place, fields = row.place, row.fields
    text, context = fields.get("question"), fields.get("context")
    if not isinstance(text, str):
        raise InputError(f"{place}: has no `question` text; every row needs one")
    if context is not None and not isinstance(context, str):
        raise InputError(
            f"{place}: `context` is {type(context).__name__}, not text; give the passage's text"
        )
    answers = _answers(fields, place)
    if regex:
        try:
            list(map(re.compile, answers))
        except re.error as error:
            raise InputError(
                f"{place}: {error.pattern!r} is no regular expression ({error}); leave out --regex"
            ) from error
    return Question(
        id=str(fields.get("id", row.number)),
        text=text,
        answers=answers,
        context=context,
        title=str(fields.get("title") or ""),
        documents=_documents(fields, place),
    )


def _documents(fields: Mapping[str, Any], place: str) -> dict[str, int]:
    value: Any = fields.get("documents", fields.get("document", []))
    names: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(name, str) for name in names):
        raise InputError(f"{place}: `documents` must be ids of documents, each a text")
    return dict.fromkeys(names, 1)


def _answers(fields: Mapping[str, Any], place: str) -> tuple[str, ...]:
    """`answer: [text]`, `answer: text`, `answers: [text]`, `answers: {text: []}`, or SQuAD's."""
    if "answer" not in fields and "answers" not in fields:
        raise InputError(
            f"{place}: has neither `answer` nor `answers`; unanswerable is an empty list"
        )
    value: Any = fields["answers"] if "answers" in fields else fields["answer"]
    if isinstance(value, dict):
        value = value.get("text")
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise InputError(f"{place}: the answers are {type(value).__name__}, not a list of texts")
    texts: list[object] = [a.get("text") if isinstance(a, dict) else a for a in value]
    distinct = tuple(dict.fromkeys(text for text in texts if isinstance(text, str)))
    if not all(isinstance(text, str) for text in texts):
        raise InputError(f"{place}: the answers are not all texts; mend the row")
    return distinct


_SPLITS = ("test", "dev", "validation", "train")
"""Of several judgments the first of these is taken."""


def read_set(path: str | Path, *, regex: bool = False) -> tuple[Question, ...]:
    """All questions of a file or of a BEIR folder, in their order. Raises InputError."""
    source = Path(path)
    return _beir(source) if source.is_dir() else read_questions(source, regex=regex)


def set_digest(path: str | Path) -> str:
    """SHA-256 of the file, or of a folder's queries and judgments: what a result stands for."""
    source = Path(path)
    return files.digest(*([_queries(source), _qrels(source)] if source.is_dir() else [source]))


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
    for row in question_rows(path):
        name, text = row.fields.get("_id"), row.fields.get("text")
        if not isinstance(name, str) or not isinstance(text, str):
            raise InputError(f"{row.place}: has no `_id` and `text`; each query of BEIR's has both")
        yield name, text


def _judgments(path: Path) -> dict[str, dict[str, int]]:
    """Query -> relevant documents with their grades; those judged irrelevant are left out."""
    judged: dict[str, dict[str, int]] = {}
    rows = read_cells(path, read_lines(path), "\t", strict=False)
    for position, (number, cells) in enumerate(rows):
        if position == 0 and cells[-1:] == ["score"]:
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
    splits = {path.stem: path for path in sorted((folder / "qrels").glob("*.tsv"))}
    if not splits:
        raise InputError(f"{folder}: has no qrels/*.tsv, which say what is relevant to a query")
    return next((splits[name] for name in _SPLITS if name in splits), next(iter(splits.values())))
