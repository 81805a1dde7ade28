"""Whatever two tenants do, no word of one comes to the other: neither in another memory, nor in
another's scopes of the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service

Headers = dict[str, str]
Bearer = Callable[..., Headers]
ABOUT = ("the kettle", "the mill", "Astrid Berg", "the warranty")
DONE = st.lists(
    st.tuples(
        st.sampled_from(["ask", "correct", "propose", "judge", "retell"]),
        st.sampled_from(ABOUT),
        st.sampled_from(["", "c1", "c/1"]),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=4,
)
LISTS = (
    "scopes", "corrections", "proposals", "gaps", "stats", "documents", "jobs", "export",
    "similar?question=Who%20built%20the%20mill%3F", "corrections?scope=c1", "scopes/c1/turns",
    "scopes/c%2F1/turns",
)  # fmt: skip


@pytest.fixture(scope="module")
def keys(bearer: Bearer) -> dict[str, Headers]:
    """Keys of a tenant, of another, and of a third in the memory of the first."""
    return {
        "own ask": bearer(Kind.ASK, "support", prefix="a/"),
        "own agent": bearer(Kind.AGENT, "support", prefix="a/"),
        "other editor": bearer(Kind.EDITOR, "other"),
        "other ask": bearer(Kind.ASK, "other"),
        "third ask": bearer(Kind.ASK, "support", prefix="t/"),
        "third agent": bearer(Kind.AGENT, "support", prefix="t/"),
    }


def act(
    client: TestClient, keys: dict[str, Headers], deed: str, what: str, scope: str, word: str
) -> Iterator[str]:
    """Do something as the first tenant, with a word that nobody else knows; gives ids made."""
    base, ask, agent = "/v1/memories/support", keys["own ask"], keys["own agent"]
    question = f"What of {what} and {word}?"
    body: dict[str, Any] = {"question": question, "scope": scope}
    asked = client.post(f"{base}/ask", json=body, headers=ask).json()
    yield asked["id"]
    told = {"asked": asked["id"], "scope": scope or "c1", "text": f"three {word}"}
    if deed == "correct":
        yield client.post(f"{base}/corrections", json=told, headers=agent).json().get("id", "")
    elif deed == "propose":
        yield client.post(f"{base}/proposals", json=told, headers=ask).json().get("id", "")
    elif deed == "judge":
        judged = {"verdict": "wrong", "comment": word}
        client.post(f"{base}/asked/{asked['id']}/feedback", json=judged, headers=ask)
    elif deed == "retell":
        client.post(f"{base}/ask", json=body, headers=agent)


def seen(client: TestClient, keys: dict[str, Headers], ids: list[str]) -> Iterator[tuple[str, str]]:
    """All that the others can have answered."""
    for who, headers in keys.items():
        if who.startswith("own"):
            continue
        memory = "support" if who.startswith("third") else "other"
        for reached in {memory, "support"}:
            base = f"/v1/memories/{reached}"
            places = [f"{base}/{each}" for each in LISTS]
            for made in ids:
                places += [f"{base}/asked/{made}", f"{base}/corrections/{made}?scope=c1"]
            for place in places:
                yield f"{who} {place}", client.get(place, headers=headers).text
        for what in ABOUT[:2]:
            for scope in ("", "c1"):
                body = {"question": f"What of {what}?", "scope": scope, "remember": False}
                answer = client.post(f"/v1/memories/{memory}/ask", json=body, headers=headers)
                yield f"{who} asks", answer.text
        yield f"{who} /v1/info", client.get("/v1/info", headers=headers).text


@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(DONE)
def test_no_word_of_a_tenant_comes_to_another(
    service: Service,
    client: TestClient,
    keys: dict[str, Headers],
    deeds: list[tuple[str, str, str, int]],
) -> None:
    ids: list[str] = []
    for deed, what, scope, number in deeds:
        ids += filter(None, act(client, keys, deed, what, scope, f"zqcanary{number}"))
    own = client.get(f"/v1/memories/support/asked/{ids[0]}", headers=keys["own ask"])
    assert "zqcanary" in own.text
    for place, text in seen(client, keys, list(dict.fromkeys(ids))[:2]):
        assert "zqcanary" not in text, place
