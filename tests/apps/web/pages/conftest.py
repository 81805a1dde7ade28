"""People at the page: clients that have signed in, and what they see as a parsed tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser, LexborNode

from spanmem.apps.web.app import create_app
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service

HOST = "http://localhost:8477"


class Shown:
    """A page that was sent."""

    def __init__(self, html: str, url: str) -> None:
        self.html, self.url, self.tree = html, url, LexborHTMLParser(html)

    def texts(self, selector: str) -> list[str]:
        """What stands in the elements that a selector names, space made one."""
        return [" ".join(node.text().split()) for node in self.tree.css(selector)]

    def text(self, selector: str = "main") -> str:
        """What stands in the first of them."""
        return self.texts(selector)[0]

    def one(self, selector: str) -> LexborNode:
        """The first of them."""
        return self.tree.css(selector)[0]


class Visitor:
    """Somebody with a browser without JavaScript, at a memory."""

    def __init__(self, client: TestClient, memory: str) -> None:
        self.client, self.memory, self.root = client, memory, f"/m/{memory}"

    def see(self, path: str, status: int = 200) -> Shown:
        """A screen; of the memory where its path does not begin with a slash."""
        return self._shown(self.client.get(self._address(path)), status)

    def send(self, path: str, status: int = 200, **fields: object) -> Shown:
        """The screen that a form leads to."""
        return self._shown(self.client.post(self._address(path), data=fields), status)

    def ask(self, question: str, conversation: str = "") -> Shown:
        """The screen with the answer to a question."""
        return self.send("ask", question=question, conversation=conversation)

    def _address(self, path: str) -> str:
        if path.startswith("/"):
            return path
        return f"{self.root}{path}" if path[:1] in ("", "?") else f"{self.root}/{path}"

    def _shown(self, response: Any, status: int) -> Shown:
        assert response.status_code == status, response.text
        return Shown(response.text, str(response.url).removeprefix(HOST))


@pytest.fixture(scope="package")
def service(
    tmp_path_factory: pytest.TempPathFactory, build: Callable[..., Service]
) -> Iterator[Service]:
    """A service with a memory for each file of tests here, named as it is."""
    names = sorted(path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*"))
    rates = {"ask_rate": 10**6, "ask_burst": 10**6, "write_rate": 10**6}
    with build(tmp_path_factory.mktemp("pages"), *names, **rates) as service:
        service.start()
        yield service


@pytest.fixture(scope="package")
def app(service: Service) -> FastAPI:
    """Its application, of which making takes long."""
    return create_app(service, start=False)


@pytest.fixture(scope="module")
def memory_name(request: pytest.FixtureRequest) -> str:
    """The memory of a file of tests."""
    return Path(request.path).stem.removeprefix("test_")


@pytest.fixture(scope="module")
def visit(app: FastAPI, service: Service, memory_name: str) -> Callable[..., Visitor]:
    """Signs somebody in with a new key of a kind."""

    def make(kind: str, *, name: str = "", prefix: str = "") -> Visitor:
        named = () if kind in (Kind.ADMIN, Kind.METRICS) else (memory_name,)
        name = name or f"the {kind}"
        _, token = service.keys.add(Kind(kind), name, memories=named, prefix=prefix)
        visitor = Visitor(_client(app), memory_name)
        visitor.send("/login", token=token, next="/about")
        return visitor

    return make


@pytest.fixture
def stranger(app: FastAPI, memory_name: str) -> Visitor:
    """Somebody who has not signed in."""
    return Visitor(_client(app), memory_name)


def _client(app: FastAPI) -> TestClient:
    return TestClient(app, base_url=HOST, headers={"Origin": HOST}, raise_server_exceptions=False)
