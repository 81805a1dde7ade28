"""`spanmem.index`: its arguments, what it does with bad and vanished sources, and its progress."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NoReturn

import pytest

from spanmem.core.errors import InputError, StorageError
from spanmem.indexer.build import IndexReport, Progress
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.indexer.encoders.pool import EncoderPool
from spanmem.memory.opening import AnyMemory, is_there
from spanmem.memory.store import Memory
from spanmem.pipeline import indexing
from spanmem.pipeline.indexing import index, index_with_report
from spanmem.pipeline.settings import Settings
from tests.servers import NameMemory

ENCODER = HashEncoder(32)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Two texts and a file that is none."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "lamp.txt").write_text("The lamp costs 5 crowns.", encoding="utf-8")
    (folder / "ferry.txt").write_text("The ferry costs 90 crowns.", encoding="utf-8")
    (folder / "noise.txt").write_bytes(bytes(range(256)))
    return folder


def documents(memory: AnyMemory) -> set[str]:
    with memory:
        return {info.id for info in memory.documents()}


def test_bad_files_are_refused_or_skipped(docs: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"noise\.txt"):
        index(docs, into=tmp_path / "m", encoder=ENCODER)
    told: list[InputError] = []
    memory, report = index_with_report(
        docs, into=tmp_path / "m", skip_bad=True, encoder=ENCODER, on_bad=told.append
    )
    assert documents(memory) == {"lamp.txt", "ferry.txt"}
    assert (report.skipped, len(told)) == (1, 1)


def test_vanished_documents_stay_unless_pruned(docs: Path, tmp_path: Path) -> None:
    (docs / "noise.txt").unlink()
    index(docs, into=tmp_path / "m", encoder=ENCODER).close()
    (docs / "lamp.txt").unlink()
    kept = index(docs, into=tmp_path / "m", encoder=ENCODER)
    assert documents(kept) == {"lamp.txt", "ferry.txt"}
    assert documents(index(docs, into=tmp_path / "m", prune=True, encoder=ENCODER)) == {"ferry.txt"}
    (docs / "ferry.txt").unlink()
    with pytest.raises(InputError, match="no documents found"):
        index(docs, into=tmp_path / "m", encoder=ENCODER)
    assert documents(index(docs, into=tmp_path / "m", prune=True, encoder=ENCODER)) == set()


def test_a_folder_that_is_empty_of_a_sudden_takes_not_all_with_it(
    docs: Path, tmp_path: Path
) -> None:
    (docs / "noise.txt").unlink()
    index(docs, into=tmp_path / "m", encoder=ENCODER).close()
    for name in ("lamp.txt", "ferry.txt"):
        (docs / name).unlink()
    with pytest.raises(InputError, match=r"would forget all 2 documents .* is its disk there"):
        index(docs, into=tmp_path / "m", prune=True, encoder=ENCODER)
    (docs / "new.txt").write_text("The mast is 9 m high.", encoding="utf-8")
    assert documents(index(docs, into=tmp_path / "m", prune=True, encoder=ENCODER)) == {"new.txt"}


def test_a_dataset_is_read_beside_paths_or_alone(docs: Path, tmp_path: Path) -> None:
    (docs / "noise.txt").unlink()
    rows = [{"id": f"row-{i}", "text": f"Lamp {i} stands in the hall."} for i in range(3)]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    names = {row["id"] for row in rows}
    alone = index(into=tmp_path / "alone", dataset=f"json:{data}", encoder=ENCODER)
    assert documents(alone) == names
    both = index(docs, into=tmp_path / "both", dataset=f"json:{data}", encoder=ENCODER)
    assert documents(both) == {*names, "lamp.txt", "ferry.txt"}
    again = index(into=tmp_path / "both", dataset=f"json:{data}", prune=True, encoder=ENCODER)
    assert documents(again) == {*names, "lamp.txt", "ferry.txt"}  # what was read elsewhere stays
    with pytest.raises(InputError, match="nosuch"):
        index(into=tmp_path / "m", dataset=f"json:{data}", split="nosuch", encoder=ENCODER)


def test_passages_are_cut_as_the_settings_say(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("One two three four five. " * 40, encoding="utf-8")
    settings = Settings.load({"index": {"words": 20, "overlap": 0, "batch": 1}})
    with (
        index(tmp_path / "long.txt", into=tmp_path / "a", encoder=ENCODER) as long,
        index(
            tmp_path / "long.txt", into=tmp_path / "b", encoder=ENCODER, settings=settings
        ) as short,
    ):
        assert long.counts()[1] < short.counts()[1] == 10


@pytest.mark.parametrize(
    ("paths", "expected"),
    [((), "nothing to index"), ("", "a path is empty"), (["none.txt"], "none.txt: no such file")],
)
def test_what_is_wrong_is_said_before_anything_is_written(
    paths: str | list[str], expected: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=expected):
        index(paths, into=tmp_path / "m", encoder=ENCODER)
    assert not (tmp_path / "m").exists()


def test_the_share_that_was_read_rises_to_one(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}.txt").write_text(f"Lamp {number} is lit.", encoding="utf-8")
    states: list[Progress] = []
    settings = Settings.load({"index": {"batch": 4}})
    memory, _ = index_with_report(
        tmp_path, into=tmp_path / "m", encoder=ENCODER, settings=settings, progress=states.append
    )
    memory.close()
    shares = [state.share for state in states if state.share is not None]
    assert len(shares) == len(states) > 2
    assert 0 < shares[0] < shares[-1] == 1.0


def test_the_share_rises_while_one_large_file_is_encoded(tmp_path: Path) -> None:
    text = "\n\n".join(f"Lamp {number} is lit, {'and lit, ' * 90}and lit." for number in range(40))
    (tmp_path / "lamps.txt").write_text(text, encoding="utf-8")
    states: list[Progress] = []
    settings = Settings.load({"index": {"batch": 4}})
    memory, _ = index_with_report(
        tmp_path, into=tmp_path / "m", encoder=ENCODER, settings=settings, progress=states.append
    )
    memory.close()
    shares = [state.share or 0.0 for state in states]
    assert shares == sorted(shares)
    assert len(set(shares)) >= 10
    assert shares[0] < 0.2
    assert shares[-1] == 1.0


def test_a_store_s_address_is_no_folder(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="sky://new is no folder"):
        index(docs, into="sky://new", encoder=HashEncoder())
    assert not list(tmp_path.glob("sky*"))


def tree(folder: Path, count: int = 4, tag: str = "") -> Path:
    for number in range(count):
        path = folder / f"s{number % 2}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Lamp {number} is lit {tag}.", encoding="utf-8")
    return folder


def run(memory: Path, *paths: Path, prune: bool = False) -> IndexReport:
    opened, report = index_with_report(paths, into=memory, prune=prune, encoder=ENCODER)
    opened.close()
    return report


@pytest.mark.parametrize("noted", [False, True])
@pytest.mark.parametrize("stays", [False, True])
def test_what_is_gone_from_a_folder_that_moved_is_pruned(
    tmp_path: Path, noted: bool, stays: bool
) -> None:
    """At once, or after a run that only took note of the move; also from a mount left empty."""
    tree(tmp_path / "a")
    other = tree(tmp_path / "other", 3, "elsewhere") / "s0"
    run(tmp_path / "m", tmp_path / "a")
    run(tmp_path / "m", other.rename(tmp_path / "apart"))
    (tmp_path / "a").rename(tmp_path / "b")
    if stays:
        (tmp_path / "a").mkdir()
    (tmp_path / "b" / "s0" / "0.txt").unlink()
    if noted:
        assert run(tmp_path / "m", tmp_path / "b").removed == 0
    report = run(tmp_path / "m", tmp_path / "b", prune=True)
    assert (report.removed, report.documents) == (1, 5)


def test_a_drive_that_is_not_there_today_loses_nothing_and_is_told(tmp_path: Path) -> None:
    tree(tmp_path / "drive")
    (tmp_path / "drive" / "README.md").write_text("Read me.", encoding="utf-8")
    run(tmp_path / "m", tmp_path / "drive")
    (tmp_path / "drive").rename(tmp_path / "away")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "README.md").write_text("Read me.", encoding="utf-8")  # every folder has one
    report = run(tmp_path / "m", docs, prune=True)
    assert (report.removed, report.documents) == (0, 5)
    assert f"4 documents came from {tmp_path / 'drive'}" in report.notices[0]


def test_another_folder_with_files_of_the_same_names_is_no_move(tmp_path: Path) -> None:
    tree(tmp_path / "a")
    run(tmp_path / "m", tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "away")
    report = run(tmp_path / "m", tree(tmp_path / "b", 3, "elsewhere"), prune=True)
    assert (report.removed, report.documents) == (0, 4)
    assert f"1 document came from {tmp_path / 'a'}" in report.notices[0]


def test_a_folder_indexed_again_from_further_down_has_moved(tmp_path: Path) -> None:
    tree(tmp_path / "a" / "docs")
    run(tmp_path / "m", tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    (tmp_path / "b" / "docs" / "s0" / "0.txt").unlink()
    report = run(tmp_path / "m", tmp_path / "b" / "docs", prune=True)
    assert report.documents == 3


def test_what_is_read_beside_a_bad_file_is_stored(docs: Path, tmp_path: Path) -> None:
    for number in range(40):
        (docs / f"noise{number}.txt").write_bytes(bytes(range(256)))
    with pytest.raises(
        InputError, match=r"^41 files or rows .+and 38 more; .*--skip-bad$"
    ) as error:
        index(docs, into=tmp_path / "m", encoder=ENCODER)
    assert len(str(error.value)) < 2000
    assert documents(Memory.open(tmp_path / "m")) == {"lamp.txt", "ferry.txt"}


def test_no_memory_is_left_where_nothing_could_be_read(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "noise.txt").write_bytes(bytes(range(256)))
    for skip_bad in (False, True):
        with pytest.raises(InputError, match=r"noise\.txt|skipped 1"):
            index(tmp_path / "docs", into=tmp_path / "m", skip_bad=skip_bad, encoder=ENCODER)
        assert not (tmp_path / "m").exists()


def test_numbers_that_two_files_give_their_rows_are_kept_apart(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, colour in (("a", "red"), ("b", "green")):
        rows = "".join(f"{n},{colour} shed {n}\n" for n in (1, 2))
        (docs / f"{name}.csv").write_text(f"id,text\n{rows}", encoding="utf-8")
    assert run(tmp_path / "m", docs).added == 4
    assert run(tmp_path / "m", docs).unchanged == 4
    assert run(tmp_path / "m", docs / "b.csv").unchanged == 2
    assert documents(Memory.open(tmp_path / "m")) == {"1", "2", "b.csv#1", "b.csv#2"}


def test_what_is_passed_over_is_counted_by_kind(docs: Path, tmp_path: Path) -> None:
    (docs / "noise.txt").unlink()
    for name in ("a.xyz", "b.xyz", "c.mp4", "tool", ".hidden"):
        (docs / name).write_bytes(b"\0\1")
    (docs / "empty.md").touch()
    (docs / "none.json").write_text('{"a": 1}', encoding="utf-8")
    (docs / "README").write_text("The lamp is red.", encoding="utf-8")
    report = run(tmp_path / "m", docs)
    assert report.documents == 3
    assert report.passed_over == {
        ".xyz": 2, ".mp4": 1, "empty": 1, "no suffix": 1, "without text": 1,
    }  # fmt: skip
    (notice,) = report.notices
    assert notice.startswith("not read: ")
    assert f"{docs / 'none.json'} (without text)" in notice
    assert (
        f"{docs / 'a.xyz'} and 1 more (.xyz)" in notice or f"{docs / 'b.xyz'} and 1 more" in notice
    )


def test_documents_go_to_a_server_as_to_a_folder(
    docs: Path, tmp_path: Path, postgres: NameMemory
) -> None:
    address = postgres(tmp_path)
    (docs / "noise.txt").unlink()
    for unchanged in (0, 2):
        memory, report = index_with_report(docs, into=address, encoder=ENCODER)
        with memory:
            assert (report.documents, report.unchanged) == (2, unchanged)
    (docs / "lamp.txt").unlink()
    memory, report = index_with_report(docs, into=address, encoder=ENCODER, prune=True)
    with memory:
        assert (documents(memory), report.removed) == ({"ferry.txt"}, 1)


def test_a_memory_that_was_made_in_vain_leaves_no_tables(
    docs: Path, tmp_path: Path, postgres: NameMemory
) -> None:
    class Broken(HashEncoder):
        def encode_passages(self, texts: object) -> NoReturn:
            raise InputError("it broke; mend it")

    address = postgres(tmp_path)
    with pytest.raises(InputError, match="it broke"):
        index(docs, into=address, encoder=Broken(32), skip_bad=True)
    assert not is_there(address)


def _rows(memory: AnyMemory) -> list[object]:
    """A sound memory's documents with their passages and vectors, in the order of storing."""
    with memory:
        assert memory.verify() == []
        return [
            (info, list(memory.passages(info.id)), memory.contents.vectors(info.id).tolist())
            for info in memory.documents()
        ]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Short ones, and one of several batches."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(12):
        text = f"Mill {number} was built in {1800 + number}. " * (40 if number == 5 else 1)
        (folder / f"{number:02}.txt").write_text(text, encoding="utf-8")
    return folder


