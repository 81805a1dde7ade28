"""Whatever a service, a proxy or nobody answers is an object of ours or an error of the family."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.client.http import HttpClient
from spanmem.apps.client.local import LocalClient
from spanmem.apps.web.app import create_app
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service
from spanmem.core.errors import InputError, ServiceError, SpanMemError

URL = "http://127.0.0.1:8477"
Handler = Callable[[httpx2.Request], httpx2.Response]
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 999), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["status", "detail", "title", "errors", "pointer", "items", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


def client(handler: Handler, *, memory: str | None = "support", key: str = "sm_k") -> HttpClient:
    transport = httpx2.MockTransport(handler)
    return HttpClient(URL, key, memory=memory, transport=transport, async_transport=transport)


def answering(status: int, body: object, **headers: str) -> Handler:
    return lambda _request: httpx2.Response(status, json=body, headers=headers)


def problem(status: int, **more: Any) -> dict[str, Any]:
    return {"type": "/problems/x", "title": "T", "status": status, "detail": "why; do that", **more}


def test_a_question_goes_out_as_it_was_asked_and_no_more() -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"abstained": False, "text": "90 crowns"})

    asked = "Was kostet „die Fähre“ nach Hven?"
    history = [("Where to?", "Hven"), ("And then?", None)]
    one = client(handler, memory="a b/ö")
    assert one.ask(asked, history=history, where={"year": {"gte": 2020}}, top_k=3)["text"]
    request = seen[0]
    assert request.url.raw_path == b"/v1/memories/a%20b%2F%C3%B6/ask"
    assert request.headers["authorization"] == "Bearer sm_k"
    assert json.loads(request.content) == {
        "question": asked,
        "history": [["Where to?", "Hven"], ["And then?", None]],
        "where": {"year": {"gte": 2020}},
        "top_k": 3,
    }
    asyncio.run(one.aask(asked, scope="ann"))
    assert json.loads(seen[1].content) == {"question": asked, "scope": "ann"}
    assert seen[1].headers["authorization"] == "Bearer sm_k"


@given(question=st.text(max_size=30), limit=st.integers(1, 50))
def test_questions_of_any_characters_reach_the_service(question: str, limit: int) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert dict(request.url.params) == {"question": question, "limit": str(limit)}
        return httpx2.Response(200, json={"items": [{"question": question}]})

    assert client(handler).similar(question, limit=limit) == [{"question": question}]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
def test_what_asking_again_does_not_change_is_an_input_error(status: int) -> None:
    errors = [{"pointer": "/top_k", "detail": "give 1 or more"}]
    with pytest.raises(InputError) as caught:
        client(answering(status, problem(status, errors=errors))).ask("Who?")
    assert str(caught.value) == "why; do that (/top_k: give 1 or more)"


@pytest.mark.parametrize(("status", "after"), [(429, "7"), (503, "1"), (409, "5"), (507, "")])
def test_what_may_pass_says_when_to_ask_again(status: int, after: str) -> None:
    headers = {"retry-after": after} if after else {}
    one = client(answering(status, problem(status), **headers))
    calls: tuple[Callable[[], object], ...] = (
        lambda: one.ask("Who?"),
        lambda: asyncio.run(one.aask("Who?")),
    )
    for call in calls:
        with pytest.raises(ServiceError) as caught:
            call()
        assert caught.value.status == status
        assert caught.value.retry_after == (float(after) if after else None)


@given(status=st.sampled_from([200, 201, 302, 404, 429, 500, 502]), body=_JSON)
def test_no_object_breaks_it(status: int, body: object) -> None:
    one = client(answering(status, body))
    calls: tuple[Callable[[], object], ...] = (
        lambda: one.ask("Who?"),
        lambda: one.search("Who?"),
        lambda: one.document("k"),
    )
    for call in calls:
        said = ""
        try:
            call()
        except SpanMemError as error:
            said = str(error)
        assert len(said.splitlines()) <= 1


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(200, text="<html>Welcome to nginx</html>"),
        httpx2.Response(502, text="Bad Gateway"),
        httpx2.Response(204),
        httpx2.Response(200, json={"status": "ok"}),
        httpx2.Response(302, headers={"location": "https://elsewhere.example/"}),
        httpx2.Response(404, json={"detail": "Not Found"}),
    ],
    ids=lambda response: str(response.status_code),
)
def test_what_is_no_service_of_ours_is_told_as_such(response: httpx2.Response) -> None:
    with pytest.raises(ServiceError, match="is the address right"):
        client(lambda _request: response).ask("Who?")


def test_who_is_not_there_is_told_in_one_line() -> None:
    one = HttpClient("http://127.0.0.1:9", "k", memory="m", timeout=2)
    for call in (lambda: one.ask("Who?"), lambda: asyncio.run(one.asearch("Who?"))):
        with pytest.raises(ServiceError, match=r"127\.0\.0\.1:9 cannot be asked: .*; is it"):
            call()
    one.close()
    one.close()
    with pytest.raises(ServiceError):
        one.ask("Who?")


@pytest.mark.parametrize("names", [[], ["a", "b"], ["a"], [{"name": "a", "rights": []}]])
def test_the_one_memory_of_a_key_is_taken_and_more_are_named(names: list[Any]) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/v1/info":
            return httpx2.Response(200, json={"memories": names})
        assert request.url.path == "/v1/memories/a/ask"
        return httpx2.Response(200, json={"abstained": False, "text": "yes"})

    one = client(handler, memory=None)
    if len(names) == 1:
        assert one.ask("Who?")["text"] == "yes"
        other = client(handler, memory=None)
        assert asyncio.run(other.aask("Who?"))["text"] == "yes"
    else:
        with pytest.raises(InputError, match="a, b" if names else "none"):
            one.ask("Who?")


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8477", "ftp://h", "http://", "http://h:0", "http://h:99999", "http://[::1",
     "http://h?key=1", "http://h#x", "file:///etc/passwd", "http://h:port"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="no address"):
        HttpClient(url)


@pytest.mark.parametrize("url", ["http://u:secret@h", "https://secret@h/x", "http://:secret@h"])
def test_no_message_repeats_a_password_of_an_address(url: str) -> None:
    with pytest.raises(InputError, match="api_key") as caught:
        HttpClient(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://h", "https://h.example:8477/", " http://[::1]:1/p/ \n"])
def test_addresses_are_taken_as_people_write_them(url: str) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == url.strip().rstrip("/") + "/v1/memories/m/documents/k/text"
        return httpx2.Response(200, json={"text": "all of it"})

    one = HttpClient(url, memory="m", transport=httpx2.MockTransport(handler))
    assert one.document("k") == "all of it"


@pytest.mark.parametrize("key", ["ключ", "a b", "a\nb", "a\x00b"])
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(InputError, match="api_key") as caught:
        HttpClient(URL, key)
    assert key not in str(caught.value)


def test_a_key_from_a_file_may_end_with_its_line() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["authorization"] == "Bearer sm_k"
        return httpx2.Response(201, json={"id": "1", "state": "open"})

    assert client(handler, key=" sm_k\r\n").propose("Who?", "Ann")["state"] == "proposed"


# -- a real service


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, build: Callable[..., Service]
) -> Iterator[Service]:
    with build(tmp_path_factory.mktemp("http"), "support") as service:
        service.start()
        yield service


@pytest.fixture(scope="module")
def remote(service: Service) -> Iterator[HttpClient]:
    """A client with an agent's key, which names no memory."""
    _, key = service.keys.add(Kind.AGENT, "Ann", memories=["support"])
    app = create_app(service, start=False)
    with TestClient(app, base_url="http://localhost:8477") as http:
        yield HttpClient(
            "http://localhost:8477",
            key,
            transport=http._transport,
            async_transport=httpx2.ASGITransport(app),
        )


