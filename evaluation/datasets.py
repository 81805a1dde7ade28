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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ..core import files, questions
from ..core.compression import read_lines
from ..core.errors import InputError
from ..core.questions import RowLedger
from ..core.rows import question_rows
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


def read_questions(
    path: str | Path, *, regex: bool = False, ledger: RowLedger | None = None
) -> tuple[Question, ...]:
    """All questions of a file, in its order; equal texts in two rows stay two questions.

    Each row is counted in `ledger`. With `regex` every answer must be a regular expression. Raises
    InputError naming the place.
    """
    source = Path(path)
    ledger = RowLedger() if ledger is None else ledger
    rows = list(questions.read_questions(source, ledger, regex=regex))
    if not rows:
        raise InputError(f"{source}: holds no questions; give a file with at least one")
    if regex:
        for row in rows:
            _check_patterns(row)
    ids = _distinct_ids(rows, ledger)
    return tuple(
        Question(
            id=name,
            text=row.question,
            answers=tuple(dict.fromkeys(row.answers)),
            context=row.context,
            title=row.title,
            documents=row.documents,
        )
        for name, row in zip(ids, rows, strict=True)
    )


def _distinct_ids(rows: Sequence[questions.QuestionRow], ledger: RowLedger) -> list[str]:
    """An id for each row: its own, or its number; `#2` and so on where another row has it.

    No row loses its id to one that comes later, or to a number.
    """
    taken = {row.id for row in rows if row.id is not None}
    counts: dict[str, int] = {}
    ids: list[str] = []
    for row in rows:
        name = wanted = str(row.number) if row.id is None else row.id
        count = counts.get(wanted, 0) + 1
        while count > 1 or (row.id is None and name in taken):
            count = max(count, 2)
            name = f"{wanted}#{count}"
            if name not in taken:
                break
            count += 1
        counts[wanted] = count
        if row.id is not None and name != row.id:
            ledger.repair("the id was another row's: a number was added to it")
        taken.add(name)
        ids.append(name)
    return ids


def _check_patterns(row: questions.QuestionRow) -> None:
    try:
        list(map(re.compile, row.answers))
    except re.error as error:
        raise InputError(
            f"{row.place}: {error.pattern!r} is no regular expression ({error}); leave out --regex"
        ) from error


def evenly(items: Sequence[_Item], limit: int | None) -> tuple[_Item, ...]:
    """At most `limit` of them at even distances, always the same ones; None: all."""
    if limit is None or limit >= len(items):
        return tuple(items)
    return tuple(items[i * len(items) // limit] for i in range(limit))


_SPLITS = ("test", "dev", "validation", "train")
"""Of several judgments the first of these is taken."""


def read_set(
    path: str | Path, *, regex: bool = False, ledger: RowLedger | None = None
) -> tuple[Question, ...]:
    """All questions of a file or of a BEIR folder, in their order; each row is counted in `ledger`.

    Raises InputError.
    """
    source = Path(path)
    ledger = RowLedger() if ledger is None else ledger
    if source.is_dir():
        return _beir(source, ledger)
    return read_questions(source, regex=regex, ledger=ledger)


def set_digest(path: str | Path) -> str:
    """SHA-256 of the file, or of a folder's queries and judgments: what a result stands for."""
    source = Path(path)
    return files.digest(*([_queries(source), _qrels(source)] if source.is_dir() else [source]))


def retrieval_only(questions: Sequence[Question]) -> bool:
    """Whether documents are all that the set knows: nothing can be said of answers."""
    return all(q.documents and not q.answers for q in questions)


def _beir(folder: Path, ledger: RowLedger) -> tuple[Question, ...]:
    queries, judged = _queries(folder), _judgments(_qrels(folder))
    asked: list[Question] = []
    for name, text in _texts(queries):
        ledger.read += 1
        if name in judged:
            asked.append(Question(id=name, text=text, answers=(), documents=judged[name]))
        else:
            ledger.leave_out("the query is not judged")
    if not asked:
        raise InputError(f"{folder}: no query of queries.jsonl is judged in {_qrels(folder).name}")
    return tuple(asked)


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
