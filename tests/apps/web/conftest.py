"""One service over a small memory, without models: hash encoder and overlap reader."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import spanmem
from spanmem.apps.web.app import create_app
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service

SETTINGS = spanmem.Settings.load({"encoder": {"model": "hash-256"}, "reader": {"model": "overlap"}})
TEXTS = {
    "kettle.md": "# Brisk kettle\n\nThe Brisk kettle has a warranty of three years.\n",
    "mill.md": "# The mill\n\nThe mill at Halden was built in 1912 by Astrid Berg.\n",
}


def build_service(folder: Path, *memories: str, **more: object) -> Service:
    """A service over memories of that name, each with the same two documents."""
    docs = folder / "docs"
    docs.mkdir()
    for name, text in TEXTS.items():
        (docs / name).write_text(text, encoding="utf-8")
    for name in memories:
        spanmem.index(
            docs, into=folder / "data" / "memories" / f"{name}.memory", settings=SETTINGS
        ).close()
    overrides = {f"service.{key}": value for key, value in more.items()}
    return Service(SETTINGS.override(overrides), folder / "data")


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory of the two documents, to be copied."""
    folder = tmp_path_factory.mktemp("memory")
    (folder / "docs").mkdir()
    for name, text in TEXTS.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    spanmem.index(folder / "docs", into=folder / "m.memory", settings=SETTINGS).close()
    return folder / "m.memory"


@pytest.fixture(scope="session")
def build(memory: Path) -> Callable[..., Service]:
    """Makes a service in a folder, over copies of that memory under some names."""

    def make(folder: Path, *names: str, **more: object) -> Service:
        for name in names:
            shutil.copytree(memory, folder / "memories" / f"{name}.memory")
        overrides = {f"service.{key}": value for key, value in more.items()}
        return Service(SETTINGS.override(overrides), folder)

    return make


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, build: Callable[..., Service]
) -> Iterator[Service]:
    """A service over `support` and `other`, ready; its limits are out of the way."""
    rates = {"ask_rate": 10**6, "ask_burst": 10**6, "write_rate": 10**6}
    with build(tmp_path_factory.mktemp("web"), "support", "other", **rates) as service:
        service.start()
        yield service


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    """Calls the service without a key."""
    app = create_app(service, start=False)
    return TestClient(
        app,
        base_url="http://localhost:8477",
        client=("127.0.0.1", 50000),
        raise_server_exceptions=False,
    )


@pytest.fixture(scope="module")
def bearer(service: Service) -> Callable[..., dict[str, str]]:
    """Headers with a new key of a kind, for the memory `support`."""

    def make(
        kind: Kind | str, *memories: str, prefix: str = "", where: dict[str, Any] | None = None
    ) -> dict[str, str]:
        names = () if kind == Kind.ADMIN else memories or ("support",)
        _, token = service.keys.add(
            Kind(kind), f"a key to {kind}", memories=names, prefix=prefix, where=where
        )
        return {"Authorization": f"Bearer {token}"}

    return make
