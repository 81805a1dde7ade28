"""Past turns as training rows, in SQuAD's flat layout. Pure but for the look-up of passages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ...core.records import Evidence, Passage, Turn

__all__ = ["PassageLookup", "TrainingRow", "training_rows"]

PassageLookup: TypeAlias = Callable[[str], Passage | None]
"""A stored passage by its key; None where it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """A question whose answer stands in its context at the character `answer_start`."""

    id: str
    title: str
    context: str
    question: str
    answer: str
    answer_start: int

    def to_json(self) -> dict[str, Any]:
        """The row as SQuAD's flat files have it."""
        return {
            "id": self.id,
            "title": self.title,
            "context": self.context,
            "question": self.question,
            "answers": {"text": [self.answer], "answer_start": [self.answer_start]},
        }


def training_rows(turns: Sequence[Turn], passage: PassageLookup) -> tuple[list[TrainingRow], int]:
    """What a reader can learn from the turns of one scope, and how many could not be used.

    Each turn that was not superseded gives the row of its answer in the passage that it rests on;
    a correction in that of the answer it corrects. Left out are those that answered nothing, rest
    on nothing (told, or answered from memory), and those whose text is not in the passage.
    `passage` tells which of several equal places in it was meant.
    """
    by_id = {turn.id: turn for turn in turns}
    live = [turn for turn in turns if turn.superseded_by is None]
    rows = [row for turn in live if (row := _row(turn, by_id, passage)) is not None]
    return rows, len(live) - len(rows)


def _row(turn: Turn, by_id: dict[str, Turn], passage: PassageLookup) -> TrainingRow | None:
    answer = turn.answer
    evidence = next((e for earlier in _chain(turn, by_id) for e in earlier.evidence), None)
    if not answer or evidence is None:
        return None
    start = _answer_start(answer, evidence, passage(evidence.passage))
    if start < 0:
        return None
    return TrainingRow(
        id=turn.id,
        title=evidence.title,
        context=evidence.passage_text,
        question=turn.question,
        answer=answer,
        answer_start=start,
    )


def _chain(turn: Turn, by_id: dict[str, Turn]) -> Iterator[Turn]:
    """A turn, the one it corrects, and so on."""
    current: Turn | None = turn
    for _ in range(len(by_id)):  # a bound, should foreign rows run in a circle
        if current is None:
            return
        yield current
        current = by_id.get(current.supersedes or "")


def _answer_start(answer: str, evidence: Evidence, stored: Passage | None) -> int:
    """Where the answer begins in the passage's text, -1 where it does not stand there."""
    if stored is not None:
        at = evidence.start - stored.start
        if at >= 0 and evidence.passage_text.startswith(answer, at):
            return at
    return evidence.passage_text.find(answer)
