"""What surrounds every request: its id, who may call, headers, one line of the log, figures.

Whatever goes wrong inside leaves as a problem, faults of ours without a word of what they said.
"""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING, Any

from opentelemetry import trace

from ...core.errors import SpanMemError
from . import logs, problems
from .access import identify
from .errors import Stopping
from .hosts import allowed_hosts, host_of
from .identifiers import new_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .service import Service

__all__ = ["BodyLimits", "Surroundings"]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # Not `no-referrer`: browsers say `Origin: null` of such a page, which may be anybody's.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""Sent with every answer that does not say otherwise itself."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others are counted as one: callers may send any word, and each would be a row for ever."""
_KEYED = ("/v1/", "/openai/", "/mcp")
"""What nobody calls without a key."""
_PROBES = ("/health/", "/metrics")
"""Called by address, from the same network, and without a line in the log."""


class Surroundings:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service
        self._hosts = allowed_hosts(service.settings.service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the application do so."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from starlette.requests import Request

        request, began = Request(scope, receive), time.perf_counter()
        wished = request.headers.get("x-request-id", "")
        request.state.request_id = wished if _REQUEST_ID.fullmatch(wished) else new_id()
        if scope.get("query_string"):  # a question may stand there, and texts are not traced
            trace.get_current_span().set_attribute("url.query", "")
        answer = _Answer(request, send)
        try:
            if not self._refused(request, answer):
                if request.url.path.startswith(_KEYED) or _is_upload(request):
                    # Before the body is read, so that strangers can send none.
                    request.state.identity = identify(request)
                await self._app(scope, receive, answer.send)
            elif (refusal := answer.refusal) is not None:
                await refusal(scope, receive, answer.send)
        except SpanMemError as error:
            await problems.refused(request, error)(scope, receive, answer.send)
        except Exception as error:
            if answer.status or _is_signal(error):
                raise
            texts = self._service.settings.service.log_questions
            logs.fault(error, texts=texts, request=request.state.request_id)
            await problems.fault(request)(scope, receive, answer.send)
        finally:
            self._note(request, answer.status, time.perf_counter() - began)

    def _refused(self, request: Request, answer: _Answer) -> bool:
        """Whether the request is refused before anything looks at it."""
        if request.url.path.startswith(_PROBES):
            return False
        host = host_of(request.headers.get("host", ""))
        if host not in self._hosts:
            answer.refusal = problems.answer(
                request,
                problems.BY_STATUS[421],
                f"this service is not called {host[:100]!r}; whoever runs it may add the name to "
                "service.hosts",
            )
        elif self._service.state == "stopping":
            answer.refusal = problems.refused(
                request, Stopping("the service is being stopped; try again", retry_after=5)
            )
            answer.refusal.headers["Connection"] = "close"
        return answer.refusal is not None

    def _note(self, request: Request, status: int, seconds: float) -> None:
        """One line of the log, and the figures."""
        route = _route(request.scope)
        method = request.method if request.method in _METHODS else "OTHER"
        metrics = self._service.metrics
        metrics.requests.labels(route, method, str(status)).inc()
        metrics.request_seconds.labels(route, method).observe(seconds)
        if status == 401:
            metrics.auth_failures.inc()
        state = request.state
        quiet = status < 400 and request.url.path.startswith(_PROBES)
        logs.event(
            "request",
            level=logging.DEBUG if quiet else logging.INFO,
            request=state.request_id,
            key=getattr(state, "key", None),
            memory=getattr(state, "memory", None) or None,
            method=method,
            route=route,
            status=status,
            ms=round(1000 * seconds, 1),
            problem=getattr(state, "problem", None),
            answer=getattr(state, "figures", None),
        )


class BodyLimits:
    """ASGI middleware that bounds what a request may send, more for uploads of documents."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        from starlette.middleware.body_limit import RequestBodyLimitMiddleware

        settings = service.settings.service
        self._small = RequestBodyLimitMiddleware(app, settings.body_bytes)
        self._large = RequestBodyLimitMiddleware(app, settings.upload_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through as far as it may go."""
        from starlette.requests import Request

        large = scope["type"] == "http" and _is_upload(Request(scope))
        await (self._large if large else self._small)(scope, receive, send)


def _is_upload(request: Request) -> bool:
    """Whether files come: only such operations take more than a small body, and stream it."""
    kind = request.headers.get("content-type", "")
    return kind.startswith("multipart/") and request.url.path.endswith("/documents")


class _Answer:
    """What is sent for a request, with the headers of every answer."""

    def __init__(self, request: Request, send: Send) -> None:
        self._request, self._send = request, send
        self.status = 0
        self.refusal: Any = None
        self._replacement: Any = None

    async def send(self, message: Message) -> None:
        """Send a message on; a refusal in plain text, as the body's limit makes, as a problem."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.status == 413 and _is_plain(message):
                self._replacement = problems.too_large(self._request)
                return
            message = {**message, "headers": [*message.get("headers", ()), *self._missing(message)]}
        elif self._replacement is not None and message["type"] == "http.response.body":
            replacement, self._replacement = self._replacement, None
            await replacement(self._request.scope, self._request.receive, self.send)
            return
        await self._send(message)

    def _missing(self, message: Message) -> list[tuple[bytes, bytes]]:
        named = {name.lower() for name, _ in message.get("headers", ())}
        own = [(b"x-request-id", self._request.state.request_id.encode())]
        limits = getattr(self._request.state, "rate", {})
        own += [(name.lower().encode(), value.encode()) for name, value in limits.items()]
        return [(name, value) for name, value in (*_HEADERS, *own) if name not in named]


def _is_plain(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/plain")
        for name, value in message.get("headers", ())
    )


def _is_signal(error: Exception) -> bool:
    """Whether it is how the framework's limiter of bodies ends a request that it has answered."""
    return type(error).__module__.startswith("starlette.middleware.body_limit")


def _route(scope: Scope) -> str:
    """The address as it is declared, with names for its variable parts."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    path = getattr(context, "path", None) or getattr(scope.get("route"), "path", None)
    return str(path) if path else "none"
