"""A small memory without models, and a service that answers from it over HTTP."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

import spanmem

TEXTS = {
    "warranty.txt": "The warranty of the lamp lasts two years. It does not cover the bulb.",
    "ferry.txt": "The ferry to Hven costs 90 crowns. Dogs travel free.",
    "river.txt": "The Danube ends in Ukraine.",
    "mill.txt": "The mill was built in 1912.",
}
SETTINGS = spanmem.Settings.load(overrides={"encoder.model": "hash-256", "reader.model": "overlap"})


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("memory")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    spanmem.index(
        [folder / name for name in TEXTS], into=folder / "m.memory", settings=SETTINGS
    ).close()
    return folder / "m.memory"


@pytest.fixture(scope="session")
def qa(memory: Path) -> Iterator[spanmem.QA]:
    with spanmem.QA(memory, settings=SETTINGS) as qa:
        yield qa


@pytest.fixture(scope="session")
def service(memory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """`url` and `api_key` of a running service that serves the same memory, and no other."""
    pytest.importorskip("fastapi")
    data = tmp_path_factory.mktemp("data")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "spanmem"]
    words = ("--kind", "ask", "--name", "tests", "--memory", "m", "--data", str(data), "--json")
    made = subprocess.run([*command, "keys", "add", *words], capture_output=True, check=True)
    models = ("--encoder", "hash-256", "--reader", "overlap")
    place = ("--memory", str(memory), "--data", str(data), "--port", str(port))
    serving = subprocess.Popen([*command, "serve", *place, *models], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(serving, f"{url}/health/ready")
        yield {"url": url, "api_key": json.loads(made.stdout)["token"]}
    finally:
        serving.terminate()
        serving.wait()


def _wait_until_ready(serving: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(600):
        with suppress(OSError), urlopen(url):
            return
        assert serving.poll() is None, "the service has ended"
        time.sleep(0.1)
    raise AssertionError("the service does not get ready")
