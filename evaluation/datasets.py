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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ..core import files, questions
from ..core.errors import InputError
from ..core.questions import RowLedger
from ..core.saved_datasets import is_saved_dataset, saved_files
from ..reader.answer_patterns import check_pattern
from .judgments import JudgedFolder, read_judgments, read_queries

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
    every = list(questions.read_questions(source, ledger, regex=regex))
    rows = _without_stray_voids(every, ledger)
    if not rows:
        why = "".join(f", of {n:,} rows {reason}" for reason, n in ledger.left_out.items())
        raise InputError(f"{source}: holds no questions{why}; give a file with at least one")
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


_FEW = 0.01
"""Share of a set's rows below which answers that normalize to nothing are slips."""


def _without_stray_voids(
    rows: Sequence[questions.QuestionRow], ledger: RowLedger
) -> Sequence[questions.QuestionRow]:
    """The rows without those few whose answers, such as `A+`, nothing can be compared with.

    They would make an answerable set one in which the pipeline may abstain. Where other rows are
    unanswerable too, or many are so, they are unanswerable.
    """
    void = sum(row.void for row in rows)
    unanswerable = any(not row.answers and not row.void for row in rows)
    if not void or unanswerable or void >= _FEW * len(rows):
        return rows
    ledger.leave_out("its answers are articles and punctuation alone", void)
    ledger.repair(questions.VOID, -void)
    return [row for row in rows if not row.void]


def _distinct_ids(rows: Sequence[questions.QuestionRow], ledger: RowLedger) -> list[str]:
    """An id for each row: its own, or its number; `#2` and so on where another row has it.

    No row loses its id to one that comes later, nor to a number.
    """
    taken = {row.id for row in rows if row.id is not None}
    seen: set[str] = set()
    counts: dict[str, int] = {}
    ids: list[str] = []
    for row in rows:
        name = wanted = str(row.number) if row.id is None else row.id
        if name in (seen if row.id is not None else taken):
            count = counts.get(wanted, 1) + 1
            while (name := f"{wanted}#{count}") in taken:
                count += 1
            counts[wanted] = count
            if row.id is not None:
                ledger.repair("the id was another row's: a number was added to it")
        seen.add(name)
        taken.add(name)
        ids.append(name)
    return ids


def _check_patterns(row: questions.QuestionRow) -> None:
    try:
        for answer in row.answers:
            check_pattern(answer)
    except InputError as error:
        raise InputError(f"{row.place}: {error}") from error


def evenly(items: Sequence[_Item], limit: int | None) -> tuple[_Item, ...]:
    """At most `limit` of them at even distances, always the same ones; None: all."""
    if limit is None or limit >= len(items):
        return tuple(items)
    return tuple(items[i * len(items) // limit] for i in range(limit))


def read_set(
    path: str | Path, *, regex: bool = False, ledger: RowLedger | None = None
) -> tuple[Question, ...]:
    """All questions of a file or of a BEIR folder, in their order; each row is counted in `ledger`.

    Raises InputError.
    """
    source = Path(path)
    ledger = RowLedger() if ledger is None else ledger
    if source.is_dir() and not is_saved_dataset(source):
        return _judged_queries(source, ledger)
    return read_questions(source, regex=regex, ledger=ledger)


def set_digest(path: str | Path) -> str:
    """SHA-256 of the file, or of a folder's queries and judgments: what a result stands for."""
    source = Path(path)
    if not source.is_dir() or is_saved_dataset(source):
        return files.digest(*saved_files(source))
    files_of_set = JudgedFolder.find(source)
    return files.digest(files_of_set.queries, files_of_set.judgments)


def retrieval_only(questions: Sequence[Question]) -> bool:
    """Whether documents are all that the set knows: nothing can be said of answers."""
    return all(q.documents and not q.answers for q in questions)


def _judged_queries(folder: Path, ledger: RowLedger) -> tuple[Question, ...]:
    """The judged queries of a folder. Raises InputError where one of them has no text."""
    files_of_set = JudgedFolder.find(folder)
    judged = read_judgments(files_of_set.judgments)
    queries_name, judgments_name = files_of_set.queries.name, files_of_set.judgments.name
    asked: list[Question] = []
    for name, text in read_queries(files_of_set.queries):
        ledger.read += 1
        if name in judged:
            asked.append(Question(id=name, text=text, answers=(), documents=judged[name]))
        else:
            ledger.leave_out("the query is not judged")
    if not asked:
        raise InputError(
            f"{folder}: no query of {queries_name} is judged in {judgments_name}; "
            "give queries and judgments of one set"
        )
    if not any(grade for question in asked for grade in question.documents.values()):
        raise InputError(
            f"{folder}: {judgments_name} judges no document relevant; check its column of grades"
        )
    if missing := judged.keys() - {question.id for question in asked}:
        raise InputError(
            f"{folder}: {len(missing):,} of {len(judged):,} queries that {judgments_name} judges "
            f"are not in {queries_name}, such as {min(missing)!r}; add them, or take their "
            "judgments away"
        )
    return tuple(asked)
