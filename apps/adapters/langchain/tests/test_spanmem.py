"""What the suites of the ecosystem do not ask: places, abstention, follow-ups, errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import SETTINGS, TEXTS
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_spanmem import SpanMemQA, SpanMemRetriever, SpanMemTool
from pydantic import SecretStr, ValidationError

import spanmem
from spanmem.client import ABSTAINED

ASKED = "How long does the warranty of the lamp last?"


def test_a_passage_says_where_it_stands(qa: spanmem.QA) -> None:
    best = SpanMemRetriever(memory=qa).invoke(ASKED)[0]
    assert best.metadata["document"] == "warranty.txt"
    text = TEXTS["warranty.txt"]
    assert text[best.metadata["start"] : best.metadata["end"]] == best.page_content
    assert best.id


def test_where_bounds_what_is_found(qa: spanmem.QA) -> None:
    assert SpanMemRetriever(memory=qa, where={"lang": "en"}).invoke(ASKED) == []
    assert SpanMemRetriever(memory=qa).invoke(ASKED, where={"lang": "en"}) == []
    assert SpanMemRetriever(memory=qa, where={"lang": "en"}).invoke(ASKED, where={}) != []


@pytest.mark.parametrize("k", [0, -1])
def test_nothing_asked_for_is_refused(qa: spanmem.QA, k: int) -> None:
    with pytest.raises(ValidationError):
        SpanMemRetriever(memory=qa, k=k)


def test_an_agent_is_told_not_to_answer_in_the_place_of_the_documents(qa: spanmem.QA) -> None:
    call = {"args": {"question": "Which colour has the moon?"}, "id": "1", "name": "a"}
    message = SpanMemTool(memory=qa).invoke({**call, "type": "tool_call"})
    assert message.content == ABSTAINED
    assert message.artifact["abstained"] is True
    assert "do not answer in their place" in SpanMemTool(memory=qa).description


def test_an_answer_comes_with_its_place(qa: spanmem.QA) -> None:
    text = SpanMemTool(memory=qa).invoke({"question": ASKED})
    assert "warranty.txt" in text
    assert "two years" in text


async def test_a_chain_needs_no_language_model(qa: spanmem.QA) -> None:
    chain = SpanMemQA(memory=qa) | RunnableLambda(lambda answer: answer["text"])
    assert "two years" in chain.invoke(ASKED)
    assert await chain.ainvoke(ASKED) == chain.invoke(ASKED)
    assert chain.batch([ASKED, ASKED]) == [chain.invoke(ASKED)] * 2
    both = RunnablePassthrough.assign(answer=(lambda row: row["q"]) | SpanMemQA(memory=qa))
    assert "two years" in both.invoke({"q": ASKED})["answer"]["text"]
    assert [
        len(part["answers"]) async for part in SpanMemQA(memory=qa, top_k=1).astream(ASKED)
    ] == [1]


def test_a_scope_remembers_and_none_does_not(qa: spanmem.QA) -> None:
    SpanMemQA(memory=qa, scope="ann").invoke(ASKED)
    SpanMemQA(memory=qa).invoke(ASKED, scope="bob")
    SpanMemQA(memory=qa).invoke(ASKED)
    assert [len(qa.turns(scope)) for scope in ("ann", "bob", "")] == [1, 1, 0]


def test_what_is_wrong_is_told_when_the_object_is_made(tmp_path: Path) -> None:
    for kind in (SpanMemRetriever, SpanMemTool, SpanMemQA):
        with pytest.raises(spanmem.SpanMemError, match="no memory at"):
            kind(memory=str(tmp_path / "none"))
        with pytest.raises(spanmem.SpanMemError, match="which memory"):
            kind()


def test_no_form_of_it_shows_the_key(memory: Path) -> None:
    made: list[Any] = [
        kind(url="http://127.0.0.1:9", memory="m", api_key=SecretStr("sm_k_SECRET"))
        for kind in (SpanMemRetriever, SpanMemTool, SpanMemQA)
    ]
    for one in made:
        assert "SECRET" not in repr(one)
        assert "SECRET" not in str(one.model_dump())


def test_a_memory_is_opened_from_its_folder(memory: Path) -> None:
    retriever = SpanMemRetriever(memory=memory, settings=SETTINGS, k=2)
    assert len(retriever.invoke(ASKED)) == 2
    retriever.close()


def test_behind_a_service_no_model_is_loaded() -> None:
    code = (
        "import sys; from langchain_spanmem import SpanMemRetriever;"
        "SpanMemRetriever(url='http://127.0.0.1:9', memory='m');"
        "sys.exit(bool({'torch', 'faiss', 'transformers'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


async def test_a_running_service_gives_the_same(qa: spanmem.QA, service: dict[str, str]) -> None:
    here, there = SpanMemRetriever(memory=qa, k=3), SpanMemRetriever(**service, k=3)
    assert there.invoke(ASKED) == here.invoke(ASKED) == await there.ainvoke(ASKED)
    answer = SpanMemQA(**service).invoke(ASKED)
    assert answer["answers"] == SpanMemQA(memory=qa).invoke(ASKED)["answers"]
    assert (await SpanMemQA(**service).ainvoke(ASKED))["answers"] == answer["answers"]
    question = {"question": ASKED}
    assert SpanMemTool(**service).invoke(question) == SpanMemTool(memory=qa).invoke(question)
    with pytest.raises(spanmem.SpanMemError, match="this key is not valid"):
        SpanMemRetriever(url=service["url"], memory="m", api_key=SecretStr("x")).invoke(ASKED)
    with pytest.raises(spanmem.SpanMemError, match="no memory 'other'"):
        SpanMemRetriever(**service, memory="other").invoke(ASKED)
