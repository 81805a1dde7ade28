"""The wheel as a stranger gets it: built, installed in another folder, and asked from there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.rooms import ADAPTERS, ROOMS, ROOT

LINE = "The kettle Meridian 3 keeps water warm for forty minutes before it switches itself off."


def run(command: Sequence[str | Path], folder: Path) -> str:
    """Standard output of a command that must succeed, in a folder that is not the checkout."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=clean, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the tree: a build folder left in the tree could hide what is missing."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("spanmem", *ROOMS):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=unwanted)
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", out, source], out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a fresh environment that holds the wheel, and borrows its dependencies."""
    home = tmp_path_factory.mktemp("elsewhere") / "env"
    venv.create(home, symlinks=True)
    bin_folder = home / "bin"
    pip = [sys.executable, "-m", "pip", "--python", str(bin_folder / "python"), "install"]
    run([*pip, "--no-deps", "--no-index", "--no-compile", "--quiet", str(wheel)], home)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return bin_folder


def test_the_wheel_holds_one_package_with_all_its_files(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {
        f"spanmem/{path.relative_to(ROOT).as_posix()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ADAPTERS not in path.parents
    }
    door = {f"spanmem/{n}" for n in ("__init__.py", "__main__.py", "client.py", "py.typed")}
    assert held == wanted | door
    assert {"spanmem/configs/cpu.yaml", "spanmem/configs/train-reader.yaml"} <= held


def test_it_is_imported_from_where_it_was_installed(scripts: Path) -> None:
    code = (
        "import json, spanmem; from spanmem import configs; from importlib.util import find_spec\n"
        f"strays = [n for n in {ROOMS!r} if find_spec(n)]\n"
        "print(json.dumps([spanmem.__file__, spanmem.__version__, configs.profiles(), strays]))"
    )
    where, version, profiles, strays = json.loads(run([scripts / "python", "-c", code], scripts))
    assert Path(where).is_relative_to(scripts.parent)
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert {"cpu", "gpu", "spanbert-base", "spanbert-large"} <= set(profiles)
    assert strays == []


def test_it_answers_with_the_bundled_models(scripts: Path, tmp_path: Path) -> None:
    (tmp_path / "kettle.txt").write_text(LINE, encoding="utf-8")
    memory = ["--memory", "kettle.memory", "--json"]
    report = json.loads(run([scripts / "spanmem", "index", "kettle.txt", *memory], tmp_path))
    assert (report["documents"], report["added"]) == (1, 1)
    question = "How long does the Meridian 3 keep water warm?"
    answer = json.loads(run([scripts / "spanmem", "ask", question, *memory], tmp_path))
    best = answer["answers"][0]
    assert "forty minutes" in best["text"]
    source = best["source"]
    assert source["document"] == "kettle.txt"
    assert LINE[source["start"] : source["end"]] == source["text"] == best["text"]
