"""One server, and a browser for each file of tests that drive the page as people do."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from spanmem.apps.web.app import create_app
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
PLAIN = "help.lan"
"""A name of the service's at which browsers send less, since its page is not encrypted."""
FLAGS = (
    f"--host-resolver-rules=MAP {PLAIN} 127.0.0.1",
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Person:
    """Somebody with a browser; what its console says and whom it calls is noted."""

    def __init__(self, page: Any, base: str) -> None:
        self.page, self.base = page, base
        self.complaints: list[str] = []
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        page.on("request", self._watch)

    def go(self, path: str) -> None:
        """Open a path of the service."""
        self.page.goto(self.base + path)

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def _hear(self, message: Any) -> None:
        # A refusal that a test asks for is told on the console, too.
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.complaints.append(message.text)

    def _watch(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.complaints.append(f"a request to {request.url}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, as the system has it.

    Of a file of tests alone: as long as Playwright is open, no other test can run an event loop.
    """
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("no Chromium; `apt-get install chromium`, or name one in $CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def served(
    tmp_path_factory: pytest.TempPathFactory, build: Callable[..., Service]
) -> Iterator[tuple[Service, str]]:
    """A service that listens, and its address."""
    with build(tmp_path_factory.mktemp("browser"), "support", hosts=[PLAIN]) as service:
        config = uvicorn.Config(create_app(service), "127.0.0.1", 0, log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started or service.state == "starting":
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield service, f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def person(browser: Any, served: tuple[Service, str]) -> Iterator[Callable[..., Person]]:
    """Opens a window for somebody, signed in with a new key of a kind unless that is "", at the
    service by one of its names."""
    service, base = served
    windows: list[Any] = []
    people: list[Person] = []

    def make(kind: str = "editor", host: str = "127.0.0.1", **options: Any) -> Person:
        usual = {"viewport": {"width": 1000, "height": 800}, "reduced_motion": "reduce"}
        window = browser.new_context(**{**usual, **options})
        windows.append(window)
        somebody = Person(window.new_page(), base.replace("127.0.0.1", host))
        people.append(somebody)
        if kind:
            memories = () if kind == "admin" else ("support",)
            _, token = service.keys.add(Kind(kind), f"the {kind}", memories=memories)
            somebody.go("/login")
            somebody.page.fill("#token", token)
            somebody.press("Enter")
            somebody.page.wait_for_selector("nav", state="attached")
        return somebody

    yield make
    for window in windows:
        window.close()
    assert [line for each in people for line in each.complaints] == []


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """A folder for screenshots, to be looked at: $SCREENSHOTS; None: none are kept."""
    name = os.environ.get("SCREENSHOTS")
    return Path(name) if name else None
