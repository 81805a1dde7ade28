"""The passages that a question would be read in, as LlamaIndex's nodes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks.base import CallbackManager
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

import spanmem
from spanmem.client import Client, connect


class SpanMemRetriever(BaseRetriever):
    """Finds passages by meaning and by words, best first.

    >>> SpanMemRetriever("support.memory", similarity_top_k=3).retrieve("How long is the warranty?")
    """

    def __init__(
        self,
        memory: str | Path | spanmem.QA | Any | None = None,
        *,
        url: str | None = None,
        api_key: str | None = None,
        settings: spanmem.Settings | None = None,
        similarity_top_k: int = 10,
        where: Mapping[str, Any] | None = None,
        callback_manager: CallbackManager | None = None,
        **options: Any,
    ) -> None:
        """Open the memory; `spanmem.client.connect` says what `memory` to `settings` are.

        `similarity_top_k` bounds the passages, `where` is metadata that documents must have, and
        further options are those of BaseRetriever. Raises SpanMemError.
        """
        super().__init__(callback_manager=callback_manager, **options)
        self._client: Client = connect(memory, url=url, api_key=api_key, settings=settings)
        self._limit, self._where = similarity_top_k, where

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._client.search(query_bundle.query_str, limit=self._limit, where=self._where)
        return [node_of_hit(hit) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = await self._client.asearch(
            query_bundle.query_str, limit=self._limit, where=self._where
        )
        return [node_of_hit(hit) for hit in hits]

    def close(self) -> None:
        """Let go of the memory, if it was opened here."""
        self._client.close()


def node_of_hit(hit: Mapping[str, Any]) -> NodeWithScore:
    """A passage; `start_char_idx` and `end_char_idx` count characters of its document."""
    place = {name: hit[name] for name in ("title", "document") if hit[name]}
    if hit.get("page") is not None:
        place["page"] = hit["page"]
    node = _node(hit["passage"], hit, {**hit.get("metadata", {}), **place})
    return NodeWithScore(node=node, score=hit["score"])


def node_of_answer(candidate: Mapping[str, Any]) -> NodeWithScore:
    """A possible answer with its place; its score is the probability that it is right."""
    source = candidate["source"]
    metadata = {
        name: source[name]
        for name in ("title", "document", "page", "before", "after")
        if source.get(name)
    }
    # What a person told stands in no passage; its document names who told it, and when.
    name = f"{source['passage'] or source['document']}:{source['start']}-{source['end']}"
    node = _node(name, source, {**metadata, "kind": candidate["kind"]})
    return NodeWithScore(node=node, score=candidate["confidence"])


def _node(name: str, place: Mapping[str, Any], metadata: dict[str, Any]) -> TextNode:
    node = TextNode(
        id_=name,
        text=place["text"],
        start_char_idx=place["start"],
        end_char_idx=place["end"],
        metadata=metadata,
    )
    # What LlamaIndex calls the node's document (`ref_doc_id`).
    source = RelatedNodeInfo(node_id=place["document"])
    node.relationships[NodeRelationship.SOURCE] = source
    return node
