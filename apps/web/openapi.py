"""The description of the API: OpenAPI 3.1, with the right and the problems of each operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from . import problems
from .access import Allow, AllowInMemory
from .operations import operations

__all__ = ["describe", "hoist"]

_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "What is refused, and why (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "`/problems/<name>`; branch on this."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is the matter, and the way out."},
        "instance": {"type": "string", "description": "Id of the request, as in the log."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_ALWAYS = (401, 403, 404, 409, 413, 422, 429, 503)
"""Statuses that any operation may answer with."""
_JOBS = {"200": "The job, which has ended.", "202": "The job; its address is in `Location`."}
"""Answers of what begins a job, whichever of the two an operation declares."""
_LOCAL = "#/$defs/"
_RETRIED = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key again gets the first one's answer, for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}


def describe(app: FastAPI, version: str, base_path: str = "") -> dict[str, Any]:
    """The schema of an application's operations, which lie below a path of the host's."""
    schema: dict[str, Any] = get_openapi(
        title="SpanMem",
        version=version,
        description=(
            "Answers questions verbatim, with the place, or says that it does not know. Errors are "
            "problems by RFC 9457. Ignore what you do not know in answers: there may be more."
        ),
        routes=app.routes,
        servers=[{"url": base_path}] if base_path else None,
    )
    declared = {
        (route.path_format, method.lower()): allowed
        for route, allowed in operations(app)
        for method in route.methods or ()
    }
    for path, method, operation in _operations(schema):
        _complete(operation, method, declared[path, method])
    hoist(schema)
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    schema["security"] = [{"key": []}]
    return schema


def hoist(schema: dict[str, Any]) -> None:
    """Put models that an operation describes by itself (`$defs`) among those of all.

    Their references count from the whole document, where no `$defs` stand.
    """
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    waiting: list[Any] = [schema.get("paths", {})]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for name, model in value.pop("$defs", {}).items():
                schemas[name] = model
                waiting.append(model)
            reference = value.get("$ref")
            if isinstance(reference, str) and reference.startswith(_LOCAL):
                value["$ref"] = f"#/components/schemas/{reference.removeprefix(_LOCAL)}"
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _operations(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema.get("paths", {}).items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(
    operation: dict[str, Any], method: str, allowed: Allow | AllowInMemory | None
) -> None:
    """Add what every operation has: its right, its problems, its header for repetitions."""
    operation["x-spanmem-right"] = None if allowed is None else allowed.right.value
    operation["x-spanmem-conditions"] = allowed is not None and allowed.conditions
    if any(parameter["name"] == "prefer" for parameter in operation.get("parameters", ())):
        (declared,) = (operation["responses"].pop(s) for s in _JOBS if s in operation["responses"])
        for code, description in _JOBS.items():
            operation["responses"][code] = {**declared, "description": description}
    if method == "post":
        operation.setdefault("parameters", []).append(_RETRIED)
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    names: dict[int, list[str]] = {}
    for problem in problems.PROBLEMS.values():
        names.setdefault(problem.status, []).append(f"`{problem.name}`")
    for status in _ALWAYS:
        told = ", ".join(dict.fromkeys(names[status]))
        operation["responses"][str(status)] = {
            "description": f"Problem: {told}",
            "content": content,
        }
    operation["responses"] = dict(sorted(operation["responses"].items()))
