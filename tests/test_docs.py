"""The words and the program agree: every command has help, and every one that is named exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from spanmem.pipeline.cli import app
from spanmem.pipeline.options import KEYS
from spanmem.pipeline.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])
SOURCES = sorted(
    path for room in ("configs", "indexer", "memory", "pipeline", "reader", "spanmem")
    for path in (ROOT / room).glob("*.*") if path.suffix in (".py", ".yaml")
)  # fmt: skip
ONE_RUN_ONLY = {"--help", "--version"}
"""Options that say what to do once and are no settings."""


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command with the words that call it."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


TREE: dict[tuple[str, ...], Any] = dict(commands(typer.main.get_command(app)))


def options(command: Any) -> set[str]:
    return {"--help", *(o for p in command.params for o in p.opts if o.startswith("--"))}


def calls(text: str) -> Iterator[str]:
    """What follows `spanmem ` in code: fenced blocks line by line, and spans in backticks."""
    for block in re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            yield from re.findall(r"(?<![\w./\[\"'-])spanmem ([a-z-][^#`$]*)", line)
    for span in re.findall(r"(?<!`)`([^`\n]+)`", text):
        yield from re.findall(r"^(?:python -m )?spanmem ([a-z-].*)$", span)


def unknown(call: str) -> list[str]:
    """Words of a call that the program does not know."""
    words = call.split()
    paths: list[tuple[str, ...]] = [()]
    while words and any(getattr(TREE[p], "commands", None) for p in paths):
        if words[0].startswith(("-", "…", "...")):
            break
        names = words.pop(0).split("|")
        missing = [n for n in names if not any((*p, n) in TREE for p in paths)]
        if missing:
            return missing
        paths = [(*p, n) for p in paths for n in names if (*p, n) in TREE]
    given = re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(words))
    return [o for o in given if not any(o in options(TREE[p]) for p in paths)]


@pytest.mark.parametrize("path", sorted(TREE), ids=" ".join)
def test_every_command_and_option_has_help(path: tuple[str, ...]) -> None:
    assert TREE[path].help
    for parameter in TREE[path].params:
        assert getattr(parameter, "help", None), parameter.name


@pytest.mark.parametrize("path", sorted(TREE), ids=" ".join)
def test_every_option_stands_for_a_setting(path: tuple[str, ...]) -> None:
    named = options(TREE[path]) - ONE_RUN_ONLY - {"--config"}
    if path[:1] in (("memory",), ("train",)):  # what to erase or train on is no setting
        named &= set(KEYS)
    known = Settings.keys()
    assert {option for option in named if KEYS.get(option) not in known} == set()


def test_no_key_of_the_options_is_left_over() -> None:
    used = set[str]().union(*(options(command) for command in TREE.values()))
    assert set(KEYS) <= used


@pytest.mark.parametrize("page", [*PAGES, *SOURCES], ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert {call: unknown(call) for call in calls(text) if unknown(call)} == {}


@pytest.mark.parametrize("call", ["frobnicate x", "ask Q --jsno", "benchmark reader|open|nothing"])
def test_what_does_not_exist_is_seen(call: str) -> None:
    assert unknown(call)


def test_calls_are_found_in_blocks_and_spans() -> None:
    text = "`spanmem ask Q`, spanmem prose\n```sh\n$ spanmem index docs/ \\\n  --memory m\n```\n"
    assert sorted(c.split()[0] for c in calls(text)) == ["ask", "index"]
    assert any("--memory" in c for c in calls(text))


def test_every_packaged_setting_is_said_in_the_cpu_profile() -> None:
    text = (ROOT / "configs" / "cpu.yaml").read_text(encoding="utf-8")
    known = Settings.keys()
    for key in known:
        assert re.search(rf"^  {re.escape(key.partition('.')[2])}:", text, re.MULTILINE), key
