"""txtai 9: its BM25 index, or its hybrid one, and its Questions pipeline."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from txtai import Embeddings
from txtai.pipeline import Questions

from benchmarks.peers.protocol import Found, Passage, Task, run


class Txtai:
    """`mode` is bm25 or hybrid. Questions gives no scores: the best passage's answer counts."""

    def __init__(self, task: Task) -> None:
        torch.set_num_threads(task.threads)
        self.read, self.batch = task.read, 1
        if task.mode == "bm25":
            self.words = Embeddings(keyword=True)
        else:
            self.words = Embeddings(path=task.encoder, hybrid=True, gpu=False)
        self.reader = Questions(task.reader, gpu=False)
        self.texts: dict[str, str] = {}

    def index(self, passages: Sequence[Passage]) -> None:
        self.texts = {p.id: p.whole for p in passages}
        self.words.index((p.id, p.whole, None) for p in passages)

    def ask(self, question: str) -> Found:
        """Questions reads one passage at a time, so that `batch` changes nothing."""
        names = [str(name) for name, _ in self.words.search(question, self.read)]
        answers = (self._answer(question, name) for name in names)
        return Found(next((text for text in answers if text), ""), tuple(names))

    def _answer(self, question: str, name: str) -> str:
        try:
            (text,) = self.reader([question], [self.texts[name]])
        except TypeError:  # it cannot place a span that begins at [CLS]: no answer here
            return ""
        return text or ""


if __name__ == "__main__":
    run(Txtai)
