"""The passages that a question would be read in, as Haystack's documents."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

from haystack import Document, component, default_from_dict, default_to_dict
from haystack.utils import Secret

import spanmem
from spanmem.client import Client, connect

from .filters import where_of

_OPENING = threading.Lock()
"""Of the module: pipelines copy their components, which may hold none."""


@component
class SpanMemRetriever:
    """Finds passages by meaning and by words, best first.

    `memory` is a memory's folder; with `url`, that of a running service, it is a name there, or
    nothing where the key sees but one memory.
    """

    def __init__(
        self,
        memory: str | None = None,
        url: str | None = None,
        api_key: Secret = Secret.from_env_var("SPANMEM_API_KEY", strict=False),  # noqa: B008
        top_k: int = 10,
        filters: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        """`settings` are dotted keys of `spanmem.Settings`, for a memory in this process.

        `filters` are Haystack's, joined by AND, or SpanMem's `where`; a call's come in their place.
        Raises FilterError.
        """
        where_of(filters)
        self.memory = None if memory is None else str(memory)
        self.url, self.api_key, self.top_k = url, api_key, top_k
        self.filters, self.settings = filters, settings
        self._client: Client | None = None

    def to_dict(self) -> dict[str, Any]:
        """For a pipeline's YAML; the key is named by its environment variable."""
        return default_to_dict(
            self,
            memory=self.memory,
            url=self.url,
            api_key=self.api_key.to_dict(),
            top_k=self.top_k,
            filters=self.filters,
            settings=self.settings,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SpanMemRetriever:
        """From a pipeline's YAML."""
        options = data.get("init_parameters", {})
        if isinstance(options.get("api_key"), dict):
            options["api_key"] = Secret.from_dict(options["api_key"])
        made: SpanMemRetriever = default_from_dict(cls, data)
        return made

    def warm_up(self) -> None:
        """Open the memory, as the first question does otherwise. Raises SpanMemError."""
        self._opened()

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, Any]:
        """The passages for `query`, best first. Raises FilterError and SpanMemError."""
        hits = self._opened().search(query, **self._options(filters, top_k))
        return {"documents": [document_of(hit) for hit in hits]}

    @component.output_types(documents=list[Document])
    async def run_async(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, Any]:
        """See `run`; what takes time happens in threads."""
        client = await asyncio.to_thread(self._opened)
        hits = await client.asearch(query, **self._options(filters, top_k))
        return {"documents": [document_of(hit) for hit in hits]}

    def close(self) -> None:
        """Let go of the memory; the next question opens it again."""
        with _OPENING:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _opened(self) -> Client:
        """The memory's client; of several calls at once, one opens it."""
        with _OPENING:
            if self._client is None:
                settings = None
                if self.url is None:
                    settings = spanmem.Settings.load(overrides=self.settings or {})
                key = self.api_key.resolve_value()
                self._client = connect(self.memory, url=self.url, api_key=key, settings=settings)
            return self._client

    def _options(self, filters: dict[str, Any] | None, top_k: int | None) -> dict[str, Any]:
        where = where_of(self.filters if filters is None else filters)
        return {"limit": self.top_k if top_k is None else top_k, "where": where}


def document_of(hit: Mapping[str, Any]) -> Document:
    """A passage with its place: `start` and `end` in its `meta` count characters of `document`."""
    meta = {**hit.get("metadata", {}), **{name: hit[name] for name in ("title", "document")}}
    meta |= {"start": hit["start"], "end": hit["end"]}
    if hit.get("page") is not None:
        meta["page_number"] = hit["page"]
    return Document(id=hit["passage"], content=hit["text"], meta=meta, score=hit["score"])
