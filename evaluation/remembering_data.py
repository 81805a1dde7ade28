"""What `spanmem benchmark memory` asks: pairs of questions, and conversations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.answers import read_answers
from ..core.errors import InputError
from ..core.questions import RowLedger
from ..pipeline.question import clean_question

if TYPE_CHECKING:
    from ..core.rows import Row

__all__ = ["Pair", "Talk", "packaged_pairs", "read_pairs", "read_talks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two questions: of one meaning in other words, or of another in nearly the same words."""

    first: str
    second: str
    relation: str = ""
    """What sets near misses apart: negation, number, name ...; empty for paraphrases."""
    context: str = ""
    """A text in which both are answered; empty where the pair stands alone."""
    title: str = ""
    answers: tuple[str, ...] = ()
    """Right answers to `second`, any of which will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A question with the turns before it."""

    id: str
    question: str
    history: tuple[tuple[str, str | None], ...]
    rewrite: str
    """The question as it would be asked alone; empty where nobody wrote it."""
    texts: tuple[str, ...]
    """Where the answer stands."""
    answers: tuple[str, ...]
    """Spans of these texts; empty where any passage of theirs will do."""
    title: str = ""

    @property
    def depends(self) -> bool:
        """Whether the question, as people rewrote it, leaves something out."""
        return _plain(self.question) != _plain(self.rewrite)


def packaged_pairs(name: str) -> tuple[Pair, ...]:
    """The pairs that come with SpanMem: `near_misses` or `paraphrases`."""
    return read_pairs(Path(str(files(__package__ or "") / "pairs" / f"{name}.jsonl")))


def read_pairs(path: str | Path, ledger: RowLedger | None = None) -> tuple[Pair, ...]:
    """Pairs from JSON lines: `a`, `b`, or `original`, `other` with `context` and `answers`.

    Rows whose `kind` is not `paraphrase`, and questions that cannot be asked, are left out; each
    row is counted in `ledger`. Raises InputError.
    """
    ledger = RowLedger() if ledger is None else ledger
    pairs: list[Pair] = []
    for row in _rows(path):
        ledger.read += 1
        if row.fields.get("kind", "paraphrase") != "paraphrase":
            ledger.leave_out("its kind is not paraphrase")
            continue
        pair = _pair(row)
        if _can_be_asked(ledger, pair.first, pair.second):
            pairs.append(pair)
    if not pairs:
        raise InputError(f"{path}: holds no pair of questions; write rows with `a` and `b`")
    return tuple(pairs)


def read_talks(path: str | Path, ledger: RowLedger | None = None) -> tuple[Talk, ...]:
    """Conversations from JSON lines with `question`, `history`, and `context` or `passages`.

    Rows without a text to find, and questions that cannot be asked, are left out; of those without
    a history only the texts are used. Each row is counted in `ledger`. Raises InputError.
    """
    ledger = RowLedger() if ledger is None else ledger
    talks: list[Talk] = []
    for row in _rows(path):
        ledger.read += 1
        talk = _talk(row)
        if not talk.texts:
            ledger.leave_out("there is no text to find")
        elif _can_be_asked(ledger, talk.question, *filter(None, [talk.rewrite])):
            talks.append(talk)
            if not talk.history:
                ledger.leave_out("there are no turns before it")
    if not any(talk.history for talk in talks):
        raise InputError(f"{path}: no row has a `history`, [[question, answer], ...], and a text")
    return tuple(talks)


def _can_be_asked(ledger: RowLedger, *questions: str) -> bool:
    """Whether all of a row's questions can be; counted in `ledger` where one cannot."""
    try:
        for question in questions:
            clean_question(question)
    except InputError:
        ledger.leave_out("a question of it has no word, or is longer than can be asked")
        return False
    return True


def _pair(row: Row) -> Pair:
    fields = row.fields
    return Pair(
        first=_text(row, "a", "original"),
        second=_text(row, "b", "other"),
        relation=str(fields.get("relation", "")),
        context=str(fields.get("context") or ""),
        title=str(fields.get("title") or ""),
        answers=_answers(row),
    )


def _talk(row: Row) -> Talk:
    fields = row.fields
    try:
        history = tuple(
            (str(q), str(answer) if answer else None) for q, answer in fields.get("history") or ()
        )
    except (TypeError, ValueError):
        raise InputError(
            f"{row.place}: `history` must hold [question, answer] pairs; mend the row"
        ) from None
    return Talk(
        id=str(fields.get("id", row.place)),
        question=_text(row, "question"),
        history=history,
        rewrite=str(fields.get("rewrite") or ""),
        texts=tuple(_found_texts(row)),
        answers=_answers(row),
        title=str(fields.get("title") or ""),
    )


def _found_texts(row: Row) -> Iterator[str]:
    """The texts in which the answer of a row stands: its context, or else its passages."""
    context, passages = row.fields.get("context"), row.fields.get("passages") or ()
    items: Sequence[Any] = [context] if context else passages
    for item in items:
        text = item.get("text") if isinstance(item, Mapping) else item
        if text and not isinstance(text, str):
            raise InputError(f"{row.place}: `passages` must be texts, or objects with one; mend it")
        if text:
            yield text


def _rows(path: str | Path) -> Iterator[Row]:
    from ..core.rows import json_lines

    if not Path(path).is_file():
        raise InputError(f"{path}: no such file; give JSON lines, also as .gz or .zst")
    return json_lines(Path(path))


def _text(row: Row, *names: str) -> str:
    text = next((row.fields[name] for name in names if name in row.fields), None)
    if not isinstance(text, str) or not text.strip():
        known = " or ".join(map(repr, names))
        raise InputError(f"{row.place}: has no text under {known}; each row needs one")
    return text.strip()


def _answers(row: Row) -> tuple[str, ...]:
    """The answers, as in a set of questions; none where the row names none."""
    named = any(name in row.fields for name in ("answer", "answers"))
    return tuple(dict.fromkeys(read_answers(row.fields, row.place).texts)) if named else ()


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(" ?.!")
