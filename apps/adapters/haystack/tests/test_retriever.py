"""The retriever in pipelines, from YAML, and with Haystack's filters."""

from __future__ import annotations

import asyncio
import inspect
import threading
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from conftest import TEXTS
from haystack import Pipeline
from haystack.components.retrievers.types import TextRetriever
from haystack.errors import FilterError
from haystack.utils import Secret
from haystack_integrations.components.retrievers.spanmem import SpanMemRetriever
from haystack_integrations.components.retrievers.spanmem.filters import where_of

import spanmem
from spanmem.client import Client, connect

ASKED = "How long does the warranty of the lamp last?"
SMALL = {"encoder.model": "hash-256", "reader.model": "overlap"}


@pytest.fixture
def retriever(memory: Path) -> SpanMemRetriever:
    return SpanMemRetriever(str(memory), settings=SMALL, top_k=2)


def test_passages_say_where_they_stand(retriever: SpanMemRetriever) -> None:
    documents = retriever.run(ASKED)["documents"]
    assert len(documents) == 2
    assert documents[0].meta["document"] == "warranty.txt"
    for document in documents:
        text = TEXTS[document.meta["document"]]
        assert text[document.meta["start"] : document.meta["end"]] == document.content
    assert len(retriever.run(ASKED, top_k=1)["documents"]) == 1


def test_it_is_what_haystack_calls_a_text_retriever() -> None:
    wanted = inspect.signature(TextRetriever.run).parameters
    assert list(wanted) == list(inspect.signature(SpanMemRetriever.run).parameters)


async def test_it_goes_through_yaml_and_runs_in_pipelines(retriever: SpanMemRetriever) -> None:
    pipeline = Pipeline()
    pipeline.add_component("retriever", retriever)
    text = pipeline.dumps()
    again = Pipeline.loads(text)
    assert again.dumps() == text
    asked = {"retriever": {"query": ASKED}}
    first = again.run(asked)["retriever"]["documents"]
    assert [d.id for d in first] == [d.id for d in pipeline.run(asked)["retriever"]["documents"]]
    parallel = Pipeline()
    parallel.add_component("retriever", SpanMemRetriever.from_dict(retriever.to_dict()))
    assert (await parallel.run_async(asked))["retriever"]["documents"] == first


async def test_of_questions_at_once_one_opens_the_memory_and_not_on_the_loop(
    retriever: SpanMemRetriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[threading.Thread] = []

    def noted(*where: Any, **options: Any) -> Client:
        opened.append(threading.current_thread())
        return connect(*where, **options)

    monkeypatch.setattr(f"{SpanMemRetriever.__module__}.connect", noted)
    answers = await asyncio.gather(*(retriever.run_async(ASKED) for _ in range(4)))
    assert all(answer == answers[0] for answer in answers)
    (thread,) = opened
    assert thread is not threading.current_thread()
    retriever.close()
    assert retriever.run(ASKED) == answers[0]
    retriever.close()


def test_it_can_be_copied(retriever: SpanMemRetriever) -> None:
    copy = deepcopy(retriever)
    assert copy.run(ASKED) == retriever.run(ASKED)
    copy.close()
    retriever.close()


def test_a_key_stands_in_no_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANMEM_API_KEY", "sm_k_SECRET")
    made = SpanMemRetriever(url="http://127.0.0.1:9")
    assert "SECRET" not in str(made.to_dict())
    with pytest.raises(ValueError, match="token"):
        SpanMemRetriever(url="http://127.0.0.1:9", api_key=Secret.from_token("x")).to_dict()


def test_what_is_wrong_is_told_by_the_family(tmp_path: Path) -> None:
    with pytest.raises(spanmem.SpanMemError, match="no memory at"):
        SpanMemRetriever(str(tmp_path)).warm_up()
    with pytest.raises(spanmem.SpanMemError, match="cannot be asked"):
        SpanMemRetriever("m", url="http://127.0.0.1:9").run(ASKED)


def condition(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def joined(*conditions: dict[str, Any], by: str = "AND") -> dict[str, Any]:
    return {"operator": by, "conditions": list(conditions)}


@pytest.mark.parametrize(
    ("filters", "where"),
    [
        (None, None),
        ({}, None),
        ({"lang": "en", "year": {"gte": 2024}}, {"lang": "en", "year": {"gte": 2024}}),
        (condition("meta.lang", "==", "en"), {"lang": {"eq": "en"}}),
        (condition("lang", "in", ["en", "de"]), {"lang": {"in": ["en", "de"]}}),
        (
            joined(condition("meta.y", ">=", 1), joined(condition("meta.y", "<", 3))),
            {"y": {"gte": 1, "lt": 3}},
        ),
        (joined(condition("meta.a", ">", 1), condition("b", "<=", 2)),
         {"a": {"gt": 1}, "b": {"lte": 2}}),
    ],
)  # fmt: skip
def test_filters_are_those_of_haystack_or_our_own(
    filters: dict[str, Any] | None, where: dict[str, Any] | None
) -> None:
    assert where_of(filters) == where


@pytest.mark.parametrize(
    "filters",
    [
        condition("meta.lang", "!=", "en"),
        condition("meta.lang", "not in", ["en"]),
        condition("meta.lang", "==", None),
        condition("meta.lang", "==", ["en"]),
        condition("meta.lang", "in", "en"),
        condition("content", "==", "x"),
        joined(condition("a", "==", 1), condition("a", "==", 2)),
        joined(condition("a", "==", 1), by="OR"),
        joined(condition("a", "==", 1), by="NOT"),
        joined({"field": "a", "operator": "=="}),
        joined({"field": "a"}),
        {"operator": "AND", "conditions": ["x"]},
    ],
)
def test_what_cannot_be_said_is_refused_before_anything_is_searched(
    filters: dict[str, Any], retriever: SpanMemRetriever
) -> None:
    with pytest.raises(FilterError):
        SpanMemRetriever("m", filters=filters)
    with pytest.raises(FilterError):
        retriever.run(ASKED, filters=filters)


async def test_a_running_service_gives_the_same(
    retriever: SpanMemRetriever, service: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANMEM_API_KEY", service["api_key"])
    remote = SpanMemRetriever(url=service["url"], top_k=2)
    assert remote.run(ASKED) == retriever.run(ASKED) == await remote.run_async(ASKED)
    monkeypatch.setenv("SPANMEM_API_KEY", "x")
    with pytest.raises(spanmem.SpanMemError, match="this key is not valid"):
        SpanMemRetriever(url=service["url"]).run(ASKED)
