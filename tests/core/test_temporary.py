"""Temporary folders: private, gone afterwards, and swept when their process was killed."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from spanmem.core.errors import StorageError
from spanmem.core.temporary import temporary_folder
from tests.rooms import ROOT

_HOLDING = """
import sys, time
from spanmem.core.temporary import temporary_folder
with temporary_folder() as folder:
    (folder / "words").write_text("private")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_private_and_gone_afterwards(place: Path) -> None:
    with temporary_folder() as folder:
        (folder / "words").write_text("private", encoding="utf-8")
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
        with temporary_folder() as other:  # which sweeps, and leaves what is held
            assert other != folder
        assert (folder / "words").exists()
    assert list(place.iterdir()) == []


def test_an_error_inside_leaves_nothing(place: Path) -> None:
    def interrupted(folder: Path) -> None:
        (folder / "words").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), temporary_folder() as folder:
        interrupted(folder)
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_is_swept_by_the_next(place: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDING],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(place)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        words = Path(process.stdout.readline().strip()) / "words"
        with temporary_folder():
            assert words.exists()  # its process lives
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert words.exists()
    with temporary_folder():
        assert not words.exists()
    assert list(place.iterdir()) == []


def test_others_folders_and_planted_links_are_left_alone(place: Path) -> None:
    elsewhere = place / "elsewhere"
    for folder in (elsewhere, place / "spanmem-held-without-a-lock", place / "spanmem"):
        folder.mkdir()
        (folder / "words").touch()
    (elsewhere / "held").touch()
    (place / "spanmem-held-link").symlink_to(elsewhere)
    with temporary_folder():
        pass
    assert len(list(place.glob("*/words"))) == 4


@pytest.mark.parametrize("broken", ["mkdtemp", "gettempdir"])
def test_no_place_for_temporary_files_is_said(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, broken, refuse)
    with pytest.raises(StorageError, match=r"No space left on device.*TMPDIR"), temporary_folder():
        pass


def test_a_removal_that_is_cut_short_can_be_finished(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []
    monkeypatch.setattr(shutil, "rmtree", lambda path, **_: removed.append(Path(path).name))
    with temporary_folder() as folder:
        pass
    assert removed[0] == folder.name  # the words; the lock by which it is known goes last
