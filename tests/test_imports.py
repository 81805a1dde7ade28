"""Imports point down only, and importing costs nothing until something is used."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import spanmem
from tests.rooms import ROOMS, ROOT, modules_of

BELOW: dict[str, set[str]] = {
    "core": set(),
    "configs": set(),
    "memory": {"core"},
    "models": {"core"},
    "indexer": {"core", "memory", "models"},
    "reader": {"core", "models"},
    "pipeline": {"core", "memory", "models", "indexer", "reader", "configs"},
    "evaluation": {"core", "memory", "models", "indexer", "reader", "configs", "pipeline"},
    "apps": {"core", "memory", "models", "indexer", "reader", "configs", "pipeline", "evaluation"},
}
"""Room -> the rooms it may import from, besides itself."""
TEACHING = {"training", "tuning"}
"""Sub-rooms that serving code must not import."""
HEAVY = {"torch", "faiss", "transformers", "tantivy", "datasets", "sentence_transformers", "numpy"}


def imported(source: str, package: list[str]) -> Iterator[list[str]]:
    """Every module that `source`, a module of `package`, imports, as parts of its full name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = node.module.split(".") if node.module else []
            yield from (base + module + [alias.name] for alias in node.names)


def faults(source: str, package: list[str]) -> list[str]:
    """Imports in a module of `package`, below `spanmem`, that do not point down."""
    return [".".join(parts) for parts in imported(source, package) if upward(package[1:], parts)]


def upward(place: list[str], parts: list[str]) -> bool:
    """Whether a module in the folder `place` must not import what `parts` names."""
    room = place[0]
    if parts[0] != "spanmem":
        return parts[0] in BELOW  # a second copy of a room, under a bare name
    if len(parts) < 2 or parts[1] not in BELOW:
        return True  # the door itself
    if parts[1] != room and parts[1] not in BELOW[room]:
        return True
    teaches = room in ("evaluation", "apps") or not TEACHING.isdisjoint(place)
    return not teaches and not TEACHING.isdisjoint(parts[2:])


def graph() -> dict[str, set[str]]:
    """Module -> modules of ours it imports, anywhere in its code, for types alone too."""
    names = {".".join(["spanmem", *path.with_suffix("").parts]): path for path in modules_of(ROOMS)}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    found: dict[str, set[str]] = {}
    for name, path in names.items():
        package = ["spanmem", *path.parent.parts]
        source = (ROOT / path).read_text(encoding="utf-8")
        reached = {".".join(parts) for parts in imported(source, package)}
        reached |= {one.rpartition(".")[0] for one in reached}
        found[name] = (reached & names.keys()) - {name}
    return found


def circles(graph: dict[str, set[str]]) -> list[str]:
    """Modules that reach themselves by their imports."""
    rest = {name: set(reached) for name, reached in graph.items()}
    while free := [name for name, reached in rest.items() if not reached & rest.keys()]:
        for name in free:
            del rest[name]
    return sorted(rest)


def test_every_room_is_packaged_checked_and_measured() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    banned = tool["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    assert {*ROOMS} == {*BELOW}
    assert {*tool["pyright"]["include"]} == {"spanmem", "tests", "benchmarks", *ROOMS}
    assert {*tool["coverage"]["run"]["source"]} == {"spanmem", *ROOMS}
    assert {*banned} == {*ROOMS}
    for room in ROOMS:
        assert (ROOT / "spanmem" / room).resolve() == ROOT / room


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_down(room: str) -> None:
    paths = modules_of([room])
    assert paths
    for path in paths:
        source = (ROOT / path).read_text(encoding="utf-8")
        assert not faults(source, ["spanmem", *path.parent.parts]), path


def test_no_module_imports_itself_in_a_circle() -> None:
    assert circles(graph()) == []


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("reader", "from ..indexer.encoders.encoder import Encoder"),
        ("memory", "from ..pipeline import qa"),
        ("memory.views", "from ...models import hub"),
        ("core", "from ..memory import store"),
        ("indexer", "from .. import reader"),
        ("pipeline", "import spanmem"),
        ("pipeline", "from spanmem import QA"),
        ("pipeline", "from .. import __version__"),
        ("pipeline", "from ..evaluation.report import OpenReport"),
        ("reader", "def f():\n    import memory.store"),
        ("reader", "from .training.trainer import Trainer"),
        ("reader", "from . import training"),
        ("models", "from .training.attention import attend"),
        ("pipeline", "from .tuning.calibration import calibrate"),
        ("pipeline", "from ..reader.training import trainer"),
    ],
)
def test_a_forbidden_import_is_seen(place: str, line: str) -> None:
    assert faults(line, ["spanmem", *place.split(".")])


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("reader", "from ..core.records import Passage"),
        ("pipeline", "from .settings import Settings\nfrom ..configs import read"),
        ("memory", "from . import search\nimport sqlite3"),
        ("memory.views", "from ...core import files\nfrom ..documents import DocumentRows"),
        ("pipeline.tuning", "from ...models.training.recipes import held_out"),
        ("reader.training", "from .trainer import Trainer"),
    ],
)
def test_an_allowed_import_passes(place: str, line: str) -> None:
    assert not faults(line, ["spanmem", *place.split(".")])


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


def test_a_command_loads_no_other() -> None:
    """What these take to load and to build, each question would wait for."""
    others = {f"spanmem.apps.cli.{name}" for name in ("index", "serve", "train", "memory", "chat")}
    assert not modules("from spanmem.__main__ import main; main(['ask', '--help'])") & others


def test_a_question_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The mill was built in 1912.", encoding="utf-8")
    memory = tmp_path / "m"
    settings = spanmem.Settings.load({"encoder": {"model": "hash-256"}})
    spanmem.index(tmp_path / "a.txt", into=memory, settings=settings).close()
    words = ["ask", "When was it built?", "-m", str(memory), "--encoder", "hash-256", "--json"]
    asked = modules(f"from spanmem.__main__ import main; main({words!r})")
    assert "spanmem.pipeline.english.frames" in asked
    others = {"spanmem.apps.cli.index", "spanmem.reader.metrics"}
    assert not asked & {"yaml", "transformers", "regex", "rich", "numpy.ma", *others}


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


def test_a_checkout_without_its_links_says_so(tmp_path: Path) -> None:
    for name in ("__init__.py", "__main__.py"):
        (tmp_path / "spanmem").mkdir(exist_ok=True)
        text = (ROOT / "spanmem" / name).read_text(encoding="utf-8")
        (tmp_path / "spanmem" / name).write_text(text, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-S", "-c", "import spanmem"], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode
    last = run.stderr.strip().splitlines()[-1]
    assert "links" in last
    assert "core.symlinks" in last


def test_the_version_is_the_one_of_the_project_file() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{spanmem.__version__}"' in project or "uninstalled" in spanmem.__version__
