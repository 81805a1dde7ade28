"""The cache: where it lies, what names its files, and that they are whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spanmem.core import files
from spanmem.models.runtimes.kept import CACHE_VARIABLE, cache_folder, keep, key_of


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
