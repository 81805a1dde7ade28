"""Files read in a process of their own: what they hold, and what they may not take."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from spanmem.apps.web.extraction import Limits, Stopped, extract
from spanmem.core.errors import InputError

from .bombs import BOMBS

LIMITS = Limits(memory=1 << 30, processor=15, wall=60.0, characters=500_000)
QUICK = ("zeros.csv.zst", "deep.html", "rows.jsonl")
"""One for each way to go wrong: unpacking, nesting, and much of what is right."""
HARMLESS = ("flate.pdf",)
"""What says little when it is unpacked."""


def test_documents_come_as_they_would_be_indexed(tmp_path: Path) -> None:
    path = tmp_path / "0123abcd"
    rows = "id,title,text,year\n7,Lamp,The lamp costs 5 crowns.,2024\n8,,\ud7ff x,\n"
    path.write_text(rows, "utf-8")
    extracted = extract(path, "shop.csv", limits=LIMITS)
    first, second = extracted.documents
    assert (first.id, first.title, first.source) == ("7", "Lamp", "shop.csv:2")
    assert first.metadata == {"year": 2024}
    assert (second.id, second.text) == ("8", "\ud7ff x")


def test_a_file_that_cannot_be_read_is_told_by_the_name_it_came_with(tmp_path: Path) -> None:
    path = tmp_path / "0123abcd"
    for name, raw, why in (
        ("a.txt", b"a\0b", "a.txt: binary data"),
        ("b.pdf", b"no pdf", "b.pdf: no readable PDF"),
        ("c.zip", b"PK", "c.zip: unknown kind of file"),
        ("d.txt", b"", "d.txt: the file is empty"),
    ):
        path.write_bytes(raw)
        with pytest.raises(InputError) as refusal:
            extract(path, name, limits=LIMITS)
        assert str(refusal.value).startswith(why)
        assert str(tmp_path) not in str(refusal.value)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.slow]) for n in BOMBS]
)
def test_a_bomb_is_refused_in_one_line_or_does_no_harm(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[name]())
    began = time.monotonic()
    if name in HARMLESS:
        documents = extract(path, name, limits=LIMITS).documents
        assert sum(len(document.text) for document in documents) < 100
    else:
        with pytest.raises(InputError) as refusal:
            extract(path, name, limits=LIMITS)
        assert str(refusal.value).startswith(name)
        assert "\n" not in str(refusal.value)
        assert len(str(refusal.value)) < 700
    assert time.monotonic() - began < LIMITS.wall + 5


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(wall=0.2), "longer than 0.2 seconds"),
        (Limits(characters=10), "more than 10 characters"),
        (Limits(memory=40 << 20), "needs more than 40 MB"),
    ],
)
def test_each_limit_ends_the_reading_in_its_own_words(
    tmp_path: Path, limits: Limits, why: str
) -> None:
    path = tmp_path / "a"
    path.write_text("The mill stood here.")
    with pytest.raises(InputError, match=why):
        extract(path, "a.txt", limits=limits)


def test_reading_stops_when_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("The mill stood here.")
    with pytest.raises(Stopped):
        extract(path, "a.txt", limits=LIMITS, stop=lambda: True)
