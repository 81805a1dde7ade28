"""`spanmem mcp`: what keeps it from serving is told before anything is served."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Cli


def test_a_memory_that_is_not_there_is_told(cli: Cli, tmp_path: Path) -> None:
    assert "no memory at" in cli("mcp", "--memory", tmp_path / "none").complaint
    assert "which memory?" in cli("mcp").complaint


@pytest.mark.parametrize(
    "more", [("--where", "lang=en"), ("--reader", "overlap"), ("--threads", 1)]
)
def test_options_that_a_service_would_not_hear_are_refused(
    cli: Cli, more: tuple[object, ...]
) -> None:
    said = cli("mcp", "--url", "http://127.0.0.1:9", "--memory", "m", *more).complaint
    assert "settings of its own" in said


def test_what_is_no_address_is_told(cli: Cli) -> None:
    assert "no address" in cli("mcp", "--url", "localhost", "--memory", "m").complaint


def test_without_the_library_the_way_out_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.startswith("spanmem.apps.mcp")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert "pip install 'spanmem[mcp]'" in cli("mcp", "--memory", "m").complaint
