"""The passages that a question would be read in, as LangChain's documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

from .connection import Connection


class SpanMemRetriever(Connection, BaseRetriever):
    """Finds passages by meaning and by words, best first.

    >>> SpanMemRetriever(memory="support.memory", k=3).invoke("How long is the warranty?")
    """

    k: int = Field(default=4, ge=1)
    """Passages returned, at most."""
    where: dict[str, Any] | None = None
    """Metadata that documents must have: `{"lang": "en", "year": {"gte": 2024}}`."""

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        where: dict[str, Any] | None = None,
    ) -> list[Document]:
        hits = self._client.search(query, **self._options(k, where))
        return [document_of(hit) for hit in hits]

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,
        k: int | None = None,
        where: dict[str, Any] | None = None,
    ) -> list[Document]:
        hits = await self._client.asearch(query, **self._options(k, where))
        return [document_of(hit) for hit in hits]

    def _options(self, k: int | None, where: dict[str, Any] | None) -> dict[str, Any]:
        """What a call says goes before what the retriever was made with, `{}` too: no filter."""
        return {
            "limit": self.k if k is None else k,
            "where": self.where if where is None else where,
        }


def document_of(hit: Mapping[str, Any]) -> Document:
    """A passage with its place: `start` and `end` count characters of `document`.

    Where the document's own metadata uses one of these names, the place has it.
    """
    place = {
        "source": hit.get("source") or hit["document"],
        **{name: hit[name] for name in ("title", "document", "start", "end", "score")},
    }
    if hit.get("page") is not None:
        place["page"] = hit["page"]
    metadata = {**hit.get("metadata", {}), **place}
    return Document(id=hit["passage"], page_content=hit["text"], metadata=metadata)
