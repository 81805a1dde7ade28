"""Keys by the API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from spanmem.apps.web.app import create_app
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service

Bearer = Callable[..., dict[str, str]]


def test_a_key_is_made_used_replaced_and_ended(
    service: Service, client: TestClient, bearer: Bearer
) -> None:
    admin = bearer("admin")
    new = {"kind": "agent", "name": "Ann", "memories": ["support"], "where": {"lang": "en"}}
    made = client.post("/v1/keys", json=new, headers=admin)
    assert made.status_code == 201
    key = made.json()
    own = {"Authorization": f"Bearer {key['token']}"}
    assert client.get("/v1/info", headers=own).json()["key"]["where"] == {"lang": "en"}
    successor = client.post(f"/v1/keys/{key['id']}/rotate", json={"hours": 0}, headers=admin).json()
    assert client.get("/v1/info", headers=own).status_code == 401
    own = {"Authorization": f"Bearer {successor['token']}"}
    assert client.get("/v1/info", headers=own).status_code == 200
    ended = client.delete(f"/v1/keys/{successor['id']}", headers=admin)
    assert ended.json()["revoked_at"]
    assert client.get("/v1/info", headers=own).status_code == 401
    actions = [(entry.action, entry.object) for entry in service.audit.entries(limit=3)]
    assert actions == [
        ("key.revoke", successor["id"]), ("key.rotate", key["id"]), ("key.add", key["id"]),
    ]  # fmt: skip
    listed = client.get("/v1/keys", headers=admin)
    assert key["token"] not in listed.text
    assert "hash" not in listed.text


def test_the_list_goes_on_where_it_ended(client: TestClient, bearer: Bearer) -> None:
    admin = [bearer("admin") for _ in range(5)][-1]
    shown, cursor = list[str](), ""
    while True:
        part = client.get(f"/v1/keys?limit=2{cursor}", headers=admin).json()
        shown += [key["id"] for key in part["items"]]
        if part["next"] is None:
            break
        cursor = f"&cursor={part['next']}"
    whole = client.get("/v1/keys?limit=200", headers=admin).json()["items"]
    assert shown == [key["id"] for key in whole]
    assert len(shown) >= 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"memories": ["nowhere"]}, "there is no memory 'nowhere'"),
        ({"memories": []}, "which memories"),
        ({"memories": ["*"]}, "only an admin key sees all"),
        ({"kind": "widget"}, "Input should be"),
        ({"expires_at": "soon"}, "no time"),
        ({"where": {"x": {"near": 1}}}, "no comparison"),
        ({"prefix": "x" * 101}, "at most 100"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: TestClient, bearer: Bearer, change: dict[str, object], said: str
) -> None:
    new = {"kind": "agent", "name": "Ann", "memories": ["support"]} | change
    answer = client.post("/v1/keys", json=new, headers=bearer("admin"))
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_key_that_is_not_there_is_not_found(client: TestClient, bearer: Bearer) -> None:
    admin = bearer("admin")
    assert client.delete("/v1/keys/NONE", headers=admin).status_code == 404
    assert client.post("/v1/keys/NONE/rotate", json={}, headers=admin).status_code == 404


def test_a_key_that_has_ended_before_it_begins_is_refused(
    client: TestClient, bearer: Bearer
) -> None:
    body = {"kind": "ask", "name": "x", "memories": ["support"], "expires_at": "2020-01-01T00:00"}
    answer = client.post("/v1/keys", headers=bearer("admin"), json=body)
    assert (answer.status_code, "is past" in answer.json()["detail"]) == (422, True)


def test_the_last_admin_key_is_not_ended_over_the_network(
    build: Callable[..., Service], tmp_path: Path
) -> None:
    with build(tmp_path, "support") as lone:
        first, token = lone.keys.add(Kind.ADMIN, "first")
        calls = TestClient(create_app(lone, start=False), base_url="http://localhost:8477")
        headers = {"Authorization": f"Bearer {token}"}
        refused = calls.delete(f"/v1/keys/{first.id}", headers=headers)
        assert (refused.status_code, "`spanmem keys" in refused.json()["detail"]) == (409, True)
        short, _ = lone.keys.add(Kind.ADMIN, "short", expires_at="2099-01-01T00:00")
        assert calls.delete(f"/v1/keys/{first.id}", headers=headers).status_code == 409
        lone.keys.add(Kind.ADMIN, "second")
        assert calls.delete(f"/v1/keys/{short.id}", headers=headers).status_code == 200
        assert calls.delete(f"/v1/keys/{first.id}", headers=headers).status_code == 200
