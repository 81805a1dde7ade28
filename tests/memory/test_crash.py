"""Sudden ends: what was acknowledged is there, what was cut short is there whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def kill_writers(folder: Path, rounds: int, seed: int) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.memory.crashes", str(folder), str(rounds), str(seed)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    counts: dict[str, int] = json.loads(run.stdout.splitlines()[-1])
    return counts


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    assert kill_writers(tmp_path / "m", 12, seed=3)["kills"] == 12


@pytest.mark.slow
def test_six_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    counts = kill_writers(tmp_path / "m", 600, seed=1)
    assert counts["kills"] == 600
    for kind in ("put", "stage", "delete", "turn", "correct", "publish", "compact"):
        assert counts.get(f"{kind} cut short", 0) > 0, counts
