"""The door for OpenAI's clients: what they send is understood, what they are told they can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.client.prompts import UNKNOWN, quoted
from spanmem.apps.web.app import create_app
from spanmem.apps.web.openai import Message, history_of, is_prompt
from spanmem.apps.web.service import Service
from spanmem.core.errors import InputError
from spanmem.memory.store import Memory
from tests.apps.web.conftest import TEXTS

ASKED = "How long is the warranty of the Brisk kettle?"
UNANSWERABLE = "Which colour has the moon?"
URL = "/openai/v1/chat/completions"
Headers = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def served(service: Service) -> Iterator[TestClient]:
    app = create_app(service, start=False)
    client = TestClient(app, base_url="http://localhost:8477", raise_server_exceptions=False)
    with client:
        yield client


def said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def chat(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "support", "messages": list(messages), **more}


def test_an_answer_is_verbatim_and_cited(served: TestClient, bearer: Headers) -> None:
    body = chat(said("user", ASKED), temperature=0.7, tools=[], n=1, max_tokens=5)
    table = served.post(URL, headers=bearer("ask"), json=body).json()
    (choice,) = table["choices"]
    best = table["citations"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["content"].startswith(best["quote"])
    assert best["document"] in choice["message"]["content"]
    text = TEXTS[best["document"]]
    assert text[best["start"] : best["end"]] == best["quote"]
    assert [cited["index"] for cited in table["citations"]] == [
        *range(1, len(table["citations"]) + 1)
    ]
    assert table["model"] == "support"
    assert table["usage"]["total_tokens"] == 0
    assert table["id"] == f"chatcmpl-{table['spanmem']['id']}"


def test_what_the_documents_do_not_say_is_said_so(served: TestClient, bearer: Headers) -> None:
    table = served.post(URL, headers=bearer("ask"), json=chat(said("user", UNANSWERABLE))).json()
    assert table["choices"][0]["message"]["content"] == UNKNOWN
    assert table["citations"] == []
    assert table["spanmem"]["abstained"]
    assert table["spanmem"]["level"] == "unknown"


@pytest.mark.parametrize("usage", [False, True])
def test_a_stream_holds_the_same_and_ends(served: TestClient, bearer: Headers, usage: bool) -> None:
    whole = served.post(URL, headers=bearer("ask"), json=chat(said("user", ASKED))).json()
    body = chat(said("user", ASKED), stream=True, stream_options={"include_usage": usage})
    answer = served.post(URL, headers=bearer("ask"), json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *events, last, rest = answer.text.split("\n\n")
    assert (last, rest) == ("data: [DONE]", "")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events]
    assert len({chunk["id"] for chunk in chunks}) == 1
    content = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"])
    assert content == whole["choices"][0]["message"]["content"]
    assert [c["choices"][0]["finish_reason"] for c in chunks if c["choices"]] == [None, "stop"]
    assert chunks[0]["citations"] == whole["citations"]
    assert ("usage" in chunks[-1]) is usage


def test_each_key_sees_its_memories_as_models(served: TestClient, bearer: Headers) -> None:
    table = served.get("/openai/v1/models", headers=bearer("ask")).json()
    assert [model["id"] for model in table["data"]] == ["support"]
    assert served.get("/openai/v1/models/support", headers=bearer("ask")).json()["id"] == "support"
    assert served.get("/openai/v1/models/other", headers=bearer("ask")).status_code == 404
    for path in ("embeddings", "completions", "responses", "chat", "models/support/x"):
        answer = served.post(f"/openai/v1/{path}", json={"model": "support"}, headers=bearer("ask"))
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (404, "unknown_url")
        assert "/openai/v1/chat/completions" in error["message"]


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        (None, chat(said("user", ASKED)), 401, "invalid_api_key"),
        ("metrics", chat(said("user", ASKED)), 403, "forbidden"),
        ("ask", {**chat(said("user", ASKED)), "model": "other"}, 404, "model_not_found"),
        ("ask", {**chat(said("user", ASKED)), "model": "none"}, 404, "model_not_found"),
        ("ask", chat(), 422, "invalid-input"),
        ("ask", chat(said("system", "You are kind.")), 422, "invalid-input"),
        ("ask", chat(said("user", "")), 422, "invalid-input"),
        ("ask", chat(said("user", "??")), 422, "invalid-input"),
        ("ask", chat(said("user", "w " * 400)), 422, "invalid-input"),
        ("ask", chat(said("user", [{"type": "image_url"}])), 422, "invalid-input"),
        ("ask", {"messages": [said("user", ASKED)]}, 422, "invalid-input"),
        ("ask", chat(said("user", ASKED), user="a\nb"), 422, "invalid-input"),
        ("ask", [], 422, "invalid-input"),
    ],
)
def test_what_is_refused_is_told_where_these_clients_look(
    served: TestClient, bearer: Headers, kind: str | None, body: Any, status: int, code: str
) -> None:
    headers = {} if kind is None else bearer(kind)
    answer = served.post(URL, headers=headers, json=body)
    table = answer.json()
    assert answer.status_code == status == table["status"]
    assert table["error"]["code"] == code
    assert table["error"]["message"] == table["detail"]


def test_only_a_named_user_is_remembered_and_within_the_prefix_of_the_key(
    served: TestClient, service: Service, bearer: Headers
) -> None:
    def turns(scope: str) -> int:
        with service.memories.using("support") as qa:
            assert isinstance(qa.memory, Memory)
            return len(qa.turns(scope))

    headers = bearer("ask", prefix="shop/")
    served.post(URL, headers=headers, json=chat(said("user", ASKED)))
    served.post(URL, headers=headers, json=chat(said("user", ASKED), user="ann"))
    assert [turns(scope) for scope in ("", "ann", "shop/ann")] == [0, 0, 1]


def test_a_follow_up_is_completed_from_the_messages_before_it(
    served: TestClient, bearer: Headers
) -> None:
    body = chat(
        said("user", "When was the mill at Halden built?"),
        said("assistant", "1912\n\nSource: The mill (mill.md), characters 37-41"),
        said("user", "And by whom?"),
    )
    table = served.post(URL, headers=bearer("ask"), json=body).json()
    assert "Halden" in table["spanmem"]["looked_up"]


def messages(*rows: tuple[str, Any]) -> list[Message]:
    return [Message(role=role, content=content) for role, content in rows]


@pytest.mark.parametrize(
    ("rows", "question", "history"),
    [
        ([("user", "A?")], "A?", []),
        ([("system", "S"), ("developer", "D"), ("user", "A?")], "A?", []),
        ([("user", "A?"), ("assistant", "a"), ("user", "B?")], "B?", [("A?", "a")]),
        ([("user", "A?"), ("assistant", UNKNOWN), ("user", "B?")], "B?", [("A?", None)]),
        ([("user", "A?"), ("user", "B?")], "B?", [("A?", None)]),
        ([("assistant", "Hello!"), ("user", "A?")], "A?", []),
        ([("user", "A?"), ("assistant", "a"), ("tool", "t"), ("assistant", "b"), ("user", "B?")],
         "B?", [("A?", "b")]),
        ([("user", "A?"), ("assistant", "a")], "A?", []),
        ([("user", "A?"), ("assistant", None), ("user", "B?")], "B?", [("A?", None)]),
        ([("user", "A?"), ("user", " "), ("user", None)], "A?", []),
        ([("User", "A?"), ("ASSISTANT", "a"), ("User", "B?")], "B?", [("A?", "a")]),
    ],
)  # fmt: skip
def test_the_last_question_is_asked_and_those_before_are_its_history(
    rows: list[tuple[str, Any]], question: str, history: list[tuple[str, str | None]]
) -> None:
    assert history_of(messages(*rows)) == (question, tuple(history))


def test_pieces_of_a_message_that_are_text_are_joined() -> None:
    parts: list[Any] = [
        {"type": "text", "text": "What is"},
        {"type": "image_url", "image_url": {"url": "data:"}},
        {"type": "input_text", "text": "the lamp's"},
        {"type": "text", "text": None},
        "price?",
    ]
    (message,) = messages(("user", parts))
    assert history_of([message])[0] == "What is\nthe lamp's\nprice?"


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system"]), st.text(max_size=9))))
def test_any_conversation_has_a_question_or_is_refused(rows: list[tuple[str, str]]) -> None:
    try:
        question, history = history_of(messages(*rows))
    except InputError:
        asked = [text for role, text in rows if role == "user" and text.strip()]
        assert not asked
        return
    asked = [text.strip() for role, text in rows if role == "user" and text.strip()]
    assert question == asked[-1]
    assert [pair[0] for pair in history] == asked[-11:-1]


@given(text=st.text(min_size=1), title=st.text(max_size=9))
def test_an_answer_of_ours_is_known_again_without_its_source(text: str, title: str) -> None:
    place = {"document": "d", "title": title, "page": None, "start": 0, "end": 1, "passage": "p"}
    shown = quoted({"text": text.strip() or "x", "answers": [{"source": place}]})
    _, history = history_of(messages(("user", "A?"), ("assistant", shown), ("user", "B?")))
    if "\n\nSource: " not in text:
        assert history == (("A?", text.strip() or "x"),)


CHAT = "USER: Who runs the mill?\nASSISTANT: Astrid Berg"


@pytest.mark.parametrize(
    ("message", "prompt"),
    [
        (f"### Task:\nGenerate a concise title.\n### Chat History:\n{CHAT}", True),
        (f"Suggest three further questions.\n<chat_history>\n{CHAT}\n</chat_history>", True),
        ("Write a title.\n\nHuman: hi\n**AI**: hello", True),
        ("What does the lever numbered #4 do?", False),
        ("I have two questions.\nUser: what does this column hold?", False),
        ("Is it #1 in the list?", False),
        ("", False),
    ],
)
def test_what_a_program_wants_of_a_language_model_is_told_apart(message: str, prompt: bool) -> None:
    assert is_prompt(message) is prompt


def test_prompts_of_a_chat_program_are_no_unanswered_questions(
    service: Service, client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    before = service.gaps.open_count("support")
    for text, more in ((f"# Task\nTag this.\n{CHAT}", 0), ("What is the price of oats?", 1)):
        messages = [{"role": "user", "content": text}]
        answer = client.post(
            "/openai/v1/chat/completions",
            json={"model": "support", "messages": messages},
            headers=bearer("ask"),
        ).json()
        assert answer["spanmem"]["abstained"]
        assert service.gaps.open_count("support") == before + more
