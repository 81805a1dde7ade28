"""Documents that pipelines of Haystack make, stored and found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from haystack import Document, Pipeline
from haystack_integrations.components.retrievers.spanmem import SpanMemRetriever
from haystack_integrations.components.writers.spanmem import SpanMemWriter

import spanmem

SMALL = {"encoder.model": "hash-256", "reader.model": "overlap"}
DOCUMENTS = [
    Document(id="a", content="The lamp costs 5 crowns.", meta={"title": "Lamps", "year": 2024}),
    Document(id="b", content="The ferry costs 90 crowns.", meta={"tags": ["x"], "none": None}),
    Document(id="c", content=None),
    Document(id="d", content=" \n"),
]


def test_documents_are_stored_and_found(tmp_path: Path) -> None:
    memory = str(tmp_path / "m")
    writer = SpanMemWriter(memory, settings=SMALL)
    assert writer.run(DOCUMENTS) == {"documents_written": 2}
    assert writer.run(DOCUMENTS) == {"documents_written": 2}
    retriever = SpanMemRetriever(memory, settings=SMALL)
    (lamp, ferry) = retriever.run("What does the lamp cost?")["documents"]
    assert (lamp.meta["document"], lamp.meta["title"], lamp.meta["year"]) == ("a", "Lamps", 2024)
    assert "tags" not in ferry.meta
    assert [
        d.meta["document"] for d in retriever.run("crowns", filters={"year": 2024})["documents"]
    ] == ["a"]
    retriever.close()


def test_a_new_text_takes_the_place_of_the_old(tmp_path: Path) -> None:
    writer = SpanMemWriter(str(tmp_path / "m"), settings=SMALL)
    writer.run(DOCUMENTS)
    writer.run([Document(id="a", content="The lamp costs 7 crowns.")])
    retriever = SpanMemRetriever(str(tmp_path / "m"), settings=SMALL)
    texts = [document.content for document in retriever.run("lamp")["documents"]]
    assert "The lamp costs 7 crowns." in texts
    assert "The lamp costs 5 crowns." not in texts
    retriever.close()


def test_nothing_to_store_makes_nothing(tmp_path: Path) -> None:
    assert SpanMemWriter(str(tmp_path / "m"), settings=SMALL).run([])["documents_written"] == 0
    assert not (tmp_path / "m").exists()


def test_it_goes_through_yaml_and_tells_what_is_wrong(tmp_path: Path) -> None:
    pipeline = Pipeline()
    pipeline.add_component("writer", SpanMemWriter(str(tmp_path / "m"), settings=SMALL))
    again = Pipeline.loads(pipeline.dumps())
    assert again.run({"writer": {"documents": DOCUMENTS}})["writer"]["documents_written"] == 2
    with pytest.raises(spanmem.SpanMemError):
        SpanMemWriter(str(tmp_path / "m"), settings={"encoder.model": "hash-128"}).run(DOCUMENTS)
