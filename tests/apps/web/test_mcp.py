"""MCP over HTTP: nothing without a key, nothing of a memory that the key does not see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from spanmem.apps.web.app import create_app
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service
from spanmem.core.records import document_key
from tests.apps.web.conftest import TEXTS

ASKED = "How long is the warranty of the Brisk kettle?"
ACCEPT = {"Accept": "application/json, text/event-stream"}
Headers = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def served(service: Service) -> Iterator[TestClient]:
    app = create_app(service, start=False)
    client = TestClient(app, base_url="http://localhost:8477", raise_server_exceptions=False)
    with client:
        yield client


def sent(client: TestClient, headers: dict[str, str], method: str, **params: Any) -> Any:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return client.post("/mcp", headers={**ACCEPT, **headers}, json=message)


def result(client: TestClient, headers: dict[str, str], method: str, **params: Any) -> Any:
    answer = sent(client, headers, method, **params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert "mcp-session-id" not in answer.headers
    return answer.json()["result"]


def called(client: TestClient, headers: dict[str, str], tool: str, **arguments: Any) -> Any:
    return result(client, headers, "tools/call", name=tool, arguments=arguments)


def refusal(client: TestClient, headers: dict[str, str], tool: str, **arguments: Any) -> str:
    told = called(client, headers, tool, **arguments)
    assert told["isError"]
    return str(told["content"][0]["text"])


@pytest.mark.parametrize("method", ["initialize", "tools/list", "tools/call", "resources/read"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sm_k_0_wrong"}])
def test_without_a_valid_key_nothing_is_said(
    served: TestClient, method: str, headers: dict[str, str]
) -> None:
    answer = sent(served, headers, method)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "/problems/unauthorized"


def test_there_is_nothing_to_listen_to_and_no_session_to_end(
    served: TestClient, bearer: Headers
) -> None:
    for method in ("GET", "DELETE", "PUT"):
        assert served.request(method, "/mcp", headers=bearer("ask")).status_code == 405


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/event-stream"])
@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
def test_whatever_a_client_says_to_accept_it_gets_json(
    served: TestClient, bearer: Headers, accept: str, path: str
) -> None:
    message = {"jsonrpc": "2.0", "id": "a-1", "method": "tools/list"}
    headers = {**bearer("ask"), "Accept": accept}
    answer = served.post(path, headers=headers, json=message, follow_redirects=False)
    assert answer.status_code == 200
    assert answer.json()["id"] == "a-1"


def test_an_assistant_asks_searches_and_reads(served: TestClient, bearer: Headers) -> None:
    headers = bearer("agent")
    answer = called(served, headers, "ask", question=ASKED)["structuredContent"]
    source = answer["source"]
    assert answer["answer"] == source["quote"]
    read = result(served, headers, "resources/read", uri=source["resource"])
    text = read["contents"][0]["text"]
    assert text[source["start"] : source["end"]] == source["quote"]
    passages = called(served, headers, "search", question=ASKED, limit=1)["structuredContent"]
    assert len(passages["passages"]) == 1
    assert called(served, headers, "similar", question=ASKED)["structuredContent"]


def test_what_the_api_answers_is_what_the_tool_answers(served: TestClient, bearer: Headers) -> None:
    headers = bearer("ask")
    api = served.post("/v1/memories/support/ask", headers=headers, json={"question": ASKED}).json()
    tool = called(served, headers, "ask", question=ASKED)["structuredContent"]
    assert (tool["answer"], tool["confidence"]) == (api["text"], api["confidence"])
    assert tool["source"]["document"] == api["answers"][0]["source"]["document"]


def test_a_memory_that_the_key_does_not_see_is_none(served: TestClient, bearer: Headers) -> None:
    unseen = refusal(served, bearer("ask"), "ask", question=ASKED, memory="other")
    nowhere = refusal(served, bearer("ask"), "ask", question=ASKED, memory="third")
    assert unseen.replace("other", "third") == nowhere
    both = refusal(served, bearer("admin"), "ask", question=ASKED)
    assert "other, support" in both
    assert called(served, bearer("admin"), "ask", question=ASKED, memory="other")


def test_rights_are_those_of_the_key(served: TestClient, bearer: Headers) -> None:
    assert "right" in refusal(served, bearer("metrics", "support"), "ask", question=ASKED)
    address = f"spanmem://support/documents/{document_key('kettle.md')}"
    for kind in ("ask", "agent"):
        answer = sent(served, bearer(kind), "resources/read", uri=address).json()
        assert ("result" in answer) is (kind == "agent")
    outside = f"spanmem://other/documents/{document_key('kettle.md')}"
    answer = sent(served, bearer("agent"), "resources/read", uri=outside).json()
    assert TEXTS["kettle.md"] not in str(answer)
    assert "error" in answer


def test_proposing_is_off_unless_the_service_allows_it(
    served: TestClient, bearer: Headers, build: Callable[..., Service], tmp_path: Path
) -> None:
    names = {tool["name"] for tool in result(served, bearer("editor"), "tools/list")["tools"]}
    assert names == {"ask", "search", "similar"}
    with build(tmp_path, "support", mcp_corrections=True) as service:
        service.start()
        _, token = service.keys.add(Kind.ASK, "Ann", memories=["support"])
        app = create_app(service, start=False)
        with TestClient(app, base_url="http://localhost:8477") as client:
            headers = {"Authorization": f"Bearer {token}"}
            told = called(client, headers, "propose_correction", question=ASKED, text="nine years")
            assert told["structuredContent"]["state"] == "proposed"
            answer = called(client, headers, "ask", question=ASKED)["structuredContent"]
            assert answer["answer"] != "nine years"
            (proposal,) = service.proposals.listed("support", state="open", before=None, limit=9)
            assert (proposal.text, proposal.name) == ("nine years", "Ann")


def test_each_call_of_a_tool_counts_as_a_question(
    build: Callable[..., Service], tmp_path: Path
) -> None:
    with build(tmp_path, "support", ask_rate=1, ask_burst=2) as service:
        service.start()
        _, token = service.keys.add(Kind.ASK, "Ann", memories=["support"])
        app = create_app(service, start=False)
        with TestClient(app, base_url="http://localhost:8477") as client:
            headers = {"Authorization": f"Bearer {token}"}
            for _ in range(2):
                assert not called(client, headers, "ask", question=ASKED).get("isError")
            assert "wait" in refusal(client, headers, "search", question=ASKED)
