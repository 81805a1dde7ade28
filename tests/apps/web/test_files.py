"""Names of uploads, and originals kept by their hash."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.apps.web.errors import TooLarge
from spanmem.apps.web.files import Files, cleaned_name, distinct, kept_name


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


@given(st.lists(st.sampled_from(["a.txt", "a (2).txt", "a", "b.csv.gz", ".x"]), max_size=12))
def test_names_of_one_request_are_told_apart(names: list[str]) -> None:
    unique = list(distinct(names))
    assert len(set(unique)) == len(names)
    for before, after in zip(names, unique, strict=True):
        assert before.partition(".")[2] == after.partition(".")[2]


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
