"""`spanmem benchmark`: the contract of both reports, and the files beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Cli


def row(name: str, question: str, context: str, *answers: str) -> dict[str, Any]:
    starts = [context.index(answer) for answer in answers]
    return {
        "id": name,
        "title": "",
        "context": context,
        "question": question,
        "answers": {"text": list(answers), "answer_start": starts},
    }


LAMP = "The warranty of the lamp lasts two years. It does not cover the bulb."
RIVER = "The Danube ends in Ukraine."
ROWS = [
    row("lamp", "How long does the warranty of the lamp last?", LAMP, "two years"),
    row("river", "Where does the Danube end?", RIVER, "in Ukraine", "Ukraine"),
    row("river", "Where does the Danube end?", RIVER, "in Ukraine"),
]
NONE = row("none", "Who painted the lighthouse?", RIVER)


def dataset(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_reader_is_measured_on_gold_passages(cli: Cli, tmp_path: Path) -> None:
    data, out = dataset(tmp_path / "dev.jsonl", *ROWS, NONE), tmp_path / "predictions.json"
    table = cli("benchmark", "reader", "--data", data, "--json", "--predictions", out).json
    assert table["n"] == 4
    assert 0 <= table["exact_match"] <= table["f1"] <= 100
    assert table["seconds"] >= 0
    assert {"has_answer_f1", "no_answer_accuracy"} <= set(table)
    assert list(json.loads(out.read_text(encoding="utf-8"))) == ["lamp", "river", "river#2", "none"]
    answerable = dataset(tmp_path / "answerable.jsonl", *ROWS)
    table = cli("benchmark", "reader", "--data", answerable, "--limit", 2, "--json").json
    assert table["n"] == 2
    assert "no_answer_accuracy" not in table


def test_the_whole_memory_is_measured(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    memory, run = tmp_path / "m", tmp_path / "run.trec"
    cli("index", corpus, "--memory", memory)
    data = dataset(tmp_path / "dev.jsonl", *ROWS, NONE)
    given = ("benchmark", "open", "--data", data, "--memory", memory)
    table = cli(*given, "--json", "--trec", run).json
    assert table["n"] == 4
    assert set(table["recall"]) == {"1", "5", "20", "100"}
    assert table["recall"]["100"] == 100.0
    assert table["recall"]["1"] <= table["recall"]["5"]
    assert 0 < table["mrr"] <= 1
    for figures in (table["latency_ms"], *table["stages_ms"].values()):
        assert 0 <= figures["p50"] <= figures["p95"] <= figures["p99"]
    assert {"retrieve", "read", "rank"} <= set(table["stages_ms"])
    assert 0 <= table["confidence"]["expected_calibration_error"] <= 1
    assert table["confidence"]["risk_at_coverage"].keys() == {"25", "50", "75", "100"}
    assert table["memory"] == {"documents": 3, "passages": 3}
    assert (table["reader"], table["encoder"]) == ("overlap", "hash-256")
    first = run.read_text(encoding="utf-8").splitlines()[0].split()
    assert (len(first), first[0], first[3]) == (6, "lamp", "1")
    again = cli(*given, "--json").json
    for varying in ("seconds", "questions_per_second", "latency_ms", "stages_ms"):
        del table[varying], again[varying]
    assert again.pop("settings") != table.pop("settings")  # where the run was to be written
    assert again == table
    assert "recall@20" in cli(*given).out


def test_asking_leaves_no_trace(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    memory = tmp_path / "m"
    cli("index", corpus, "--memory", memory)
    before = cli("memory", "stats", "--memory", memory, "--json").json
    data = dataset(tmp_path / "dev.jsonl", *ROWS)
    assert cli("benchmark", "open", "--data", data, "--memory", memory).code == 0
    assert cli("memory", "stats", "--memory", memory, "--json").json == before


@pytest.mark.parametrize("kind", ["reader", "open"])
def test_what_is_missing_is_said_before_a_model_is_loaded(
    cli: Cli, tmp_path: Path, kind: str
) -> None:
    data = dataset(tmp_path / "dev.jsonl", *ROWS)
    away = tmp_path / "none"
    for words, expected in (
        ((), "--data"),
        (("--data", away), "none: no such file"),
        (("--data", data, "--predictions", away / "p.json"), "its folder does not exist"),
        (("--data", data, "--limit", 0), "benchmark.limit"),
    ):
        memory = ("--memory", tmp_path / "m") if kind == "open" else ()
        assert expected in cli("benchmark", kind, *words, *memory).complaint


def test_the_report_survives_a_file_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    data = dataset(tmp_path / "dev.jsonl", *ROWS)
    done = cli("benchmark", "reader", "--data", data, "--json", "--predictions", tmp_path)
    assert done.code == 2
    assert json.loads(done.out)["n"] == 3
    assert "cannot be written" in done.err
