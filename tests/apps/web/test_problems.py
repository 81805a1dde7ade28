"""Errors as RFC 9457 tells them."""

from __future__ import annotations

import errno
import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from spanmem.apps.web import errors, problems
from spanmem.apps.web.access import Access, allow_service
from spanmem.apps.web.app import create_app
from spanmem.apps.web.rights import Right
from spanmem.apps.web.service import Service
from spanmem.core import errors as core
from spanmem.core.files import guarded

Bearer = Callable[..., dict[str, str]]
PLACE = "/srv/spanmem/support.memory"
RAISED: list[tuple[Exception, int, str]] = [
    (core.InputError("the question is empty; ask something"), 422, "invalid-input"),
    (core.ArgumentError("top_k is a text; give a number"), 422, "invalid-input"),
    (core.MemoryLocked(PLACE, "process 7 on here"), 409, "memory-locked"),
    (core.MemoryDamaged(PLACE, "a row"), 503, "memory-damaged"),
    (core.MemoryNotFound(PLACE, "gone"), 503, "memory-missing"),
    (core.FormatTooNew(PLACE, found=9, known=2), 503, "format-too-new"),
    (core.EncoderMismatch(PLACE, found="a", wanted="b"), 503, "encoder-mismatch"),
    (core.ModelError("no model"), 503, "model-unusable"),
    (core.StorageError("refused"), 503, "storage"),
    (core.SpanMemError("anything"), 503, "unavailable"),
    (errors.NotFound("no such job"), 404, "not-found"),
    (errors.Forbidden("no"), 403, "forbidden"),
    (errors.Unauthorized("no"), 401, "unauthorized"),
    (errors.Conflict("no"), 409, "conflict"),
    (errors.TooLarge("no"), 413, "too-large"),
    (errors.Overloaded("no", retry_after=2.1), 429, "overloaded"),
    (errors.DeadlinePassed("no", retry_after=0), 503, "deadline"),
    (errors.Loading("no", retry_after=1), 503, "loading"),
    (errors.RequestError("no"), 422, "invalid-input"),
]


@pytest.fixture(scope="module")
def broken(service: Service) -> TestClient:
    """An application one of whose operations raises what it is told to."""
    app = create_app(service, start=False)

    def operation(at: int) -> None:
        raise RAISED[at][0]

    app.add_api_route("/v1/broken/{at}", operation, include_in_schema=False)
    return TestClient(app, base_url="http://localhost:8477", raise_server_exceptions=False)


@pytest.mark.parametrize("at", range(len(RAISED)), ids=lambda at: type(RAISED[at][0]).__name__)
def test_each_error_has_its_status_and_name(broken: TestClient, bearer: Bearer, at: int) -> None:
    error, status, name = RAISED[at]
    answer = broken.get(f"/v1/broken/{at}", headers=bearer("ask"))
    table = answer.json()
    assert (answer.status_code, table["status"], table["type"]) == (
        status, status, f"/problems/{name}",
    )  # fmt: skip
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert set(table) == {"type", "title", "status", "detail", "instance"}
    hidden = problems.of_error(error).hidden
    assert (str(error) == table["detail"]) is not hidden
    assert PLACE not in answer.text or name == "memory-locked"
    if wait := getattr(error, "retry_after", None):
        assert float(answer.headers["retry-after"]) >= wait
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client_text(broken, name).startswith(f"{name} ({status})")


def client_text(client: TestClient, name: str) -> str:
    return client.get(f"/problems/{name}").text


def test_every_error_of_the_family_has_a_problem_of_its_own() -> None:
    kinds = {type(error) for error, _, _ in RAISED}
    family = {kind for kind in vars(core).values() if isinstance(kind, type)}
    family |= {kind for kind in vars(errors).values() if isinstance(kind, type)}
    for kind in family:
        if issubclass(kind, core.SpanMemError):
            assert kind in problems.PROBLEMS or kind in kinds or issubclass(kind, core.InputError)


def damaged(_access: Annotated[Access, Depends(allow_service(Right.ANY))]) -> None:
    raise core.MemoryDamaged(PLACE, "a row")


def test_an_admin_is_told_what_is_the_matter(broken: TestClient, bearer: Bearer) -> None:
    app: FastAPI = broken.app  # type: ignore[assignment]
    app.add_api_route("/v1/damaged", damaged, include_in_schema=False)
    assert "recover" in broken.get("/v1/damaged", headers=bearer("admin")).json()["detail"]
    assert PLACE not in broken.get("/v1/damaged", headers=bearer("editor")).text


