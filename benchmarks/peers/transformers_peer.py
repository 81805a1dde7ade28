"""The question-answering pipeline of transformers 4 over bm25s with English stemming."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bm25s
import Stemmer
import torch
from transformers import pipeline

from benchmarks.peers.protocol import Found, Passage, Task, run


class Pipeline:
    """Each passage is read by itself; the answer with the highest score counts."""

    def __init__(self, task: Task) -> None:
        torch.set_num_threads(task.threads)
        self.read, self.batch = task.read, 32
        self.stemmer = Stemmer.Stemmer("english")
        self.words = bm25s.BM25()
        self.passages: Sequence[Passage] = ()
        self.reader = pipeline(
            "question-answering", model=task.reader, tokenizer=task.reader, device="cpu"
        )

    def index(self, passages: Sequence[Passage]) -> None:
        self.passages = passages
        tokens = self._tokens([p.whole for p in passages])
        self.words.index(tokens, show_progress=False)

    def ask(self, question: str) -> Found:
        k = min(self.read, len(self.passages))
        numbers, _ = self.words.retrieve(self._tokens([question]), k=k, show_progress=False)
        found = [self.passages[int(i)] for i in numbers[0]]
        rows = [{"question": question, "context": p.whole} for p in found]
        answers = _flat(self.reader(rows, batch_size=self.batch))
        best = max(answers, key=lambda answer: float(answer["score"]), default={"answer": ""})
        return Found(str(best["answer"]), tuple(p.id for p in found))

    def _tokens(self, texts: Sequence[str]) -> object:
        return bm25s.tokenize(
            list(texts), stopwords="en", stemmer=self.stemmer, show_progress=False
        )


def _flat(given: Any) -> list[dict[str, Any]]:
    """The answers of all passages: of each there may be one, several or none."""
    if isinstance(given, dict):
        return [given]
    return [answer for part in given for answer in _flat(part)]


if __name__ == "__main__":
    run(Pipeline)
