"""Haystack 2: in-memory store, BM25 and embedding retrievers, ExtractiveReader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from haystack import Document
from haystack.components.embedders import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack.components.joiners import DocumentJoiner
from haystack.components.readers import ExtractiveReader
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice

from benchmarks.peers.protocol import Found, Passage, Task, run


class Haystack:
    """`mode` is bm25, embedding, or hybrid: both, joined by reciprocal rank fusion."""

    def __init__(self, task: Task) -> None:
        torch.set_num_threads(task.threads)
        cpu = ComponentDevice.from_str("cpu")
        self.mode, self.read, self.batch = task.mode, task.read, 32
        self.store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        self.by_words = InMemoryBM25Retriever(self.store, top_k=task.read)
        self.by_meaning = InMemoryEmbeddingRetriever(self.store, top_k=task.read)
        self.joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=task.read)
        quiet: dict[str, Any] = {"device": cpu, "progress_bar": False}
        self.documents = SentenceTransformersDocumentEmbedder(model=task.encoder, **quiet)
        self.questions = SentenceTransformersTextEmbedder(model=task.encoder, **quiet)
        self.reader = ExtractiveReader(
            model=task.reader, device=cpu, top_k=1, no_answer=False, token=None
        )
        self.reader.warm_up()
        if task.mode != "bm25":
            self.documents.warm_up()
            self.questions.warm_up()

    def index(self, passages: Sequence[Passage]) -> None:
        documents = [Document(id=p.id, content=p.whole) for p in passages]
        if self.mode != "bm25":
            documents = self.documents.run(documents)["documents"]
        self.store.write_documents(documents)

    def ask(self, question: str) -> Found:
        found = self._retrieve(question)
        self.reader.max_batch_size = self.batch
        answers = self.reader.run(query=question, documents=found, top_k=1)["answers"]
        text = answers[0].data if answers else None
        return Found(text or "", tuple(document.id for document in found))

    def _retrieve(self, question: str) -> list[Document]:
        lists: list[list[Document]] = []
        if self.mode != "embedding":
            lists.append(self.by_words.run(query=question)["documents"])
        if self.mode != "bm25":
            vector = self.questions.run(question)["embedding"]
            lists.append(self.by_meaning.run(query_embedding=vector)["documents"])
        joined: list[Document] = (
            lists[0] if len(lists) == 1 else self.joiner.run(lists)["documents"]
        )
        return joined[: self.read]


if __name__ == "__main__":
    run(Haystack)