SMALL = Settings.load(
    None, {"encoder.model": "hash-32", "index.words": 20, "index.overlap": 0, "index.batch": 3}
)


def test_several_workers_store_what_one_would(
    articles: Path, tmp_path: Path, postgres: NameMemory
) -> None:
    expected = _rows(index(articles, into=tmp_path / "one", settings=SMALL))
    for into in (tmp_path / "two", postgres(tmp_path)):
        assert _rows(index(articles, into=into, settings=SMALL, workers=2)) == expected
        again, report = index_with_report(articles, into=into, settings=SMALL, workers=2)
        again.close()
        assert (report.added, report.replaced, report.unchanged) == (0, 0, 12)


def test_after_a_worker_was_killed_what_was_stored_is_whole_and_the_rest_follows(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (articles / "gone.txt").write_text("It is gone.", encoding="utf-8")
    index(articles / "gone.txt", into=tmp_path / "m", settings=SMALL).close()
    (articles / "gone.txt").unlink()
    pools: list[EncoderPool] = []

    def made(*arguments: Any) -> EncoderPool:
        pools.append(EncoderPool(*arguments))
        return pools[-1]

    def kill(state: Progress) -> None:
        if state.documents >= 7:
            pools[0]._others[0]._process.kill()

    monkeypatch.setattr(indexing, "EncoderPool", made)
    with pytest.raises(StorageError, match="was killed by signal 9"):
        index_with_report(
            articles, into=tmp_path / "m", settings=SMALL, workers=2, prune=True, progress=kill
        )
    with Memory.open(tmp_path / "m") as memory:
        assert memory.verify() == []
        before = {document.id for document in memory.documents()}
    assert "gone.txt" in before
    assert 6 <= len(before) < 13
    last, report = index_with_report(
        articles, into=tmp_path / "m", settings=SMALL, workers=2, prune=True
    )
    assert (report.unchanged, report.removed) == (len(before) - 1, 1)
    assert _rows(last) == _rows(index(articles, into=tmp_path / "one", settings=SMALL))


@pytest.mark.parametrize(("threads", "workers", "each"), [(8, 2, 4), (8, 3, 2), (2, 4, 1)])
def test_workers_share_the_threads(
    threads: int,
    workers: int,
    each: int,
    articles: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[int | None] = []

    def load(settings: Settings) -> HashEncoder:
        taken.append(settings.runtime.threads)
        return ENCODER

    monkeypatch.setattr(indexing, "load_encoder", load)
    monkeypatch.setattr(indexing, "EncoderPool", lambda own, load, others: nullcontext(own))
    settings = SMALL.model_copy(
        update={"runtime": SMALL.runtime.model_copy(update={"threads": threads})}
    )
    index(articles, into=tmp_path / "m", settings=settings, workers=workers).close()
    assert taken == [each]


def test_workers_load_their_encoder_themselves(articles: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="leave `encoder` out"):
        index(articles, into=tmp_path / "m", encoder=ENCODER, workers=2)
    assert not is_there(tmp_path / "m")
