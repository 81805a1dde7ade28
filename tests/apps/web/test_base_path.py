"""A service below a path of a host's: every address that it gives leads back to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web.app import create_app
from spanmem.apps.web.base_path import OWN, public_path, without
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.server import must_be_safe
from spanmem.apps.web.service import Service
from spanmem.core.errors import InputError
from spanmem.pipeline.settings import ServiceSettings

HOST = "http://localhost:8477"
_ADDRESS = re.compile(r'\b(href|src|action|formaction|hx-[a-z-]+)="(/[^"]*)"')


@pytest.fixture(scope="module")
def below(
    tmp_path_factory: pytest.TempPathFactory, build: Callable[..., Service]
) -> Iterator[Service]:
    rates = {"ask_rate": 10**6, "ask_burst": 10**6, "write_rate": 10**6}
    folder = tmp_path_factory.mktemp("below")
    with build(folder, "support", public_url=f"{HOST}/acme/qa/", **rates) as service:
        service.start()
        yield service


def client_of(service: Service) -> TestClient:
    return TestClient(create_app(service, start=False), base_url=HOST, headers={"Origin": HOST})


@pytest.fixture(scope="module")
def client(below: Service) -> TestClient:
    return client_of(below)


def signed_in(service: Service, client: TestClient) -> TestClient:
    token = service.keys.add(Kind.ADMIN, "the admin", memories=[])[1]
    client.cookies.clear()
    answer = client.post("/acme/qa/login", data={"token": token, "next": "/about"})
    assert answer.status_code == 200
    assert answer.url.path == "/acme/qa/about"
    return client


def test_every_address_of_every_screen_lies_below_the_path(
    below: Service, client: TestClient
) -> None:
    signed_in(below, client)
    asked = client.post(
        "/acme/qa/m/support/ask", data={"question": "How long is the warranty of the Brisk kettle?"}
    )
    assert asked.url.path.startswith("/acme/qa/m/support")
    further = {*_ADDRESS.findall(asked.text)}
    seen: set[tuple[str, str]] = set()
    while further := further - seen:
        seen |= further
        for kind, address in sorted(further):
            assert address.startswith("/acme/qa/"), address
            if kind in ("href", "src", "hx-get"):  # others are what forms are sent to
                answer = client.get(address.replace("&amp;", "&"))
                assert answer.status_code == 200, address
                if answer.headers["content-type"].startswith("text/html"):
                    further = further | {*_ADDRESS.findall(answer.text)}
    screens = {address.partition("?")[0].removeprefix("/acme/qa") for _, address in seen}
    assert {"/keys", "/about", "/m/support/documents", "/static/page.css"} <= screens
    assert any(screen.startswith("/m/support/d/") for screen in screens)


def test_the_menu_marks_the_screen_that_is_open(below: Service, client: TestClient) -> None:
    text = signed_in(below, client).get("/acme/qa/m/support/documents").text
    assert 'href="/acme/qa/m/support/documents" aria-current="page"' in text


@pytest.mark.parametrize("prefix", ["/acme/qa", ""], ids=["passed on", "taken away"])
def test_a_proxy_may_take_the_path_away(below: Service, client: TestClient, prefix: str) -> None:
    token = below.keys.add(Kind.EDITOR, "desk", memories=["support"])[1]
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.post(
        f"{prefix}/v1/memories/support/ask",
        json={"question": "How long is the warranty of the Brisk kettle?"},
        headers=headers,
    )
    assert answer.json()["answers"][0]["source"]["document"] == "kettle.md"
    assert client.get(f"{prefix}/health/ready").status_code == 200
    job = client.post(
        f"{prefix}/v1/memories/support/documents",
        json={"documents": [{"id": "a", "text": "The oven is new."}]},
        headers=headers,
    )
    assert job.headers["location"].startswith("/acme/qa/v1/memories/support/jobs/")
    assert client.get(job.headers["location"], headers=headers).status_code == 200
    listed = client.get(f"{prefix}/v1/memories/support/documents?limit=1", headers=headers)
    (following,) = re.findall(r'<(.*?)>; rel="next"', listed.headers["link"])
    assert following.startswith("/acme/qa/v1/memories/support/documents?")
    assert client.get(following, headers=headers).status_code == 200


def test_whoever_has_not_signed_in_is_led_there_and_back(
    below: Service, client: TestClient
) -> None:
    client.cookies.clear()
    answer = client.get("/acme/qa/m/support/documents")
    assert (answer.url.path, answer.url.query) == (
        "/acme/qa/login",
        b"next=%2Fm%2Fsupport%2Fdocuments",
    )
    scripted = client.get(
        "/acme/qa/m/support/documents",
        headers={"HX-Request": "true", "HX-Current-URL": f"{HOST}/acme/qa/m/support"},
    )
    assert scripted.headers["hx-redirect"] == "/acme/qa/login?next=%2Fm%2Fsupport"
    lost = client.post("/acme/qa/m/support/ask", data={"question": "x"})
    assert 'href="/acme/qa/login?next=' in lost.text


def test_services_below_two_paths_have_a_cookie_each(below: Service, client: TestClient) -> None:
    assert [*signed_in(below, client).cookies] == ["spanmem-acme-qa"]


def test_the_description_says_where_the_operations_lie(below: Service, client: TestClient) -> None:
    schema = signed_in(below, client).get("/acme/qa/v1/openapi.json").json()
    assert schema["servers"] == [{"url": "/acme/qa"}]


@pytest.mark.parametrize("path", ["/v1", "/m/help", "/static/"])
def test_a_path_that_is_the_service_s_own_is_refused(path: str) -> None:
    settings = ServiceSettings(public_url=f"https://help.example{path}")
    with pytest.raises(InputError, match=f"addresses of its own below /{path.split('/')[1]};"):
        must_be_safe(settings)
    must_be_safe(ServiceSettings(public_url="https://help.example/qa/v1"))


def test_no_address_with_a_slash_more_or_less_leads_out_of_the_path(
    below: Service, client: TestClient
) -> None:
    token = below.keys.add(Kind.ADMIN, "desk", memories=[])[1]
    headers = {"Authorization": f"Bearer {token}"}
    asked = 0
    for route in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        path = re.sub(r"{\w+(:path)?}", "support", route.path or "")
        other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        for method in sorted(getattr(route, "methods", None) or ()):
            answer = client.request(
                method, f"/acme/qa{other}", headers=headers, follow_redirects=False
            )
            to = answer.headers.get("location", "/acme/qa/")
            assert to.startswith("/acme/qa/"), (method, other, to)
            assert answer.status_code not in (301, 302, 307, 308), (method, other)
            asked += 1
    assert asked > 80
    assert client.get("/acme/qa/static", follow_redirects=False).status_code == 404


def test_all_that_is_the_service_s_own_is_known(client: TestClient) -> None:
    routes = iter_route_contexts(client.app.routes)  # type: ignore[attr-defined]
    assert {route.path.split("/")[1] for route in routes if route.path} - {""} == OWN


def test_the_path_is_that_of_the_public_address() -> None:
    assert public_path(ServiceSettings()) == ""
    assert public_path(ServiceSettings(public_url="https://help.example/")) == ""
    assert public_path(ServiceSettings(public_url="https://help.example:8/a/b/")) == "/a/b"


@given(st.from_regex(r"(/[a-z.%?]*){1,4}", fullmatch=True))
def test_what_lies_below_is_known_without_the_path(path: str) -> None:
    assert without("/qa", f"/qa{path}") == path
    if not path.startswith("/qa"):
        assert without("/qa", path) == path


def test_what_only_begins_like_the_path_is_left() -> None:
    assert without("/qa", "/qa2/x") == "/qa2/x"
    assert without("/qa", "/qa") == "/"
    assert without("/qa", "/qa?x=1") == "/qa?x=1"


def test_the_head_of_a_screen_may_be_asked_for(below: Service, client: TestClient) -> None:
    answer = signed_in(below, client).head("/acme/qa/m/support/documents")
    assert (answer.status_code, answer.text) == (200, "")
    client.cookies.clear()
    assert client.head("/acme/qa/about").url.path == "/acme/qa/login"
