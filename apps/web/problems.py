"""Refusals as RFC 9457 tells them: the one table from errors to `application/problem+json`.

https://www.rfc-editor.org/rfc/rfc9457. `type` is `/problems/<name>`, a page of the service;
`detail` is the error's own line, with the way out; `instance` names the request, as the log does.
"""

from __future__ import annotations

import errno
import logging
import math
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...core.errors import (
    EncoderMismatch,
    FormatTooNew,
    InputError,
    MemoryDamaged,
    MemoryLocked,
    MemoryNotFound,
    ModelError,
    ServiceError,
    SpanMemError,
    StorageError,
)
from . import errors, logs

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from fastapi.responses import Response

__all__ = [
    "BY_STATUS",
    "MEDIA_TYPE",
    "PROBLEMS",
    "Problem",
    "answer",
    "fault",
    "install",
    "must_be_json",
    "of_error",
    "refused",
    "too_large",
]

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of refusal: its name in `type`, its HTTP status, and what it means."""

    name: str
    status: int
    title: str
    hidden: bool = False
    """Whether the error's own words are for the log alone: they speak of the machine."""


_OPENAI = "/openai/"
"""Where addresses begin whose clients look for errors as OpenAI tells them."""
_OPENAI_HERE = (
    "of OpenAI's API there are /openai/v1/chat/completions and /openai/v1/models here, and neither "
    "embeddings nor completions or responses of another kind"
)
_NO_SPACE = Problem("no-space", 507, "There is no space left", hidden=True)
_FAULT = Problem("fault", 500, "A fault of the service")
PROBLEMS: Mapping[type[Exception], Problem] = MappingProxyType(
    {
        errors.Unauthorized: Problem("unauthorized", 401, "A valid key is needed"),
        errors.Forbidden: Problem("forbidden", 403, "The key lacks the right"),
        errors.NotFound: Problem("not-found", 404, "There is no such thing"),
        errors.Conflict: Problem("conflict", 409, "It contradicts the present state"),
        errors.IdempotencyRunning: Problem(
            "idempotency-running", 409, "The first such request is still being worked on"
        ),
        errors.IdempotencyMismatch: Problem(
            "idempotency-mismatch", 422, "The Idempotency-Key came with another request before"
        ),
        errors.TooLarge: Problem("too-large", 413, "More than is taken"),
        errors.UnsupportedBody: Problem(
            "unsupported-media-type", 415, "The body is of another kind than is taken"
        ),
        errors.RateLimited: Problem("rate-limited", 429, "More often than this key may"),
        errors.Overloaded: Problem("overloaded", 429, "More waits than can be answered in time"),
        errors.DeadlinePassed: Problem("deadline", 503, "Not answered in time"),
        errors.Loading: Problem("loading", 503, "The service is starting"),
        errors.Stopping: Problem("stopping", 503, "The service is being stopped"),
        MemoryLocked: Problem("memory-locked", 409, "Another process is writing to the memory"),
        MemoryNotFound: Problem("memory-missing", 503, "The memory is not there", hidden=True),
        MemoryDamaged: Problem("memory-damaged", 503, "The memory is damaged", hidden=True),
        FormatTooNew: Problem("format-too-new", 503, "A newer release wrote it", hidden=True),
        EncoderMismatch: Problem("encoder-mismatch", 503, "Another encoder wrote it", hidden=True),
        ModelError: Problem("model-unusable", 503, "A model cannot be used", hidden=True),
        StorageError: Problem("storage", 503, "The disk or system refused", hidden=True),
        ServiceError: Problem("service-unreachable", 503, "Another service is silent", hidden=True),
        InputError: Problem("invalid-input", 422, "It cannot be used as it is"),
        errors.RequestError: Problem("invalid-input", 422, "It cannot be used as it is"),
        SpanMemError: Problem("unavailable", 503, "It cannot be done now", hidden=True),
    }
)
"""Class of error -> the problem; of several the first that the error is an instance of."""
BY_STATUS: Mapping[int, Problem] = MappingProxyType(
    {
        400: Problem("bad-request", 400, "The request cannot be understood"),
        404: PROBLEMS[errors.NotFound],
        405: Problem("method-not-allowed", 405, "There is no such operation at this address"),
        413: PROBLEMS[errors.TooLarge],
        415: PROBLEMS[errors.UnsupportedBody],
        421: Problem("unknown-host", 421, "The service is not called so"),
    }
)
"""What the framework refuses by itself."""


def of_error(error: Exception) -> Problem:
    """The problem that an error becomes; a fault of ours where it is none of the family."""
    if isinstance(error, StorageError) and _is_full(error):
        return _NO_SPACE
    return next((problem for kind, problem in PROBLEMS.items() if isinstance(error, kind)), _FAULT)


def _is_full(error: BaseException) -> bool:
    """Whether what lies behind an error is a full disk, or a quota."""
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorname == "SQLITE_FULL"


