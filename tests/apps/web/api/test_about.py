"""What the service says of itself."""

from __future__ import annotations

from collections.abc import Callable

from fastapi.testclient import TestClient

Bearer = Callable[..., dict[str, str]]


def test_a_key_is_told_what_it_may_and_how_much(client: TestClient, bearer: Bearer) -> None:
    table = client.get("/v1/info", headers=bearer("ask", "support", prefix="shop/")).json()
    assert table["memories"] == ["support"]
    assert table["key"]["prefix"] == "shop/"
    assert table["key"]["rights"] == ["any", "ask"]
    assert table["models"] == {"encoder": "hash-256", "reader": "overlap"}
    assert table["limits"]["body_bytes"] == 256 * 1024


def test_the_schema_is_for_whoever_has_a_key(client: TestClient, bearer: Bearer) -> None:
    first, again = (client.get("/v1/openapi.json", headers=bearer("ask")) for _ in range(2))
    assert first.json() == again.json()
    assert first.json()["openapi"].startswith("3.1")
    assert client.get("/v1/openapi.json").status_code == 401
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404


def test_health_needs_no_key(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"state": "live"}
    assert client.get("/health/ready").json() == {"state": "ready"}
    for path in ("/health/live", "/health/ready"):  # as some balancers ask
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
