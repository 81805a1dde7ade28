"""The interfaces that LlamaIndex asks for, in its own machinery, without a language model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import SETTINGS, TEXTS
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers.base import BaseEventHandler
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import (
    RetrieverQueryEngine,
    RouterQueryEngine,
    SubQuestionQueryEngine,
)
from llama_index.core.question_gen.types import SubQuestion
from llama_index.core.response_synthesizers import get_response_synthesizer
from llama_index.core.schema import QueryBundle
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import QueryEngineTool
from llama_index.retrievers.spanmem import SpanMemQueryEngine, SpanMemRetriever

import spanmem

ASKED = "How long does the warranty of the lamp last?"
UNKNOWN = "Which colour has the moon?"


def test_the_classes_are_found_among_their_bases() -> None:
    assert BaseRetriever.__name__ in [base.__name__ for base in SpanMemRetriever.__mro__]
    assert BaseQueryEngine.__name__ in [base.__name__ for base in SpanMemQueryEngine.__mro__]


@pytest.mark.parametrize("k", [1, 2, 4])
async def test_passages_say_where_they_stand(qa: spanmem.QA, k: int) -> None:
    retriever = SpanMemRetriever(qa, similarity_top_k=k)
    nodes = retriever.retrieve(ASKED)
    assert len(nodes) == k
    assert nodes[0].node.ref_doc_id == "warranty.txt"
    for node in nodes:
        text = TEXTS[node.node.ref_doc_id]
        assert text[node.node.start_char_idx : node.node.end_char_idx] == node.text
    again = await retriever.aretrieve(QueryBundle(ASKED))
    assert [node.node_id for node in again] == [node.node_id for node in nodes]
    assert SpanMemRetriever(qa, where={"lang": "en"}).retrieve(ASKED) == []


async def test_an_answer_is_verbatim_and_comes_with_its_place(qa: spanmem.QA) -> None:
    engine = SpanMemQueryEngine(qa)
    response = engine.query(ASKED)
    best = response.source_nodes[0]
    text = TEXTS[best.node.ref_doc_id]
    assert response.response == text[best.node.start_char_idx : best.node.end_char_idx]
    assert best.score == response.metadata["spanmem"]["confidence"]
    assert str(await engine.aquery(ASKED)) == str(response)
    assert engine.retrieve(QueryBundle(ASKED))


async def test_what_the_documents_do_not_say_is_none_and_shows_no_guess(qa: spanmem.QA) -> None:
    engine = SpanMemQueryEngine(qa)
    for response in (engine.query(UNKNOWN), await engine.aquery(UNKNOWN)):
        assert response.response is None
        assert response.source_nodes == []
        assert response.metadata["spanmem"]["abstained"]
        assert str(response) == "None"


def test_a_scope_remembers_and_none_does_not(qa: spanmem.QA) -> None:
    SpanMemQueryEngine(qa, scope="ann").query(ASKED)
    SpanMemQueryEngine(qa).query(ASKED)
    assert [len(qa.turns(scope)) for scope in ("ann", "")] == [1, 0]


def test_answers_that_were_told_have_ids_of_their_own(qa: spanmem.QA) -> None:
    told = {"What is the lamp made of?": "brass", "Who sells the lamp?": "Harry"}
    for question, text in told.items():
        qa.correct(question, text, scope="told")
    engine = SpanMemQueryEngine(qa, scope="told")
    ids = []
    for question, text in [*told.items(), *told.items()]:
        node = engine.query(question).source_nodes[0]
        assert node.text == text
        ids.append(node.node_id)
    assert ids[:2] == ids[2:]
    assert ids[0] != ids[1]


def test_its_events_are_heard(qa: spanmem.QA) -> None:
    heard: list[str] = []

    class Handler(BaseEventHandler):
        def handle(self, event: Any, **_more: Any) -> None:
            heard.append(type(event).__name__)

    handler = Handler()
    get_dispatcher().add_event_handler(handler)
    SpanMemQueryEngine(qa).query(ASKED)
    SpanMemRetriever(qa).retrieve(ASKED)
    get_dispatcher().event_handlers.remove(handler)
    assert heard == ["QueryStartEvent", "QueryEndEvent", "RetrievalStartEvent", "RetrievalEndEvent"]


class _First(LLMSingleSelector):
    """Chooses the first engine without asking a model."""

    def _select(self, choices: Any, query: QueryBundle) -> Any:
        from llama_index.core.base.base_selector import SelectorResult, SingleSelection

        return SelectorResult(selections=[SingleSelection(index=0, reason="the first")])


def test_it_serves_within_the_engines_of_the_ecosystem(qa: spanmem.QA) -> None:
    llm = MockLLM()
    tool = QueryEngineTool.from_defaults(SpanMemQueryEngine(qa), name="docs", description="d")
    router = RouterQueryEngine(
        selector=_First.from_defaults(llm=llm), query_engine_tools=[tool], llm=llm
    )
    assert "two years" in str(router.query(ASKED))
    assert "two years" in str(tool(ASKED))

    class Generator:
        def generate(self, tools: Any, query: QueryBundle) -> list[SubQuestion]:
            return [SubQuestion(sub_question=query.query_str, tool_name="docs")]

        async def agenerate(self, tools: Any, query: QueryBundle) -> list[SubQuestion]:
            return self.generate(tools, query)

    synthesizer = get_response_synthesizer(llm=llm, use_async=False)
    parts = SubQuestionQueryEngine(
        question_gen=Generator(),  # type: ignore[arg-type]
        response_synthesizer=synthesizer,
        query_engine_tools=[tool],
        use_async=False,
        verbose=False,
    )
    assert "two years" in str(parts.query(ASKED).source_nodes[0].text)
    written = RetrieverQueryEngine.from_args(SpanMemRetriever(qa), llm=llm)
    assert written.query(ASKED).source_nodes


def test_what_is_wrong_is_told_when_the_object_is_made(tmp_path: Path) -> None:
    for kind in (SpanMemRetriever, SpanMemQueryEngine):
        with pytest.raises(spanmem.SpanMemError, match="no memory at"):
            kind(tmp_path / "none")


def test_no_language_model_is_looked_for(memory: Path) -> None:
    """Without any key in the environment, and without its library."""
    code = (
        "import sys, spanmem; from llama_index.retrievers.spanmem import SpanMemQueryEngine;"
        "o = {'encoder.model': 'hash-256', 'reader.model': 'overlap'};"
        "s = spanmem.Settings.load(overrides=o);"
        f"print(SpanMemQueryEngine({str(memory)!r}, settings=s).query({ASKED!r}));"
        "sys.exit(any(n.split('.')[0] == 'openai' for n in sys.modules))"
    )
    env = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "two years" in done.stdout


def test_behind_a_service_no_model_is_loaded() -> None:
    code = (
        "import sys; from llama_index.retrievers.spanmem import SpanMemRetriever;"
        "SpanMemRetriever(url='http://127.0.0.1:9', memory='m');"
        "sys.exit(bool({'torch', 'faiss', 'tantivy'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_memory_is_opened_from_its_folder(memory: Path) -> None:
    retriever = SpanMemRetriever(memory, settings=SETTINGS)
    assert retriever.retrieve(ASKED)
    retriever.close()


async def test_a_running_service_gives_the_same(qa: spanmem.QA, service: dict[str, str]) -> None:
    here, there = SpanMemRetriever(qa), SpanMemRetriever(**service)
    assert there.retrieve(ASKED) == here.retrieve(ASKED) == await there.aretrieve(ASKED)
    local, remote = SpanMemQueryEngine(qa), SpanMemQueryEngine(**service)
    for question in (ASKED, UNKNOWN):
        response = remote.query(question)
        assert response.response == local.query(question).response
        assert response.source_nodes == (await remote.aquery(question)).source_nodes
    with pytest.raises(spanmem.SpanMemError, match="this key is not valid"):
        SpanMemRetriever("m", url=service["url"], api_key="x").retrieve(ASKED)
