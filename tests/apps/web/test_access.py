"""What a key is shown of a memory, and who is asked for none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from spanmem.apps.web.access import Access
from spanmem.apps.web.app import create_app
from spanmem.apps.web.errors import Forbidden, NotFound
from spanmem.apps.web.keys import LOCAL, Key
from spanmem.apps.web.rights import Kind, Right
from spanmem.apps.web.service import Service
from spanmem.core.errors import InputError


def access(service: Service, key: Key) -> Access:
    return Access(service, key, "support", "127.0.0.1", "r1")


def test_scopes_lie_below_the_prefix_of_their_key(service: Service) -> None:
    shop = access(service, Key("K", Kind.ASK, "shop", ("support",), prefix="shop/"))
    assert shop.scope("customer 42") == "shop/customer 42"
    assert shop.shown_scope("shop/customer 42") == "customer 42"
    assert shop.scope("shop/x") == "shop/shop/x"
    assert shop.scope("") == ""
    with pytest.raises(NotFound):
        shop.shown_scope("other/customer 42")
    assert access(service, LOCAL).scope("a") == "a"


@pytest.mark.parametrize("name", ["a\nb", "a\x00", "x" * 201, ".", ".."])
def test_what_is_no_scope_is_refused(service: Service, name: str) -> None:
    with pytest.raises(InputError, match="scope's name"):
        access(service, LOCAL).scope(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a\u200bb", "holds ZERO WIDTH SPACE (U+200B); leave it out"),
        ("a\nb", "holds a line break (U+000A)"),
        ("a\x00", "holds what is not printed (U+0000)"),
        ("x" * 201, "has 201 characters, and 200 at most"),
    ],
)
def test_what_is_wrong_with_a_scope_is_said(service: Service, name: str, why: str) -> None:
    with pytest.raises(InputError) as caught:
        access(service, LOCAL).scope(name)
    assert why in str(caught.value)


def test_a_further_right_is_asked_for_by_name(service: Service) -> None:
    agent = access(service, Key("K", Kind.AGENT, "Ann", ("support",)))
    agent.require(Right.CORRECT, "correcting")
    with pytest.raises(Forbidden, match="correcting for everyone needs the right 'edit'"):
        agent.require(Right.EDIT, "correcting for everyone")


def test_the_conditions_of_key_and_request_must_both_hold(service: Service) -> None:
    shop = access(service, replace(LOCAL, where={"lang": "en"}))
    assert shop.where(None) == {"lang": "en"}
    assert shop.where({"year": 3}) == {"lang": "en", "year": 3}


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({}, "no key; send one as"),
        ({"Authorization": "Bearer"}, "no key"),
        ({"Authorization": "Token sm_a_x"}, "not 'Token'"),
        ({"Authorization": "Bearer sm_a_x"}, "not valid here"),
        ({"X-API-Key": "sm_a_x"}, "no key"),
        ({"Cookie": "spanmem=abc"}, "signed out"),
    ],
)
def test_a_caller_without_a_key_is_told_how_to_send_one(
    client: TestClient, header: dict[str, str], said: str
) -> None:
    assert said in client.get("/v1/info", headers=header).json()["detail"]


def test_without_keys_this_machine_may_all_and_pages_of_other_sites_nothing(
    build: Callable[..., Service], tmp_path: Path
) -> None:
    with build(tmp_path, auth=False) as service:
        client = TestClient(create_app(service, start=False), base_url="http://localhost:8477")
        assert client.get("/v1/info").json()["key"]["kind"] == "admin"
        new = {"kind": "metrics", "name": "x"}
        for headers, status in (
            ({}, 201),
            ({"Sec-Fetch-Site": "same-origin"}, 201),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Origin": "http://localhost:8477"}, 201),
            ({"Origin": "http://evil.example"}, 403),
        ):
            assert client.post("/v1/keys", json=new, headers=headers).status_code == status
        assert client.get("/v1/info", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    ("method", "address", "told"),
    [
        ("DELETE", "documents/0123456789abcdef?erased=true", "known are erase"),
        ("GET", "documents?file=prices.csv", "known are q, prefix, limit, cursor"),
        ("GET", "gaps?status=answered", "'status' is not a parameter here"),
        ("POST", "ask?top_k=3", "there are none"),
    ],
)
def test_a_mistyped_parameter_is_told_and_nothing_is_done(
    client: TestClient,
    bearer: Callable[..., dict[str, str]],
    method: str,
    address: str,
    told: str,
) -> None:
    answer = client.request(
        method, f"/v1/memories/support/{address}", headers=bearer("editor"), json={"question": "x"}
    )
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


def test_other_peoples_clients_may_add_parameters_of_their_own(
    client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    answer = client.get("/openai/v1/models?api-version=2024-10-21", headers=bearer("ask"))
    assert answer.status_code == 200
    assert client.get("/health/live?from=watcher").status_code == 200
