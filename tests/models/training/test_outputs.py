"""What a training writes is there whole or not at all, whoever refuses it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError

from spanmem.core import files
from spanmem.core.errors import InputError, StorageError
from spanmem.models.training.outputs import check_writable, drafted_folder, made_for_good, writing

NUMBERS = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO)


def _raised(kind: str, number: int) -> BaseException:
    """A refusal of the system as the libraries of trainings tell it."""
    plain = OSError(number, os.strerror(number))
    if kind == "system":
        return plain
    if kind == "rust":
        return Exception(f"{os.strerror(number)} (os error {number})")
    if kind == "safetensors":
        return SafetensorError(f"Error while serializing: I/O error: x (os error {number})")
    hidden = RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0")
    hidden.__context__ = plain
    return hidden


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", ["system", "rust", "safetensors", "torch"])
def test_each_refusal_is_one_line_with_the_folder_and_the_reason(
    tmp_path: Path, kind: str, number: int
) -> None:
    with pytest.raises(StorageError) as caught, writing(tmp_path / "mine"):
        raise _raised(kind, number)
    message = str(caught.value)
    assert message.startswith(f"cannot write {tmp_path / 'mine'}: {os.strerror(number)}; ")
    assert "\n" not in message


def test_torch_s_own_word_for_a_full_disk_is_known_without_the_system_s(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="not all bytes"), writing(tmp_path):
        raise RuntimeError("PytorchStreamWriter failed writing file data/3: file write failed")


@pytest.mark.parametrize("error", [ValueError("shape"), RuntimeError("size"), InputError("rows")])
def test_other_errors_go_through(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)) as caught, writing(tmp_path):
        raise error
    assert caught.value is error


def _fill(draft: Path, word: str) -> None:
    (draft / "part").mkdir()
    (draft / "part" / "config.json").write_text(word)
    (draft / "model.safetensors").write_text(word)


def _held(folder: Path) -> dict[str, str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in paths}


def test_files_take_their_places_together_and_others_stay(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "mine"
    for word in ("first", "second"):
        with drafted_folder(folder) as draft:
            _fill(draft, word)
        (folder / "README.md").write_text("a card")
        parts = {"part/config.json": word, "model.safetensors": word}
        assert _held(folder) == {"README.md": "a card", **parts}
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


def _broken_off(folder: Path, error: BaseException) -> None:
    with drafted_folder(folder) as draft:
        _fill(draft, "half")
        raise error


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt(), ValueError()]
)
@pytest.mark.parametrize("existed", [True, False])
def test_whatever_ends_the_writing_leaves_what_was_there(
    tmp_path: Path, error: BaseException, existed: bool
) -> None:
    folder = tmp_path / "mine"
    if existed:
        folder.mkdir()
        (folder / "model.safetensors").write_text("before")
    with pytest.raises((StorageError, KeyboardInterrupt, ValueError)):
        _broken_off(folder, error)
    assert _held(tmp_path) == ({"mine/model.safetensors": "before"} if existed else {})
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_weights_come_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[str] = []
    replace = Path.replace

    def look(path: Path, target: Any) -> Path:
        moved.append(Path(target).name)
        return replace(path, target)

    with drafted_folder(tmp_path / "mine") as draft:
        for name in ("a.safetensors", "z.json", "b.bin", "spanmem.json"):
            (draft / name).write_text(name)
        monkeypatch.setattr(Path, "replace", look)
    assert set(moved[2:]) == {"a.safetensors", "b.bin"}


def test_it_is_known_before_the_work_that_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_writable(tmp_path / "a" / "b")
    assert _held(tmp_path) == {}
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match=r"cannot write .*file"):
            check_writable(place)

    def refuse(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "write", refuse)
    with pytest.raises(StorageError, match="No space left"):
        check_writable(tmp_path / "c")


def test_a_real_limit_of_size_is_told_by_what_torch_raises(tmp_path: Path) -> None:
    """Torch closes the archive that it could not write, and hides the reason behind that."""

    class Full:
        def write(self, data: Any) -> int:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))

        def flush(self) -> None: ...

    with pytest.raises(StorageError, match="File too large"), writing(tmp_path):
        torch.save({"a": torch.ones(4)}, Full())  # type: ignore[arg-type]


def test_a_trial_leaves_no_parents_behind(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    check_writable(tmp_path / "a" / "b" / "c")
    assert [*tmp_path.rglob("*")] == [tmp_path / "a"]


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("kept", [False, True])
def test_what_failed_before_it_kept_anything_leaves_no_folder(
    tmp_path: Path, there: bool, kept: bool
) -> None:
    folder = tmp_path / "a" / "b"
    if there:
        folder.mkdir(parents=True)

    def failing() -> None:
        with made_for_good(folder, "*.pt"):
            (folder / "log").mkdir(parents=True)
            if kept:
                (folder / "state.pt").touch()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert folder.exists() == (there or kept)
    assert (tmp_path / "a").exists() == (there or kept)
