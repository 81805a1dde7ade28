"""The words every room speaks: documents, passages, turns and hits. All frozen, no I/O."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""Unit rows, shape (n, dim), float32, C-contiguous: cosine similarity is the dot product."""

Scalar: TypeAlias = str | int | float | bool
"""What a document's metadata may hold."""

EMPTY_CELL = "–"
"""What stands for the value of a named cell that is empty, in the text of a table's row."""

_OCCURRENCES = 200
"""Of an answer in its passage, that are looked at to tell which is meant."""

Metadata: TypeAlias = Mapping[str, Scalar]


def encodable(text: str) -> str:
    """The text with `?` for each lone surrogate, which UTF-8 and tokenizers cannot hold.

    Its length, and so each offset, stays the same.
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def looked_up(question: str, carried: Sequence[str]) -> str:
    """A question followed in parentheses by the words carried to it, if any were."""
    return f"{question.rstrip()} ({' '.join(carried)})" if carried else question


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One text with an identity; every offset SpanMem reports counts characters of `text`."""

    id: str
    text: str
    title: str = ""
    source: str = ""
    """Where it was read (`docs/warranty.md`, `faq.jsonl:17`): shown to people, never parsed."""
    origin: str = ""
    """Absolute path of the file, or `dataset:NAME:CONFIG:SPLIT`: what `--prune` compares."""
    metadata: Metadata = field(default_factory=dict[str, Scalar], hash=False)
    pages: tuple[int, ...] = ()
    """Where page 1, 2, ... start in `text`, ascending; empty for what has no pages."""
    rows: tuple[tuple[int, int], ...] = ()
    """Stretches of `text`, in order, that stand for a table's row each: a passage of its own."""

    @property
    def digest(self) -> str:
        """SHA-256 over all that would change an answer or its citation; equal means unchanged."""
        parts = [
            self.title,
            self.text,
            *(f"{k}={self.metadata[k]!r}" for k in sorted(self.metadata)),
        ]
        # Nothing is added for a document without them: what was stored before stays unchanged.
        parts += [f"{k}={v}" for k, v in (("pages", self.pages), ("rows", self.rows)) if v]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def passage_key(document: str, start: int, text: str) -> str:
    """What identifies a passage: 16 hex digits of the SHA-256 over its document, place and text."""
    seed = f"{document}\0{start}\0{text}"
    return hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def document_key(document: str) -> str:
    """A short name of a document for addresses: 16 hex digits of the SHA-256 over its id.

    Ids are paths as a rule, whose slashes no address may hold.
    """
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A slice of a document: `text` is `document.text[start:end]`."""

    document: str
    start: int
    end: int
    text: str
    title: str = ""
    pages: tuple[tuple[int, int], ...] = ()
    """Its pages, as (offset in the document, number); the first holds `start`."""

    def __post_init__(self) -> None:
        if self.end - self.start != len(self.text):
            raise ValueError(
                f"{self.document}[{self.start}:{self.end}] cannot hold {len(self.text)} characters"
            )

    @property
    def key(self) -> str:
        """16 hex digits, stable across runs; includes the source, so equal texts stay apart."""
        return passage_key(self.document, self.start, self.text)

    def page_at(self, offset: int) -> int | None:
        """Number of the page that holds this character of the document; None without pages."""
        at = bisect_right(self.pages, offset, key=lambda page: page[0])
        return self.pages[max(0, at - 1)][1] if self.pages else None


@dataclass(frozen=True, slots=True)
class Prompts:
    """What an encoder puts before each text, as models such as E5 and BGE were trained with."""

    query: str = ""
    passage: str = ""

    def beside(self, encoder: str) -> str:
        """An encoder's name with these, for messages; the name alone where there are none."""
        if not (self.query or self.passage):
            return encoder
        return f"{encoder} with the prompts {self.query!r} and {self.passage!r}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """A document with all its passages, ready to be stored."""

    document: Document
    passages: tuple[Passage, ...]
    vectors: Vectors
    """One unit row per passage, shape (len(passages), dim)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentInfo:
    """What a memory knows of a document besides its passages."""

    id: str
    title: str
    source: str
    origin: str
    digest: str
    passages: int
    metadata: Metadata = field(default_factory=dict[str, Scalar], hash=False)

    @property
    def key(self) -> str:
        """16 hex digits of the SHA-256 over its id: see `document_key`."""
        return document_key(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that a search found, with the scores that placed it."""

    passage: Passage
    score: float
    """The fused score that hits are sorted by, best first."""
    dense: float | None = None
    """Cosine similarity in -1..1, if the dense search saw the passage."""
    lexical: float | None = None
    """BM25, 0 or more, if the lexical search saw the passage."""
    proximity: float | None = None
    """How near the question's words stand, 0..1 (see `memory.proximity`), in a hybrid search."""
    source: str = ""
    """The document's `source`."""
    metadata: Metadata = field(default_factory=dict[str, Scalar], hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where an answer was read: `start:end` are characters of the document's text."""

    document: str
    start: int
    end: int
    text: str
    passage: str
    """Key of the passage; it no longer exists once the source has changed."""
    passage_text: str
    title: str = ""
    source: str = ""
    page: int | None = None
    """Of the document, from 1, where it has pages: the one that the answer begins on."""

    @property
    def offset_in_passage(self) -> int | None:
        """Where `text` stands in `passage_text`; None if it is not there, as in a correction.

        Of several occurrences, the one is meant by which the passage has its key; else the first.
        """
        first = at = self.passage_text.find(self.text)
        for _ in range(_OCCURRENCES):
            if at < 0:
                break
            if passage_key(self.document, self.start - at, self.passage_text) == self.passage:
                return at
            at = self.passage_text.find(self.text, at + 1)
        return None if first < 0 else first


TurnKind: TypeAlias = Literal["answer", "correction", "confirmed", "imported", "withdrawal"]
"""Given by the pipeline, told by a person, found right by a person, from elsewhere, or the taking
back of what a person told or found right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question with what was answered, remembered under a scope (a user, session or tenant)."""

    id: str
    scope: str
    question: str
    answer: str | None
    """None: the pipeline abstained, or a correction was taken back."""
    kind: TurnKind
    confidence: float
    created_at: str
    """UTC, ISO 8601 with microseconds: sorts as text."""
    evidence: tuple[Evidence, ...] = ()
    author: str = ""
    """Who corrected or confirmed; empty for the pipeline's own answers."""
    model: str = ""
    """Name and version of the reader that gave the answer; under a filter, this stands behind it:
    such an answer is given again under the same filter alone."""
    supersedes: str | None = None
    """Id of the turn that this one corrects, confirms or takes back."""
    superseded_by: str | None = None
    superseded_at: str | None = None
    carried: tuple[str, ...] = ()
    """Words that a follow-up took from the turns before it; `question` is what was asked."""
    wordings: tuple[str, ...] = ()
    """Of a correction, other questions that it answers: what a follow-up was taken to ask, in full,
    and the questions of the corrections that it took the place of."""
    sequence: int = field(default=0, compare=False)
    """Rises with each turn that a store takes in, whatever the clock says; 0: not stored yet."""

    @property
    def can_answer(self) -> bool:
        """Whether it holds knowledge of its own: an answer that was told, or read somewhere.

        An answer without evidence was itself given from memory.
        """
        return self.answer is not None and (self.kind != "answer" or bool(self.evidence))

    @property
    def looked_up(self) -> str:
        """The question as it was searched: followed in parentheses by what was carried to it."""
        return looked_up(self.question, self.carried)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeInfo:
    """What a memory knows of a scope."""

    scope: str
    turns: int
    """How many it has, superseded ones included; at least one."""
    last_at: str
    """When the one that was stored last was created: UTC, ISO 8601 with microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnHit:
    """A remembered turn that resembles a question."""

    turn: Turn
    similarity: float
    """Cosine similarity of the two questions, -1..1."""
