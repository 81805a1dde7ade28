"""What a folder's files are: links once, no memories, and what is passed over is counted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from spanmem.indexer.files import ReadLog, file_kind, files_inside
from spanmem.memory.store import Memory


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    return path


def inside(folder: Path, own: Path | None = None) -> tuple[list[str], dict[str, int]]:
    log = ReadLog()

    def refuse(error: OSError) -> None:
        raise error

    files = files_inside(folder, log, refuse, own)
    return [file.relative_to(folder).as_posix() for file in files], dict(log.passed_over)


def test_links_are_followed_once_and_never_upward(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    write(docs / "z" / "a.txt")
    write(tmp_path / "else" / "b.txt")
    (tmp_path / "else" / "back").symlink_to(docs)
    (docs / "z" / "up").symlink_to("../..")
    for name, target in {"self": ".", "a": "z", "l1": "../else", "l2": "../else"}.items():
        (docs / name).symlink_to(target)
    assert inside(docs) == (["l1/b.txt", "z/a.txt"], {ReadLog.ABOVE: 1})


def test_what_is_no_file_is_counted(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    write(tmp_path / ".hidden" / "b.txt")
    (tmp_path / "gone.txt").symlink_to("nowhere")
    (tmp_path / "round").symlink_to("round")
    os.mkfifo(tmp_path / "pipe")
    files, counts = inside(tmp_path)
    assert files[0] == "a.txt"
    assert counts == {ReadLog.BROKEN: 1, ReadLog.SPECIAL: 1}


@pytest.mark.parametrize("place", ["m", "deep/er/m"])
def test_memories_are_left_out_and_others_are_told(tmp_path: Path, place: str) -> None:
    write(tmp_path / "docs" / "a.txt")
    write(tmp_path / "docs" / "no" / "rows.sqlite")
    memory = tmp_path / "docs" / place
    for is_open in (True, False):
        opened = Memory.create(memory, encoder="x", dim=4)
        files = inside(tmp_path / "docs", memory) if is_open else None
        opened.close()
        assert (files or inside(tmp_path / "docs", memory)) == (["a.txt", "no/rows.sqlite"], {})
    assert inside(tmp_path / "docs")[1] == {ReadLog.MEMORY: 1}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.TXT", ".txt"), ("README", ""), ("LICENSE-2.0", ""), ("notes v1.2 final", ""),
        ("a.jsonl.gz", ".jsonl"), ("a.tar.gz", ".gz"), ("a.7z", ".7z"), ("b.pptx", ".pptx"),
    ],
)  # fmt: skip
def test_a_kind_is_a_suffix(name: str, kind: str) -> None:
    assert file_kind(Path(name), frozenset({".jsonl"})) == kind


def test_of_many_notices_the_rest_is_counted() -> None:
    log = ReadLog()
    for number in range(1000):
        log.note(str(number))
    assert log.notices[-1] == "and 980 more such notices"


def test_folders_are_looked_into_once_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many links lead to them: steps grow with folders, not with paths."""
    for number in range(40):
        write(tmp_path / "docs" / f"f{number}" / "a.txt")
        (tmp_path / "docs" / f"f{number}" / "next").symlink_to(f"../f{(number + 1) % 40}")
        (tmp_path / "docs" / f"f{number}" / "out").symlink_to("../../else")
    write(tmp_path / "else" / "b.txt")
    scans: list[str] = []
    scandir = os.scandir

    def counted(path: str) -> Any:
        scans.append(str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counted)
    files, _ = inside(tmp_path / "docs")
    assert len(files) == 41
    assert len(scans) == 42
