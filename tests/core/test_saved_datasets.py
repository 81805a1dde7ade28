"""Folders of `save_to_disk`, written by the library itself, and damaged ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from spanmem.core.errors import InputError, RowError
from spanmem.core.saved_datasets import is_saved_dataset, read_saved, saved_files

ROWS: list[dict[str, Any]] = [
    {"question": f"q {number}", "answers": {"text": ["a", "b"], "answer_start": [number, 2]}}
    for number in range(5)
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    dataset = Dataset.from_list(ROWS)
    dataset.save_to_disk(folder / "one", num_shards=2)
    DatasetDict({"dev": dataset}).save_to_disk(folder / "split")
    DatasetDict({"train": dataset, "test": dataset}).save_to_disk(folder / "splits")
    return folder


def test_rows_are_those_that_were_saved(saved: Path) -> None:
    for name in ("one", "split", "splits/train"):
        assert [row for _, row in read_saved(saved / name)] == ROWS
    assert [number for number, _ in read_saved(saved / "one")] == [1, 2, 3, 4, 5]
    assert is_saved_dataset(saved / "splits")
    assert not is_saved_dataset(saved)
    assert len(saved_files(saved / "one")) == 2


def test_of_several_splits_one_must_be_named(saved: Path) -> None:
    with pytest.raises(InputError, match=r"holds 2 splits \(train, test\); name one, such as"):
        list(read_saved(saved / "splits"))
    with pytest.raises(InputError, match="it is a folder; give a file of questions"):
        list(read_saved(saved))


@pytest.mark.parametrize("kept", [0, 5, 300, -8, -1])
def test_a_cut_file_is_refused(saved: Path, tmp_path: Path, kept: int) -> None:
    whole = saved_files(saved / "split")[0].read_bytes()
    (tmp_path / "a.arrow").write_bytes(whole[:kept])
    with pytest.raises(RowError, match="no whole Arrow file"):
        list(read_saved(tmp_path / "a.arrow"))


@pytest.mark.parametrize("state", ["", "{}", "[]", '{"_data_files": [3]}', '{"_data_files": [{}]}'])
def test_a_damaged_list_of_files_is_refused(tmp_path: Path, state: str) -> None:
    (tmp_path / "state.json").write_text(state, encoding="utf-8")
    with pytest.raises(RowError, match=r"state\.json: names no files of a dataset"):
        list(read_saved(tmp_path))
    (tmp_path / "state.json").write_text(json.dumps({"_data_files": [{"filename": "none"}]}))
    with pytest.raises(FileNotFoundError):
        list(read_saved(tmp_path))
