"""What `spanmem benchmark memory` asks: pairs of questions, and conversations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..core.errors import InputError

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
    found = tuple(
        Pair(
            first=_text(row, place, "a", "original"),
            second=_text(row, place, "b", "other"),
            relation=str(row.get("relation", "")),
            context=str(row.get("context") or ""),
            title=str(row.get("title") or ""),
            answers=_texts(row.get("answers")),
        )
        for place, row in _rows(path)
        if row.get("kind", "paraphrase") == "paraphrase"
    )
    if not found:
        raise InputError(f"{path}: holds no pair of questions; write rows with `a` and `b`")
    return found


def read_talks(path: str | Path) -> tuple[Talk, ...]:
    """Conversations from JSON lines with `question`, `history`, and `context` or `passages`.

    Rows without a text to find are left out. Raises InputError.
    """
    talks = tuple(talk for place, row in _rows(path) if (talk := _talk(place, row)).texts)
    if not any(talk.history for talk in talks):
        raise InputError(f"{path}: no row has a `history`, [[question, answer], ...], and a text")
    return talks


def _talk(place: str, row: Mapping[str, Any]) -> Talk:
    try:
        turns = tuple((str(asked), answer or None) for asked, answer in row.get("history") or ())
    except (TypeError, ValueError):
        raise InputError(f"{place}: `history` must hold [question, answer] pairs") from None
    passages = row.get("passages") or ()
    given = row.get("context")
    texts = (given,) if given else tuple(p["text"] for p in passages if p.get("text"))
    return Talk(
        id=str(row.get("id", place)),
        question=_text(row, place, "question"),
        history=turns,
        rewrite=str(row.get("rewrite") or ""),
        texts=texts,
        answers=_texts(row.get("answers")),
        title=str(row.get("title") or ""),
    )


def _rows(path: str | Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    from ..core.rows import read_json_lines

    if not Path(path).is_file():
        raise InputError(f"{path}: no such file; give JSON lines, also as .gz or .zst")

    def refuse(error: InputError) -> None:
        raise error

    for number, row in read_json_lines(Path(path), refuse):
        yield f"{path}:{number}", row


def _text(row: Mapping[str, Any], place: str, *names: str) -> str:
    found = next((row[name] for name in names if name in row), None)
    if not isinstance(found, str) or not found.strip():
        raise InputError(f"{place}: has no text under {' or '.join(map(repr, names))}")
    return found.strip()


def _texts(given: Any) -> tuple[str, ...]:
    if isinstance(given, Mapping):
        given = given.get("text")
    return tuple(text for text in given or () if isinstance(text, str) and text)


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(" ?.!")
