"""What the service refuses, beside the engine's own errors: all of one family.

`problems.py` says which answer each becomes.
"""

from __future__ import annotations

from ...core.errors import SpanMemError

__all__ = [
    "Conflict",
    "DeadlinePassed",
    "Forbidden",
    "IdempotencyMismatch",
    "IdempotencyRunning",
    "Loading",
    "NotFound",
    "Overloaded",
    "RateLimited",
    "RequestError",
    "Stopping",
    "TooLarge",
    "Unauthorized",
    "UnsupportedBody",
]


class RequestError(SpanMemError):
    """A request is refused for what it is, or for when it came."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """`retry_after`: seconds from which it may be tried again; None: it is of no use."""
        self.retry_after = retry_after
        super().__init__(message)


class NotFound(RequestError):
    """There is no such thing, or none that this key may see: the two cannot be told apart."""


class Unauthorized(RequestError):
    """No key, or none that is valid."""


class Forbidden(RequestError):
    """The key lacks the right."""


class Conflict(RequestError):
    """What is asked for contradicts the state that a thing has now."""


class IdempotencyMismatch(RequestError):
    """An Idempotency-Key came before with another request."""


class IdempotencyRunning(RequestError):
    """The first request with this Idempotency-Key is still being worked on."""


class TooLarge(RequestError):
    """A body, or a file in it, is larger than is taken."""


class UnsupportedBody(RequestError):
    """A body is of another kind than is taken."""


class RateLimited(RequestError):
    """The key asks more often than it may."""


class Overloaded(RequestError):
    """More waits already than can be answered in time."""


class DeadlinePassed(RequestError):
    """The time a request had was over before its turn came."""


class Loading(RequestError):
    """The service has begun to start, and cannot answer yet."""


class Stopping(RequestError):
    """The service is being stopped and takes nothing new."""
