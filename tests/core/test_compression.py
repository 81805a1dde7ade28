"""Bytes and lines of packed and plain files: one at a time, and a bad one spoils no other."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.compression import content_suffix, decode, open_unpacked, read_lines
from spanmem.core.errors import RowError

PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".GZ": gzip.compress,
    ".zst": zstandard.compress,
}


@pytest.mark.parametrize("suffix", PACK)
def test_files_are_unpacked_by_their_suffix(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(PACK[suffix](b"One.\nTwo."))
    with open_unpacked(path) as file:
        assert file.read() == b"One.\nTwo."
    assert list(read_lines(path)) == [(1, "One.\n"), (2, "Two.")]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_archives_of_several_parts_are_read_to_their_end(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(PACK[suffix](b"One.\n") + PACK[suffix](b"Two.\n"))
    assert [line for _, line in read_lines(path)] == ["One.\n", "Two.\n"]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("break_off", [lambda _: b"nonsense", lambda raw: raw[:-9]])
def test_a_broken_archive_is_named_with_the_way_out(
    tmp_path: Path, suffix: str, break_off: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(break_off(gzip.compress(bytes(range(1, 256)) * 9)))
    with pytest.raises(RowError, match=r"cannot be unpacked \(.+\); fetch or pack it again"):
        list(read_lines(path, lambda _: None))


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("faq.jsonl", ".jsonl"),
        ("faq.JSONL.gz", ".jsonl"),
        ("nq.qa.csv.zst", ".csv"),
        ("a.gz", ""),
        ("README", ""),
        ("a.gz.txt", ".txt"),
    ],
)
def test_what_is_inside_is_told_by_the_suffix_before_the_archives(name: str, suffix: str) -> None:
    assert content_suffix(Path("folder.d") / name) == suffix


def test_a_bad_line_is_numbered_and_given_away(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x\n\xff\n\0\ny\n")
    errors: list[RowError] = []
    assert list(read_lines(path, errors.append)) == [(1, "x\n"), (4, "y\n")]
    assert [(e.place, e.why.split(" (")[0]) for e in errors] == [
        (f"{path}:2", "not UTF-8 text"),
        (f"{path}:3", "binary data, not text"),
    ]
    with pytest.raises(RowError, match=":2: not UTF-8"):
        list(read_lines(path))


def test_a_byte_order_mark_is_text_only_within_a_file(tmp_path: Path) -> None:
    mark = "\ufeff"
    (tmp_path / "a.txt").write_text(f"{mark}x\n{mark}y\n", encoding="utf-8")
    assert [line for _, line in read_lines(tmp_path / "a.txt")] == ["x\n", f"{mark}y\n"]


@given(st.binary(max_size=40))
def test_decoding_gives_the_text_or_the_byte_that_is_out_of_place(raw: bytes) -> None:
    try:
        text = decode("a.txt", raw, start=False)
    except RowError as error:
        offset = str(error).partition("at offset ")[2].split(" ")[0]
        assert b"\0" in raw or raw[: int(offset)].decode().encode() == raw[: int(offset)]
    else:
        assert text.encode() == raw


@pytest.mark.parametrize("suffix", PACK)
def test_lines_are_read_as_they_are_asked_for(tmp_path: Path, suffix: str) -> None:
    lines = "".join(f"{i * 7919 % 99991} {i * 104729 % 99989}\n" for i in range(150_000)).encode()
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(PACK[suffix](lines))
    sizes: list[int] = [0]
    stream = read_lines(path, on_read=sizes.append)
    next(stream)
    assert sizes[-1] < path.stat().st_size / 3
    assert sum(1 for _ in stream) == 149_999
    assert sizes == sorted(sizes)
    assert sizes[-1] == path.stat().st_size
