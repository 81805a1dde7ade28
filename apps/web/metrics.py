"""What is counted for Prometheus. No label holds a question, scope, key or document.

Names and labels are an interface: dashboards and alerts rest on them (`deploy/alerts.yml`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ...core.errors import SpanMemError

if TYPE_CHECKING:
    from .memories import Memories

__all__ = ["MEDIA_TYPE", "Metrics"]

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1)


disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The figures of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = self._counter(
            "http_requests", "Requests answered.", "route", "method", "status"
        )
        self.request_seconds = self._seconds("http_request", "Time to answer.", "route", "method")
        self.questions = self._counter(
            "questions", "Questions answered.", "memory", "level", "kind", "door"
        )
        self.question_seconds = self._seconds(
            "question", "Time from a question to its answer.", "memory", "kind"
        )
        self.stage_seconds = self._seconds("stage", "Time of each step of answering.", "stage")
        self.queue_length = Gauge(
            "spanmem_queue_length", "Questions that wait.", ["lane"], registry=self.registry
        )
        self.batch_questions = Histogram(
            "spanmem_batch_questions",
            "Questions read at once.",
            ["lane"],
            buckets=(1, 2, 4, 8, 16),
            registry=self.registry,
        )
        self.rejected = self._counter("rejected", "Questions turned away.", "reason")
        self.confidence = Histogram(
            "spanmem_confidence",
            "Confidence of the best candidate.",
            ["memory"],
            buckets=_SHARES,
            registry=self.registry,
        )
        self.feedback = self._counter("feedback", "What was said of answers.", "memory", "verdict")
        self.job_seconds = self._seconds("job", "Time of a job.", "kind", "state")
        self.job_files = self._counter("job_files", "Files of jobs.", "kind", "state")
        self.auth_failures = self._counter("auth_failures", "Requests without a valid key.")
        self.ready = Gauge(
            "spanmem_ready", "1 while questions are answered.", registry=self.registry
        )

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"spanmem_{name}", what, labels, registry=self.registry)

    def _seconds(self, name: str, what: str, *labels: str) -> Histogram:
        return Histogram(
            f"spanmem_{name}_seconds", what, labels, buckets=_SECONDS, registry=self.registry
        )

    def watch(self, memories: Memories) -> None:
        """Count what the memories hold whenever the figures are asked for."""
        self.registry.register(_Holdings(memories))

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)


class _Holdings(Collector):
    """How much the open memories hold."""

    def __init__(self, memories: Memories) -> None:
        self._memories = memories

    def describe(self) -> Iterable[Metric]:
        """Nothing: names are known without opening a memory."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Documents and passages of each memory that is open."""
        documents = GaugeMetricFamily(
            "spanmem_memory_documents", "Documents of a memory.", labels=["memory"]
        )
        passages = GaugeMetricFamily(
            "spanmem_memory_passages", "Passages of a memory.", labels=["memory"]
        )
        for name in self._memories.open_names():
            try:
                counts = self._memories.qa(name).memory.counts()
            except SpanMemError:  # its own operations tell what is wrong with it
                continue
            documents.add_metric([name], counts[0])
            passages.add_metric([name], counts[1])
        yield documents
        yield passages
