"""SpanMem under the same protocol: each given passage is one of its passages."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.protocol import Found, Passage, Task, run
from spanmem import QA, Memory, Settings
from spanmem.core.records import Document
from spanmem.indexer.build import build
from spanmem.indexer.passages import Splitter
from spanmem.pipeline.factory import load_encoder, load_reader

_WHOLE = 10_000
"""Words per passage: what is given is not cut again."""


class SpanMem:
    """`mode` is that of `retrieve.mode`; the batch follows from the token budget."""

    def __init__(self, task: Task) -> None:
        self.batch = 0
        self.settings = Settings().override(
            {
                "encoder.model": task.encoder,
                "reader.model": task.reader,
                "retrieve.mode": task.mode,
                "retrieve.passages": task.read,
                "runtime.threads": task.threads,
            }
        )
        self.folder = tempfile.TemporaryDirectory()
        self.encoder, self.reader = load_encoder(self.settings), load_reader(self.settings)
        self.memory = Memory.create(
            Path(self.folder.name) / "m.memory", encoder=self.encoder.name, dim=self.encoder.dim
        )
        self.qa = QA(self.memory, reader=self.reader, encoder=self.encoder, settings=self.settings)

    def index(self, passages: Sequence[Passage]) -> None:
        documents = (Document(id=p.id, text=p.text, title=p.title) for p in passages)
        build(documents, self.memory, self.encoder, splitter=Splitter(_WHOLE))

    def ask(self, question: str) -> Found:
        (result,) = self.qa.answer_with_hits([question], hits=self.settings.retrieve.passages)
        answers = result.answer.answers
        return Found(
            answers[0].text if answers else "", tuple(h.passage.document for h in result.hits)
        )


if __name__ == "__main__":
    run(SpanMem)
