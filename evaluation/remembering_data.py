"""What `spanmem benchmark memory` asks: pairs of questions, and conversations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError

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
    return read_pairs(Path(str(files(__package__) / "pairs" / f"{name}.jsonl")))


def read_pairs(path: str | Path) -> tuple[Pair, ...]:
    """Pairs from JSON lines: `a`, `b`, or `original`, `other` with `context` and `answers`.

    Rows whose `kind` is not `paraphrase` are left out. Raises InputError.
    """
    pairs = tuple(
        _pair(row) for row in _rows(path) if row.fields.get("kind", "paraphrase") == "paraphrase"
    )
    if not pairs:
        raise InputError(f"{path}: holds no pair of questions; write rows with `a` and `b`")
    return pairs


def read_talks(path: str | Path) -> tuple[Talk, ...]:
    """Conversations from JSON lines with `question`, `history`, and `context` or `passages`.

    Rows without a text to find are left out. Raises InputError.
    """
    talks = tuple(talk for row in _rows(path) if (talk := _talk(row)).texts)
    if not any(talk.history for talk in talks):
        raise InputError(f"{path}: no row has a `history`, [[question, answer], ...], and a text")
    return talks


def _pair(row: Row) -> Pair:
    fields = row.fields
    return Pair(
        first=_text(row, "a", "original"),
        second=_text(row, "b", "other"),
        relation=str(fields.get("relation", "")),
        context=str(fields.get("context") or ""),
        title=str(fields.get("title") or ""),
        answers=_texts(fields.get("answers")),
    )


def _talk(row: Row) -> Talk:
    fields = row.fields
    try:
        history = tuple((str(q), answer or None) for q, answer in fields.get("history") or ())
    except (TypeError, ValueError):
        raise InputError(
            f"{row.place}: `history` must hold [question, answer] pairs; mend the row"
        ) from None
    context, passages = fields.get("context"), fields.get("passages") or ()
    return Talk(
        id=str(fields.get("id", row.place)),
        question=_text(row, "question"),
        history=history,
        rewrite=str(fields.get("rewrite") or ""),
        texts=(context,) if context else tuple(p["text"] for p in passages if p.get("text")),
        answers=_texts(fields.get("answers")),
        title=str(fields.get("title") or ""),
    )


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


def _texts(answers: Any) -> tuple[str, ...]:
    if isinstance(answers, Mapping):
        answers = answers.get("text")
    return tuple(text for text in answers or () if isinstance(text, str) and text)


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(" ?.!")
