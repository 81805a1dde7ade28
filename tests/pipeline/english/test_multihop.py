"""Hops: followed from what the question names to what its passage names, and stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Document, Passage
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.english.multihop import next_hop
from spanmem.pipeline.retrieve import Query, Retriever
from spanmem.pipeline.settings import RetrieveSettings

FILM = "The Quiet Mill is a 1931 film directed by Marta Olsen."
QUESTION = "Where was the director of The Quiet Mill born?"
DOCUMENTS = [
    Document(id="film", title="The Quiet Mill (film)", text=FILM),
    Document(id="person", title="Marta Olsen", text="Marta Olsen, a Dane, came from Ribe."),
    *(
        Document(id=f"other-{i}", title=f"Town {i}", text=f"In town {i} a director was born.")
        for i in range(12)
    ),
]


def passage(text: str, title: str) -> Passage:
    return Passage(document="d", start=0, end=len(text), text=text, title=title)


def test_a_hop_asks_for_what_the_passage_names_in_place_of_its_title() -> None:
    hop = next_hop(QUESTION, passage(FILM, "The Quiet Mill (film)"))
    assert hop == "Where was the director of born? Marta Olsen"


@pytest.mark.parametrize(
    ("question", "text", "title"),
    [
        ("Where was the director of The Loud Mill born?", FILM, "The Quiet Mill"),  # not named
        ("Where was the director of The Quiet Mills born?", FILM, "The Quiet Mill"),
        (QUESTION, "It was made in a hurry.", "The Quiet Mill"),  # nothing new
        (QUESTION, "The Quiet Mill was shown in 1931.", "The Quiet Mill"),
        (QUESTION, FILM, ""),
        (QUESTION, FILM, "(film)"),
    ],
)
def test_there_is_no_hop_where_nothing_is_to_be_followed(
    question: str, text: str, title: str
) -> None:
    assert next_hop(question, passage(text, title)) is None


words = st.lists(
    st.sampled_from(
        ["The", "Quiet", "Mill", "of", "Ribe", "Marta", "Olsen's", "1931", "a", "(film)"]
    ),
    max_size=8,
).map(" ".join)


@given(words, words, words)
def test_a_hop_always_brings_a_name_that_the_question_lacks(
    question: str, text: str, title: str
) -> None:
    hop = next_hop(question, passage(text, title))
    if hop is not None:
        assert set(hop.split()) <= {*question.split(), *text.split()}
        assert set(hop.split()) - set(question.split())


@pytest.mark.parametrize(("hops", "found"), [(1, False), (2, True), (5, True)])
def test_the_second_document_comes_by_the_second_hop(
    tmp_path: Path, hops: int, found: bool
) -> None:
    encoder = HashEncoder()
    with Memory.create(tmp_path / "m", encoder=encoder.name, dim=encoder.dim) as memory:
        build(DOCUMENTS, memory, encoder)
        retriever = Retriever(memory, encoder, RetrieveSettings(hops=hops))
        query = Query(QUESTION, encoder.encode_queries([QUESTION])[0])
        hits = retriever.find(query, count=4, where=None)
    assert len(hits) == len({hit.passage.key for hit in hits}) == 4
    assert hits[0].passage.document == "film"
    assert ("person" in {hit.passage.document for hit in hits}) is found
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_a_question_wrongly_completed_still_finds_its_own(tmp_path: Path) -> None:
    encoder = HashEncoder()
    with Memory.create(tmp_path / "m", encoder=encoder.name, dim=encoder.dim) as memory:
        build(DOCUMENTS, memory, encoder)
        retriever = Retriever(memory, encoder, RetrieveSettings())
        texts = [
            "Who came from Ribe? (director mill born director mill born)",
            "Who came from Ribe?",
        ]
        query, bare = map(Query, texts, encoder.encode_queries(texts))
        dragged = retriever.find(query, count=3, where=None)
        both = retriever.find(query, count=3, where=None, bare=bare)
    assert both[0].passage.document == "person"
    assert len(both) == len(dragged) == 3
