"""A canary: whatever a key with conditions calls, nothing of what is hidden from it comes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from spanmem.apps.web.app import create_app
from spanmem.apps.web.openapi import describe
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service
from spanmem.core.records import document_key

Headers = dict[str, str]
BASE = "/v1/memories/support"
TEXT = "The zqhidden merger with Zqinitech happens on the zqfourth of May."
RED = "The red lamp costs 777 euros."
DOCUMENTS = [
    {"id": "zqid", "text": TEXT, "title": "Zqtitle", "metadata": {"tenant": "blue"}},
    {"id": "turn:zqid", "text": TEXT, "title": "Zqtitle", "metadata": {"tenant": "blue"}},
    {"id": "red", "text": RED, "metadata": {"tenant": "red"}},
]
WHEN = "When is the zqhidden merger?"
PLACES = [{"document": name, "start": 0, "end": len(TEXT)} for name in ("zqid", "turn:zqid")]
PAGES = ("", "?c=c", "/documents", "/unanswered", "/conversations", "/corrections", "/figures",
         "/conversations/turns?scope=c", "/corrections?state=proposed")  # fmt: skip


@pytest.fixture(scope="module")
def hidden(client: TestClient, bearer: Callable[..., Headers]) -> dict[str, str]:
    """What the others did: ids by the names that operations have for them."""
    editor, blue = bearer(Kind.EDITOR), bearer(Kind.ASK, where={"tenant": "blue"})
    wait = {**editor, "Prefer": "wait=30"}
    job = client.post(f"{BASE}/documents", json={"documents": DOCUMENTS}, headers=wait).json()
    assert job["state"] == "done"
    asked = client.post(f"{BASE}/ask", json={"question": WHEN, "scope": "c"}, headers=blue).json()
    assert "zqfourth" in str(asked)
    judged = {"verdict": "wrong", "comment": "zqcomment"}
    client.post(f"{BASE}/asked/{asked['id']}/feedback", json=judged, headers=blue)
    client.post(f"{BASE}/ask", json={"question": "Who is Zqnobody?"}, headers=blue)
    told = {"question": WHEN, "evidence": PLACES[0]}
    proposal = client.post(f"{BASE}/proposals", json=told, headers=blue).json()
    turn = client.post(f"{BASE}/corrections", json=told, headers=editor).json()
    words = {"question": "Where is the zqhidden merger?", "text": "in Zqplace"}
    assert client.post(f"{BASE}/corrections", json=words, headers=editor).status_code == 201
    gap = client.get(f"{BASE}/gaps", headers=editor).json()["items"][0]
    return {"asked": asked["id"], "proposal": proposal["id"], "turn": turn["id"],
            "gap": gap["id"], "job": job["id"], "scope": "c", "key": document_key("zqid"),
            "memory": "support", "model": "support"}  # fmt: skip


def bodies() -> list[dict[str, Any]]:
    """What operations take, each with something hidden or with a question for it."""
    return [
        {},
        *({"question": "Where is it and why?", "scope": scope} for scope in ("", "c")),
        *({"question": "Which merger?", "scope": "c", "evidence": place} for place in PLACES),
        *({"question": "Which merger?", "scope": "", "evidence": place} for place in PLACES),
        {"question": "When is the merger?", "scope": "c", "text": "never"},
        {"questions": [{"question": "When does the merger happen?"}]},
        {"question": "merger May", "where": {"tenant": "blue"}},
        {"verdict": "wrong"},
        {"model": "support", "user": "c", "messages": [{"role": "user", "content": "The merger?"}]},
    ]


@pytest.mark.parametrize("kind", [Kind.ASK, Kind.AGENT])
def test_nothing_hidden_comes_back_whatever_is_called(
    service: Service,
    client: TestClient,
    bearer: Callable[..., Headers],
    hidden: dict[str, str],
    kind: Kind,
) -> None:
    headers = bearer(kind, where={"tenant": "red"})
    lamp = {"question": "What does the red lamp cost?", "scope": "c"}
    assert "777" in client.post(f"{BASE}/ask", json=lamp, headers=headers).text
    schema = describe(create_app(service, start=False), "0")
    answers: list[tuple[str, str]] = []
    for path, methods in schema["paths"].items():
        address = re.sub(r"\{([a-z_]+)\}", lambda name: hidden.get(name[1], "x"), path)
        for method, operation in methods.items():
            if not operation["x-spanmem-conditions"] and method != "get":
                continue  # test_rights has it that none is let in
            sent = [None] if method in ("get", "delete") else bodies()
            for body in sent:
                params = {"question": "merger", "scope": "c"} if "similar" in path else {}
                answer = client.request(method, address, headers=headers, json=body, params=params)
                answers.append((f"{method} {address} {body}", answer.text))
    screens = (*PAGES, f"/d/{hidden['key']}", f"/d/{document_key('red')}?for={hidden['asked']}")
    places = [f"/m/support{page}" for page in screens]
    places += [f"{BASE}/corrections?scope={scope}" for scope in ("", "c")]
    answers += [(place, client.get(place, headers=headers).text) for place in places]
    for what, text in answers:
        # What it sent itself may be said again: the names of documents, in refusals.
        assert not re.search("[Zz]q(?!id)", text), (what, text)
        if "zqid" not in what:
            assert "zqid" not in text, (what, text)


def test_what_was_told_over_answers_that_it_may_read_is_seen(
    client: TestClient, bearer: Callable[..., Headers], hidden: dict[str, str]
) -> None:
    """Words of a person have no place: those of the first answer in their chain count."""
    question = "What does the red lamp cost?"
    for text in ("800 euros", "900 euros"):
        body = {"question": question, "text": text}
        told = client.post(f"{BASE}/corrections", json=body, headers=bearer(Kind.EDITOR))
        assert told.json()["superseded"]
    for tenant, seen in (("red", True), ("blue", False)):
        headers = bearer(Kind.AGENT, where={"tenant": tenant})
        assert ("900 euros" in client.get(f"{BASE}/corrections", headers=headers).text) is seen
        asked = client.post(f"{BASE}/ask", json={"question": question}, headers=headers)
        assert ("900 euros" in asked.text) is seen
