"""`spanmem.add` and `spanmem.remove`: documents without files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanmem.core.errors import ArgumentError, EncoderMismatch, InputError, MemoryNotFound
from spanmem.core.records import Document
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.adding import add, remove
from spanmem.pipeline.indexing import index
from spanmem.pipeline.qa import QA
from spanmem.reader.overlap import OverlapReader

ENCODER = HashEncoder(32)
LAMP = {"id": "shop/lamp", "text": "The lamp costs 5 crowns.", "title": "Lamp"}


def infos(place: Path) -> dict[str, Any]:
    with Memory.open(place) as memory:
        return {info.id: info for info in memory.documents()}


def test_documents_are_added_asked_replaced_and_removed(tmp_path: Path) -> None:
    place = tmp_path / "m"
    ferry = Document(id="ferry", text="The ferry costs 90 crowns.", source="fares.txt")
    report = add(place, [LAMP, ferry], encoder=ENCODER)
    assert (report.added, report.documents) == (2, 2)
    assert {i.source for i in infos(place).values()} == {"shop/lamp", "fares.txt"}
    with QA(place, encoder=ENCODER, reader=OverlapReader()) as qa:
        assert "ferry" in {hit.passage.document for hit in qa.search("ferry costs", hits=2)}
    report = add(place, [LAMP | {"text": "The lamp costs 6 crowns."}, ferry], encoder=ENCODER)
    assert (report.added, report.replaced, report.unchanged) == (0, 1, 1)
    assert remove(place, ["shop/lamp", "nobody"]) == 1
    assert set(infos(place)) == {"ferry"}


def test_a_memory_that_is_open_stays_open(tmp_path: Path) -> None:
    with Memory.create(tmp_path / "m", encoder=ENCODER.name, dim=32) as memory:
        add(memory, (document for document in [LAMP]), encoder=ENCODER)
        assert memory.counts() == (1, 1)
        assert remove(memory, ["shop/lamp"]) == 1
        assert memory.counts() == (0, 0)


def test_metadata_and_addresses_are_kept_as_scalars(tmp_path: Path) -> None:
    metadata = {"year": np.int64(2024), "rate": np.float32(0.5), "open": np.bool_(True)}
    add(tmp_path / "m", [LAMP | {"metadata": metadata, "url": "https://x.example/lamp"}],
        encoder=ENCODER)  # fmt: skip
    held = infos(tmp_path / "m")["shop/lamp"].metadata
    assert held == {"year": 2024, "rate": 0.5, "open": True, "url": "https://x.example/lamp"}


def test_an_id_that_a_file_gave_is_replaced_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "lamp.txt").write_text("The lamp costs 5 crowns.", encoding="utf-8")
    index(tmp_path / "lamp.txt", into=tmp_path / "m", encoder=ENCODER).close()
    report = add(tmp_path / "m", [{"id": "lamp.txt", "text": "Now 7 crowns."}], encoder=ENCODER)
    assert (report.replaced, report.notices) == (1, ())


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"id": "a"}, "documents[1] has no 'text'; give it one"),
        ({"text": "a"}, "documents[1] has no 'id'; give it one"),
        ({"id": " ", "text": "a"}, "has an empty id"),
        ({"id": "a", "text": " \n"}, "('a') has no text"),
        ({"id": 7, "text": "a"}, "documents[1]: id is 7, of type int; give text"),
        ({"id": "a", "text": b"x"}, "decode the bytes first"),
        ({"id": "a", "text": "x", "Titel": "y"}, "unknown key 'Titel'"),
        ({"id": "a", "text": "x", "meta": {}}, "did you mean 'metadata'?"),
        ({"id": "a", "text": "x", "metadata": ["y"]}, "give names with values"),
        ({"id": "a", "text": "x", "metadata": {"k": None}}, "text, a number, true or false"),
        ({"id": "a", "text": "x", "metadata": {"k": math.nan}}, "text, a number, true or false"),
        ({"id": "a", "text": "x", "metadata": {"k": [1]}}, "'k' is [1]"),
        ({"id": "a", "text": "x", "url": "javascript:alert(1)"}, "give one of http or https"),
        ({"id": "shop/lamp", "text": "Another."}, "two documents have the id 'shop/lamp'"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_stored(
    tmp_path: Path, document: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as refusal:
        add(tmp_path / "m", [LAMP, document], encoder=ENCODER)
    assert message in str(refusal.value)
    assert not (tmp_path / "m").exists()


def test_kinds_encoders_and_places_are_checked(tmp_path: Path) -> None:
    slips: tuple[Any, ...] = (LAMP, "a text", [1], None)
    for slip in slips:
        with pytest.raises(ArgumentError):
            add(tmp_path / "m", slip, encoder=ENCODER)
    add(tmp_path / "m", [LAMP], encoder=ENCODER)
    for place in (tmp_path / "m", Memory.open(tmp_path / "m")):
        with pytest.raises(EncoderMismatch):
            add(place, [LAMP], encoder=HashEncoder(64))
    with pytest.raises(MemoryNotFound):
        remove(tmp_path / "nowhere", ["a"])
