"""Past turns as training data: SQuAD's flat rows. Pure but for the look-up it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.records import Evidence, Passage, Turn

__all__ = ["TrainingRow", "training_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """A question whose answer stands in its context at `start`."""

    id: str
    title: str
    context: str
    question: str
    text: str
    start: int

    def to_json(self) -> dict[str, Any]:
        """The row as SQuAD's flat files have it."""
        return {
            "id": self.id,
            "title": self.title,
            "context": self.context,
            "question": self.question,
            "answers": {"text": [self.text], "answer_start": [self.start]},
        }


def training_rows(
    turns: Sequence[Turn], passage: Callable[[str], Passage | None]
) -> tuple[list[TrainingRow], int]:
    """What a reader can learn from the turns of one scope, and how many could not be used.

    Each turn that was not superseded gives the row of its answer in the passage that it rests on;
    a correction in that of the answer it corrects. Left out are those that answered nothing, rest
    on nothing (told, or answered from memory), and those whose text is not in the passage.
    `passage` finds a stored passage by its key: it tells which of several equal places was meant.
    """
    by_id = {turn.id: turn for turn in turns}
    live = [turn for turn in turns if turn.superseded_by is None]
    found = [_row(turn, by_id, passage) for turn in live]
    rows = [row for row in found if row is not None]
    return rows, len(live) - len(rows)


def _row(
    turn: Turn, by_id: dict[str, Turn], passage: Callable[[str], Passage | None]
) -> TrainingRow | None:
    text = turn.answer
    evidence = next((e for one in _chain(turn, by_id) for e in one.evidence), None)
    if not text or evidence is None:
        return None
    start = _place(text, evidence, passage(evidence.passage))
    if start < 0:
        return None
    return TrainingRow(
        id=turn.id,
        title=evidence.title,
        context=evidence.passage_text,
        question=turn.question,
        text=text,
        start=start,
    )


def _chain(turn: Turn, by_id: dict[str, Turn]) -> Iterator[Turn]:
    """A turn, the one it corrects, and so on."""
    one: Turn | None = turn
    for _ in range(len(by_id)):  # a bound, should foreign rows run in a circle
        if one is None:
            return
        yield one
        one = by_id.get(one.supersedes or "")


def _place(text: str, evidence: Evidence, stored: Passage | None) -> int:
    """Where the text begins in the passage's text, -1 where it does not stand there."""
    if stored is not None:
        at = evidence.start - stored.start
        if at >= 0 and evidence.passage_text.startswith(text, at):
            return at
    return evidence.passage_text.find(text)
