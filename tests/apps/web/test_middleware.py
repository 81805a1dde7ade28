"""What surrounds every request."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from spanmem.apps.web import logs
from spanmem.apps.web.app import create_app
from spanmem.apps.web.service import Service

Bearer = Callable[..., dict[str, str]]
Lines = Callable[[], list[dict[str, object]]]
SECRET = "the customer said xyzzy"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Lines:
    """The lines of the log so far, as objects."""
    caplog.set_level(logging.DEBUG, logger="spanmem.web")
    monkeypatch.setattr(logs.LOGGER, "propagate", True)
    form = logs.JsonLines()
    return lambda: [
        json.loads(form.format(record))
        for record in caplog.records
        if record.name == logs.LOGGER.name
    ]


@pytest.fixture
def app(service: Service) -> FastAPI:
    return create_app(service, start=False)


def client_of(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="http://localhost:8477", raise_server_exceptions=False)


def test_every_answer_has_the_headers_that_keep_browsers_safe(
    client: TestClient, bearer: Bearer
) -> None:
    for path, headers in (("/v1/info", bearer("ask")), ("/v1/info", {}), ("/nowhere", {}),
                          ("/health/live", {}), ("/metrics", {})):  # fmt: skip
        answer = client.get(path, headers=headers)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers


def test_a_request_s_id_is_the_caller_s_if_it_can_stand_in_a_log(client: TestClient) -> None:
    assert client.get("/health/live", headers={"X-Request-Id": "a-1.B_2"}).headers[
        "x-request-id"
    ] == ("a-1.B_2")
    for odd in ("a b", "x" * 65, "", 'a"b'):
        made = client.get("/health/live", headers={"X-Request-Id": odd}).headers["x-request-id"]
        assert len(made) == 26


def test_only_its_own_names_are_served(client: TestClient, bearer: Bearer) -> None:
    for host in ("evil.example", "localhost.evil.example:8477", "10.0.0.7", "", "localhost@evil"):
        answer = client.get("/v1/info", headers=bearer("ask") | {"Host": host})
        assert (answer.status_code, answer.json()["type"]) == (421, "/problems/unknown-host")
        assert client.get("/health/live", headers={"Host": host}).status_code == 200
    for host in ("localhost", "127.0.0.1:8477", "[::1]:1"):
        assert client.get("/v1/info", headers=bearer("ask") | {"Host": host}).status_code == 200


def test_while_it_is_being_stopped_nothing_new_is_taken(
    service: Service, client: TestClient, bearer: Bearer
) -> None:
    headers = bearer("ask")
    service.state = "stopping"
    try:
        answer = client.get("/v1/info", headers=headers)
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").status_code == 503
    finally:
        service.state = "ready"
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/stopping")
    assert answer.headers["connection"] == "close"
    assert int(answer.headers["retry-after"]) >= 1
    assert client.get("/health/ready").json() == {"state": "ready"}


def test_a_body_beyond_its_limit_is_not_read(client: TestClient, bearer: Bearer) -> None:
    big = b"x" * (256 * 1024 + 1)

    def pieces() -> Iterator[bytes]:
        yield from (big[at : at + 65536] for at in range(0, len(big), 65536))

    headers = bearer("admin") | {"Content-Type": "application/json"}
    for content in (big, pieces()):
        answer = client.post("/v1/keys", content=content, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.post("/v1/keys", content=big[:-1], headers=headers).status_code == 422


def test_only_uploads_of_documents_may_be_larger(app: FastAPI, bearer: Bearer) -> None:
    headers = bearer("admin") | {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client_of(app).post("/v1/keys", content=b"x" * 300_000, headers=headers)
    assert answer.status_code == 413


def test_nothing_is_read_of_a_stranger(app: FastAPI) -> None:
    read: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b"x" * 1000

    for path in ("/v1/keys", "/v1/memories/support/documents", "/m/support/documents"):
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = client_of(app).post(path, content=pieces(), headers=headers)
        assert answer.status_code == 401


def test_a_fault_tells_its_request_and_nothing_of_what_it_said(
    app: FastAPI, bearer: Bearer, lines: Lines
) -> None:
    def broken() -> None:
        raise ZeroDivisionError(SECRET)

    app.add_api_route("/v1/broken", broken, include_in_schema=False)
    answer = client_of(app).get("/v1/broken", headers=bearer("ask"))
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/fault")
    fault = next(line for line in lines() if line["event"] == "fault")
    assert fault["error"] == "ZeroDivisionError"
    assert fault["request"] == answer.json()["instance"] == answer.headers["x-request-id"]
    assert "broken" in str(fault["where"])
    assert SECRET not in answer.text + json.dumps(lines())


def test_the_log_has_a_line_for_each_request_without_its_query(
    client: TestClient, bearer: Bearer, lines: Lines
) -> None:
    similar = "/v1/memories/support/similar"
    client.get(similar, params={"question": SECRET}, headers=bearer("agent"))
    client.get("/nowhere/xyzzy")
    client.get("/health/live")
    named = {str(line["route"]): line for line in lines() if line["event"] == "request"}
    assert named["/v1/memories/{memory}/similar"]["status"] == 200
    assert named["/v1/memories/{memory}/similar"]["key"]
    assert named["none"]["problem"] == "not-found"
    assert named["/health/live"]["level"] == "debug"
    assert "xyzzy" not in json.dumps(lines())


def test_how_a_question_was_answered_stands_in_its_line(
    client: TestClient, bearer: Bearer, lines: Lines
) -> None:
    body = {"question": "Who built the mill at Halden?"}
    answer = client.post("/v1/memories/support/ask", json=body, headers=bearer("ask"))
    assert answer.status_code == 200
    (line,) = [line for line in lines() if line["event"] == "request"]
    assert line["level"] == "info"
    assert line["memory"] == "support"
    told = line["answer"]
    assert isinstance(told, dict)
    assert told["level"] == answer.json()["level"]
    assert "mill" not in json.dumps(line)


def test_addresses_are_traced_without_their_queries(service: Service, bearer: Bearer) -> None:
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    export = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    processors = pytest.importorskip("opentelemetry.sdk.trace.export")
    from opentelemetry import trace

    exporter, provider = export.InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(processors.SimpleSpanProcessor(exporter))
    before = trace._TRACER_PROVIDER
    trace._TRACER_PROVIDER = provider
    try:
        client_of(create_app(service, start=False)).get(
            "/v1/info", params={"question": SECRET}, headers=bearer("ask")
        )
    finally:
        trace._TRACER_PROVIDER = before
    spans = exporter.get_finished_spans()
    assert any(span.name == "GET /v1/info" for span in spans)
    assert "xyzzy" not in "".join(span.to_json() for span in spans)
