"""Conversations over HTTP: pages, import, export, and erasure down to the bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from spanmem.apps.web.app import create_app
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service
from tests.apps.raw_bytes import files_with

BASE = "/v1/memories/support"
Bearer = Callable[..., dict[str, str]]


def items(client: TestClient, path: str, headers: dict[str, str], **params: Any) -> list[Any]:
    """All items of a list, page by page, each by the address that the one before links."""
    answer = client.get(f"{BASE}{path}", headers=headers, params=params)
    all_items: list[Any] = answer.json()["items"]
    while answer.json()["next"] is not None:
        answer = client.get(answer.links["next"]["url"], headers=headers)
        all_items += answer.json()["items"]
    assert "next" not in answer.links
    return all_items


def test_scopes_and_turns_come_in_pages_each_once(client: TestClient, bearer: Bearer) -> None:
    asker, agent = bearer("ask", prefix="pages/"), bearer("agent", prefix="pages/")
    for scope in ("ann", "b/ob", "cém"):
        for question in (
            "Who built the mill?",
            "How old is the kettle?",
            "Thanks!",
            "Where is it?",
        ):
            body = {"question": question, "scope": scope}
            assert client.post(f"{BASE}/ask", headers=asker, json=body).status_code == 200
    scopes = items(client, "/scopes", agent, limit=2)
    assert [scope["scope"] for scope in scopes] == ["ann", "b/ob", "cém"]
    assert [scope["turns"] for scope in scopes] == [3, 3, 3]  # thanks are not remembered
    for scope in ("ann", "b%2Fob", "c%C3%A9m"):
        turns = items(client, f"/scopes/{scope}/turns", agent, limit=2)
        assert [turn["question"] for turn in turns] == [
            "Where is it?",
            "How old is the kettle?",
            "Who built the mill?",
        ]
    assert items(client, "/scopes", bearer("agent"), prefix="pages/c") == [
        {**scopes[2], "scope": "pages/cém"}
    ]
    assert items(client, "/scopes/ann/turns", bearer("agent")) == []


def test_what_is_imported_is_checked_before_any_is_stored(
    client: TestClient, bearer: Bearer
) -> None:
    editor = bearer("editor")
    right = {"question": "Where is the shed?", "answer": "Behind the mill."}
    for wrong in ({"question": "???", "answer": "x"}, {"question": "Who?", "answer": " "}):
        body = {"scope": "import", "turns": [right, wrong]}
        assert client.post(f"{BASE}/turns/import", headers=editor, json=body).status_code == 422
    assert items(client, "/scopes/import/turns", editor) == []
    body = {"scope": "import", "turns": [right]}
    assert client.post(f"{BASE}/turns/import", headers=editor, json=body).status_code == 201
    (turn,) = items(client, "/scopes/import/turns", editor)
    assert (turn["kind"], turn["answer"]) == ("imported", "Behind the mill.")


def test_exports_hold_what_was_told_judged_and_asked_in_vain(
    client: TestClient, bearer: Bearer
) -> None:
    editor = bearer("editor")

    def post(path: str, **body: Any) -> Any:
        return client.post(f"{BASE}{path}", headers=editor, json=body).json()

    def exported(what: str) -> list[Any]:
        answer = client.get(f"{BASE}/export", headers=editor, params={"what": what})
        assert answer.headers["content-disposition"].startswith("attachment")
        return [json.loads(line) for line in answer.text.splitlines()]

    place = {"document": "kettle.md", "start": 51, "end": 62}
    told = post("/corrections", question="Warranty of the Brisk kettle?", evidence=place)
    asked = post("/ask", question="Who painted the lighthouse blue?", scope="export")
    post(f"/asked/{asked['id']}/feedback", verdict="off-topic", comment="not ours")
    rows = {row["id"]: row for row in exported("squad2")}
    row = rows[told["id"]]
    (start,), (text,) = row["answers"]["answer_start"], row["answers"]["text"]
    assert row["context"][start : start + len(text)] == text == "three years"
    assert told["id"] in [turn["id"] for turn in exported("turns")]
    (judged,) = [each for each in exported("feedback") if each["id"] == asked["id"]]
    assert (judged["verdict"], judged["comment"]) == ("off-topic", "not ours")
    (gap,) = [g for g in exported("gaps") if g["question"] == "Who painted the lighthouse blue?"]
    assert gap["id"] not in rows
    client.patch(f"{BASE}/gaps/{gap['id']}", headers=editor, json={"state": "ignored"})
    (row,) = [each for each in exported("squad2") if each["id"] == gap["id"]]
    assert row["answers"] == {"text": [], "answer_start": []}


def test_what_was_said_in_an_erased_scope_is_in_no_file(
    tmp_path: Path, build: Callable[..., Service]
) -> None:
    canary, kept = "zanzibarquux", "plumbagovex"
    with build(tmp_path, "support") as service:
        service.start()
        client = TestClient(create_app(service, start=False), base_url="http://localhost:8477")
        _, token = service.keys.add(Kind.EDITOR, "Ann", memories=["support"])
        headers = {"Authorization": f"Bearer {token}"}

        def post(path: str, **body: Any) -> Any:
            return client.post(f"{BASE}{path}", headers=headers, json=body).json()

        for scope, word in (("ann", canary), ("bob", kept)):
            asked = post("/ask", question=f"Where is the {word} of the mill?", scope=scope)
            comment = f"no {word}"
            post(f"/asked/{asked['id']}/feedback", verdict="wrong", comment=comment)
            post("/corrections", asked=asked["id"], text=f"{word} hall", scope=scope)
            post("/proposals", asked=asked["id"], text=f"{word} house", scope=scope)
        assert files_with(service.data, canary)
        answer = client.delete(
            f"{BASE}/scopes/ann", headers={**headers, "Prefer": "wait=30"}
        ).json()
        assert (answer["state"], answer["counts"]["turns"]) == ("done", 2)
        assert items(client, "/scopes/ann/turns", headers) == []
        gaps = items(client, "/gaps", headers, state="answered")
        assert [gap["question"] for gap in gaps] == [f"Where is the {kept} of the mill?"]
        missing = client.delete(f"{BASE}/scopes/", headers=headers)
        assert missing.status_code in (404, 405, 422)
    assert files_with(service.data, canary) == []
    assert files_with(service.data, kept)
