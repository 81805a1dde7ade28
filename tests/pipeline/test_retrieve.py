"""The retriever over a store that notes its searches: what is asked, and how answers are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pytest

from spanmem.core.records import DocumentInfo, Hit, Passage
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.fusion import Fusion
from spanmem.memory.protocol import PassageStore
from spanmem.pipeline.retrieve import Query, Retriever
from spanmem.pipeline.settings import RetrieveSettings


def hit(name: str, score: float, text: str = "Nothing.", title: str = "") -> Hit:
    passage = Passage(document=name, start=0, end=len(text), text=text, title=title)
    return Hit(passage=passage, score=score)


class Shelf:
    """Gives fixed hits for fixed texts, and notes how it was searched."""

    def __init__(self, hits: Mapping[str, Sequence[Hit]], keys: Sequence[str] = ()) -> None:
        self.hits, self.searches, self.keys = hits, list[dict[str, Any]](), keys

    def search(self, text: str, vector: object, *, k: int, **options: Any) -> Sequence[Hit]:
        self.searches.append({"text": text, "k": k, **options})
        known = {*(options["where"] or ())} <= {*self.keys} or not self.keys
        return tuple(self.hits.get(text, ()))[:k] if known else ()

    def documents(self) -> Sequence[DocumentInfo]:
        metadata = dict.fromkeys(self.keys, 1)
        return [
            DocumentInfo(
                id="a", title="", source="", origin="", digest="", passages=1, metadata=metadata
            )
        ]


def retriever(shelf: Shelf, **settings: Any) -> Retriever:
    return Retriever(cast(PassageStore, shelf), HashEncoder(), RetrieveSettings(**settings))


def query(text: str) -> Query:
    return Query(text, np.ones(1, np.float32))


def found(hits: Sequence[Hit]) -> list[tuple[str, float]]:
    return [(hit.passage.document, round(hit.score, 6)) for hit in hits]


def test_the_settings_say_how_it_is_searched() -> None:
    shelf = Shelf({"lamp": [hit("a", 0.9)]})
    settings = {
        "mode": "lexical",
        "depth": 50,
        "dense_weight": 0.4,
        "proximity_weight": 0.2,
        "title_boost": 0.1,
        "phrase_boost": 0.6,
        "where": {"lang": "en"},
    }
    assert found(retriever(shelf, **settings).find(query("lamp"), count=7, where=None)) == [
        ("a", 0.9)
    ]
    fusion = Fusion(
        depth=50, dense_weight=0.4, proximity_weight=0.2, title_boost=0.1, phrase_boost=0.6
    )
    assert shelf.searches == [
        {"text": "lamp", "k": 7, "mode": "lexical", "where": {"lang": "en"}, "fusion": fusion}
    ]


@pytest.mark.parametrize(
    ("where", "read_as"),
    [
        ({"year": 2020}, {"year": 2020}),
        ({"Year": 2020, "lang": "en"}, {"year": 2020, "lang": "en"}),
        ({"LANG": "en"}, {"lang": "en"}),
        ({"size": 1}, None),  # two keys differ from it in capitals alone
        ({"Year": 1, "YEAR": 2}, None),  # two conditions on one key
        ({"yaer": 2020}, None),
    ],
)
def test_a_key_in_other_capitals_is_the_documents_own(
    where: dict[str, Any], read_as: dict[str, Any] | None
) -> None:
    shelf = Shelf({"a": [hit("a", 0.5)]}, ["year", "lang", "Size", "SIZE"])
    hits = retriever(shelf, where=where).find(query("a"), count=1, where=None)
    assert shelf.searches[-1]["where"] == (read_as or where)
    assert bool(hits) is (read_as is not None)


def test_the_filter_of_a_call_may_be_a_right_and_is_met_to_the_letter() -> None:
    shelf = Shelf({"a": [hit("a", 0.5)]}, ["year"])
    asked = retriever(shelf)
    assert asked.find(query("a"), count=1, where={"YEAR": 2020}) == []
    assert [search["where"] for search in shelf.searches] == [{"YEAR": 2020}]
    (told,) = asked.unknown_keys({"YEAR": 2020})
    assert told.endswith("known are year")


def test_a_filter_of_the_call_goes_before_that_of_the_settings_and_none_is_none() -> None:
    shelf = Shelf({})
    retriever(shelf, where={"lang": "en"}).find(query("a"), count=1, where={"lang": "de"})
    retriever(shelf).find(query("a"), count=1, where=None)
    retriever(shelf).find(query("a"), count=1, where={})
    assert [search["where"] for search in shelf.searches] == [{"lang": "de"}, None, None]


def test_as_many_candidates_are_fused_as_are_wanted_at_least() -> None:
    shelf = Shelf({})
    retriever(shelf, depth=10).find(query("a"), count=300, where=None)
    assert shelf.searches[0]["fusion"].depth == 300


def test_a_follow_up_is_searched_with_and_without_what_was_carried() -> None:
    shelf = Shelf(
        {
            "weight (pump)": [hit("pump", 0.9), hit("both", 0.5)],
            "weight": [hit("scale", 1.0), hit("both", 0.8)],
        }
    )
    hits = retriever(shelf).find(query("weight (pump)"), count=2, where=None, bare=query("weight"))
    assert [search["text"] for search in shelf.searches] == ["weight (pump)", "weight"]
    assert found(hits) == [("pump", 0.9), ("scale", 0.9)]  # 0.9 of 1.0
    three = retriever(shelf).find(query("weight (pump)"), count=3, where=None, bare=query("weight"))
    assert found(three)[2] == ("both", 0.72)  # the better of 0.5 and 0.9 times 0.8


HOPS = {
    "Who made Alien?": [
        hit("alien", 0.8, "Alien was made by Ridley Scott.", "Alien"),
        hit("ufo", 0.7),
    ],
    "Who made ? Ridley Scott": [hit("scott", 1.0), hit("alien", 0.5)],
}


def test_a_hop_asks_for_what_the_best_passage_names_and_counts_less() -> None:
    shelf = Shelf(HOPS)
    hits = retriever(shelf, hops=3).find(query("Who made Alien?"), count=3, where=None)
    assert [search["text"] for search in shelf.searches] == list(HOPS)
    assert {hit.passage.document: hit.score for hit in hits} == pytest.approx(
        {"alien": 0.8, "scott": 0.8, "ufo": 0.7}
    )
    assert hits[0].passage.document == "alien"  # of equals the first search's


def test_without_hops_or_hits_there_is_one_search() -> None:
    shelf = Shelf(HOPS)
    retriever(shelf).find(query("Who made Alien?"), count=3, where=None)
    assert retriever(shelf, hops=3).find(query("nothing"), count=3, where=None) == []
    assert len(shelf.searches) == 2
