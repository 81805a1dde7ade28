"""The engine over a real service, with a reader that waits until it is let go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from spanmem.apps.web.asked import Asked, Asking
from spanmem.apps.web.errors import DeadlinePassed, NotFound, Overloaded, Stopping
from spanmem.apps.web.service import Service
from spanmem.core.errors import InputError, ModelError
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.reader import Reading, ReadRequest

WARRANTY = "How long is the warranty of the Brisk kettle?"
MILL = "When was the mill at Halden built?"


class SlowReader(OverlapReader):
    """Reads when it is let go; notes what it read at once, and fails where a question says so."""

    def __init__(self) -> None:
        self.go, self.began = threading.Event(), threading.Event()
        self.batches: list[list[str]] = []

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        self.began.set()
        assert self.go.wait(20)
        questions = [request.question for request in requests]
        if any("broken" in question for question in questions):
            raise ModelError("the reader cannot read this; name another one")
        self.batches.append(questions)
        return super().read(requests)


@pytest.fixture
def reader() -> SlowReader:
    return SlowReader()


@pytest.fixture
def service(
    tmp_path: Path,
    build: Callable[..., Service],
    reader: SlowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Service]:
    monkeypatch.setattr("spanmem.pipeline.factory.load_reader", lambda _settings: reader)
    with build(tmp_path, "support", "other", queue=3, batch=2, deadline=5.0) as service:
        service.memories.load_models()
        service.engine.start()
        yield service
        reader.go.set()


def asking(question: str, **more: object) -> Asking:
    return Asking(question=question, **more)  # type: ignore[arg-type]


async def begun(
    service: Service, reader: SlowReader, *questions: Asking
) -> list[asyncio.Task[Asked]]:
    """The questions under way, the first of them in the reader's hands."""
    tasks: list[asyncio.Task[Asked]] = []
    for question in questions:
        tasks.append(asyncio.create_task(service.engine.ask("support", question)))
        if len(tasks) == 1:
            await asyncio.to_thread(reader.began.wait, 20)
    while service.engine.gate.admitted("interactive") < len(tasks):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)  # until they wait for the reader
    return tasks


def test_what_waits_is_read_as_one_batch_and_answers_as_the_pipeline_does(
    service: Service, reader: SlowReader
) -> None:
    async def course() -> list[Asked]:
        tasks = await begun(
            service, reader, asking(MILL), asking(WARRANTY), asking("Who built it?")
        )
        reader.go.set()
        return await asyncio.gather(*tasks)

    mill, warranty, _ = asyncio.run(course())
    assert [len(batch) for batch in reader.batches] == [1, 2]
    with service.memories.using("support") as qa:
        assert (mill.answer, warranty.answer) == (qa.ask(MILL), qa.ask(WARRANTY))
    assert mill.answer.timings_ms["queue"] < 1000
    row = service.log.get("support", mill.id)
    assert (row.question, row.answer.text, row.level) == (MILL, mill.answer.text, mill.level)
    with pytest.raises(NotFound):
        service.log.get("other", mill.id)


def test_equal_questions_under_way_are_read_once_and_kept_each(
    service: Service, reader: SlowReader
) -> None:
    async def course() -> list[Asked]:
        same = [asking(MILL), asking(f"  {MILL} ")]
        told = asyncio.create_task(service.engine.ask("support", same[0]))
        await asyncio.to_thread(reader.began.wait, 20)
        joined = asyncio.create_task(service.engine.ask("support", same[1]))
        own = asyncio.create_task(service.engine.ask("support", asking(MILL, scope="ann")))
        await asyncio.sleep(0.3)
        reader.go.set()
        return list(await asyncio.gather(told, joined, own))

    first, second, own = asyncio.run(course())
    assert reader.batches == [[MILL], [MILL]]
    assert first.answer == second.answer == own.answer
    assert len({first.id, second.id, own.id}) == 3
    assert (first.answer.turn, bool(own.answer.turn)) == (None, True)


def test_a_correction_is_heard_by_the_very_next_question(
    service: Service, reader: SlowReader
) -> None:
    async def course() -> tuple[Asked, Asked]:
        (before,) = await begun(service, reader, asking(MILL))
        with service.memories.using("support") as qa:
            reader.go.set()
            qa.correct(MILL, "In 1913")
            service.engine.changed("support")
        return await before, await service.engine.ask("support", asking(MILL))

    _, after = asyncio.run(course())
    assert after.answer.text == "In 1913"


def test_who_has_gone_is_not_read(service: Service, reader: SlowReader) -> None:
    async def course() -> None:
        tasks = await begun(service, reader, asking(MILL), asking(WARRANTY))
        tasks[1].cancel()
        await asyncio.sleep(0.1)
        reader.go.set()
        await tasks[0]
        with pytest.raises(asyncio.CancelledError):
            await tasks[1]

    asyncio.run(course())
    assert reader.batches == [[MILL]]
    assert service.engine.gate.drain(5)


def test_more_than_can_wait_is_turned_away_and_what_is_late_is_not_read(
    service: Service, reader: SlowReader
) -> None:
    async def course() -> list[object]:
        tasks = await begun(
            service, reader, asking(MILL), asking(WARRANTY, timeout=0.3), asking("Who built it?")
        )
        with pytest.raises(Overloaded):
            await service.engine.ask("support", asking("Where is the mill?"))
        await asyncio.sleep(0.4)
        reader.go.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    kinds = [type(each) for each in asyncio.run(course())]
    assert kinds == [Asked, DeadlinePassed, Asked]
    assert all(WARRANTY not in batch for batch in reader.batches)


def test_one_that_cannot_be_read_costs_no_other_its_answer(
    service: Service, reader: SlowReader
) -> None:
    async def course() -> list[object]:
        tasks = await begun(
            service, reader, asking(MILL), asking("Is the mill broken?"), asking(WARRANTY)
        )
        reader.go.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    kinds = [type(each) for each in asyncio.run(course())]
    assert kinds == [Asked, ModelError, Asked]
    assert reader.batches == [[MILL], [WARRANTY]]


def test_a_remembered_answer_waits_for_no_reader(service: Service, reader: SlowReader) -> None:
    async def course() -> Asked:
        with service.memories.using("support") as qa:
            reader.go.set()
            qa.correct(WARRANTY, "four years")
            reader.go.clear()
            reader.began.clear()
        (reading,) = await begun(service, reader, asking(MILL))
        told = await service.engine.ask("support", asking(WARRANTY, scope="ann"))
        reader.go.set()
        await reading
        return told

    told = asyncio.run(course())
    assert (told.answer.text, told.level, told.answer.answers[0].kind) == (
        "four years",
        "sure",
        "correction",
    )


def test_what_cannot_be_asked_leaves_its_place(service: Service, reader: SlowReader) -> None:
    async def course() -> None:
        for memory, question, error in (
            ("support", "???", InputError),
            ("gone", MILL, NotFound),
        ):
            with pytest.raises(error):
                await service.engine.ask(memory, asking(question))

    asyncio.run(course())
    assert service.engine.gate.admitted("interactive") == 0


def test_a_memory_in_use_is_closed_by_its_last_user(service: Service) -> None:
    lease = service.memories.lease("support")
    again = service.memories.lease("support")
    assert again is lease
    service.memories.close()
    service.memories.release(again)
    assert lease.qa.memory.counts() == (2, 2)
    service.memories.release(lease)
    with pytest.raises(InputError, match="is closed"):
        lease.qa.memory.counts()
    with pytest.raises(Stopping):
        service.memories.lease("support")
