"""The application: every operation declares its right, and starts and stops with its service."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from spanmem.apps.web import app as web_app
from spanmem.apps.web.app import create_app
from spanmem.apps.web.operations import operations
from spanmem.apps.web.rights import Right
from spanmem.apps.web.service import Service


def test_an_operation_that_declares_no_right_keeps_the_application_from_being_made(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter(prefix="/v1")
    router.add_api_route("/open", lambda: {})
    monkeypatch.setattr(web_app, "ROUTERS", (*web_app.ROUTERS, router))
    with pytest.raises(RuntimeError, match="/v1/open declares no right"):
        create_app(service, start=False)


def test_all_operations_declare_their_rights(service: Service) -> None:
    every = {route.path: allowed for route, allowed in operations(create_app(service, start=False))}
    info = every["/v1/info"]
    assert info is not None
    assert info.right is Right.ANY
    assert None not in every.values()


def test_a_key_says_what_it_sees_and_may(
    client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    table = client.get("/v1/info", headers=bearer("ask")).json()
    assert table["memories"] == ["support"]
    assert table["key"]["rights"] == ["any", "ask"]
    assert client.get("/v1/info", headers=bearer("admin")).json()["memories"] == [
        "other",
        "support",
    ]


def test_without_a_key_nothing_is_told(client: TestClient) -> None:
    answer = client.get("/v1/info")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/unauthorized"
