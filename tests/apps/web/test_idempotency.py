"""A request that is sent again is done once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from spanmem.apps.web.database import FILE, Database
from spanmem.apps.web.errors import IdempotencyMismatch, IdempotencyRunning
from spanmem.apps.web.idempotency import KEPT, Idempotency, Stored
from spanmem.apps.web.service import Service
from spanmem.core.times import utc

Bearer = Callable[..., dict[str, str]]
ANSWER = Stored(201, (("content-type", "application/json"),), b"{}")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / FILE)
    yield database
    database.close()


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


def test_while_the_first_is_worked_on_a_second_waits(database: Database) -> None:
    kept = Idempotency(database)
    assert kept.begin("k", "t", b"one") is None
    with pytest.raises(IdempotencyRunning) as caught:
        kept.begin("k", "t", b"one")
    assert caught.value.retry_after == 1
    with pytest.raises(IdempotencyMismatch):
        kept.begin("k", "t", b"two")
    kept.end("k", "t", ANSWER)
    assert kept.begin("k", "t", b"one") == ANSWER


def test_what_an_ended_process_had_begun_may_be_tried_again(database: Database) -> None:
    Idempotency(database).begin("k", "t", b"one")
    assert Idempotency(database).begin("k", "t", b"one") is None


def test_answers_are_kept_for_a_day_and_erased_with_their_memory(database: Database) -> None:
    kept = Idempotency(database)
    for token, memory in (("old", "m"), ("new", "m"), ("other", "n")):
        kept.begin("k", token, b"", memory=memory)
        kept.end("k", token, ANSWER)
    with database.write() as connection:
        connection.execute(
            "UPDATE idempotency SET created_at = ? WHERE token = 'old'",
            (utc(datetime.now(UTC) - KEPT),),
        )
    kept.expire()
    kept.erase("n")
    with database.read() as connection:
        rows = connection.execute("SELECT token FROM idempotency").fetchall()
    assert [row["token"] for row in rows] == ["new"]
