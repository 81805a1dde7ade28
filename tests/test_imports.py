"""Imports point down only, and importing costs nothing until something is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import spanmem

ROOT = Path(__file__).resolve().parent.parent
BELOW = {
    "configs": set[str](),
    "models": {"memory"},
    "memory": set[str](),
    "indexer": {"memory", "models"},
    "reader": {"memory", "models"},
    "pipeline": {"memory", "indexer", "reader", "models", "configs"},
}
"""Room -> the rooms it may import from, besides itself."""
HEAVY = {"torch", "faiss", "transformers", "tantivy", "datasets", "sentence_transformers", "numpy"}


def imported(source: str, package: list[str]) -> Iterator[list[str]]:
    """Every module that `source`, a module of `package`, imports, as parts of its full name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = node.module.split(".") if node.module else []
            names = [[alias.name] for alias in node.names] if not module else [[]]
            yield from (base + module + name for name in names)


def faults(room: str, source: str, package: list[str]) -> list[str]:
    """Imports in a module of `room` that do not point down."""
    return [".".join(parts) for parts in imported(source, package) if upward(room, parts)]


def upward(room: str, parts: list[str]) -> bool:
    """Whether a module of `room` must not import the module named by `parts`."""
    if parts[0] != "spanmem":
        return parts[0] in BELOW  # a second copy of a room, under a bare name
    if len(parts) < 2 or parts[1] not in BELOW:
        return True  # the door itself
    return parts[1] != room and parts[1] not in BELOW[room]


def test_every_room_is_packaged_checked_and_measured() -> None:
    tomllib = pytest.importorskip("tomllib", reason="reads TOML from Python 3.11 on")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tool = project["tool"]
    rooms = {*BELOW}
    banned = tool["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    assert {*tool["setuptools"]["package-dir"]} == {"spanmem", *(f"spanmem.{r}" for r in rooms)}
    assert {*tool["pyright"]["include"]} == {"spanmem", "tests", "benchmarks"} | rooms
    assert {*tool["coverage"]["run"]["source"]} == {"spanmem"} | rooms
    assert {*banned} == rooms


@pytest.mark.parametrize("room", sorted(BELOW))
def test_imports_point_down(room: str) -> None:
    modules = sorted((ROOT / room).rglob("*.py"))
    assert modules
    for path in modules:
        package = ["spanmem", *path.relative_to(ROOT).parent.parts]
        assert not faults(room, path.read_text(encoding="utf-8"), package), path


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("reader", "from ..indexer.encoder import Encoder"),
        ("memory", "from ..pipeline import qa"),
        ("indexer", "from .. import reader"),
        ("pipeline", "import spanmem"),
        ("pipeline", "from spanmem import QA"),
        ("pipeline", "from .. import __version__"),
        ("reader", "def f():\n    import memory.store"),
    ],
)
def test_a_forbidden_import_is_seen(room: str, line: str) -> None:
    assert faults(room, line, ["spanmem", room])


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("reader", "from ..memory.records import Passage"),
        ("pipeline", "from .settings import Settings\nfrom ..configs import read"),
        ("memory", "from . import files\nimport sqlite3"),
    ],
)
def test_an_allowed_import_passes(room: str, line: str) -> None:
    assert not faults(room, line, ["spanmem", room])


def modules(code: str) -> set[str]:
    """Modules in a fresh interpreter after `code`."""
    script = f"import sys\n{code}\nprint('|', *sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(run.stdout.rpartition("|")[2].split())


def loaded(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after `code`."""
    return {name.partition(".")[0] for name in modules(code)}


def test_importing_the_package_is_light() -> None:
    assert not loaded("import spanmem; dir(spanmem); spanmem.SpanMemError") & {
        *HEAVY,
        "pydantic",
        "rich",
        "typer",
    }


def test_help_is_light() -> None:
    assert not loaded("from spanmem.__main__ import main; main(['--help'])") & {*HEAVY, "pydantic"}


def test_settings_are_light() -> None:
    assert not loaded("import spanmem; spanmem.Settings.load('cpu')") & HEAVY


def test_answering_with_the_bundled_models_is_quick_to_start(tmp_path: Path) -> None:
    """Each of these takes longer to import than a first answer takes."""
    (tmp_path / "a.txt").write_text("The mill was built in 1912.", encoding="utf-8")
    code = (
        f"import spanmem; memory = spanmem.index({str(tmp_path / 'a.txt')!r}, "
        f"into={str(tmp_path / 'm')!r}); spanmem.QA(memory).ask('When was the mill built?')"
    )
    slow = {"transformers", "sentence_transformers", "datasets", "scipy", "torch._dynamo"}
    assert not modules(f"{code}; memory.close()") & slow


def test_public_names_exist_and_are_few() -> None:
    assert len(spanmem.__all__) <= 15
    assert sorted(spanmem.__all__, key=str.lower) == sorted(set(spanmem.__all__), key=str.lower)
    assert set(spanmem.__all__) <= set(dir(spanmem))
    for name in spanmem.__all__:
        assert getattr(spanmem, name) is not None


def test_an_unknown_name_is_an_ordinary_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        spanmem.nonsense  # noqa: B018


def test_the_version_is_the_one_of_the_project_file() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{spanmem.__version__}"' in project or "uninstalled" in spanmem.__version__
