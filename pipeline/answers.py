"""What a question gets back: an answer with its place and confidence, or "I do not know"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal, TypeAlias

from ..core.records import Evidence, Hit, encodable, looked_up
from ..core.sentences import around

__all__ = ["Answer", "AnswerKind", "AnswerWithHits", "Candidate"]

_OTHERS = 3
"""Alternatives that a notebook shows."""
_KINDS = {"memory": "answered before", "confirmed": "confirmed", "correction": "corrected"}

AnswerKind: TypeAlias = Literal["passage", "memory", "confirmed", "correction"]
"""Read in a passage now, answered before and still standing, found right by a person and still
standing, or told by a person."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible answer."""

    text: str
    confidence: float
    """Probability that it is right, 0..1."""
    score: float
    """What candidates of one question are sorted by, in logits; of no use across questions."""
    kind: AnswerKind
    evidence: Evidence
    """Where it stands. Of what a person told without a place, the document is `turn:ID` and the
    text their own."""
    support: tuple[Evidence, ...] = ()
    """Other places that give the equal answer, best first."""
    turn: str | None = field(default=None, compare=False)
    """Id of the remembered turn that it comes from; None where it was read in a passage."""

    def to_json(self) -> dict[str, Any]:
        """The candidate as the command line prints it; a source without pages has null for one."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "score": round(self.score, 4),
            "kind": self.kind,
            "source": _source(self.evidence),
            "support": [_source(place) for place in self.support],
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question, or that none is known; `str(answer)` is what a person reads."""

    question: str
    """As it was asked."""
    text: str | None
    """Verbatim from its source; None: the pipeline abstained."""
    confidence: float
    """Of the best candidate, 0..1, also when it was held back; 0 where there is none."""
    answers: tuple[Candidate, ...]
    """All candidates, best first, also those held back."""
    carried: tuple[str, ...] = ()
    """Words that a follow-up took from the exchanges before it."""
    timings_ms: dict[str, float] = field(default_factory=dict[str, float], compare=False)
    """How long each step took; answers that differ in nothing else are equal."""
    wordings: tuple[str, ...] = ()
    """Stand-alone questions that a follow-up may be short for, by which a correction of it is
    heard; those nobody would ask are among them."""
    notices: tuple[str, ...] = ()
    """What the caller should know besides, a line each: a filter's key that no document has."""
    windows_read: int = field(default=0, compare=False)
    """Inputs of the reader's model for it, passages where it does not count them; 0 where nothing
    was read, as for a remembered answer."""
    turn: str | None = field(default=None, compare=False)
    """Id of the turn that it is remembered by; None without a scope."""
    under: str = field(default="", compare=False)
    """The filter that it was asked under, as turns name it; empty: none."""

    @property
    def looked_up(self) -> str:
        """The question as it was searched: a follow-up comes with what it leaves out."""
        return looked_up(self.question, self.carried)

    @property
    def abstained(self) -> bool:
        """Whether no candidate was sure enough."""
        return self.text is None

    @property
    def evidence(self) -> Evidence | None:
        """Where the answer stands; None when abstaining."""
        return None if self.abstained else self.answers[0].evidence

    @property
    def alternatives(self) -> tuple[Candidate, ...]:
        """The candidates that were not given as the answer."""
        return self.answers if self.abstained else self.answers[1:]

    def __str__(self) -> str:
        return "I do not know." if self.text is None else self.text

    def _repr_html_(self) -> str:
        """What a notebook shows: the answer, marked in its sentence; all texts are escaped."""
        return _html(self)

    def to_json(self) -> dict[str, Any]:
        """The object that `spanmem ask --json` prints."""
        return {
            "question": self.question,
            "abstained": self.abstained,
            "answers": [candidate.to_json() for candidate in self.answers],
            "looked_up": self.looked_up,
            "notices": list(self.notices),
            "timings_ms": {name: round(ms, 2) for name, ms in self.timings_ms.items()},
        }


@dataclass(frozen=True, slots=True)
class AnswerWithHits:
    """An answer with what retrieval found for it, for benchmarks and tuning."""

    answer: Answer
    hits: tuple[Hit, ...]
    """Best first; more than were read."""
    reranked: tuple[Hit, ...]
    """Those that were read, in the order in which reading leaves them, best first."""


def _source(evidence: Evidence) -> dict[str, Any]:
    return {
        "document": evidence.document,
        "title": evidence.title,
        "page": evidence.page,
        "passage": evidence.passage,
        "start": evidence.start,
        "end": evidence.end,
        "text": evidence.text,
    }


# -- as a notebook shows it


def _html(answer: Answer) -> str:
    """A `div` with the question, the answer in its sentence, its place, and what else might be."""
    return f'<div class="spanmem-answer" dir="auto">{"".join(_paragraphs(answer))}</div>'


def _paragraphs(answer: Answer) -> Iterator[str]:
    yield f"<p><em>{_safe(answer.question)}</em></p>"
    others = answer.alternatives[:_OTHERS]
    if answer.abstained or not answer.answers:
        yield f"<p><strong>{_safe(str(answer))}</strong></p>"
        lead = "nearest, but too unsure"
        others = others[:1]
    else:
        best = answer.answers[0]
        yield f"<p>{_marked(best.evidence)}</p>"
        note = f", {_KINDS[best.kind]}" if best.kind in _KINDS else ""
        yield f"<p><small>{_place(best.evidence)} · {_percent(best)} sure{note}</small></p>"
        lead = "or"
    for candidate in others:
        text = f"{lead} ({_percent(candidate)}): {_safe(candidate.text)}"
        yield f"<p><small>{text} · {_place(candidate.evidence)}</small></p>"
    for notice in answer.notices:
        yield f"<p><small>{_safe(notice)}</small></p>"


def _marked(evidence: Evidence) -> str:
    """The sentence of the evidence, in which its text is marked; the text alone if it has none."""
    at = evidence.offset_in_passage
    if at is None:
        return f"<mark>{_safe(evidence.text)}</mark>"
    before, text, after = around(evidence.passage_text, at, at + len(evidence.text))
    return f"{_safe(before.lstrip())}<mark>{_safe(text)}</mark>{_safe(after.rstrip())}"


def _place(evidence: Evidence) -> str:
    """Document and page; characters where there are no pages."""
    title = f" ({evidence.title})" if evidence.title else ""
    characters = f"characters {evidence.start}-{evidence.end}"
    place = characters if evidence.page is None else f"page {evidence.page}"
    return f"{_safe(evidence.source or evidence.document)}{_safe(title)}, {place}"


def _percent(candidate: Candidate) -> str:
    return f"{100 * candidate.confidence:.0f} %"


def _safe(text: str) -> str:
    """Escaped, and without what cannot be seen or encoded."""
    return escape(encodable("".join(c if c.isprintable() else " " for c in text)))
