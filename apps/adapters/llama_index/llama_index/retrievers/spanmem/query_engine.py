"""A query engine whose answers are read, not written: no language model, no key of one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks.base import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.retrievers.spanmem.retriever import node_of_answer, node_of_hit

import spanmem
from spanmem.client import Client, connect


class SpanMemQueryEngine(BaseQueryEngine):
    """Answers verbatim with the place, or not at all: then `response` is None.

    `source_nodes` are the answer and other candidates, each with its characters and, as score, its
    probability; of an answer that was held back there are none. `metadata["spanmem"]` is the whole
    answer as JSON.

    >>> SpanMemQueryEngine("support.memory").query("How long is the warranty?").response
    """

    def __init__(
        self,
        memory: str | Path | spanmem.QA | Any | None = None,
        *,
        url: str | None = None,
        api_key: str | None = None,
        settings: spanmem.Settings | None = None,
        top_k: int | None = None,
        where: Mapping[str, Any] | None = None,
        scope: str = "",
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """Open the memory; `spanmem.client.connect` says what `memory` to `settings` are.

        With `scope`, questions and answers are remembered under that name, and follow-ups
        understood. Raises SpanMemError.
        """
        super().__init__(callback_manager=callback_manager)
        self._client: Client = connect(memory, url=url, api_key=api_key, settings=settings)
        self._where = where
        self._options: dict[str, Any] = {"top_k": top_k, "where": where, "scope": scope}

    def retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """The passages that the question would be read in, best first."""
        hits = self._client.search(query_bundle.query_str, where=self._where)
        return [node_of_hit(hit) for hit in hits]

    def close(self) -> None:
        """Let go of the memory, if it was opened here."""
        self._client.close()

    def _query(self, query_bundle: QueryBundle) -> Response:
        return _response(self._client.ask(query_bundle.query_str, **self._options))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return _response(await self._client.aask(query_bundle.query_str, **self._options))

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}


def _response(answer: dict[str, Any]) -> Response:
    candidates = [] if answer["abstained"] else answer["answers"]
    return Response(
        response=answer["text"],
        source_nodes=[node_of_answer(candidate) for candidate in candidates],
        metadata={"spanmem": answer},
    )
