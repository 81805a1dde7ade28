"""Asking over HTTP: the same object as the command line's, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from spanmem.apps.cli.main import command_line
from spanmem.apps.web.service import Service
from spanmem.apps.web.shown import safe_url

from ..conftest import TEXTS

BASE = "/v1/memories/support"
MILL = "When was the mill at Halden built?"
WARRANTY = "How long is the warranty of the Brisk kettle?"
Bearer = Callable[..., dict[str, str]]


def post(client: TestClient, path: str, headers: dict[str, str], **body: Any) -> Any:
    return client.post(f"{BASE}{path}", headers=headers, json=body)


def test_api_and_command_line_answer_alike(
    client: TestClient, bearer: Bearer, service: Service
) -> None:
    place = service.memories.place("support")
    models = ["--encoder", "hash-256", "--reader", "overlap", "--json"]
    for question in (MILL, WARRANTY, "Who painted the moon green?"):
        printed = CliRunner().invoke(
            command_line("ask"), ["ask", question, "--memory", place, *models]
        )
        ours = json.loads(printed.stdout)
        theirs = post(client, "/ask", bearer("ask"), question=question).json()
        assert theirs.keys() - ours.keys() == {
            *("id", "memory", "scope", "turn", "text", "confidence", "level"),
        }
        for name in ours.keys() - {"timings_ms", "answers"}:
            assert theirs[name] == ours[name]
        for mine, other in zip(ours["answers"], theirs["answers"], strict=True):
            source = other["source"]
            assert {name: source[name] for name in mine["source"]} == mine["source"]
            assert other | {"source": mine["source"], "support": mine["support"]} == {
                **mine,
                "turn": None,
            }
            whole = source["before"] + source["text"] + source["after"]
            assert whole in "".join(TEXTS.values())
        assert theirs["timings_ms"].keys() == {"queue", *ours["timings_ms"]}


def test_a_scope_remembers_and_its_prefix_is_the_keys(
    client: TestClient, bearer: Bearer, service: Service
) -> None:
    mine, other = bearer("ask", prefix="shop-a/"), bearer("ask", prefix="shop-b/")
    first = post(client, "/ask", mine, question=MILL, scope="ann").json()
    assert (first["scope"], bool(first["turn"])) == ("ann", True)
    again = post(client, "/ask", mine, question=MILL, scope="ann").json()
    assert again["answers"][0]["kind"] == "memory"
    assert again["answers"][0]["turn"] == first["turn"]
    assert post(client, "/ask", other, question=MILL, scope="ann").json()["answers"][0]["kind"] == (
        "passage"
    )
    with service.memories.using("support") as qa:
        assert len(qa.turns("shop-a/ann")) == 2
    post(client, "/ask", mine, question=WARRANTY, scope="ann", remember=False)
    with service.memories.using("support") as qa:
        assert len(qa.turns("shop-a/ann")) == 2


def test_a_history_of_the_client_completes_a_follow_up(client: TestClient, bearer: Bearer) -> None:
    history = [["When was the mill at Halden built?", "in 1912"]]
    answer = post(client, "/ask", bearer("ask"), question="Who built it?", history=history).json()
    assert "mill" in answer["looked_up"]
    assert (answer["scope"], answer["turn"]) == ("", None)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"question": "???"}, "no word in it"),
        ({"question": MILL, "scope": "a", "history": []}, "give one of the two"),
        ({"question": MILL, "scop": "a"}, "did you mean 'scope'"),
        ({"question": MILL, "top_k": 0}, "top_k"),
        ({"question": MILL, "where": {"year": {"about": 3}}}, "about"),
        ({"question": MILL, "as_of": "yesterday"}, "is no time"),
        ({"question": MILL, "scope": "a\nb"}, "scope"),
        ({"question": MILL, "history": [[None, "x"]]}, "begins with a question"),
        ({}, "question"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(
    client: TestClient, bearer: Bearer, body: dict[str, Any], says: str
) -> None:
    answer = client.post(f"{BASE}/ask", headers=bearer("ask"), json=body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-input"
    assert says in answer.json()["detail"]


def test_each_of_a_batch_is_an_answer_or_a_problem(client: TestClient, bearer: Bearer) -> None:
    questions = [{"question": MILL}, {"question": "  "}, {"question": WARRANTY, "scope": "many"}]
    items = post(client, "/ask/batch", bearer("ask"), questions=questions).json()["items"]
    assert [item["question"] for item in items] == [MILL, "  ", WARRANTY]
    assert [item.get("level") for item in items].count(None) == 1
    assert items[1]["problem"]["type"] == "/problems/invalid-input"
    assert post(client, "/ask/batch", bearer("ask"), questions=[]).status_code == 422


def test_searching_gives_passages_with_their_scores(client: TestClient, bearer: Bearer) -> None:
    items = post(client, "/search", bearer("ask"), question=MILL, limit=1).json()["items"]
    (hit,) = items
    assert hit["document"] == "mill.md"
    assert hit["text"][hit["start"] : hit["end"]].startswith("# The mill")
    assert {"dense", "lexical", "proximity", "score", "key", "url", "metadata"} <= hit.keys()
    nothing = {"where": {"lang": "en"}}
    assert post(client, "/search", bearer("ask"), question=MILL, **nothing).json()["items"] == []


def test_similar_questions_are_those_that_were_told_for_everyone(
    client: TestClient, bearer: Bearer
) -> None:
    post(client, "/ask", bearer("ask"), question="Where is the ladder?", scope="ann")
    turns = [{"question": "Where is the ladder?", "answer": "In the shed.", "author": "Bo"}]
    assert post(client, "/turns/import", bearer("editor"), turns=turns).status_code == 201
    answer = client.get(
        f"{BASE}/similar", headers=bearer("ask"), params={"question": "Where is the ladder"}
    )
    best = answer.json()["items"][0]
    assert (best["answer"], best["kind"], best["scope"]) == ("In the shed.", "imported", "")
    assert best["similarity"] > 0.9


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://halden.example/mill#a", True),
        ("http://[::1]:80/x", True),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT://x/%0aalert(1)", False),
        ("//host/x", False),
        ("https://", False),
        ("https://x\n/", False),
        ("http://[bad", False),
        (7, False),
        (None, False),
    ],
)
def test_only_addresses_of_the_web_are_shown(url: object, safe: bool) -> None:
    assert safe_url(url) == (url if safe else None)
