"""The cache: where it lies, what names its files, and that they are whole."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spanmem.core import files
from spanmem.models.runtimes import kept
from spanmem.models.runtimes.kept import (
    CACHE_VARIABLE,
    cache_folder,
    content_digest,
    keep,
    keep_folder,
    key_of,
)


def test_it_lies_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "a" / "b"))
    assert cache_folder() == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").stat().st_mode & 0o077 == 0
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    assert cache_folder() == tmp_path / "c" / "spanmem"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "h"))
    assert cache_folder() == tmp_path / "h" / ".cache" / "spanmem"


def test_where_nothing_can_be_written_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, os.devnull)
    assert cache_folder() is None
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file" / "below"))
    assert cache_folder() is None


def test_a_name_changes_with_each_fact_and_each_content(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    absent = key_of("a", "b", contents=[path])
    path.write_bytes(b"1")
    one = key_of("a", "b", contents=[path])
    path.write_bytes(b"2")
    names = {absent, one, key_of("a", "b", contents=[path]), key_of("ab", contents=[path])}
    assert len(names) == 4
    path.write_bytes(b"1")
    assert key_of("a", "b", contents=[path]) == one


def test_what_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keep(tmp_path / "kept", b"whole")
    assert (tmp_path / "kept").read_bytes() == b"whole"

    def full(path: Path, data: bytes) -> None:
        path.write_bytes(data[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write", full)
    assert not keep(tmp_path / "other", b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_digest_is_computed_once_and_anew_after_each_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, digest = tmp_path / "weights", files.digest
    read: list[Path] = []

    def counted(*paths: Path) -> str:
        read.extend(paths)
        return digest(*paths)

    monkeypatch.setattr(files, "digest", counted)
    path.write_bytes(b"1")
    first = content_digest(path)
    path.write_bytes(b"2")  # within one tick of the clock, and of the same size
    assert content_digest(path) != first
    os.utime(path, ns=(10**18, 10**18))
    read.clear()
    assert content_digest(path) == content_digest(path) == digest(path)
    assert len(read) == 1
    path.write_bytes(b"3")
    os.utime(path, ns=(10**18 + 1, 10**18 + 1))
    assert content_digest(path) == digest(path)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that counts as large, and as written long ago; with a cache beside it."""
    monkeypatch.setattr(kept, "_LARGE", 1)
    monkeypatch.setattr(kept, "_SETTLED", 0)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    (tmp_path / "weights").write_bytes(b"1")
    return tmp_path / "weights"


def in_another_process(path: Path) -> str:
    """The digest as a process would give it that has computed none."""
    kept._digest.cache_clear()
    return content_digest(path)


def test_the_digest_of_a_large_file_is_kept_for_other_processes(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, digest = in_another_process(weights), files.digest
    with monkeypatch.context() as patch:
        patch.delattr(files, "digest")
        assert in_another_process(weights) == first
    times = weights.stat()
    weights.write_bytes(b"2")
    os.utime(weights, ns=(times.st_atime_ns, times.st_mtime_ns))  # of the same size and time
    assert in_another_process(weights) == digest(weights) != first


@pytest.mark.parametrize("found", [b"", b"0" * 63, "ä".encode("latin-1") * 64, None])
def test_what_is_no_digest_is_not_taken_for_one(weights: Path, found: bytes | None) -> None:
    in_another_process(weights)
    (path,) = (weights.parent / "cache").iterdir()
    if found is None:
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(found)
    assert in_another_process(weights) == files.digest(weights)


def test_a_folder_is_kept_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(folder: Path) -> None:
        (folder / "a").write_bytes(b"whole")

    assert keep_folder(tmp_path / "kept", fill)
    assert keep_folder(tmp_path / "kept", fill)  # as if another process had been first
    monkeypatch.setattr(files, "sync", lambda path: (path / "none").stat())
    assert not keep_folder(tmp_path / "other", fill)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / "a").read_bytes() == b"whole"
