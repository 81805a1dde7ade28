"""The words and the program agree: what the pages name exists, and what they show runs."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from spanmem.apps.cli.arguments import Arguments, keys
from spanmem.apps.cli.main import command_line
from spanmem.apps.cli.options import key_of
from spanmem.pipeline.settings import Settings
from tests.rooms import ROOMS, ROOT

README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("models/*/*.md")])
SOURCES = sorted(
    path
    for room in (*ROOMS, "spanmem")
    for path in (ROOT / room).rglob("*.*")
    if path.suffix in (".py", ".yaml")
)
ONE_RUN_ONLY = {"--help", "--version", "--check"}
"""Options that say what to do once and stand for no key."""
TO_ERASE_OR_EXPORT = {"--before", "--document", "--squad", "--turn"}
"""Options of `spanmem memory` that do so, too."""
NOT_RUN = "<!-- not run"
"""A page may say so above a Python block that needs what a test cannot have."""

pages = pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command with the words that call it."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


TREE: dict[tuple[str, ...], Any] = dict(commands(typer.main.get_command(command_line())))


def options(command: Any) -> set[str]:
    return {"--help", *(o for p in command.params for o in p.opts if o.startswith("--"))}


def blocks(text: str, language: str = "[a-z]*") -> list[str]:
    """What stands in the fenced blocks of a page, those that are marked as not run left out."""
    fenced = re.finditer(
        rf"(?:^([^\n]*)\n)?```{language}\n(.*?)```", text, re.DOTALL | re.MULTILINE
    )
    return [m[2] for m in fenced if not (m[1] or "").rpartition("\n")[2].startswith(NOT_RUN)]


def calls(text: str) -> Iterator[str]:
    """What follows `spanmem ` in code: fenced blocks line by line, and spans in backticks."""
    for block in blocks(text):
        for line in block.replace("\\\n", " ").splitlines():
            yield from re.findall(r"(?<![\w./\[\"'-])spanmem ((?!import )[a-z-][^#`$]*)", line)
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
    named = re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(words))
    return [o for o in named if not any(o in options(TREE[p]) for p in paths)]


def refused(line: str) -> str | None:
    """Why the program would not take the command of `line`, which follows a `$`; None: it would."""
    words = shlex.split(line, comments=True)
    words = words[: words.index("|")] if "|" in words else words
    path: tuple[str, ...] = ()
    rest = words[1:]
    while rest and (*path, rest[0]) in TREE:
        path = (*path, rest.pop(0))
    if {"--help", "--version"} & set(rest):
        return None
    if getattr(TREE[path], "commands", None):
        return f"no command in {words}"
    try:
        TREE[path].make_context("spanmem", rest)
    except Exception as error:  # typer's own classes, which lie elsewhere from release to release
        return repr(error)
    return None


def anchors(text: str) -> set[str]:
    """The names that a page's headings can be linked by."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", sorted(TREE), ids=" ".join)
def test_every_command_and_option_has_help(path: tuple[str, ...]) -> None:
    assert TREE[path].help
    for parameter in TREE[path].params:
        assert getattr(parameter, "help", None), parameter.name


@pytest.mark.parametrize("path", sorted(TREE), ids=" ".join)
def test_every_option_stands_for_a_key_of_a_configuration(path: tuple[str, ...]) -> None:
    if path[:1] in (("train",), ("keys",)):  # neither a recipe nor a key is a configuration
        return
    own = ONE_RUN_ONLY | {"--config"} | (TO_ERASE_OR_EXPORT if path[:1] == ("memory",) else set())
    parameters = [p for p in TREE[path].params if p.param_type_name == "option"]
    named = {p.name for p in parameters if not own & set(p.opts)}
    assert {name for name in named if key_of(name) not in keys()} == set()
    assert {p.name for p in parameters if TO_ERASE_OR_EXPORT & set(p.opts) and key_of(p.name)} == (
        set()
    )


def test_no_two_options_of_a_command_stand_for_one_key() -> None:
    for path, command in TREE.items():
        named = [key for p in command.params if (key := key_of(p.name)) is not None]
        assert len(named) == len(set(named)), path


