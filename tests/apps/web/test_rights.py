"""Every operation × every kind of key × own and foreign memory: no surprise, as the docs say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from spanmem.apps.web.app import create_app
from spanmem.apps.web.openapi import describe
from spanmem.apps.web.rights import RIGHTS, Kind, Right
from spanmem.apps.web.service import Service
from tests.rooms import ROOT

Bearer = Callable[..., dict[str, str]]
OPERATION = re.compile(r"^\| `([A-Z]+) ((?:/openai)?/v1/\S+)` \| ([a-z]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def schema(service: Service) -> dict[str, Any]:
    return describe(create_app(service, start=False), "0")


def each(schema: dict[str, Any]) -> Iterator[tuple[str, str, Right]]:
    """Method, address and right of each operation."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, Right(operation["x-spanmem-right"])


def call(
    client: TestClient, method: str, path: str, memory: str, headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    """Status and object of an answer to a request with nothing but its address."""
    address = re.sub(r"\{[a-z_]+\}", "nothing", path.replace("{memory}", memory))
    bodiless = method in ("GET", "DELETE", "HEAD")
    answer = client.request(method, address, headers=headers, json=None if bodiless else {})
    is_json = answer.headers.get("content-type", "").endswith("json")
    table: dict[str, Any] = answer.json() if is_json and answer.content else {}
    return answer.status_code, table


def test_without_a_valid_key_every_operation_is_refused(
    client: TestClient, schema: dict[str, Any]
) -> None:
    for headers in ({}, {"Authorization": "Bearer sm_a_no"}, {"Authorization": "Basic eDp5"}):
        for method, path, _ in each(schema):
            assert call(client, method, path, "support", headers)[0] == 401, (method, path)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_of_key_may_what_its_rights_say_and_nothing_else(
    client: TestClient, bearer: Bearer, schema: dict[str, Any], kind: Kind
) -> None:
    headers = bearer(kind, "support")
    for method, path, right in each(schema):
        status, table = call(client, method, path, "support", headers)
        if right in RIGHTS[kind]:
            assert status not in (401, 403, 500), (method, path, table)
        else:
            assert (status, table["type"]) == (403, "/problems/forbidden"), (method, path)


@pytest.mark.parametrize("kind", [Kind.ASK, Kind.AGENT, Kind.EDITOR])
def test_a_key_with_conditions_comes_into_operations_alone_that_honour_them(
    client: TestClient, service: Service, schema: dict[str, Any], kind: Kind
) -> None:
    for method, path, right in each(schema):
        # Each call has a key of its own: what one does must not keep another from being let in.
        honours = schema["paths"][path][method.lower()]["x-spanmem-conditions"]
        status, table = call(client, method, path, "support", conditioned(service, kind))
        if honours and right in RIGHTS[Kind.AGENT] & RIGHTS[kind]:
            assert status not in (401, 403, 500), (method, path, table)
        else:
            assert (status, table["type"]) == (403, "/problems/forbidden"), (method, path)
        assert not (honours and right in (Right.EDIT, Right.ADMIN)), (method, path)


def conditioned(service: Service, kind: Kind) -> dict[str, str]:
    """Headers with a key with conditions; an editor's as they once were made."""
    made = kind if kind is Kind.ASK else Kind.AGENT
    key, token = service.keys.add(made, "red", memories=["support"], where={"tenant": "red"})
    if kind is made:
        return {"Authorization": f"Bearer {token}"}
    with service.database.write() as connection:
        connection.execute("UPDATE keys SET kind = ? WHERE id = ?", (kind.value, key.id))
    session = service.sessions.begin(service.keys.get(key.id))
    return {"Cookie": f"spanmem={session}", "Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.ADMIN])
def test_a_foreign_memory_is_one_that_does_not_exist(
    client: TestClient, bearer: Bearer, schema: dict[str, Any], kind: Kind
) -> None:
    headers = bearer(kind, "support")
    for method, path, _ in each(schema):
        if "{memory}" in path:
            status, foreign = call(client, method, path, "other", headers)
            missing_status, missing = call(client, method, path, "none", headers)
            assert (status, missing_status) == (404, 404), (method, path)
            assert foreign["detail"].replace("other", "none") == missing["detail"]
            assert foreign["type"] == missing["type"] == "/problems/not-found"


def test_the_docs_name_every_operation_with_its_right(schema: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    told = OPERATION.findall(page)
    assert len(set(told)) == len(told)
    assert set(told) == {(method, path, right.value) for method, path, right in each(schema)}


def test_the_tests_that_the_page_on_security_names_are_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)`", page)
    assert named
    assert [path for path in named if not Path(ROOT / path).exists()] == []
