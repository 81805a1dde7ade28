"""The turns that answers, corrections and imported conversations leave."""

from __future__ import annotations

import uuid

from ..core import times
from ..core.errors import InputError
from ..core.folding import is_seen
from ..core.records import Evidence, Turn, TurnKind
from ..memory.protocol import TurnStore
from .answers import Answer

__all__ = ["filter_of", "must_be_told", "new_turn", "turn_of", "withdrawn"]


def must_be_told(what: str, text: str) -> None:
    """Raise InputError where `text` cannot be the answer to a question.

    It shows nothing, or it holds half a character (a lone surrogate), which no file can hold.
    """
    if not is_seen(text):
        hint = " (it has invisible characters alone)" if text.strip() else ""
        raise InputError(f"{what} is empty{hint}; give the right answer")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"{what} holds half a character, {text[error.start]!a}, at {error.start}; give whole "
            "ones (was the text cut, or decoded by another encoding?)"
        ) from None


def filter_of(model: str) -> str:
    """The filter that a turn was answered or told under, as `Turn.model` has it; empty: none."""
    return model.partition(" where ")[2]


def turn_of(answer: Answer, scope: str, model: str) -> Turn:
    """The turn that an answer of the reader `model` is remembered by.

    Its evidence is where the best candidate stands, given or held back. An answer that came from
    memory has none: so it can never be the ground of another.
    """
    best = answer.answers[0] if answer.answers else None
    evidence = (best.evidence,) if best is not None and best.kind == "passage" else ()
    return new_turn(
        scope,
        answer.question,
        answer.text,
        "answer",
        carried=answer.carried,
        confidence=answer.confidence,
        evidence=evidence,
        model=model,
    )


def new_turn(
    scope: str,
    question: str,
    answer: str | None,
    kind: TurnKind,
    *,
    carried: tuple[str, ...] = (),
    wordings: tuple[str, ...] = (),
    confidence: float = 1.0,
    evidence: tuple[Evidence, ...] = (),
    author: str = "",
    model: str = "",
) -> Turn:
    """A turn of now, with an id of its own; the store that takes it in numbers it."""
    return Turn(
        id=uuid.uuid4().hex,
        scope=scope,
        question=question,
        carried=carried,
        wordings=wordings,
        answer=answer,
        kind=kind,
        confidence=confidence,
        created_at=times.now(),
        evidence=evidence,
        author=author,
        model=model,
    )


def withdrawn(memory: TurnStore, scope: str, correction: str | None, *, author: str = "") -> Turn:
    """Take a correction back, by its id, or the scope's latest; returns the turn that says so.

    Raises InputError where the scope has no such correction, or it was superseded.
    """
    if correction is None:
        standing = (
            turn.id
            for turn in reversed(memory.turns(scope))
            if turn.kind == "correction" and turn.superseded_by is None
        )
        correction = next(standing, None)
    if correction is None:
        raise InputError(
            f"no correction stands in scope {scope!r}, so none can be withdrawn; "
            "its turns show what was told there"
        )
    old = memory.turn(scope, correction)
    question, carried = (correction, ()) if old is None else (old.question, old.carried)
    turn = new_turn(scope, question, None, "withdrawal", carried=carried, author=author)
    return memory.withdraw(correction, turn)
