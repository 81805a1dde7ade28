"""Several batches encoded at once are stored as one after the other would be."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spanmem.core.errors import InputError, StorageError
from spanmem.core.records import Document, Vectors
from spanmem.indexer.build import Progress, build
from spanmem.indexer.encoders.encoder import EncoderAhead
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.indexer.passages import Splitter
from spanmem.memory.store import Memory

SMALL = Splitter(20, 0)


class _Threads(HashEncoder):
    """Encodes in threads; batches are done in any order."""

    def __init__(self, ahead: int) -> None:
        super().__init__(16)
        self.ahead, self.most, self._under_way = ahead, 0, 0
        self._pool = ThreadPoolExecutor(ahead + 1)
        self._chance = random.Random(ahead)

    def begin(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        made = self._pool.submit(self._slowly, texts, self._chance.uniform(0, 0.002))

        def vectors() -> Vectors:
            self._under_way -= 1
            return made.result()

        return vectors

    def _slowly(self, texts: Sequence[str], wait: float) -> Vectors:
        time.sleep(wait)
        return self.encode_passages(texts)


def _documents(lengths: Sequence[int]) -> Iterator[Document]:
    """Of so many passages each."""
    for number, length in enumerate(lengths):
        text = " ".join(f"Mill {number} has {part} wheels of oak. " * 3 for part in range(length))
        yield Document(id=f"d{number}", text=text or "?", source=f"d{number}", origin="")


def _rows(memory: Memory) -> list[object]:
    assert memory.verify() == []
    return [
        (info, list(memory.passages(info.id)), memory.contents.vectors(info.id).tolist())
        for info in memory.documents()
    ]


def _built(
    folder: Path, lengths: Sequence[int], encoder: HashEncoder, steps: list[Progress] | None = None
) -> list[object]:
    with Memory.create(folder, encoder=encoder.name, dim=16) as memory:
        progress = None if steps is None else steps.append
        report = build(
            _documents(lengths), memory, encoder, splitter=SMALL, batch=3, progress=progress
        )
        assert report.added == len(lengths)
        return _rows(memory)


@example(lengths=[1] * 20, ahead=3)
@example(lengths=[*[1] * 8, 12, *[1] * 8], ahead=2)
@example(lengths=[], ahead=2)
@settings(max_examples=6)
@given(
    lengths=st.lists(st.sampled_from([0, 1, 1, 1, 2, 12]), min_size=5, max_size=20),
    ahead=st.integers(0, 4),
)
def test_rows_and_vectors_are_those_of_one_batch_after_the_other(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], ahead: int
) -> None:
    folder = tmp_path_factory.mktemp("m")
    steps: list[Progress] = []
    encoder = _Threads(ahead)
    assert isinstance(encoder, EncoderAhead)
    assert not isinstance(HashEncoder(16), EncoderAhead)
    ahead_of = _built(folder / "ahead", lengths, encoder, steps)
    assert ahead_of == _built(folder / "one", lengths, HashEncoder(16))
    assert encoder.most <= ahead + 1
    done = [step.documents for step in steps]
    assert done == sorted(done)
    assert done[-1] == len(lengths)
    assert all(step.documents + step.behind <= len(lengths) for step in steps)
    characters = [step.characters for step in steps]
    assert characters == sorted(characters)
    assert all(step.characters <= step.read for step in steps)
    assert characters[-1] == sum(len(document.text) for document in _documents(lengths))


def test_batches_are_under_way_at_once_within_a_long_document_too(tmp_path: Path) -> None:
    for name, lengths in (("short", [1] * 20), ("long", [40])):
        encoder = _Threads(2)
        _built(tmp_path / name, lengths, encoder)
        assert encoder.most == 3


def test_a_long_document_is_counted_while_it_is_encoded(tmp_path: Path) -> None:
    steps: list[Progress] = []
    _built(tmp_path, [40], HashEncoder(16), steps)
    within = [step for step in steps if step.documents == 0]
    assert len({step.characters for step in within}) == len(within) >= 40 // 3
    assert within[0].characters < 0.1 * within[0].read
    assert within[-1].characters > 0.9 * within[-1].read


def test_what_was_read_before_an_error_is_stored(tmp_path: Path) -> None:
    def documents() -> Iterator[Document]:
        yield from _documents([3] * 7)
        raise InputError("this row cannot be read")

    with Memory.create(tmp_path / "m", encoder="hash-16", dim=16) as memory:
        with pytest.raises(InputError, match="cannot be read"):
            build(documents(), memory, _Threads(3), splitter=SMALL, batch=3)
        assert memory.counts()[0] == 0  # the group of documents that was being read
        with pytest.raises(InputError, match="stands for one text"):
            build(
                [*_documents([3] * 300), Document(id="d1", text="Other.", source="x", origin="y")],
                memory,
                _Threads(3),
                splitter=SMALL,
                batch=3,
            )
        assert memory.counts()[0] == 256


def test_what_comes_after_a_lost_batch_is_not_stored(tmp_path: Path) -> None:
    class Lost(_Threads):
        def begin(self, texts: Sequence[str]) -> Callable[[], Vectors]:
            vectors = super().begin(texts)

            def lost() -> Vectors:
                raise StorageError("all machines are gone")

            return lost if any("Mill 4 " in text for text in texts) else vectors

    with Memory.create(tmp_path / "m", encoder="hash-16", dim=16) as memory:
        with pytest.raises(StorageError):
            build(_documents([3] * 9), memory, Lost(3), splitter=SMALL, batch=3)
        assert [info.id for info in memory.documents()] == ["d0", "d1", "d2", "d3"]
