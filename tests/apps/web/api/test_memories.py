"""Memories by the API."""

from __future__ import annotations

from collections.abc import Callable

from fastapi.testclient import TestClient

Bearer = Callable[..., dict[str, str]]


def test_each_key_is_shown_its_own(client: TestClient, bearer: Bearer) -> None:
    admin = bearer("admin")
    assert client.post("/v1/memories", json={"name": "new"}, headers=admin).status_code == 201
    again = client.post("/v1/memories", json={"name": "new"}, headers=admin)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    for name in ("../x", "a/b", "", ".x", "x" * 101):
        assert client.post("/v1/memories", json={"name": name}, headers=admin).status_code == 422
    everything = client.get("/v1/memories", headers=admin).json()
    assert everything["items"] == [{"name": "new"}, {"name": "other"}, {"name": "support"}]
    own = client.get("/v1/memories", headers=bearer("ask", "support")).json()
    assert own["items"] == [{"name": "support"}]
