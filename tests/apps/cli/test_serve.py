"""`spanmem serve`, as far as it goes without serving: what it checks and what it refuses."""

from __future__ import annotations

import builtins
import logging
import os
import re
import shlex
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Cli

FREE = ("--encoder", "hash-256", "--reader", "overlap")


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Loggers and environment are put back, and the data folder is a new one."""
    loggers = [logging.getLogger(name) for name in ("spanmem.web", "uvicorn")]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    monkeypatch.setenv("OMP_WAIT_POLICY", os.environ.get("OMP_WAIT_POLICY", "passive"))
    monkeypatch.chdir(tmp_path)
    yield
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def test_a_folder_of_documents_is_indexed_once_and_memories_are_served(
    cli: Cli, corpus: Path, tmp_path: Path
) -> None:
    cli("index", corpus, "--memory", tmp_path / "faq.memory")
    words = ("serve", corpus, tmp_path / "faq.memory", "--check", *FREE)
    first, again = cli(*words), cli(*words)
    assert (first.code, again.code) == (0, 0), first.err
    assert f"documents of {corpus} into" in first.err
    (command,) = re.findall("was indexed before.*`spanmem (.*)`", again.err)
    (corpus / "later.md").write_text("# Later\n\nThe later lamp is green.\n", encoding="utf-8")
    assert "added 1 " in cli(*shlex.split(command)).out
    assert again.out == f"all is well: {corpus.name}, faq\n"
    assert (tmp_path / "spanmem-data" / "service.sqlite").exists()
    assert not (tmp_path / "spanmem-data" / "first-login").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere",), "nowhere: neither a memory nor documents"),
        (("--host", "0.0.0.0"), "keys would travel"),
        (("--no-auth", "--host", "0.0.0.0"), "--no-auth is for this machine alone"),
        (("--port", "99999"), "service.port"),
        (("--tls-cert", "c.pem"), "belong together"),
        (("--public-url", "help.example"), "service.public_url"),
        (("--public-url", "https://a.example/kb?x=1"), "is no address of http or https"),
        (("--public-url", "https://a.example/v1", *FREE), "addresses of its own below /v1"),
        (("--log", "xml"), "service.log"),
        (("--memory", "a b/="), "can be no memory's name"),
        (("--memory", "gone.memory", "--check", *FREE), "gone.memory"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(
    cli: Cli, words: tuple[str, ...], said: str
) -> None:
    done = cli("serve", *words)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_a_port_that_is_taken_is_told(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = cli("serve", "--port", taken.getsockname()[1], *FREE)
    assert done.code == 2
    assert "choose others by --host and --port" in done.err


def test_the_environment_gives_way_to_options_and_its_slips_are_told(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANMEM_SERVICE__HOST", "0.0.0.0")
    assert "0.0.0.0" in cli("serve").err
    assert cli("serve", "--host", "127.0.0.1", "--check", *FREE).code == 0
    monkeypatch.setenv("SPANMEM_SERVICE__HOOST", "0.0.0.0")
    assert "did you mean SPANMEM_SERVICE__HOST?" in cli("serve").err


def test_without_the_extra_it_says_what_to_install(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def missing(name: str, *more: Any) -> Any:
        if name.partition(".")[0] in ("uvicorn", "fastapi", "prometheus_client"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *more)

    for name in list(sys.modules):
        if name.startswith(("spanmem.apps.web", "uvicorn")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", missing)
    done = cli("serve")
    assert done.code == 2
    assert "pip install 'spanmem[serve]'" in done.err
