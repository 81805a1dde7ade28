"""Question rows: what every benchmark, training and calibration reads, whatever file holds them.

`rows.question_rows` reads the file, `layouts` knows how published sets nest their rows, `answers`
what their answers mean. Here a row becomes one value, and a `RowLedger` accounts for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .answer_places import LOST, place_answers
from .answers import AnswerTexts, read_answers
from .errors import InputError, RowError
from .rows import Row, question_rows

__all__ = ["QuestionRow", "RowLedger", "read_questions"]

VOID = "an answer of articles and punctuation alone counts as none"
MOST_ASTRAY = 0.1
"""Share of a file's answerable rows whose answers may stand nowhere in their context: beyond it
the contexts are other ones than the answers were marked in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """One question of a file."""

    place: str
    """For messages: `dev.jsonl:17`."""
    number: int
    """Of the row within its file, from 1."""
    id: str | None
    """As the row has it; None where it has none."""
    question: str
    """Not empty."""
    answers: tuple[str, ...]
    """Texts that are something once they are normalized; none: unanswerable."""
    starts: tuple[int, ...] | None = None
    """Code points of `context`, one for each of `answers`; None: not given, or no context."""
    context: str | None = None
    title: str = ""
    documents: Mapping[str, int] = field(default_factory=dict[str, int])
    """Gold documents with their grade of relevance, from 1."""
    void: bool = False
    """It has answers, and all of them are nothing once they are normalized."""
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """The row as the file has it, with what belongs to a single use (`negatives`, `where`)."""


@dataclass(slots=True)
class RowLedger:
    """What became of each row of one or more files: `read == used + sum(left_out.values())`."""

    read: int = 0
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    """Rows by the reason for which they are not used, in plain words."""
    repaired: dict[str, int] = field(default_factory=dict[str, int])
    """Rows that are used, by what was mended in them."""

    @property
    def used(self) -> int:
        """Rows that were read and not left out."""
        return self.read - sum(self.left_out.values())

    def leave_out(self, reason: str, count: int = 1) -> None:
        """Count rows that were read, and are not used for this reason."""
        self.left_out[reason] = self.left_out.get(reason, 0) + count

    def repair(self, what: str, count: int = 1) -> None:
        """Count rows that are used after this was mended."""
        self.repaired[what] = self.repaired.get(what, 0) + count
        if not self.repaired[what]:
            del self.repaired[what]

    def to_json(self) -> dict[str, Any]:
        """JSON-ready: `read`, `used`, `left_out` and `repaired`, the latter two by reason."""
        return {
            "read": self.read,
            "used": self.used,
            "left_out": dict(self.left_out),
            "repaired": dict(self.repaired),
        }


def read_questions(
    path: Path,
    ledger: RowLedger,
    *,
    spans: bool = False,
    regex: bool = False,
    marked: bool = True,
) -> Iterator[QuestionRow]:
    """The questions of a file, each row counted in `ledger`.

    With `spans` each row needs its context, and its answers are where `starts` says; an answer
    that stands elsewhere is found again (see `answer_places`), and a row of which none can be is
    left out. With `regex` the answers are regular expressions; where they are not `marked`, they
    may be missing and are passed over. Raises InputError where the file
    cannot be read, a row is none, or, with `spans`, more than a tenth of the answerable rows have
    no answer in their context.
    """
    answerable = astray = 0
    for row in question_rows(path):
        ledger.read += 1
        answers = _answers(row, ledger, regex=regex, symbols=spans, marked=marked)
        if answers is None:
            continue
        question = _question(row, answers)
        if spans:
            answerable += bool(answers.texts)
            placed = _placed(question, answers, ledger)
            astray += placed is None
            if placed is None:
                continue
            question = placed
        yield question
    if astray > MOST_ASTRAY * answerable:
        raise InputError(
            f"{path}: of {answerable:,} rows with an answer {astray:,} have it nowhere in their "
            f"context, and at most {MOST_ASTRAY:.0%} may; give the texts that the answers were "
            "marked in"
        )


def _answers(
    row: Row, ledger: RowLedger, *, regex: bool, symbols: bool, marked: bool
) -> AnswerTexts | None:
    """What the row's answers are; None, and counted, where there is nothing to ask."""
    text = row.fields.get("question")
    if row.left_out:
        ledger.leave_out(row.left_out)
        return None
    if not isinstance(text, str):
        raise RowError(row.place, "has no `question` text", "every row needs one")
    answers = AnswerTexts((), ())
    if marked:
        answers = read_answers(row.fields, row.place, regex=regex, symbols=symbols)
    if not text.strip():
        ledger.leave_out("the question is empty")
        return None
    if answers.left_out:
        ledger.leave_out(answers.left_out)
        return None
    if answers.void:
        ledger.repair(VOID)
    return answers


def _question(row: Row, answers: AnswerTexts) -> QuestionRow:
    place, fields = row.place, row.fields
    context = fields.get("context")
    if context is not None and not isinstance(context, str):
        why = f"`context` is {type(context).__name__}, not text"
        raise RowError(place, why, "give the passage's text")
    texts, starts = answers.texts, answers.starts
    if context is None or starts is None or any(at < 0 for at in starts):
        texts, starts = tuple(dict.fromkeys(texts)), None
    return QuestionRow(
        place=place,
        number=row.number,
        id=_id(fields, place),
        question=fields["question"],
        answers=texts,
        starts=starts,
        context=context,
        title=_title(fields, place),
        documents=_documents(fields, place),
        void=bool(answers.void and not texts),
        fields=fields,
    )


def _placed(question: QuestionRow, answers: AnswerTexts, ledger: RowLedger) -> QuestionRow | None:
    """The question with its answers where they stand; None, and counted, where none is found."""
    if not question.context:
        raise RowError(question.place, "has no `context`", "give each row the text to read")
    placed = place_answers(question.context, answers)
    if answers.texts and not placed.texts:
        ledger.leave_out(LOST)
        return None
    for what in sorted(placed.mended):
        ledger.repair(what)
    return replace(question, answers=placed.texts, starts=placed.starts)


def _id(fields: Mapping[str, Any], place: str) -> str | None:
    value = next((fields[key] for key in ("id", "_id", "qid") if fields.get(key) is not None), None)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RowError(place, f"`id` is {type(value).__name__}, not a text", "mend the row")
    return str(value)


def _title(fields: Mapping[str, Any], place: str) -> str:
    title = fields.get("title")
    if title is not None and not isinstance(title, str):
        raise RowError(place, f"`title` is {type(title).__name__}, not text", "mend the row")
    return title or ""


def _documents(fields: Mapping[str, Any], place: str) -> dict[str, int]:
    value: Any = fields.get("documents", fields.get("document"))
    if value is None:
        return {}
    names: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(name, str) for name in names):
        raise RowError(place, "`documents` must be ids of documents", "write each as a text")
    return dict.fromkeys(names, 1)
