"""Names of uploads, and originals kept by their hash."""

from __future__ import annotations

import hashlib
import os
import threading
import unicodedata
from contextlib import suppress
from pathlib import Path, PurePath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.apps.web.errors import TooLarge
from spanmem.apps.web.files import Files, Upload, cleaned_name, distinct, kept_name, unmarked


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("C:\\Users\\ann\\report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("Übersicht (neu).docx", "Übersicht (neu).docx"),
        ("a\r\nSet-Cookie: x.txt", "a__Set-Cookie_ x.txt"),
        ("<img src=x onerror=1>.md", "_img src=x onerror=1_.md"),
        ("", "file"),
        ("...", "file"),
        ("folder/", "folder"),
        ("rates:2024#2.csv", "rates_2024_2.csv"),
        ("x" * 300 + ".csv.gz", "x" * 113 + ".csv.gz"),
        (".htaccess", "htaccess"),
        ("\U0001f6b2 bell.md", "\U0001f6b2 bell.md"),
        ("हिन्दी.txt", "हिन्दी.txt"),
        ("कि" * 60 + ".txt", "कि" * 39 + ".txt"),
        ("a\u200bb`^.txt", "a_b__.txt"),
    ],
)
def test_a_name_is_cleaned_and_keeps_what_it_says_of_the_format(sent: str, shown: str) -> None:
    assert cleaned_name(sent) == shown


@settings(max_examples=50)
@given(st.text(max_size=300))
def test_whatever_a_name_holds_it_is_one_part_of_a_path(name: str) -> None:
    cleaned = cleaned_name(name)
    assert cleaned
    assert len(cleaned) <= 120
    assert len(cleaned.encode()) <= 240
    assert cleaned.isprintable()
    assert not set(cleaned) & set('/\\:#"<>\0\n')
    assert cleaned not in (".", "..")
    assert cleaned_name(cleaned) == cleaned


@settings(max_examples=100)
@given(st.lists(st.text(max_size=140), min_size=2, max_size=8))
def test_names_that_differ_are_kept_apart_and_one_is_always_kept_alike(names: list[str]) -> None:
    kept = {name: kept_name(name) for name in names}
    for name, other in kept.items():
        assert kept_name(name) == other
        assert len(other) <= 120
        assert len(other.encode()) <= 240
        assert not set(other) & set('/\\:#"<>\0\n')
    parts = [unicodedata.normalize("NFC", name).replace("\\", "/").split("/") for name in names]
    whole = {tuple(part for part in each if part not in ("", ".", "..")) for each in parts}
    assert len(set(kept.values())) == len(whole)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C#.txt", "C_.txt"),
        (".env.txt", "env.txt"),
        ("Q1?.txt", "Q1*.txt"),
        ("L" * 250 + "-january.txt", "L" * 250 + "-february.txt"),
        ("2023/report.txt", "2024/report.txt"),
        ("notes \U0001f600.txt", "notes \U0001f389.txt"),
        ("caf\udce9.txt", "caf\udce8.txt"),
        (" a.txt", "a.txt"),
    ],
)
def test_what_a_name_loses_by_cleaning_still_tells_it_apart(one: str, other: str) -> None:
    assert kept_name(one) != kept_name(other)
    assert kept_name(one).endswith(".txt")
    assert kept_name("..\\" + one) == kept_name(one)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("a/prices.md", "a - prices~2b7aebd069.md"),
        ("../b\\c/prices.md", "b - c - prices~"),
        ("x" * 200 + "/2024/prices.md", "x" * 33 + " - 2024 - prices~"),
        ("?/prices.md", "_ - prices~"),
    ],
)
def test_a_name_shows_the_folders_it_lies_in(sent: str, shown: str) -> None:
    assert kept_name(sent).startswith(shown)
    assert kept_name(sent).endswith(".md")


_NAMES = st.sampled_from(["a.txt", "a (2).txt", "a", "b.csv.gz", "C_~a1c6ae0209.txt", "x" * 120])


@given(st.lists(st.tuples(_NAMES, st.sampled_from([b"1", b"2", b"3"])), max_size=12))
def test_names_of_one_request_are_told_apart_in_whatever_order(
    sent: list[tuple[str, bytes]],
) -> None:
    uploads = [Upload(name, hashlib.sha256(raw).hexdigest(), len(raw)) for name, raw in sent]
    names = distinct(uploads)
    assert len(set(names)) == len(set(sent))
    assert distinct(uploads[::-1]) == names[::-1]
    for name, upload in zip(names, uploads, strict=True):
        alone = len({raw for other, raw in sent if other == upload.name}) == 1
        assert (name == upload.name) is alone  # what comes alone later takes no other's place
        assert len(name) <= 120
        assert PurePath(name).suffixes == PurePath(upload.name).suffixes


def test_a_file_is_kept_by_its_hash_and_nothing_stays_behind(tmp_path: Path) -> None:
    files = Files(tmp_path)
    with files.receive("a.txt", 100) as incoming:
        incoming.write(b"The ")
        incoming.write(b"mill.")
        upload = files.keep(incoming)
        assert files.keep(incoming) == upload
    assert (upload.name, upload.size) == ("a.txt", 9)
    assert files.path(upload.sha256).read_bytes() == b"The mill."
    assert files.keep_bytes("b.txt", b"The mill.").sha256 == upload.sha256
    assert list(files.hashes()) == [upload.sha256]
    assert list((tmp_path / "incoming").iterdir()) == []
    files.remove(upload.sha256)
    files.remove(upload.sha256)
    assert list((tmp_path / "files").iterdir()) == []


def test_the_same_bytes_that_come_at_once_are_whole_at_every_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, seen, link = b"The mill." * 100_000, list[int](), os.link
    place = Files(tmp_path).path(hashlib.sha256(raw).hexdigest())
    both = threading.Barrier(2, timeout=5)

    def slow(source: Path, target: Path) -> None:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.2)  # until another is as far, if it may be
        link(source, target)
        seen.append(target.stat().st_size)

    monkeypatch.setattr(os, "link", slow)
    files = Files(tmp_path)
    threads = [threading.Thread(target=files.keep_bytes, args=("a.txt", raw)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [len(raw)]  # linked once: a second time it would be written over
    assert place.read_bytes() == raw


def test_a_file_beyond_the_bound_is_refused_while_it_comes(tmp_path: Path) -> None:
    files = Files(tmp_path)
    with files.receive("a.txt", 10) as incoming:
        incoming.write(b"1234567890")
        with pytest.raises(TooLarge, match="at most 10 bytes"):
            incoming.write(b"1")
    assert list((tmp_path / "incoming").iterdir()) == []


def test_uploads_that_were_broken_off_are_swept_at_the_start(tmp_path: Path) -> None:
    Files(tmp_path)
    (tmp_path / "incoming" / "left").write_bytes(b"x")
    Files(tmp_path, clear=False)
    assert (tmp_path / "incoming" / "left").exists()
    Files(tmp_path)
    assert not (tmp_path / "incoming" / "left").exists()


def test_only_a_hash_names_a_path(tmp_path: Path) -> None:
    for name in ("../../etc/passwd", "A" * 64, ""):
        with pytest.raises(ValueError, match="no SHA-256"):
            Files(tmp_path).path(name)


@given(name=st.text(max_size=200), title=st.text(max_size=40))
def test_a_title_made_of_a_kept_name_shows_no_hash(name: str, title: str) -> None:
    kept = kept_name(name)
    stem = kept.partition(".")[0]
    assert "~" not in unmarked(stem, kept)
    assert unmarked(title, cleaned_name(name)) == title
