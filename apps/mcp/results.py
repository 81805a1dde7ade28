"""What the tools give back: structured, so that an assistant need not read prose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from ...core.records import document_key
from ..client.prompts import ABSTAINED, CAUTION

__all__ = ["AskResult", "Correction", "Passages", "Question", "Questions", "Source"]

_LEAST = 0.1
"""Confidence under which another answer is none that an assistant should weigh."""


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class Source(_Result):
    """A place in a document; `start` and `end` count its characters."""

    quote: str
    sentence: str
    """The quote in its sentence."""
    document: str
    title: str
    page: int | None
    start: int
    end: int
    resource: str | None
    """The document's text, as a resource of this server; None for what a person told."""

    @classmethod
    def of(cls, source: Mapping[str, Any], memory: str) -> Source:
        """From a `source` of an answer."""
        words = (source.get("before") or "", source["text"], source.get("after") or "")
        return cls(
            quote=source["text"],
            sentence="".join(words).strip(),
            document=source["document"],
            title=source["title"],
            page=source.get("page"),
            start=source["start"],
            end=source["end"],
            resource=resource_of(memory, source["document"]) if source["passage"] else None,
        )


class Other(_Result):
    """Another answer that is possible."""

    text: str
    confidence: float
    source: Source


class AskResult(_Result):
    """An answer with its place, or that the documents hold none."""

    abstained: bool
    answer: str | None
    """Verbatim from its source; null: the documents do not answer the question."""
    confidence: float
    """Probability that the answer is right; of what was held back where it is null."""
    level: str
    """How sure it is in a word: sure, likely, unsure; unknown: nothing is answered."""
    kind: str | None
    """passage: read now; memory: answered before; correction: told by a person."""
    source: Source | None
    also: tuple[Source, ...]
    """Other places that say the same."""
    others: tuple[Other, ...]
    notices: tuple[str, ...]
    instruction: str | None
    """What to do where nothing is answered, or the answer is not sure."""

    @classmethod
    def of(cls, table: Mapping[str, Any], memory: str) -> AskResult:
        """From the object of `AsyncClient.aask`.

        What was too unsure to be said is left out: an assistant would say it all the same.
        """
        abstained = table["abstained"]
        best, *others = table["answers"] if not abstained and table["answers"] else (None,)
        return cls(
            abstained=abstained,
            answer=table["text"],
            confidence=table["confidence"],
            level=table["level"],
            kind=best and best["kind"],
            source=best and Source.of(best["source"], memory),
            also=tuple(Source.of(place, memory) for place in best["support"]) if best else (),
            others=tuple(
                Other(
                    text=other["text"],
                    confidence=other["confidence"],
                    source=Source.of(other["source"], memory),
                )
                for other in others
                if other["confidence"] >= _LEAST
            ),
            notices=tuple(table.get("notices", ())),
            instruction=ABSTAINED if abstained else CAUTION.get(table["level"]),
        )


class Hit(_Result):
    """A passage; `start` and `end` count its document's characters."""

    text: str
    document: str
    title: str
    page: int | None
    start: int
    end: int
    score: float
    resource: str

    @classmethod
    def of(cls, hit: Mapping[str, Any], memory: str) -> Hit:
        """From an object of `AsyncClient.asearch`."""
        names = ("text", "document", "title", "start", "end", "score")
        return cls(
            **{name: hit[name] for name in names},
            page=hit.get("page"),
            resource=resource_of(memory, hit["document"]),
        )


class Passages(_Result):
    """Passages that may hold something, best first. None of them need hold an answer."""

    passages: tuple[Hit, ...]


class Question(_Result):
    """A question that was answered before."""

    question: str
    answer: str | None
    kind: str
    author: str
    similarity: float
    """Cosine similarity of the two questions, -1..1."""


class Questions(_Result):
    """Questions that were answered before, the most alike first; they may ask something else."""

    questions: tuple[Question, ...]


class Correction(_Result):
    """What became of a correction."""

    state: str
    """proposed: a person decides about it; corrected: it counts from now on."""
    question: str
    text: str


def resource_of(memory: str, document: str) -> str:
    """The address of a document's text."""
    return f"spanmem://{quote(memory, safe='')}/documents/{document_key(document)}"
