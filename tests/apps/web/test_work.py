"""What jobs do to a memory, done in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from spanmem.apps.web import work
from spanmem.apps.web.child import Worker
from spanmem.apps.web.extraction import Extracted
from spanmem.apps.web.files import PREFIX, Upload
from spanmem.apps.web.jobs import Job, Jobs, NewFile
from spanmem.apps.web.service import Service
from spanmem.core.records import document_key
from spanmem.indexer.corpus import read_documents
from spanmem.memory.store import Memory
from tests.apps.raw_bytes import files_with

from .conftest import SETTINGS

MEMORY = "support"


class Desk:
    """A service without its own process for jobs, and a worker in its place."""

    def __init__(self, folder: Path, build: Callable[..., Service]) -> None:
        self.service = build(folder / "data", MEMORY)
        self.worker = self.make("one")
        self.folder = folder

    def read(self, path: Path, name: str, **_more: Any) -> Extracted:
        link = self.folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(path)
        return Extracted(tuple(read_documents([link])))

    def make(self, claim: str) -> Worker:
        return Worker(
            SETTINGS, self.service.database, self.service.files, self.service.memories.place, claim
        )

    def keep(self, name: str, raw: str) -> Upload:
        return self.service.files.keep_bytes(name, raw.encode())

    def upload(self, *files: tuple[str, str]) -> str:
        new = [NewFile(PREFIX + name, self.keep(name, raw)) for name, raw in files]
        return self.service.jobs.add(MEMORY, "index", files=new, key="k", name="Ann")

    def add(self, **document: Any) -> str:
        upload = self.keep(document["id"], json.dumps(document))
        new = [NewFile(document["id"], upload, "document")]
        return self.service.jobs.add(MEMORY, "index", files=new)

    def job(self, identifier: str) -> Job:
        return self.service.jobs.get(MEMORY, identifier)

    def work(self) -> None:
        while self.worker.step():
            pass

    def ids(self) -> set[str]:
        with Memory.open(self.service.memories.place(MEMORY)) as memory:
            return {info.id for info in memory.list_documents()}

    def text(self, document: str) -> str | None:
        with Memory.open(self.service.memories.place(MEMORY)) as memory:
            return memory.text(document)


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: Callable[..., Service]
) -> Iterator[Desk]:
    """Files are read in this process: their own has tests of its own."""

    desk = Desk(tmp_path, build)
    monkeypatch.setattr(work, "extract", desk.read)
    yield desk
    desk.service.close()


def test_files_and_texts_are_stored_and_counted(desk: Desk) -> None:
    first = desk.upload(
        ("lamp.txt", "The lamp costs 5 crowns."), ("faq.csv", "id,text\n7,A\n8,B\n")
    )
    second = desk.add(
        id="faq/1", text="The ferry costs 90 crowns.", title="Ferry", url="https://x.y"
    )
    desk.work()
    assert desk.ids() >= {"upload/lamp.txt", "upload/faq.csv#7", "upload/faq.csv#8", "faq/1"}
    job = desk.job(first)
    assert (job.state, job.share, job.counts["added"]) == ("done", 1.0, 3)
    assert [f.documents for f in desk.service.jobs.files(first)] == [1, 2]
    assert desk.job(second).counts["added"] == 1
    kept = set(desk.service.files.hashes())
    originals = desk.service.uploads.of(MEMORY, ["upload/lamp.txt", "upload/faq.csv#8", "faq/1"])
    assert {name: o.name for name, o in originals.items()} == {
        "upload/lamp.txt": "lamp.txt",
        "upload/faq.csv#8": "faq.csv",
    }
    assert kept == {o.sha256 for o in originals.values()}  # what was sent as JSON is not kept


def test_how_far_a_job_is_is_seen_within_a_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[float, int]] = []
    note = Jobs.note

    def heard(self: Jobs, job: Job, *, counts: Mapping[str, int], share: float) -> None:
        note(self, job, counts=counts, share=share)
        now = desk.job(job.id)
        noted.append((now.share, now.counts.get("passages", 0)))

    monkeypatch.setattr(Jobs, "note", heard)
    text = "\n\n".join(f"Lamp {n} is lit, {'and lit, ' * 90}and lit." for n in range(600))
    job = desk.upload(("short.txt", "A."), ("lamps.txt", text), ("bad.txt", "a\0b"))
    desk.work()
    shares, passages = zip(*noted, strict=True)
    assert list(shares) == sorted(shares)
    assert list(passages) == sorted(passages)
    assert len(set(shares)) >= 600 // 64
    assert max(later - sooner for sooner, later in pairwise(shares)) < 0.2
    with Memory.open(desk.service.memories.place(MEMORY)) as memory:
        assert passages[-1] == memory.counts()[1] - 2  # those that were there
    assert (desk.job(job).share, desk.job(job).state) == (1.0, "done-with-failures")


def test_a_bad_file_stops_no_other_and_can_be_retried(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = desk.upload(("bad.txt", "a\0b"), ("good.txt", "The lamp costs 5 crowns."))
    desk.work()
    assert desk.job(job).state == "done-with-failures"
    bad, good = desk.service.jobs.files(job)
    assert (bad.state, good.state) == ("failed", "done")
    assert "binary data" in (bad.error or "")
    monkeypatch.setattr(work, "extract", lambda path, name, **_: Extracted(_documents(name)))
    desk.service.jobs.retry(MEMORY, job)
    desk.work()
    assert desk.job(job).state == "done"
    assert "upload/bad.txt" in desk.ids()


def _documents(name: str) -> tuple[Any, ...]:
    from spanmem.core.records import Document

    return (Document(id=name, text="Mended."),)


def test_the_same_bytes_again_change_nothing_and_others_replace(desk: Desk) -> None:
    desk.upload(("faq.csv", "id,text\n7,The lamp.\n8,The ferry.\n"))
    desk.work()
    again = desk.upload(("faq.csv", "id,text\n7,The lamp.\n8,The ferry.\n"))
    desk.work()
    assert desk.job(again).counts == {
        "added": 0, "replaced": 0, "unchanged": 2, "removed": 0, "passages": 0,
    }  # fmt: skip
    other = desk.upload(("faq.csv", "id,text\n7,The lamp.\n9,The mill.\n"))
    desk.work()
    assert desk.job(other).counts == {
        "added": 1, "replaced": 0, "unchanged": 1, "removed": 1, "passages": 1,
    }  # fmt: skip
    assert {i for i in desk.ids() if i.startswith("upload/")} == {
        "upload/faq.csv#7",
        "upload/faq.csv#9",
    }
    assert len(set(desk.service.files.hashes())) == 1  # the older original is gone


def test_a_file_whose_name_begins_like_anothers_keeps_its_documents(desk: Desk) -> None:
    desk.upload(("a.txt", "One."), ("a.txt.md", "Two."))
    desk.work()
    desk.upload(("a.txt", "Three."))
    desk.work()
    assert {"upload/a.txt", "upload/a.txt.md"} <= desk.ids()


def test_title_metadata_and_address_change_and_the_text_stays(desk: Desk) -> None:
    desk.add(id="d", text="The lamp stands.\n\nIt costs 5 crowns.", title="Old", metadata={"n": 1})
    desk.work()
    before = desk.text("d")
    for changes in ({"title": "New"}, {"url": "https://x.example"}, {"metadata": {"n": 2}}):
        arguments = {"document": "d", "changes": changes}
        desk.service.jobs.add(MEMORY, "update", arguments)
    desk.work()
    with Memory.open(desk.service.memories.place(MEMORY)) as memory:
        info = memory.document(document_key("d"))
        assert info is not None
        assert (info.title, info.metadata) == ("New", {"n": 2})
        assert memory.text("d") == before
        assert {p.title for p in memory.passages("d")} == {"New"}


def test_what_is_removed_goes_with_its_original(desk: Desk) -> None:
    desk.upload(("faq.csv", "id,text\n7,The lamp.\n8,The ferry.\n"))
    desk.work()
    for name, left in (("upload/faq.csv#7", 1), ("upload/faq.csv#8", 0)):
        desk.service.jobs.add(MEMORY, "remove", {"documents": [name]})
        desk.work()
        assert name not in desk.ids()
        assert len(list(desk.service.files.hashes())) == left


def test_a_cancelled_job_ends_with_what_it_has_stored(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{n}.txt" for n in range(4)]
    job = desk.upload(*((name, f"Text of {name}.") for name in names))

    def and_cancel(path: Path, name: str, **_more: Any) -> Extracted:
        if name == "2.txt":
            desk.service.jobs.cancel(MEMORY, job)
        return desk.read(path, name)

    monkeypatch.setattr(work, "extract", and_cancel)
    monkeypatch.setattr(work, "_CHARACTERS", 1)
    desk.work()
    assert desk.job(job).state == "cancelled"
    states = [file.state for file in desk.service.jobs.files(job)]
    assert states[:2] == ["done", "done"]
    assert states[3] == "cancelled"
    assert {"upload/0.txt", "upload/1.txt"} <= desk.ids()
    desk.service.jobs.retry(MEMORY, job)
    monkeypatch.setattr(work, "extract", desk.read)
    desk.work()
    assert desk.job(job).state == "done"


def test_a_job_waits_for_another_writer_and_says_which(desk: Desk) -> None:
    job = desk.upload(("lamp.txt", "The lamp."))
    with Memory.open(desk.service.memories.place(MEMORY), write=True):
        assert desk.worker.step()
        state = desk.job(job)
        assert (state.state, state.tries) == ("waiting", 0)
        assert "is being written by process" in (state.waiting_for or "")
        assert not desk.worker.step()  # it is not tried at once
    with desk.service.database.write() as connection:
        connection.execute("UPDATE jobs SET due_at = created_at")
    assert desk.worker.step()
    assert desk.job(job).state == "done"


def test_a_worker_that_stops_puts_its_job_back(desk: Desk) -> None:
    job = desk.upload(("lamp.txt", "The lamp."))
    desk.worker.stopping.set()
    desk.worker.step()
    assert (desk.job(job).state, desk.job(job).tries) == ("queued", 0)
    assert desk.make("two").step()
    assert desk.job(job).state == "done"


def test_a_fault_fails_its_job_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> Extracted:
        raise ZeroDivisionError

    monkeypatch.setattr(work, "extract", broken)
    bad = desk.upload(("a.txt", "The lamp."))
    desk.work()
    assert desk.job(bad).problem == "a fault of the service (ZeroDivisionError)"
    assert "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.setattr(work, "extract", desk.read)
    good = desk.upload(("b.txt", "The lamp."))
    desk.work()
    assert desk.job(good).state == "done"


CANARIES = ("xylocanary", "quincecanary")


def test_what_is_erased_is_in_no_file_of_the_service(desk: Desk) -> None:
    data = desk.service.data
    text = f"The {CANARIES[0]} lamp costs 5 crowns and {CANARIES[1]}."
    desk.upload(("lamp.txt", text), ("other.txt", "The ferry costs 90 crowns."))
    desk.add(id="made", text=f"Another {CANARIES[0]} lamp.", metadata={"k": CANARIES[1]})
    desk.work()
    qa = desk.service.memories.qa(MEMORY)
    qa.ask(f"What does the {CANARIES[0]} lamp cost?", scope="ann")
    changes = {"document": "made", "changes": {"title": f"A {CANARIES[1]}"}}
    desk.service.jobs.add(MEMORY, "update", changes)
    desk.work()
    with desk.service.database.write() as connection:
        connection.execute(
            "INSERT INTO idempotency (key, token, memory, request, status, body, created_at) "
            "VALUES ('k', 't', ?, x'00', 200, ?, '2026-01-01')",
            (MEMORY, CANARIES[0].encode()),
        )
    assert files_with(data, CANARIES[0])
    desk.service.jobs.add(MEMORY, "erase", {"documents": ["upload/lamp.txt", "made"]})
    desk.service.jobs.add(MEMORY, "erase", {"scope": "ann"})
    desk.work()
    assert {job.state for job in desk.service.jobs.page(MEMORY)} == {"done"}
    for canary in CANARIES:
        assert files_with(data, canary) == []
    assert "upload/other.txt" in desk.ids()
