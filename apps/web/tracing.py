"""Spans of what a question took, below that of its request; no words of it, and none without SDK.

    spanmem.ask = spanmem.prepare, spanmem.queue, spanmem.read, spanmem.finish

They are made when all is over, from the times that the answer has, one after the other: what was
not measured stands at the end.
"""

from __future__ import annotations

import time
from types import MappingProxyType

from opentelemetry import trace

from .asked import Asked

__all__ = ["trace_asked"]

_PARTS = MappingProxyType(
    {"prepare": "retrieve", "queue": "queue", "read": "read", "finish": "rank"}
)
"""Name of a span -> that of its time in the answer."""


def trace_asked(asked: Asked, door: str, seconds: float) -> None:
    """Make the spans of a question that was answered just now, in so many seconds."""
    if not trace.get_current_span().is_recording():
        return
    tracer, end = trace.get_tracer("spanmem"), time.time_ns()
    begin = end - int(seconds * 1e9)
    answer = asked.answer
    attributes: dict[str, str | int] = {
        "spanmem.memory": asked.memory,
        "spanmem.door": door,
        "spanmem.level": asked.level,
        "spanmem.kind": "none" if answer.abstained else answer.answers[0].kind,
    }
    whole = tracer.start_span("spanmem.ask", start_time=begin, attributes=attributes)
    inside = trace.set_span_in_context(whole)
    for name, stage in _PARTS.items():
        if stage in answer.timings_ms:  # a remembered answer has but a total
            part = tracer.start_span(f"spanmem.{name}", context=inside, start_time=begin)
            begin += int(1e6 * answer.timings_ms[stage])
            part.end(begin)
    whole.end(max(begin, end))
