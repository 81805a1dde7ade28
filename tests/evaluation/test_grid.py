"""A grid of settings: what may vary, in which rows, and what the table says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spanmem.configs import grids
from spanmem.core.errors import InputError
from spanmem.core.records import Document
from spanmem.evaluation.grid import grid_json, grid_markdown, plan, read_grid, run_grid
from spanmem.evaluation.settings import BenchmarkSettings
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.settings import Settings

PLAIN = {"encoder.model": "hash-64", "reader.model": "overlap"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    encoder = HashEncoder(64)
    texts = {
        "mill": "The old mill was built in 1912 by two brothers.",
        "bridge": "The bridge over the Aller was opened in 1940.",
        "pump": "The pump P20 has a warranty of two years.",
    }
    documents = [Document(id=name, text=text) for name, text in texts.items()]
    with Memory.create(tmp_path / "m.memory", encoder=encoder.name, dim=encoder.dim) as memory:
        build(documents, memory, encoder)
    return Settings().override({**PLAIN, "memory.path": str(tmp_path / "m.memory")})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        {"question": "Who built the old mill?", "answer": ["two brothers"]},
        {"question": "When was the bridge opened?", "answer": ["in 1940"]},
    ]
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", grids())
def test_packaged_grids_can_be_planned(name: str) -> None:
    points = plan(read_grid(name), Settings())
    assert points[0].name == "as configured"
    assert {p.settings.retrieve.mode for p in points} == {"dense", "lexical", "hybrid"}
    assert {1, 100} <= {p.settings.retrieve.passages for p in points}
    assert {p.settings.answer.distribution for p in points} == {"question", "passage"}
    assert {p.options.remember for p in points} == {True, False}
    assert len({p.settings.reader.window for p in points}) > 1
    assert len({p.settings.reader.overlap for p in points}) > 1


def test_all_combinations_of_a_group_but_the_impossible() -> None:
    grid: dict[str, dict[str, list[Any]]] = {
        "w": {"reader.window": [96, 192], "reader.overlap": [0, 64]}
    }
    assert [p.name for p in plan(grid, Settings())] == [
        "as configured",
        "window 96, overlap 0",
        "window 192, overlap 0",
        "window 192, overlap 64",
    ]


def test_values_are_named() -> None:
    grid: dict[str, dict[str, list[Any]]] = {
        "m": {"benchmark.remember": [True, False], "answer.retrieval_weight": [None, 0]}
    }
    assert [p.name for p in plan(grid, Settings())][1:] == [
        "remember on, retrieval weight as calibrated",
        "remember on, retrieval weight 0",
        "remember off, retrieval weight as calibrated",
        "remember off, retrieval weight 0",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  reader.model: [x]\n", "a: reader.model cannot vary over one load"),
        ("a:\n  retrieve.mode: dense\n", "a: a group lists values under each key"),
        ("a: [1]\n", "a: a group lists values under each key"),
        ("", "holds no group"),
        ("a: [", "not valid YAML"),
    ],
)
def test_what_is_wrong_with_a_grid_is_said(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=expected):
        read_grid(path)


def test_what_no_settings_allow_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"packaged grid \(benchmark-grid\)"):
        read_grid(tmp_path / "none.yaml")
    with pytest.raises(InputError, match=r"retrieve\.mode: Input should be"):
        plan({"a": {"retrieve.mode": ["fast"]}}, Settings())
    with pytest.raises(InputError, match=r"did you mean retrieve\.depth"):
        plan({"a": {"retrieve.dpeth": [3]}}, Settings())


def test_each_row_is_measured_with_its_own_settings(settings: Settings, data: Path) -> None:
    memory = Path(settings.memory.path or "")
    before = {p.name: p.stat().st_mtime_ns for p in memory.glob("rows.sqlite")}
    grid: dict[str, dict[str, list[Any]]] = {
        "passages read": {"retrieve.passages": [1, 20]},
        "turns": {"benchmark.remember": [True]},
    }
    cells = list(run_grid(plan(grid, settings), data))
    assert [c.report.about["settings"]["retrieve"]["passages"] for c in cells] == [20, 1, 20, 20]
    assert cells[2].report is cells[0].report  # equal settings are run once
    assert cells[0].against_configured is None
    assert cells[1].against_configured is not None
    assert cells[1].against_configured.n == 2
    with Memory.open(memory) as same:
        assert same.stats()["turns"] == 0
    assert {p.name: p.stat().st_mtime_ns for p in memory.glob("rows.sqlite")} == before
    table = grid_markdown(cells).splitlines()
    assert table[2].startswith("| as configured | ")
    assert table[3].startswith("| **passages read** |")
    assert {line.count("|") for line in table} == {9}
    rows = json.loads(json.dumps(grid_json(cells), allow_nan=False))
    assert [row["name"] for row in rows] == [c.point.name for c in cells]
    assert rows[1]["f1_against_configured"]["measure"] == "f1"


def test_every_row_is_measured_with_the_options_of_the_benchmark(
    settings: Settings, data: Path
) -> None:
    options = BenchmarkSettings(answerable=True, limit=1, hits=5, seed=7, regex=True)
    points = plan({"g": {"benchmark.remember": [True]}}, settings, options)
    for cell in run_grid(points, data):
        assert cell.table["answerable_in_memory"]["n"] == 1
        assert (cell.table["n"], cell.table["seed"]) == (1, 7)
        assert set(cell.table["recall"]) == {"1", "5"}
        assert cell.report.about["settings"]["benchmark"] == cell.point.options.options()
    assert points[1].options == options.change(remember=True)


def test_one_distribution_per_passage_is_another_ranking() -> None:
    from spanmem.core.records import Hit, Passage
    from spanmem.pipeline.rank import rank
    from spanmem.reader.calibration import Calibration
    from spanmem.reader.spans import Reading, Span

    passages = [Passage(document=d, start=0, end=9, text="one three") for d in "ab"]
    hits = [Hit(passage=p, score=0.5) for p in passages]
    # Passage b's best span is higher, but one of many there; passage a is sure of its own.
    spans = (Span(1, 0, 3, "one", 9.0, 9.0), Span(0, 4, 9, "three", 7.0, 7.0))
    reading = Reading(spans, (0.0, 0.0), (7.1, 12.0))
    weights = Calibration(retrieval_weight=1.0)
    assert rank(reading, hits, weights)[0].text == "one"
    assert rank(reading, hits, weights, per_passage=True)[0].text == "three"
