"""Figures for Prometheus: they count what happened, and say nothing about whom."""

from __future__ import annotations

import re
from collections.abc import Callable

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from spanmem.apps.web.service import Service
from spanmem.core.errors import StorageError

Bearer = Callable[..., dict[str, str]]
LABELS = {
    "route", "method", "status", "memory", "level", "kind", "door", "stage", "lane", "reason",
    "verdict", "state", "le",
}  # fmt: skip


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_their_declared_address(client: TestClient, bearer: Bearer) -> None:
    key = client.post(
        "/v1/keys",
        json={"kind": "ask", "name": "x", "memories": ["support"]},
        headers=bearer("admin"),
    ).json()
    client.delete(f"/v1/keys/{key['id']}", headers=bearer("admin"))
    client.get(f"/nowhere/{key['id']}")
    client.request("XYZZY", "/v1/info")
    text = client.get("/metrics").text
    found = samples(text)
    assert key["id"] not in text
    assert "XYZZY" not in text
    labels = (("method", "DELETE"), ("route", "/v1/keys/{key}"), ("status", "200"))
    assert found["spanmem_http_requests_total", labels] == 1
    assert found["spanmem_auth_failures_total", ()] >= 1


def test_no_label_holds_what_a_caller_may_choose(client: TestClient) -> None:
    names = {name for _, labels in samples(client.get("/metrics").text) for name, _ in labels}
    assert names <= LABELS


def test_open_memories_say_what_they_hold(service: Service, client: TestClient) -> None:
    service.memories.qa("support")
    found = samples(client.get("/metrics").text)
    assert found["spanmem_memory_documents", (("memory", "support"),)] == 2


def test_a_memory_that_cannot_be_read_does_not_cost_the_other_figures(
    service: Service, client: TestClient
) -> None:
    def refused(_name: str) -> object:
        raise StorageError("no")

    before = service.memories.qa
    service.memories.qa = refused  # type: ignore[assignment,method-assign]
    try:
        answer = client.get("/metrics")
    finally:
        service.memories.qa = before  # type: ignore[method-assign]
    assert answer.status_code == 200
    assert re.search("^spanmem_ready 1.0$", answer.text, re.MULTILINE)


def test_figures_are_for_this_machine_and_keys_for_them(
    service: Service, client: TestClient, bearer: Bearer
) -> None:
    app = client.app
    local = TestClient(app, base_url="http://localhost", client=("127.0.0.1", 5))
    afar = TestClient(app, base_url="http://localhost", client=("192.0.2.7", 5))
    assert local.get("/metrics").status_code == 200
    assert afar.get("/metrics").status_code == 401
    assert afar.get("/metrics", headers=bearer("editor")).status_code == 403
    assert afar.get("/metrics", headers=bearer("metrics")).status_code == 200
    before = service.settings
    service.settings = before.override({"service.behind_proxy": True})
    try:
        assert local.get("/metrics").status_code == 401
        assert local.get("/metrics", headers=bearer("admin")).status_code == 200
    finally:
        service.settings = before