@pytest.mark.parametrize("page", [*PAGES, *SOURCES], ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert {call: unknown(call) for call in calls(text) if unknown(call)} == {}


@pages
def test_commands_that_are_shown_can_be_typed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = [
        line
        for block in blocks(text)
        for line in re.findall(r"^\$ (spanmem .*)$", re.sub(r"\\\n\s*>?", " ", block), re.MULTILINE)
    ]
    assert {line: why for line in lines if (why := refused(line))} == {}


@pages
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path) if path else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there.read_text(encoding="utf-8")), target


@pages
def test_files_targets_and_settings_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    rooms = "|".join([*ROOMS, "benchmarks", "spanmem", "tests"])
    for path in re.findall(rf"(?<![\w/.-])((?:{rooms})/[\w./-]*\.(?:py|yaml|md))\b", text):
        assert (ROOT / path).exists(), path
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    code = [*re.findall(r"(?<!`)`([^`\n]+)`", text), *"".join(blocks(text)).splitlines()]
    for line in code:
        named = re.match(r"(?:\$ )?make ([a-z]+)", line)
        assert not named or named[1] in targets, line
    known = keys()
    sections = "|".join({key.partition(".")[0] for key in known})
    for key in re.findall(rf"`((?:{sections})\.[a-z_]+)(?:[:=][^`]*)?`", text):
        module = ROOT / f"{key.replace('.', '/')}.py"
        assert key in known or module.exists(), key


def test_the_readme_names_every_command() -> None:
    text = README.read_text(encoding="utf-8")
    assert {path[0] for path in TREE if path and f"spanmem {path[0]}" not in text} == set()


def test_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = blocks(README.read_text(encoding="utf-8"), "python")
    assert code
    for name in ("docs", "examples/corpus"):
        shutil.copytree(ROOT / "examples" / "corpus", tmp_path / name)
    row = {"id": "1", "question": "How long is the warranty?", "answers": {"text": ["two years"]}}
    for name in ("dev.json", "dev.jsonl", "questions.jsonl"):
        (tmp_path / name).write_text(json.dumps(row), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {"__name__": "readme"}
    for number, block in enumerate(code, start=1):
        exec(compile(block, f"README.md, block {number}", "exec"), space)
    for value in space.values():
        if callable(close := getattr(value, "close", None)):
            close()


@pytest.mark.parametrize("call", ["frobnicate x", "ask Q --jsno", "benchmark reader|open|nothing"])
def test_what_does_not_exist_is_seen(call: str) -> None:
    assert unknown(call)


@pytest.mark.parametrize("line", ["spanmem ask", "spanmem frob", "spanmem ask Q --top-k many"])
def test_what_cannot_be_typed_is_seen(line: str) -> None:
    assert refused(line)


def test_what_can_be_typed_is_not_refused() -> None:
    for line in ("spanmem ask 'How long?' -m m --json | jq .", "spanmem index a b # both"):
        assert refused(line) is None


def test_calls_are_found_in_blocks_and_spans() -> None:
    text = "`spanmem ask Q`, spanmem prose\n```sh\n$ spanmem index docs/ \\\n  --memory m\n```\n"
    assert sorted(c.split()[0] for c in calls(text)) == ["ask", "index"]
    assert any("--memory" in c for c in calls(text))
    assert blocks(f"{NOT_RUN}: why -->\n```python\n1\n```\n\n```python\n2\n```\n", "python") == [
        "2\n"
    ]


def test_the_cpu_profile_says_every_key_with_its_default() -> None:
    """Arguments stand behind a mark: uncommented, each is what it would be without."""
    text = (ROOT / "configs" / "cpu.yaml").read_text(encoding="utf-8")
    for key in Settings.keys():  # noqa: SIM118  no mapping
        assert re.search(rf"^  {re.escape(key.partition('.')[2])}:", text, re.MULTILINE), key
    section, table = "", dict[str, dict[str, Any]]()
    for line in text.splitlines():
        if head := re.match(r"(?:# )?([a-z]+):$", line):
            section = head[1]
        elif argument := re.match(r"(?:  # |#   )([a-z_]+: .*)", line):
            table.setdefault(section, {}).update(yaml.safe_load(argument[1]))
    documented = {f"{section}.{name}" for section, values in table.items() for name in values}
    assert documented == set(Arguments.keys())
    assert Arguments.checked(table, "cpu") == Arguments()