def answer(
    request: Request,
    problem: Problem,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    openai: str | None = None,
    **more: Any,
) -> Response:
    """The response for a problem; `more` are further members of its object.

    `openai`: its code for OpenAI's clients; None: the usual one of its status.
    """
    from fastapi.responses import JSONResponse

    table: dict[str, Any] = {
        "type": f"/problems/{problem.name}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": getattr(request.state, "request_id", ""),
        **more,
    }
    if request.url.path.startswith(_OPENAI):
        table["error"] = _openai_error(problem, detail, openai)
    request.state.problem = problem.name
    sent = dict(headers or {})
    if problem.status == HTTPStatus.UNAUTHORIZED:
        sent["WWW-Authenticate"] = "Bearer"
    return JSONResponse(table, problem.status, sent, MEDIA_TYPE)


def _openai_error(problem: Problem, detail: str, code: str | None) -> dict[str, Any]:
    """The problem where OpenAI's clients look for what went wrong."""
    kinds = {401: "authentication_error", 403: "permission_error", 429: "requests"}
    codes = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
    kind = "invalid_request_error" if problem.status < 500 else "server_error"
    return {
        "message": detail,
        "type": kinds.get(problem.status, kind),
        "param": None,
        "code": code or codes.get(problem.status, problem.name),
    }


def install(app: FastAPI) -> None:
    """Let an application answer every error so, its framework's own among them."""
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException

    async def told(request: Request, error: Exception) -> Response:
        return refused(request, error)

    async def invalid(request: Request, error: Exception) -> Response:
        return _invalid(request, error)

    async def unserved(request: Request, error: Exception) -> Response:
        return _unserved(request, error)

    app.add_exception_handler(SpanMemError, told)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, unserved)


def refused(request: Request, error: Exception) -> Response:
    """The answer to an error of the family."""
    problem = of_error(error)
    headers: dict[str, str] = {}
    wait = getattr(error, "retry_after", None)
    if wait is None and isinstance(error, MemoryLocked):
        wait = 5.0
    if wait is not None:
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    detail = str(error)
    if problem.hidden:
        logs.event(
            problem.name,
            level=logging.ERROR,
            request=getattr(request.state, "request_id", None),
            said=detail,
        )
    if problem.hidden and not getattr(request.state, "is_admin", False):
        detail = f"{problem.title}; whoever runs the service finds more by the request's id"
    return answer(request, problem, detail, headers=headers)


def fault(request: Request) -> Response:
    """The answer to a fault of ours, which the log tells more of."""
    return answer(
        request,
        _FAULT,
        "this is a fault of the service; whoever runs it finds more by the request's id",
    )


def too_large(request: Request) -> Response:
    """The answer to a body that is larger than is taken."""
    return answer(
        request,
        BY_STATUS[413],
        "the body is larger than is taken here; GET /v1/info says how large it may be",
    )


def must_be_json(request: Request, wanted: str = "JSON") -> None:
    """Raise UnsupportedBody for a body that does not say it is JSON; `wanted` is what is taken."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return
    came = f"as {kind[:100]!r}" if kind else "without a content type"
    raise errors.UnsupportedBody(
        f"the body came {came}; send {wanted}, with the header `Content-Type: application/json`"
    )


def _invalid(request: Request, error: Any) -> Response:
    """A request that does not fit its schema: the first slip in the detail, each with a pointer."""
    if any(slip["loc"] == ("body",) for slip in error.errors()):
        try:
            must_be_json(request)
        except errors.UnsupportedBody as unsupported:
            return refused(request, unsupported)
    slips = [_slip(slip) for slip in error.errors()]
    first = slips[0] if slips else {"pointer": "", "detail": "it cannot be read"}
    place = first["pointer"].lstrip("/").replace("/", ".")
    return answer(request, PROBLEMS[InputError], f"{place}: {first['detail']}", errors=slips)


def _slip(slip: Mapping[str, Any]) -> dict[str, str]:
    """Where a request does not fit its schema, and why."""
    if slip["type"] == "json_invalid":
        why = f"no JSON from its character {slip['loc'][-1]} on: {slip['ctx']['error']}"
        return {"pointer": "/body", "detail": why}
    return {"pointer": _pointer(slip["loc"]), "detail": slip["msg"].removeprefix("Value error, ")}


def _pointer(parts: Iterable[object]) -> str:
    """A JSON pointer: https://www.rfc-editor.org/rfc/rfc6901."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _unserved(request: Request, error: Any) -> Response:
    """What the framework refuses: an address, a method or a body it does not know."""
    status = int(error.status_code)
    if status == 413:
        return too_large(request)
    problem = BY_STATUS.get(status) or Problem(
        "refused", status, HTTPStatus(status).phrase if status in list(HTTPStatus) else "Refused"
    )
    if status == 404 and request.url.path.startswith(_OPENAI):
        return answer(request, problem, _OPENAI_HERE, openai="unknown_url")
    detail = {
        400: "the body cannot be read; send it whole, in UTF-8 and not compressed",
        404: "nothing is at this address; GET /v1/openapi.json lists what there is",
        405: "nothing at this address takes this method; GET /v1/openapi.json lists what there is",
    }.get(status, str(error.detail))
    return answer(request, problem, detail, headers=error.headers)
