"""The description of the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from spanmem.apps.web.app import create_app
from spanmem.apps.web.openapi import describe, hoist
from spanmem.apps.web.service import Service


@pytest.fixture(scope="module")
def schema(service: Service) -> dict[str, Any]:
    return describe(create_app(service, start=False), "1.2.3")


def each(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(m, o) for methods in schema["paths"].values() for m, o in methods.items()]


def test_each_operation_has_a_name_a_summary_and_all_its_problems(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in each(schema)]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and "_" not in name for name in names)
    for _, operation in each(schema):
        assert operation["summary"]
        assert operation["description"]
        for status in ("401", "403", "404", "409", "413", "422", "429", "503"):
            content = operation["responses"][status]["content"]
            assert list(content) == ["application/problem+json"]
        assert any(status.startswith("2") for status in operation["responses"])


def test_only_what_creates_says_that_it_may_be_repeated(schema: dict[str, Any]) -> None:
    for method, operation in each(schema):
        headers = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}
        assert ("Idempotency-Key" in headers) is (method == "post")


def test_what_begins_a_job_may_answer_with_one_that_has_ended(schema: dict[str, Any]) -> None:
    jobs = [o for _, o in each(schema) if "prefer" in str(o.get("parameters")).lower()]
    assert {o["operationId"] for o in jobs} >= {"addDocuments", "eraseScope", "retryJob"}
    for operation in jobs:
        assert {"200", "202"} <= operation["responses"].keys(), operation["operationId"]


def test_requests_hold_nothing_unknown(schema: dict[str, Any]) -> None:
    """But for those of OpenAI's clients, who send more than is used."""
    for _, operation in each(schema):
        if operation["tags"] == ["openai"]:
            continue
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if kind != "application/json":
                continue
            name = content["schema"].get("$ref", "").rpartition("/")[2]
            body = schema["components"]["schemas"][name] if name else content["schema"]
            assert body["additionalProperties"] is False


def test_nothing_of_the_framework_s_own_is_left(schema: dict[str, Any]) -> None:
    assert schema["info"] == {
        "title": "SpanMem", "version": "1.2.3", "description": schema["info"]["description"],
    }  # fmt: skip
    assert "HTTPValidationError" not in str(schema)
    assert schema["security"] == [{"key": []}]


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    for reference in references(schema):
        place: Any = schema
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_models_that_an_operation_describes_by_itself_are_among_the_others() -> None:
    table: dict[str, Any] = {
        "paths": {"/x": {"schema": {"$defs": {"A": {"type": "string"}}, "$ref": "#/$defs/A"}}}
    }
    hoist(table)
    assert table["paths"] == {"/x": {"schema": {"$ref": "#/components/schemas/A"}}}
    assert table["components"]["schemas"] == {"A": {"type": "string"}}
