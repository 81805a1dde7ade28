"""The tools as an assistant's client sees them, over a real `QA`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError

import spanmem
from spanmem.apps.client.local import LocalClient
from spanmem.apps.client.prompts import ABSTAINED
from spanmem.apps.mcp.server import create_server, the_one
from spanmem.core.records import document_key
from tests.apps.small_memory import TEXTS, small_qa

ASKED = "How long does the warranty of the lamp last?"
UNKNOWN = "Which colour has the moon?"
READING = {"ask", "search", "similar"}


@pytest.fixture(scope="module")
def qa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[spanmem.QA]:
    qa = small_qa(tmp_path_factory.mktemp("mcp"))
    yield qa
    qa.memory.close()


def with_client(
    qa: spanmem.QA, work: Callable[[Client], Awaitable[Any]], *, corrections: bool = False
) -> Any:
    async def run() -> Any:
        server = create_server(the_one(LocalClient(qa)), version="1", corrections=corrections)
        async with Client(server) as client:
            return await work(client)

    return anyio.run(run)


def call(qa: spanmem.QA, tool: str, **arguments: Any) -> Any:
    return with_client(qa, lambda client: client.call_tool(tool, arguments), corrections=True)


def structured(qa: spanmem.QA, tool: str, **arguments: Any) -> dict[str, Any]:
    result = call(qa, tool, **arguments)
    assert not result.is_error, result.content
    table: dict[str, Any] = result.structured_content
    return table


def read(qa: spanmem.QA, address: str) -> Any:
    return with_client(qa, lambda client: client.read_resource(address)).contents[0]


def refusal(qa: spanmem.QA, tool: str, **arguments: Any) -> str:
    result = call(qa, tool, **arguments)
    assert result.is_error
    return str(result.content[0].text)


def test_what_only_reads_says_so_and_correcting_is_off_unless_allowed(qa: spanmem.QA) -> None:
    tools = with_client(qa, lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} == READING
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert tool.description
        assert tool.output_schema
    tools = with_client(qa, lambda client: client.list_tools(), corrections=True).tools
    (more,) = [tool for tool in tools if tool.name not in READING]
    assert more.name == "propose_correction"
    assert not more.annotations.read_only_hint


def test_an_assistant_is_told_not_to_answer_in_the_place_of_the_documents(qa: spanmem.QA) -> None:
    tools = with_client(qa, lambda client: client.list_tools()).tools
    (ask,) = [tool for tool in tools if tool.name == "ask"]
    assert "do not answer in their place" in ask.description
    answer = structured(qa, "ask", question=UNKNOWN)
    assert answer["abstained"]
    assert (answer["answer"], answer["source"], answer["others"]) == (None, None, [])
    assert answer["instruction"] == ABSTAINED


@pytest.mark.parametrize("question", [ASKED, "Where is the sharp turn?"])
def test_an_answer_is_verbatim_and_leads_to_its_document(qa: spanmem.QA, question: str) -> None:
    answer = structured(qa, "ask", question=question, top_k=2)
    source = answer["source"]
    assert answer["answer"] == source["quote"]
    assert len(answer["others"]) == 1
    contents = read(qa, source["resource"])
    text = contents.text
    assert text[source["start"] : source["end"]] == source["quote"]
    assert source["sentence"] in text
    assert contents.mime_type == "text/plain"


@pytest.mark.parametrize(
    ("sure", "likely", "level", "said"),
    [
        (0.0, 0.0, "sure", None),
        (1.0, 0.0, "likely", "probably right"),
        (1.0, 1.0, "unsure", "Say that you are unsure"),
    ],
)
def test_an_assistant_is_told_to_say_how_sure_an_answer_is(
    qa: spanmem.QA, sure: float, likely: float, level: str, said: str | None
) -> None:
    settings = qa.settings.override({"service.sure": sure, "service.likely": likely})
    other = spanmem.QA(qa.memory, settings=settings, encoder=qa.encoder, reader=qa.reader)
    answer = structured(other, "ask", question=ASKED)
    assert answer["level"] == level
    assert (said is None and answer["instruction"] is None) or said in answer["instruction"]


def test_passages_are_as_many_as_asked_for(qa: spanmem.QA) -> None:
    for limit in (1, 3):
        passages = structured(qa, "search", question="lamp ferry café", limit=limit)["passages"]
        assert len(passages) == limit
        for passage in passages:
            assert passage["resource"].endswith(document_key(passage["document"]))


def test_every_document_can_be_read_whatever_its_name(qa: spanmem.QA) -> None:
    for name, text in TEXTS.items():
        address = f"spanmem://small/documents/{document_key(name)}"
        assert read(qa, address).text.split() == text.split()


def test_a_correction_counts_and_leads_to_no_document(tmp_path: Path) -> None:
    qa = small_qa(tmp_path)
    told = structured(qa, "propose_correction", question=ASKED, text="three years")
    assert told == {"state": "corrected", "question": ASKED, "text": "three years"}
    answer = structured(qa, "ask", question=ASKED)
    assert (answer["answer"], answer["kind"]) == ("three years", "correction")
    assert answer["source"]["resource"] is None
    (similar,) = structured(qa, "similar", question="How long is the warranty?")["questions"]
    assert (similar["answer"], similar["author"]) == ("three years", "assistant")
    assert qa.withdraw().kind == "withdrawal"
    qa.memory.close()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"question": "??"}, "has no word in it"),
        ({"question": "w " * 400}, "can be asked"),
        ({"question": ASKED, "memory": "other"}, "name the one there is: small"),
        ({"question": ASKED, "top_k": 0}, "top_k"),
        ({"question": ASKED, "top_k": "many"}, "top_k"),
        ({}, "question"),
    ],
)
def test_what_cannot_be_asked_is_told_to_the_assistant(
    qa: spanmem.QA, arguments: dict[str, Any], says: str
) -> None:
    assert says in refusal(qa, "ask", **arguments)


def test_the_memory_may_be_named_in_any_case(qa: spanmem.QA) -> None:
    assert structured(qa, "ask", question=ASKED, memory="SMALL")["answer"]


@pytest.mark.parametrize(
    "address",
    [
        "spanmem://small/documents/0000000000000000",
        f"spanmem://other/documents/{document_key('ferry.md')}",
        "spanmem://small/documents/../../etc/passwd",
        "file:///etc/passwd",
    ],
)
def test_a_resource_that_is_not_there_is_told(qa: spanmem.QA, address: str) -> None:
    async def work(client: Client) -> str:
        try:
            await client.read_resource(address)
        except MCPError as error:
            return str(error)
        return ""

    assert with_client(qa, work)


class _Broken(LocalClient):
    def ask(self, question: str, **_options: Any) -> dict[str, Any]:
        raise OSError("/secret/path is full")


def test_a_fault_of_ours_tells_the_assistant_nothing(qa: spanmem.QA) -> None:
    async def run() -> Any:
        async with Client(create_server(the_one(_Broken(qa)))) as client:
            return await client.call_tool("ask", {"question": ASKED})

    result = anyio.run(run)
    assert result.is_error
    assert "secret" not in str(result.content)


def test_questions_at_once_are_all_answered(qa: spanmem.QA) -> None:
    async def work(client: Client) -> list[Any]:
        answers: list[Any] = []

        async def ask() -> None:
            answers.append(await client.call_tool("ask", {"question": ASKED}))

        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(ask)
        return answers

    answers = with_client(qa, work)
    assert len({str(answer.structured_content) for answer in answers}) == 1


def test_the_logging_of_the_process_stays_as_it_is(qa: spanmem.QA) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    create_server(the_one(LocalClient(qa)))
    assert (root.handlers, root.level) == before