QUESTIONS = (
    "How long is the warranty of the Brisk kettle?",
    "Who built the mill at Halden?",
    "Which colour has the moon?",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_service_gives_all_that_the_memory_itself_gives(
    service: Service, remote: HttpClient, question: str
) -> None:
    with service.memories.using("support") as qa:
        local = LocalClient(qa)
        here, there = local.ask(question), remote.ask(question)
        del here["timings_ms"], there["timings_ms"]
        assert here.items() <= there.items()
        assert local.search(question, limit=3) == remote.search(question, limit=3)


def test_a_service_is_asked_from_coroutines_as_well(remote: HttpClient) -> None:
    async def all_of_it() -> None:
        answer = await remote.aask(QUESTIONS[0], top_k=1)
        assert answer["answers"] == remote.ask(QUESTIONS[0], top_k=1)["answers"]
        hits = await remote.asearch(QUESTIONS[0], limit=1)
        assert hits == remote.search(QUESTIONS[0], limit=1)
        assert await remote.adocument(hits[0]["key"]) == remote.document(hits[0]["key"])
        assert await remote.asimilar(QUESTIONS[0]) == remote.similar(QUESTIONS[0]) == []
        assert (await remote.apropose(QUESTIONS[0], "nine years"))["state"] == "proposed"

    asyncio.run(all_of_it())


@pytest.mark.parametrize("question", ["", "??", "w " * 400])
def test_what_a_service_refuses_is_told_in_its_words(remote: HttpClient, question: str) -> None:
    with pytest.raises(InputError, match="question"):
        remote.ask(question)
    with pytest.raises(InputError, match="no document"):
        remote.document("0" * 16)
    with pytest.raises(InputError, match="scope"):
        remote.ask(QUESTIONS[0], scope="ann", history=[])
