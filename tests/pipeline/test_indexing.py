"""`spanmem.index`: its arguments, what it does with bad and vanished sources, and its progress."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.build import Progress
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.indexing import index, index_with_report
from spanmem.pipeline.settings import Settings

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


def documents(memory: Memory) -> set[str]:
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


def test_a_store_s_address_is_no_folder(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="sky://new is no folder"):
        index(docs, into="sky://new", encoder=HashEncoder())
    assert not list(tmp_path.glob("sky*"))