def test_a_full_disk_is_told_from_other_refusals(tmp_path: Path) -> None:
    def refusal(number: int) -> core.StorageError:
        with pytest.raises(core.StorageError) as caught, guarded("write", tmp_path):
            raise OSError(number, "no")
        return caught.value

    assert problems.of_error(refusal(errno.ENOSPC)).status == 507
    assert problems.of_error(refusal(errno.EDQUOT)).status == 507
    assert problems.of_error(refusal(errno.EACCES)).status == 503
    full = core.StorageError("full")
    full.__cause__ = sqlite3.OperationalError("full")
    full.__cause__.sqlite_errorname = "SQLITE_FULL"
    assert problems.of_error(full).name == "no-space"
    assert problems.of_error(ValueError()).name == "fault"


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        (b'{"kind": "ask", "nam": "x"}', "/body", "did you mean 'name'?"),
        (b'{"kind": "king", "name": "x"}', "/body/kind", "'admin', 'editor'"),
        (b'{"kind": "ask", "name": 3}', "/body/name", "valid string"),
        (b'{"kind": "ask", "name": "\\ud800"}', "/body/name", "unicode"),
        (b'{"kind": "ask"', "/body", "no JSON from its character 14 on: Expecting ',' delimiter"),
        (b"[]", "/body", "valid dictionary"),
        (b'{"kind": "ask", "name": "x", "where": {"a": [NaN]}}', "/body", "no numbers of JSON"),
        (b"", "/body", "Field required"),
        (b'{"kind": "ask", "name": "x", "a/b~c": 1}', "/body", "'a/b~c' is not a field here"),
    ],
)
def test_a_body_that_does_not_fit_is_told_where(
    client: TestClient, bearer: Bearer, body: bytes, pointer: str, detail: str
) -> None:
    headers = bearer("admin") | {"Content-Type": "application/json"}
    answer = client.post("/v1/keys", content=body, headers=headers)
    table = answer.json()
    assert (answer.status_code, table["type"]) == (422, "/problems/invalid-input")
    assert table["errors"][0]["pointer"] == pointer
    assert detail in table["errors"][0]["detail"]
    assert detail in table["detail"]


def test_what_is_no_operation_is_told(client: TestClient, bearer: Bearer) -> None:
    headers = bearer("admin")
    assert client.get("/v1/nowhere", headers=headers).json()["type"] == "/problems/not-found"
    wrong = client.put("/v1/keys", headers=headers)
    assert (wrong.status_code, wrong.json()["type"]) == (405, "/problems/method-not-allowed")
    assert "GET" in wrong.headers["allow"]
    deep = b"[" * 100_000
    answer = client.post(
        "/v1/keys", content=deep, headers=headers | {"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert client.get("/problems/nothing").json()["type"] == "/problems/not-found"
    text = client.post("/v1/keys", content=b"{}", headers=headers | {"Content-Type": "text/plain"})
    assert text.status_code == 415


@pytest.mark.parametrize(
    ("kind", "body", "status", "told"),
    [
        ("application/x-www-form-urlencoded", b'{"question": "x"}', 415, "as 'application/x-www"),
        ("text/plain; charset=utf-8", b'{"question": "x"}', 415, "send JSON, with the header"),
        ("", b'{"question": "x"}', 415, "without a content type"),
        ("application/json", b"[]", 422, "valid dictionary"),
        ("application/json", '{"question": "Öl?"}'.encode("latin-1"), 400, "in UTF-8"),
        ("application/json", '{"question": "mill?"}'.encode("utf-16"), 400, "in UTF-8"),
        ("application/json", '{"question": "mill?"}'.encode("utf-16-be"), 400, "in UTF-8"),
        ("application/json", '{"question": "mill?"}'.encode("utf-32-le"), 400, "in UTF-8"),
        ("application/json", '{"question": "mill?"}'.encode("utf-8-sig"), 200, ""),
        ("application/json", gzip.compress(b"{}", mtime=0), 400, "not compressed"),
        ("application/vnd.api+json; charset=utf-8", b'{"question": "mill?"}', 200, ""),
    ],
)
def test_a_body_of_another_kind_is_told_what_is_taken(
    client: TestClient,
    bearer: Callable[..., dict[str, str]],
    kind: str,
    body: bytes,
    status: int,
    told: str,
) -> None:
    headers = bearer("ask") | {"Content-Type": kind}
    answer = client.post("/v1/memories/support/ask", content=body, headers=headers)
    assert answer.status_code == status
    assert told in answer.json().get("detail", "")


def test_a_file_as_the_body_is_told_how_files_come(
    client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    headers = bearer("editor") | {"Content-Type": "application/pdf"}
    answer = client.post("/v1/memories/support/documents", content=b"%PDF-1.7", headers=headers)
    assert answer.status_code == 415
    assert "multipart/form-data" in answer.json()["detail"]
