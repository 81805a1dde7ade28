"""The client of this process gives what `QA` gives, as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import spanmem
from spanmem.apps.client.local import LocalClient
from spanmem.core.errors import InputError
from spanmem.core.records import document_key
from tests.apps.small_memory import SETTINGS, TEXTS, small_qa

ASKED = "How long does the warranty of the lamp last?"


@pytest.fixture(scope="module")
def qa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[spanmem.QA]:
    qa = small_qa(tmp_path_factory.mktemp("local"))
    yield qa
    qa.memory.close()


@pytest.fixture
def client(qa: spanmem.QA) -> LocalClient:
    return LocalClient(qa)


def test_an_answer_is_the_object_of_the_command_line_with_more_keys(
    client: LocalClient, qa: spanmem.QA
) -> None:
    table = client.ask(ASKED)
    plain = qa.ask(ASKED).to_json()
    assert plain.keys() < table.keys()
    assert table["text"] == plain["answers"][0]["text"]
    for candidate, other in zip(table["answers"], plain["answers"], strict=True):
        assert other["source"].items() <= candidate["source"].items()
    json.dumps(table, allow_nan=False)


def test_an_answer_says_in_a_word_how_sure_it_is(qa: spanmem.QA) -> None:
    table = LocalClient(qa).ask(ASKED)
    assert table["level"] in ("sure", "likely", "unsure")
    for sure, likely, level in ((0.0, 0.0, "sure"), (1.0, 0.0, "likely"), (1.0, 1.0, "unsure")):
        settings = SETTINGS.override({"service.sure": sure, "service.likely": likely})
        other = spanmem.QA(qa.memory, settings=settings, encoder=qa.encoder, reader=qa.reader)
        assert LocalClient(other).ask(ASKED)["level"] == level
    assert LocalClient(qa).ask("Which colour has the moon?")["level"] == "unknown"


def test_each_source_stands_in_its_sentence_and_in_its_document(client: LocalClient) -> None:
    for question in (ASKED, "What does the ferry to Hven cost?", "When does the café open?"):
        for candidate in client.ask(question)["answers"]:
            source = candidate["source"]
            text = client.document(source["key"])
            assert text[source["start"] : source["end"]] == source["text"]
            assert source["before"] + source["text"] + source["after"] in text


def test_all_that_it_gives_is_the_same_as_a_coroutine(client: LocalClient) -> None:
    async def both() -> tuple[object, object]:
        return await client.aask(ASKED, top_k=1), await client.asearch(ASKED, limit=2)

    answer, hits = asyncio.run(both())
    assert isinstance(answer, dict)
    assert answer["answers"] == client.ask(ASKED, top_k=1)["answers"]
    assert hits == client.search(ASKED, limit=2)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_passages_are_as_many_as_asked_for_best_first(client: LocalClient, limit: int) -> None:
    hits = client.search("lamp ferry café", limit=limit)
    assert len(hits) == limit
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    for hit in hits:
        text = client.document(hit["key"])
        assert text[hit["start"] : hit["end"]].split() == hit["text"].split()


def test_a_correction_counts_at_once_and_is_found_among_similar_questions(tmp_path: Path) -> None:
    qa = small_qa(tmp_path)
    client = LocalClient(qa)
    turn = client.propose(ASKED, "three years", author="Ann")
    assert turn["state"] == "corrected"
    assert client.ask(ASKED)["text"] == "three years"
    (similar,) = client.similar("How long is the lamp's warranty?")
    assert (similar["question"], similar["answer"]) == (ASKED, "three years")
    assert similar["author"] == "Ann"
    qa.memory.close()


def test_what_is_asked_leaves_no_trace(client: LocalClient, qa: spanmem.QA) -> None:
    client.ask(ASKED)
    assert qa.turns("") == []


@pytest.mark.parametrize("key", ["", "0" * 16, "../../etc/passwd", document_key("nothing")])
def test_a_document_that_is_not_there_is_told(client: LocalClient, key: str) -> None:
    with pytest.raises(InputError, match="no document has the key"):
        client.document(key)


def test_documents_are_whole(client: LocalClient) -> None:
    for name in TEXTS:
        assert client.document(document_key(name)).split() == TEXTS[name].split()


def test_it_closes_what_it_opened_and_nothing_else(qa: spanmem.QA) -> None:
    LocalClient(qa).close()
    assert qa.memory.counts()[0] == len(TEXTS)
    with pytest.raises(InputError, match="settings of its own"):
        LocalClient(qa, settings=SETTINGS)


def test_its_name_is_that_of_the_folder(client: LocalClient) -> None:
    assert client.name == "small"
