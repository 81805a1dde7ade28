"""The client of a memory in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import InputError
from ...core.records import Evidence, Hit, document_key
from ...core.sentences import around
from .protocol import History, Table

if TYPE_CHECKING:
    from ...core.records import Turn
    from ...memory.protocol import Store
    from ...pipeline.answers import Answer
    from ...pipeline.qa import QA
    from ...pipeline.settings import Settings

__all__ = [
    "LocalClient",
    "answer_table",
    "document_text",
    "hit_table",
    "similar_turns",
    "turn_table",
]


class LocalClient:
    """Asks a memory in this process. Implements `Client`."""

    def __init__(
        self, memory: str | Path | Store | QA, *, settings: Settings | None = None
    ) -> None:
        """Take a `QA` as it is, or open one over a store, a memory's folder or a store's URL.

        Raises InputError for settings beside a `QA`, which has its own, and what `QA` raises.
        """
        from ...pipeline.qa import QA

        self._owned = not isinstance(memory, QA)
        if isinstance(memory, QA):
            if settings is not None:
                raise InputError("a QA has settings of its own; leave settings out")
            self._qa = memory
        else:
            self._qa = QA(memory, settings=settings)

    @property
    def name(self) -> str:
        """The folder's name without its suffix: `support` of `data/support.memory`."""
        return Path(str(self._qa.memory.path)).stem

    def ask(
        self,
        question: str,
        *,
        scope: str = "",
        history: History | None = None,
        where: Mapping[str, Any] | None = None,
        top_k: int | None = None,
    ) -> Table:
        """See `AsyncClient.aask`."""
        answer = self._qa.ask(question, scope=scope, history=history, where=where, top_k=top_k)
        return answer_table(answer)

    def search(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        """See `AsyncClient.asearch`."""
        hits = self._qa.search(question, hits=limit, where=where)
        return [hit_table(hit) for hit in hits[:limit]]

    def similar(self, question: str, *, limit: int = 5) -> list[Table]:
        """See `AsyncClient.asimilar`: what was imported, and what was corrected for all."""
        return similar_turns(self._qa, question, limit)

    def propose(self, question: str, text: str, *, author: str = "") -> Table:
        """Correct the answer for all at once: beside the owner of the folder nobody decides."""
        turn = self._qa.correct(question, text, author=author)
        return turn_table(turn) | {"state": "corrected"}

    def document(self, key: str) -> str:
        """See `AsyncClient.adocument`. Raises InputError for a key that no document has."""
        return document_text(self._qa, key)

    async def aname(self) -> str:
        """See `name`."""
        return self.name

    async def aask(self, question: str, **options: Any) -> Table:
        """See `ask`; computed in a thread, as are all these."""
        return await asyncio.to_thread(self.ask, question, **options)

    async def asearch(self, question: str, **options: Any) -> list[Table]:
        """See `search`."""
        return await asyncio.to_thread(self.search, question, **options)

    async def asimilar(self, question: str, **options: Any) -> list[Table]:
        """See `similar`."""
        return await asyncio.to_thread(self.similar, question, **options)

    async def apropose(self, question: str, text: str, **options: Any) -> Table:
        """See `propose`."""
        return await asyncio.to_thread(self.propose, question, text, **options)

    async def adocument(self, key: str) -> str:
        """See `document`."""
        return await asyncio.to_thread(self.document, key)

    def close(self) -> None:
        """Close what was opened here."""
        if self._owned:
            self._qa.close()


def answer_table(answer: Answer) -> Table:
    """The answer as `AsyncClient.aask` gives it: with each source its key and sentence."""
    table = answer.to_json()
    for candidate, told in zip(answer.answers, table["answers"], strict=True):
        places = [candidate.evidence, *candidate.support]
        for place, source in zip(places, [told["source"], *told["support"]], strict=True):
            source |= _surroundings(place)
    return {**table, "text": answer.text, "confidence": round(answer.confidence, 4)}


def _surroundings(place: Evidence) -> Table:
    """Key of the document, and what stands before and after the text in its sentence."""
    at = place.offset_in_passage
    before = after = ""
    if at is not None:
        before, _, after = around(place.passage_text, at, at + len(place.text))
    return {"key": document_key(place.document), "before": before, "after": after}


def hit_table(hit: Hit) -> Table:
    """A passage that a search found, as `AsyncClient.asearch` gives it."""
    passage = hit.passage
    return {
        "text": passage.text,
        "score": hit.score,
        "dense": hit.dense,
        "lexical": hit.lexical,
        "proximity": hit.proximity,
        "document": passage.document,
        "key": document_key(passage.document),
        "title": passage.title,
        "source": hit.source,
        "page": passage.page_at(passage.start),
        "passage": passage.key,
        "start": passage.start,
        "end": passage.end,
        "metadata": dict(hit.metadata),
    }


def turn_table(turn: Turn) -> Table:
    """A remembered question with its answer."""
    return {
        "turn": turn.id,
        "question": turn.question,
        "answer": turn.answer,
        "kind": turn.kind,
        "author": turn.author,
        "at": turn.created_at,
    }


def similar_turns(qa: QA, question: str, limit: int) -> list[Table]:
    """The turns of the shared scope that resemble a question; `similarity` is a cosine, -1..1.

    Raises InputError for a question that cannot be asked.
    """
    from ...pipeline.question import clean_question

    vectors = qa.encoder.encode_queries([clean_question(question)])
    hits = qa.memory.search_turns("", vectors[0], k=limit)
    return [turn_table(hit.turn) | {"similarity": round(hit.similarity, 4)} for hit in hits]


def document_text(qa: QA, key: str) -> str:
    """The text of the document with a key. Raises InputError where there is none."""
    from ...memory.protocol import Catalog

    memory = qa.memory
    if not isinstance(memory, Catalog):
        raise InputError(
            f"the store at {memory.path} keeps passages alone, and gives no document's text; "
            "search it instead"
        )
    info = memory.document(key)
    text = None if info is None else memory.text(info.id)
    if text is None:
        raise InputError(f"no document has the key {key!r}; take one from an answer's source")
    return text
