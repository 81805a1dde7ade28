"""A set of questions on disk -> those that a run asks, with what became of each of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError
from ..core.questions import RowLedger
from ..pipeline.question import clean_question
from .contamination import unseen
from .datasets import Question, evenly, read_set, retrieval_only, set_digest
from .environment import about_machine
from .settings import BenchmarkSettings

if TYPE_CHECKING:
    from ..reader.reader import Reader

__all__ = ["QuestionSet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """The questions of a run, and what is to be known of the set they come from."""

    data: Path
    digest: str
    """SHA-256 of the set's file or files."""
    size: int
    """Questions in the set."""
    left_out: int
    """Questions that the reader was trained on, not among `sample`."""
    trained_on: int
    """Questions that it was trained on and that are asked nevertheless, if the limit lets them."""
    rows: RowLedger
    """What became of each row; those used are the `sample`."""
    unasked: tuple[Question, ...]
    """Questions that nobody could ask, such as `?`."""
    sample: tuple[Question, ...]
    """The questions that are asked: at least one."""
    answerable: bool
    """Whether every question of the set has an answer: then the best one counts in any case."""
    retrieval_only: bool
    regex: bool

    @classmethod
    def read(cls, reader: Reader, data: str | Path, options: BenchmarkSettings) -> QuestionSet:
        """The questions of `data` that `reader` may be asked. Raises InputError where none can."""
        path, ledger = Path(data), RowLedger()
        every = read_set(path, regex=options.regex, ledger=ledger)
        digest = set_digest(path)
        fresh = unseen(every, digest, path, reader, options.training_data)
        _leave_out(ledger, "the reader was trained on it", len(every) - len(fresh.questions))
        asked, unasked = _askable(fresh.questions, ledger)
        if not asked:
            raise InputError(
                f"{path}: none of its {len(every):,} questions can be asked "
                f"({'; '.join(ledger.left_out)}); give questions of a few words"
            )
        sample = evenly(asked, options.limit)
        _leave_out(ledger, "beyond the limit", len(asked) - len(sample))
        return cls(
            data=path,
            digest=digest,
            size=len(every),
            left_out=len(every) - len(fresh.questions),
            trained_on=fresh.trained_on,
            rows=ledger,
            unasked=unasked,
            sample=sample,
            answerable=all(q.answers for q in every),
            retrieval_only=retrieval_only(every),
            regex=options.regex,
        )

    def about(self, *, settings: dict[str, Any]) -> dict[str, Any]:
        """What is needed to run it again and to see what it can be compared with."""
        return {
            "data": self.data.name,
            "data_sha256": self.digest,
            "data_questions": self.size,
            "rows": self.rows.to_json(),
            "left_out_as_trained_on": self.left_out,
            **({"asked_though_trained_on": self.trained_on} if self.trained_on else {}),
            "always_answers": self.answerable,
            **about_machine(),
            "settings": settings,
        }


def _leave_out(ledger: RowLedger, reason: str, count: int) -> None:
    """Count `count` rows, and name no reason that nothing was left out for."""
    if count:
        ledger.leave_out(reason, count)


def _askable(
    questions: Sequence[Question], ledger: RowLedger
) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """The questions that can be asked and, counted in `ledger`, those that cannot, such as `?`."""
    asked: list[Question] = []
    unasked: list[Question] = []
    for question in questions:
        try:
            clean_question(question.text)
        except InputError:
            long = any(c.isalnum() for c in question.text)
            ledger.leave_out(
                "the question is longer than can be asked" if long else "the question has no word"
            )
            unasked.append(question)
        else:
            asked.append(question)
    return tuple(asked), tuple(unasked)
