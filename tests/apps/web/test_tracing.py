"""Spans of a question: what it took, and none of its words."""

from __future__ import annotations

import asyncio
import time

import pytest

from spanmem.apps.web.asked import Asking
from spanmem.apps.web.service import Service

provider = pytest.importorskip("opentelemetry.sdk.trace", reason="pip install opentelemetry-sdk")
export = pytest.importorskip("opentelemetry.sdk.trace.export")
memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")


def test_a_question_is_traced_below_its_request_without_its_words(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, traced = memory.InMemorySpanExporter(), provider.TracerProvider()
    traced.add_span_processor(export.SimpleSpanProcessor(kept))
    monkeypatch.setattr("opentelemetry.trace.get_tracer", traced.get_tracer)

    def ask(question: str) -> None:
        asyncio.run(service.engine.ask("support", Asking(question=question, door="mcp")))

    ask("Who built the mill?")  # nothing is recorded, and nothing made
    assert kept.get_finished_spans() == ()
    before = time.time_ns()
    with traced.get_tracer("test").start_as_current_span("request"):
        ask("When was the mill at Halden built?")
    spans = {span.name.removeprefix("spanmem."): span for span in kept.get_finished_spans()}
    assert list(spans) == ["prepare", "queue", "read", "finish", "ask", "request"]
    ask_span = spans["ask"]
    assert ask_span.parent.span_id == spans["request"].context.span_id
    assert dict(ask_span.attributes) == {
        "spanmem.memory": "support",
        "spanmem.door": "mcp",
        "spanmem.level": ask_span.attributes["spanmem.level"],
        "spanmem.kind": "passage",
    }
    end = ask_span.start_time
    assert before <= end
    for name in ("prepare", "queue", "read", "finish"):
        assert spans[name].parent.span_id == ask_span.context.span_id
        assert (spans[name].start_time, spans[name].attributes) == (end, {})
        end = spans[name].end_time
    assert end <= ask_span.end_time
    assert "Halden" not in "".join(span.to_json() for span in spans.values())
