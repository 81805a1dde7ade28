"""The client of a memory in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import InputError
from ..web.asked import level_of
from ..web.shown import addresses, answer_json, documents_of, hit_json
from .protocol import History, Table

if TYPE_CHECKING:
    from ...core.records import Turn
    from ...memory.protocol import Store
    from ...pipeline.answers import Answer
    from ...pipeline.qa import QA
    from ...pipeline.settings import Settings

__all__ = ["LocalClient"]


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
        return _answer_table(self._qa, answer)

    def search(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        """See `AsyncClient.asearch`."""
        hits = self._qa.search(question, hits=limit, where=where)[:limit]
        urls = addresses(self._qa, (hit.passage.document for hit in hits))
        return [hit_json(hit, urls) for hit in hits]

    def similar(self, question: str, *, limit: int = 5) -> list[Table]:
        """See `AsyncClient.asimilar`: what was imported, and what was corrected for all."""
        hits = self._qa.similar(question, limit=limit)
        return [_turn_table(h.turn) | {"similarity": round(h.similarity, 4)} for h in hits]

    def propose(self, question: str, text: str, *, author: str = "") -> Table:
        """Correct the answer for all at once: beside the owner of the folder nobody decides."""
        turn = self._qa.correct(question, text, author=author)
        return _turn_table(turn) | {"state": "corrected"}

    def document(self, key: str) -> str:
        """See `AsyncClient.adocument`. Raises InputError for a key that no document has."""
        return _document_text(self._qa, key)

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


def _answer_table(qa: QA, answer: Answer) -> Table:
    """The answer as `AsyncClient.aask` gives it: as the service does, less what only that knows."""
    urls = addresses(qa, documents_of(answer))
    return {
        **answer_json(answer, urls),
        "text": answer.text,
        "confidence": round(answer.confidence, 4),
        "level": level_of(answer, qa.settings.service),
    }


def _turn_table(turn: Turn) -> Table:
    names = ("id", "question", "answer", "kind", "author", "created_at")
    return {name: getattr(turn, name) for name in names}


def _document_text(qa: QA, key: str) -> str:
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
