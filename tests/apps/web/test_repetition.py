"""A request that is sent again is done once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from spanmem.apps.web.service import Service

Bearer = Callable[..., dict[str, str]]


def new(name: str) -> dict[str, Any]:
    return {"kind": "agent", "name": name, "memories": ["support"]}


def named(service: Service, name: str) -> int:
    return sum(key.name == name for key in service.keys.all())


def test_a_repeated_request_gets_the_first_answer(
    service: Service, client: TestClient, bearer: Bearer
) -> None:
    headers = bearer("admin") | {"Idempotency-Key": "a1"}
    first = client.post("/v1/keys", json=new("Cleo"), headers=headers)
    again = client.post("/v1/keys", json=new("Cleo"), headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == "application/json"
    assert "idempotency-replayed" not in first.headers
    assert named(service, "Cleo") == 1


def test_the_same_token_of_another_key_is_another_request(
    service: Service, client: TestClient, bearer: Bearer
) -> None:
    for _ in range(2):
        headers = bearer("admin") | {"Idempotency-Key": "b1"}
        assert client.post("/v1/keys", json=new("Dora"), headers=headers).status_code == 201
    assert named(service, "Dora") == 2


def test_the_same_token_with_another_request_is_refused(client: TestClient, bearer: Bearer) -> None:
    headers = bearer("admin") | {"Idempotency-Key": "c1"}
    client.post("/v1/keys", json=new("Eva"), headers=headers)
    other = client.post("/v1/keys", json=new("Eve"), headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-mismatch")


def test_what_was_refused_may_be_tried_again(
    service: Service, client: TestClient, bearer: Bearer
) -> None:
    headers = bearer("admin") | {"Idempotency-Key": "d1"}
    assert client.post("/v1/keys", json=new(" "), headers=headers).status_code == 422
    assert client.post("/v1/keys", json=new("Fay"), headers=headers).status_code == 201
    agent = bearer("agent") | {"Idempotency-Key": "d2"}
    for _ in range(2):
        assert client.post("/v1/keys", json=new("Gus"), headers=agent).status_code == 403
    assert named(service, "Gus") == 0


def test_without_a_key_there_is_no_answer_to_be_had(client: TestClient) -> None:
    answer = client.post("/v1/keys", json=new("Hal"), headers={"Idempotency-Key": "a1"})
    assert answer.status_code == 401


@pytest.mark.parametrize("token", ["x" * 129, "", "a\tb"])
def test_a_token_that_is_none_is_refused(client: TestClient, bearer: Bearer, token: str) -> None:
    headers = bearer("admin") | {"Idempotency-Key": token}
    answer = client.post("/v1/keys", json=new("Ida"), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-input")
