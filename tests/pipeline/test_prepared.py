"""However questions are grouped for the reader, each is answered as it is alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.core.records import Document
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.prepared import Prepared
from spanmem.pipeline.qa import QA
from spanmem.pipeline.settings import Settings
from spanmem.reader.calibration import Calibration
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.reader import Reading, ReadRequest
from spanmem.reader.stopping import Stopping

THINGS = ("mill", "bridge", "ferry", "tower", "harbor", "well")
QUESTIONS = (
    *(f"When was the old {thing} built?" for thing in THINGS),
    "Who paid for the ferry?",
    "What does it weigh?",
    "Thanks a lot!",
    "When was the castle burnt down?",
)
FREE = Settings.load(None, {"answer.abstain_below": 0.0, "memory.reuse_above": 0.0})
asked = st.lists(
    st.tuples(
        st.sampled_from(QUESTIONS),
        st.sampled_from(["", "ann", "bob"]),
        st.sampled_from([None, {"half": 0}, {"half": 7}]),
    ),
    min_size=1,
    max_size=6,
)


class CountingReader(OverlapReader):
    """The model-free reader with a rule to stop, and the numbers of questions it read at once."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        rule = Stopping(0.5, 0.0, {"lead": 1.0, "unread": -0.3})
        self.calibration = Calibration(1.0, 0.0, {"margin": 0.3}, rule)

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        self.batches.append(len(requests))
        return super().read(requests)


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    encoder = HashEncoder()
    folder = tmp_path_factory.mktemp("prepared") / "m"
    with Memory.create(folder, encoder=encoder.name, dim=encoder.dim) as memory:
        texts = [
            f"The old {thing} was built in {1900 + 7 * n}, and mended in {1950 + n}. "
            f"{'Astrid Halden' if n % 2 else 'The town'} paid for the {thing}."
            for n, thing in enumerate(3 * THINGS)
        ]
        documents = [
            Document(id=f"d{n}", text=text, metadata={"half": n % 2})
            for n, text in enumerate(texts)
        ]
        build(documents, memory, encoder)
        qa = QA(memory, reader=OverlapReader(), encoder=encoder, settings=FREE)
        qa.correct("When was the old well built?", "1066", author="Bo")
        for scope in ("ann", "bob"):
            qa.ask("When was the old mill built?", scope=scope)
        yield memory


@pytest.fixture(scope="module")
def qa(memory: Memory) -> QA:
    return QA(memory, reader=CountingReader(), encoder=HashEncoder(), settings=FREE)


def prepared(qa: QA, questions: Sequence[tuple[str, str, dict[str, int] | None]]) -> list[Prepared]:
    # Looking back, none leaves a turn by which the next would be answered otherwise.
    return [
        qa.prepare(question, scope=scope, where=where, as_of="2999-01-01")
        for question, scope, where in questions
    ]


@settings(max_examples=12, deadline=None)
@given(questions=asked, cuts=st.sets(st.integers(1, 5)))
def test_any_grouping_gives_equal_answers(
    qa: QA, questions: list[tuple[str, str, dict[str, int] | None]], cuts: set[int]
) -> None:
    alone = [qa.ask(q, scope=s, where=w, as_of="2999-01-01") for q, s, w in questions]
    waiting = prepared(qa, questions)
    borders = [0, *sorted(cut for cut in cuts if cut < len(waiting)), len(waiting)]
    answers = [
        qa.finish(question, read)
        for first, last in pairwise(borders)
        for question, read in zip(waiting[first:last], qa.read(waiting[first:last]), strict=True)
    ]
    assert answers == alone
    kept = [answer.windows_read for answer in answers]
    assert kept == [answer.windows_read for answer in alone]


def test_a_group_is_read_as_one_batch_for_each_stage(qa: QA) -> None:
    reader = qa.reader
    assert isinstance(reader, CountingReader)
    waiting = prepared(qa, [(question, "", None) for question in QUESTIONS[:4]])
    reader.batches.clear()
    reads = qa.read(waiting)
    assert all(read is not None for read in reads)
    assert reader.batches[0] == 4
    assert reader.batches == sorted(reader.batches, reverse=True)
    assert len(reader.batches) > 1


def test_what_is_remembered_or_asks_nothing_waits_for_no_reader(qa: QA) -> None:
    reader = qa.reader
    assert isinstance(reader, CountingReader)
    waiting = [
        qa.prepare("When was the old well built?", scope="ann"),
        qa.prepare("Thanks a lot!", scope="ann"),
    ]
    assert [question.reads for question in waiting] == [False, False]
    reader.batches.clear()
    assert qa.read(waiting) == [None, None]
    assert reader.batches == []
    told, thanks = (qa.finish(question, None) for question in waiting)
    assert told.text == "1066"
    assert told.turn == qa.turns("ann")[-1].id
    assert (thanks.text, thanks.turn) == (None, None)
