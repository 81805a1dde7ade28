"""Safe writes: whole or not at all, on the disk, and a refusal is an error of our family."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core import files
from spanmem.core.errors import StorageError


def draft(path: Path, text: str) -> None:
    with files.draft(path) as beside, beside.open("w", encoding="utf-8") as file:
        file.write(text)


WRITERS: list[Callable[[Path, str], None]] = [files.save, draft]


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_is_replaced_and_nothing_is_left_beside_it(
    tmp_path: Path, write: Callable[[Path, str], None]
) -> None:
    path = tmp_path / "a.json"
    for text in ("one", "zwölf"):
        write(path, text)
        assert path.read_bytes() == text.encode("utf-8")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("step", ["sync", "rename"])
def test_a_refusal_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path, str], None], step: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if step == "sync":
        monkeypatch.setattr(os, "fsync", refuse)
    else:
        monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(StorageError, match=f"cannot write {path}: No space left .* run it again"):
        write(path, "new")
    assert path.read_text() == "old"


@pytest.mark.parametrize("write", WRITERS)
def test_bytes_and_name_reach_the_disk_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path, str], None]
) -> None:
    path, synced = tmp_path / "a.json", list[str]()
    real = os.fsync

    def fsync(handle: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"
        synced.append(f"{kind}, {'renamed' if path.exists() else 'not yet'}")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    write(path, "text")
    assert synced == ["file, not yet", "folder, renamed"]


def test_a_draft_that_is_given_up_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with contextlib.suppress(KeyError), files.draft(path) as beside:
        beside.write_text("half")
        raise KeyError
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "old"


def test_what_the_system_refuses_says_what_was_being_done(tmp_path: Path) -> None:
    path = tmp_path / "none" / "a.json"
    message = f"cannot read {path}: No such file"
    with pytest.raises(StorageError, match=message), files.guarded("read", path):
        path.read_bytes()


@given(st.lists(st.binary(max_size=50), max_size=4))
def test_the_digest_is_sha256_of_all_bytes_in_a_row(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("digest")
    paths = [folder / str(number) for number in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(part)
    assert files.digest(*paths) == hashlib.sha256(b"".join(parts)).hexdigest()


def test_the_digest_of_a_large_file_covers_it_all(tmp_path: Path) -> None:
    raw = bytes(range(256)) * 10_000
    (tmp_path / "a").write_bytes(raw)
    assert files.digest(tmp_path / "a") == hashlib.sha256(raw).hexdigest()


def test_a_linked_file_outlives_its_first_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"x")
    files.link(source, tmp_path / "b")
    assert source.samefile(tmp_path / "b")

    def refuse(*_: Any) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    files.link(source, tmp_path / "c")
    source.unlink()
    assert [(tmp_path / name).read_bytes() for name in "bc"] == [b"x", b"x"]


def test_removing_takes_files_folders_and_what_is_gone_already(tmp_path: Path) -> None:
    folder, kept = tmp_path / "folder", tmp_path / "kept"
    for path in (folder / "inner", kept):
        path.mkdir(parents=True)
        (path / "a").write_bytes(b"x")
    (tmp_path / "link").symlink_to(kept)
    for path in (folder, tmp_path / "link", tmp_path / "none"):
        files.remove(path)
    assert list(tmp_path.iterdir()) == [kept]
    assert (kept / "a").exists()


def _refused(number: int, *names: object) -> StorageError:
    with pytest.raises(StorageError) as caught, files.refusals("what was asked for"):
        raise OSError(number, os.strerror(number), *names)
    return caught.value


@given(
    number=st.sampled_from(sorted(errno.errorcode)),
    name=st.none() | st.text(min_size=1) | st.binary(min_size=1),
)
def test_a_refusal_of_the_system_names_the_path_in_one_line(
    number: int, name: str | bytes | None
) -> None:
    kind = type(OSError(number, "why"))
    if issubclass(kind, (ConnectionError, TimeoutError, InterruptedError)):
        return
    text = str(_refused(number, *([] if name is None else [name])))
    assert "\n" not in text
    assert ("what was asked for" in text) == (name is None)
    assert len(text) < 500


def test_a_link_that_leads_nowhere_and_a_folder_that_is_gone_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone")
    assert "link to" in str(_refused(errno.EEXIST, str(link)))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here").rmdir()
    assert "working folder is gone" in str(_refused(errno.ENOENT, "x.txt"))
    with pytest.raises(StorageError, match=r"m\.memory: it is a relative path"):
        files.absolute("m.memory")


@pytest.mark.parametrize(
    "error", [BrokenPipeError(32, "left"), OSError("of a library"), KeyError()]
)
def test_what_is_no_refusal_passes(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, files.refusals():
        raise error
    assert caught.value is error


def test_a_copy_that_failed_names_what_could_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No space left"), files.refusals():
        raise shutil.Error([(str(tmp_path / "a"), str(tmp_path / "b"), "No space left")])
