"""Answers for people: highlighted in their sentence, with document, place and confidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ...core.records import Evidence, Passage
from ...core.sentences import around
from .output import flat

if TYPE_CHECKING:
    from ...pipeline.answers import Answer, Candidate

__all__ = ["Lookup", "in_sentence", "show_answer", "show_reasons"]

Lookup = Callable[[str], Passage | None]
"""From a passage's key to the passage, None if it is no longer in the memory."""

_KINDS = {"memory": "answered before", "confirmed": "confirmed", "correction": "corrected"}


def show_answer(console: Console, answer: Answer, find: Lookup, *, others: int = 3) -> None:
    """Print the answer, where it stands, and up to `others` alternatives."""
    if answer.abstained or not answer.answers:
        _print(console, Text("I do not know.", style="bold"))
        for candidate in answer.answers[: min(1, others)]:
            nearest = f"  nearest, but too unsure ({_percent(candidate.confidence)}): "
            _print(console, Text(nearest, style="dim"), Text(flat(candidate.text)))
            _show_evidence(console, candidate.evidence, find, indent=4)
        return
    best, *rest = answer.answers
    _show_candidate(console, best, find)
    _show_support(console, best, at_most=2)
    for candidate in rest[:others]:
        alternative = f"  or: {flat(candidate.text)}  ({_percent(candidate.confidence)})"
        line = Text(alternative, style="dim")
        _print(console, line, Text(f"  {_place(candidate.evidence)}", style="dim"))


def show_reasons(console: Console, answer: Answer, find: Lookup) -> None:
    """Print how the answer came about: what was looked up, each candidate, the time it took."""
    _print(console, Text(f"looked up: {flat(answer.looked_up)}"))
    for candidate in answer.answers:
        _show_candidate(console, candidate, find)
        _show_support(console, candidate)
    times = ", ".join(f"{name} {ms:.0f} ms" for name, ms in answer.timings_ms.items())
    _print(console, Text(f"time: {times}", style="dim"))


def in_sentence(evidence: Evidence, passage: Passage | None) -> tuple[str, str, str]:
    """The sentence around the evidence: what stands before it, the answer, what follows.

    `passage` tells the exact place; without it the first occurrence in `passage_text` counts.
    A text that does not hold the answer (a correction) gives the answer alone.
    """
    text = evidence.passage_text
    at = evidence.start - passage.start if passage is not None else text.find(evidence.text)
    stop = at + len(evidence.text)
    if at < 0 or text[at:stop] != evidence.text:
        return "", evidence.text, ""
    before, answer, after = map(flat, around(text, at, stop))
    return before.lstrip(), answer, after.rstrip()


def _show_candidate(console: Console, candidate: Candidate, find: Lookup) -> None:
    kind = _KINDS.get(candidate.kind)
    note = f"  {_percent(candidate.confidence)} sure" + (f", {kind}" if kind else "")
    _print(console, Text(flat(candidate.text), style="bold green"), Text(note, style="dim"))
    _show_evidence(console, candidate.evidence, find, indent=2)


def _show_support(console: Console, candidate: Candidate, *, at_most: int | None = None) -> None:
    for place in candidate.support[:at_most]:
        _print(console, Text(f"  also {_place(place)}", style="dim"))


def _show_evidence(console: Console, evidence: Evidence, find: Lookup, *, indent: int) -> None:
    before, answer, after = in_sentence(evidence, find(evidence.passage))
    left, right = ("", "") if console.color_system else ("»", "«")
    sentence = Text.assemble(
        " " * indent, before, (f"{left}{answer}{right}", "bold reverse"), after
    )
    if before or after:
        _print(console, sentence)
    _print(console, Text(" " * indent + _place(evidence), style="dim"))


def _place(evidence: Evidence) -> str:
    """Document and page; characters where there are no pages: those of a PDF nobody sees."""
    title = f" ({evidence.title})" if evidence.title else ""
    where = evidence.source or evidence.document
    characters = f"characters {evidence.start}-{evidence.end}"
    place = characters if evidence.page is None else f"page {evidence.page}"
    return f"{flat(where)}{flat(title)}, {place}"


def _percent(confidence: float) -> str:
    return f"{100 * confidence:.0f} %"


def _print(console: Console, *parts: Text) -> None:
    """Wrapped to the window on a terminal; one line each elsewhere, for grep and diff."""
    console.print(Text.assemble(*parts), soft_wrap=not console.is_terminal)
