"""Corrections, confirmations and proposals over HTTP: who may tell what, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from spanmem.apps.web.service import Service

BASE = "/v1/memories/support"
Bearer = Callable[..., dict[str, str]]


class Caller:
    """Calls the service, each kind of key by its name."""

    def __init__(self, client: TestClient, bearer: Bearer) -> None:
        self._client = client
        self.keys = {kind: bearer(kind, prefix="*") for kind in ("editor", "agent", "ask")}

    def call(self, method: str, path: str, kind: str, **more: Any) -> Any:
        return self._client.request(method, f"{BASE}{path}", headers=self.keys[kind], **more)

    def post(self, path: str, kind: str, **body: Any) -> Any:
        return self.call("POST", path, kind, json=body)

    def ask(self, question: str, kind: str = "ask", **more: Any) -> Any:
        return self.post("/ask", kind, question=question, **more).json()


@pytest.fixture(scope="module")
def caller(client: TestClient, bearer: Bearer) -> Caller:
    return Caller(client, bearer)


def test_a_correction_is_given_from_then_on_and_withdrawn(caller: Caller) -> None:
    question = "How long is the warranty of the Brisk kettle?"
    asked = caller.ask(question, scope="ann")
    told = caller.post("/corrections", "editor", asked=asked["id"], text="four years")
    assert told.status_code == 201
    assert told.json()["superseded"]["answer"] == asked["text"]
    again = caller.ask(question, scope="bob")
    assert (again["text"], again["level"], again["answers"][0]["turn"]) == (
        "four years",
        "sure",
        told.json()["id"],
    )
    chain = caller.call("GET", f"/corrections/{told.json()['id']}", "agent").json()["chain"]
    assert [turn["answer"] for turn in chain] == [asked["text"], "four years"]
    back = caller.call("DELETE", f"/corrections/{told.json()['id']}", "editor")
    assert (back.status_code, back.json()["kind"]) == (200, "withdrawal")
    assert caller.ask(question, scope="bob")["text"] != "four years"
    for state, there in (("live", False), ("withdrawn", True)):
        items = caller.call("GET", "/corrections", "agent", params={"state": state}).json()["items"]
        assert (told.json()["id"] in [item["id"] for item in items]) is there
    assert caller.call("DELETE", f"/corrections/{told.json()['id']}", "editor").status_code == 422
    assert caller.call("DELETE", "/corrections/gone", "editor").status_code == 404


def test_a_correction_with_a_place_is_its_own_words(caller: Caller) -> None:
    place = {"document": "mill.md", "start": 52, "end": 63}
    question = "By whom was the mill at Halden built?"
    told = caller.post(
        "/corrections", "agent", question=question, scope="ann", evidence=place
    ).json()
    assert told["answer"] == told["source"]["text"] == "Astrid Berg"
    assert told["source"]["before"].startswith("The mill at Halden")
    again = caller.ask(question, scope="ann")
    assert (again["text"], again["answers"][0]["source"]["document"]) == ("Astrid Berg", "mill.md")
    wrong = caller.post(
        "/corrections", "agent", question=question, scope="ann", evidence=place, text="Bo"
    )
    assert (wrong.status_code, "at its place stands" in wrong.json()["detail"]) == (422, True)


def test_for_everyone_only_an_editor_tells_and_a_key_to_ask_proposes(caller: Caller) -> None:
    asked = caller.ask("When was the mill at Halden built?", scope="cem")
    body = {"asked": asked["id"], "text": "in 1913"}
    assert caller.post("/corrections", "ask", **body, scope="cem").status_code == 403
    assert caller.post("/corrections", "agent", **body).status_code == 403
    assert caller.post("/corrections", "agent", **body, scope="cem").status_code == 201
    proposal = caller.post("/proposals", "ask", **body).json()
    assert (proposal["state"], proposal["question"]) == ("open", asked["looked_up"])
    assert caller.ask("When was the mill at Halden built?", scope="dot")["text"] != "in 1913"
    assert caller.post(f"/proposals/{proposal['id']}/accept", "agent").status_code == 403
    accepted = caller.post(f"/proposals/{proposal['id']}/accept", "editor").json()
    assert (accepted["state"], accepted["correction"]["author"]) == ("accepted", "a key to ask")
    assert caller.ask("When was the mill at Halden built?", scope="dot")["text"] == "in 1913"
    again = caller.post(f"/proposals/{proposal['id']}/reject", "editor")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    listed = caller.call("GET", "/proposals", "agent", params={"state": "accepted"}).json()
    assert proposal["id"] in [item["id"] for item in listed["items"]]


def test_a_proposal_that_cannot_be_made_stays_open(caller: Caller, service: Service) -> None:
    question = "What colour is the Brisk kettle?"
    place = {"document": "kettle.md", "start": 51, "end": 62}
    proposal = caller.post("/proposals", "ask", question=question, evidence=place).json()
    assert proposal["text"] == "three years"
    service.proposals.decide(service.proposals.get("support", proposal["id"]), "accepted", by="Ann")
    service.proposals.became(service.proposals.get("support", proposal["id"]), None)
    shown = caller.call("GET", "/proposals", "agent", params={"state": "open"}).json()["items"]
    assert proposal["id"] in [item["id"] for item in shown]
    for body in (
        {"question": question},
        {"text": "blue"},
        {"question": question, "text": "blue", "evidence": place},
    ):
        assert caller.post("/proposals", "ask", **body).status_code == 422
    gone = {"document": "gone.md", "start": 0, "end": 4}
    refused = caller.post("/proposals", "ask", question=question, evidence=gone)
    assert refused.status_code in (404, 422)


def test_a_confirmed_answer_is_given_by_its_place(caller: Caller) -> None:
    question = "Who built the mill?"
    asked = caller.ask(question, scope="eva")
    assert caller.post("/confirmations", "ask", asked=asked["id"], scope="eva").status_code == 403
    told = caller.post("/confirmations", "agent", asked=asked["id"], scope="eva").json()
    assert (told["kind"], told["answer"]) == ("confirmed", asked["answers"][0]["text"])
    assert caller.ask(question, scope="eva")["answers"][0]["kind"] == "confirmed"
    listed = caller.call(
        "GET", "/corrections", "agent", params={"scope": "eva", "kind": "confirmed"}
    )
    assert [item["id"] for item in listed.json()["items"]] == [told["id"]]


def test_pages_of_corrections_hold_each_once(caller: Caller) -> None:
    for number in range(5):
        question = f"How many boxes stand on shelf {number}?"
        caller.post("/corrections", "agent", question=question, scope="fay", text=str(number))
    answers: list[str] = []
    cursor: str | None = None
    while True:
        params = {"scope": "fay", "limit": 2, **({"cursor": cursor} if cursor else {})}
        table = caller.call("GET", "/corrections", "agent", params=params).json()
        answers += [item["answer"] for item in table["items"]]
        cursor = table["next"]
        if cursor is None:
            break
    assert answers == ["4", "3", "2", "1", "0"]
    assert caller.call("GET", "/corrections", "agent", params={"cursor": "x!"}).status_code == 422


def test_what_another_key_asked_is_no_business_of_a_key_to_ask(
    caller: Caller, client: TestClient, bearer: Bearer
) -> None:
    asked = caller.ask("When was the mill at Halden built?")
    stranger = bearer("ask")
    body = {"verdict": "wrong"}
    path = f"{BASE}/asked/{asked['id']}"
    assert client.get(path, headers=stranger).status_code == 404
    assert client.post(f"{path}/feedback", headers=stranger, json=body).status_code == 404
    assert client.get(path, headers=caller.keys["ask"]).status_code == 200
    assert client.get(path, headers=caller.keys["agent"]).status_code == 200
    fenced = bearer("agent", prefix="shop-a/")
    assert client.get(path, headers=fenced).status_code == 404
