"""The audit log by the API."""

from __future__ import annotations

from collections.abc import Callable

from fastapi.testclient import TestClient

Bearer = Callable[..., dict[str, str]]


def test_what_was_done_is_told_newest_first_and_reading_it_is_noted(
    client: TestClient, bearer: Bearer
) -> None:
    admin = bearer("admin")
    made = client.post("/v1/memories", json={"name": "new"}, headers=admin)
    assert made.status_code == 201
    first = client.get("/v1/audit", params={"limit": 1}, headers=admin).json()
    (entry,) = first["items"]
    assert (entry["action"], entry["memory"], entry["outcome"]) == ("memory.add", "new", "done")
    assert entry["request"] == made.headers["x-request-id"]
    assert entry["address"] == "127.0.0.1"
    again = client.get("/v1/audit", params={"limit": 1}, headers=admin).json()
    assert again["items"][0]["action"] == "audit.read"
    rest = client.get("/v1/audit", params={"cursor": again["next"]}, headers=admin).json()
    assert rest["items"][0]["id"] == entry["id"]
