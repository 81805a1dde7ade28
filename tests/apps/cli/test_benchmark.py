"""`spanmem benchmark`: the contract of each report, and the files beside them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spanmem.core.errors import InputError
from spanmem.core.records import Document
from spanmem.evaluation.remembering_data import packaged_pairs, read_pairs, read_talks
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory

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
    words = ("benchmark", "open", "--data", data, "--memory", memory)
    table = cli(*words, "--json", "--trec", run).json
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
    again = cli(*words, "--json").json
    for varying in ("seconds", "questions_per_second", "latency_ms", "stages_ms"):
        del table[varying], again[varying]
    assert again == table
    assert "recall@20" in cli(*words).out


def test_a_report_names_the_settings_it_was_measured_with(
    cli: Cli, corpus: Path, tmp_path: Path
) -> None:
    memory, data = tmp_path / "m", dataset(tmp_path / "dev.jsonl", *ROWS)
    cli("index", corpus, "--memory", memory)
    words = ("benchmark", "open", "--data", data, "--memory", memory, "--json")
    settings = cli(*words, "--limit", 2, "--mode", "dense").json["settings"]
    assert (settings["benchmark"]["limit"], settings["retrieve"]["mode"]) == (2, "dense")
    assert settings["memory"]["path"] == str(memory)
    assert "data" not in settings["benchmark"]  # a report names it apart, with its hash


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
    full = Path("/dev/full")
    done = cli("benchmark", "reader", "--data", data, "--json", "--predictions", full)
    assert done.code == 2
    assert json.loads(done.out)["n"] == 3
    assert "cannot be written" in done.err


def test_a_report_and_all_its_files(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    memory, folder = tmp_path / "m", tmp_path / "report"
    cli("index", corpus, "--memory", memory)
    data = dataset(tmp_path / "dev.jsonl", *ROWS)
    words = ("benchmark", "open", "--data", data, "--memory", memory)
    files = {f"--{name}": tmp_path / name for name in ("trec", "qrels", "kilt", "dpr")}
    outs = [word for pair in files.items() for word in pair]
    table = cli(*words, "--report", folder, "--answerable", "--json", *outs).json
    assert {p.name for p in folder.iterdir()} == {
        "report.json",
        "report.md",
        "misses.html",
        "recall.svg",
        "risk-coverage.svg",
        "reliability.svg",
        "latency.svg",
    }
    assert all(path.stat().st_size for path in files.values())
    full = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in full["questions"]] == ["lamp", "river", "river#2"]
    assert len(full["memory"]["sha256"]) == 64
    for name in ("exact_match", "data_sha256", "seed", "machine", "versions", "settings"):
        assert full[name] == table[name]
    assert table["answerable_in_memory"]["n"] == 3
    assert table["gold_recall"]["100"] == 100.0  # the corpus holds the contexts themselves
    text = (folder / "report.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (folder / link).exists()
    compared = cli(*words, "--compare", folder, "--json").json["compared"]
    assert {row["measure"]: row["p"] for row in compared}["f1"] == 1.0
    assert "difference" in compared[0]
    assert "p = 1.0000" in cli(*words, "--compare", folder / "report.json").out


def test_a_reader_has_a_report_too(cli: Cli, tmp_path: Path) -> None:
    data, folder = dataset(tmp_path / "dev.jsonl", *ROWS, NONE), tmp_path / "report"
    cli("benchmark", "reader", "--data", data, "--report", folder)
    names = {p.name for p in folder.iterdir()}
    assert names == {"report.json", "report.md", "misses.html", "risk-coverage.svg"}
    assert cli("benchmark", "reader", "--data", data, "--compare", folder).code == 0


def test_a_run_of_another_benchmark_is_compared_and_named(
    cli: Cli, corpus: Path, tmp_path: Path
) -> None:
    data, folder = dataset(tmp_path / "dev.jsonl", *ROWS, NONE), tmp_path / "report"
    cli("benchmark", "reader", "--data", data, "--report", folder)
    cli("index", corpus, "--memory", tmp_path / "m")
    words = ("benchmark", "open", "--data", data, "--memory", tmp_path / "m", "--compare", folder)
    assert cli(*words, "--json").json["compared_benchmark"] == "reader"
    assert "against report, which is of another benchmark, `reader`:" in cli(*words).out


def test_beirs_folders_are_searched(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    memory, folder, report = tmp_path / "m", tmp_path / "beir", tmp_path / "report"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": "d1", "title": "", "text": LAMP}, {"_id": "d2", "title": "", "text": RIVER}]
    dataset(folder / "corpus.jsonl", *rows)
    dataset(folder / "queries.jsonl", {"_id": "q", "text": "Where does the Danube end?"})
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td2\t1\n", "utf-8")
    cli("index", folder / "corpus.jsonl", "--memory", memory)
    words = ("benchmark", "open", "--data", folder, "--memory", memory)
    table = cli(*words, "--json", "--report", report, "--qrels", tmp_path / "qrels").json
    assert (table["gold_recall"]["1"], table["document_ndcg@10"]) == (100.0, 1.0)
    assert "f1" not in table
    assert not (report / "misses.html").exists()
    assert (tmp_path / "qrels").read_text(encoding="utf-8").splitlines()[0].endswith(" 1")


def test_a_grid_is_printed_and_written(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    memory, grid, folder = tmp_path / "m", tmp_path / "g.yaml", tmp_path / "out"
    grid.write_text("search:\n  retrieve.mode: [dense, lexical]\n", encoding="utf-8")
    cli("index", corpus, "--memory", memory)
    data = dataset(tmp_path / "dev.jsonl", *ROWS)
    models = ("--encoder", "hash-256", "--reader", "overlap")
    words = ("benchmark", "grid", grid, "--data", data, "--memory", memory, *models)
    assert "| mode lexical |" in cli(*words, "--report", folder).out
    assert (folder / "grid.md").read_text(encoding="utf-8").startswith("| | exact match |")
    names = [row["name"] for row in cli(*words, "--json").json["rows"]]
    assert names == ["as configured", "mode dense", "mode lexical"]
    assert "cannot vary" in cli(*words[:2], grid_of(tmp_path), *words[3:]).complaint


def grid_of(folder: Path) -> Path:
    path = folder / "other.yaml"
    path.write_text("models:\n  reader.model: [overlap]\n", encoding="utf-8")
    return path


def test_remembering_happens_in_a_copy(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    memory, config = tmp_path / "m", tmp_path / "c.yaml"
    cli("index", corpus, "--memory", memory)
    before = cli("memory", "stats", "--memory", memory, "--json").json
    config.write_text(
        "benchmark:\n  remember: true\nanswer:\n  abstain_below: 0.0\n"
        "memory:\n  reuse_above: 0.0\n",
        encoding="utf-8",
    )
    data, folder = dataset(tmp_path / "dev.jsonl", *ROWS), tmp_path / "report"
    words = ("benchmark", "open", "--data", data, "--memory", memory, "--config", config)
    assert cli(*words, "--report", folder).code == 0
    full = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert [row["kind"] for row in full["questions"]] == ["passage", "passage", "memory"]
    assert cli("memory", "stats", "--memory", memory, "--json").json == before


def test_two_runs_with_one_seed_predict_the_same(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    """With the bundled models, in bytes: predictions, run and every figure but the times."""
    memory, data = tmp_path / "m", dataset(tmp_path / "dev.jsonl", *ROWS, NONE)
    cli("index", corpus, "--memory", memory, models=True)
    files: list[list[bytes]] = []
    tables: list[dict[str, Any]] = []
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        outs = {"--predictions": tmp_path / run / "p", "--trec": tmp_path / run / "t"}
        files_out = [word for pair in outs.items() for word in pair]
        words = ("benchmark", "open", "--data", data, "--memory", memory)
        table = cli(*words, "--json", *files_out, models=True).json
        for varying in (
            "seconds",
            "questions_per_second",
            "latency_ms",
            "stages_ms",
            "settings",
        ):
            del table[varying]
        tables.append(table)
        files.append([path.read_bytes() for path in outs.values()])
    assert files[0] == files[1]
    assert tables[0] == tables[1]
    assert b"two years" in files[0][0]


def test_what_cannot_be_written_or_compared_is_said_before(cli: Cli, tmp_path: Path) -> None:
    data = dataset(tmp_path / "dev.jsonl", *ROWS)
    report = tmp_path / "other.json"
    report.write_text('{"questions": [], "data": "x", "data_sha256": "0"}', encoding="utf-8")
    for words, expected in (
        (("--compare", tmp_path / "none"), "make it with --report"),
        (("--compare", report), "measured on different data (dev.jsonl and x)"),
        (("--report", data), "is a file, and a report is a folder"),
        (("--report", tmp_path / "no" / "where"), "its folder does not exist"),
        (("--training-data", "ignore"), "benchmark.training_data: Input should be 'refuse'"),
    ):
        assert expected in cli("benchmark", "reader", "--data", data, *words).complaint


def test_a_report_needs_matplotlib(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = dataset(tmp_path / "dev.jsonl", *ROWS)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    complaint = cli("benchmark", "reader", "--data", data, "--report", tmp_path / "r").complaint
    assert "pip install 'spanmem[bench]'" in complaint


MILL = "The old mill was built in 1912 by two brothers from Kessel."
PUMP = "The pump P20 weighs nine kilograms and has a warranty of two years."
PAIRS: list[dict[str, Any]] = [
    {
        "original": "When was the old mill built?",
        "other": "In what year was the old mill built?",
        "context": MILL,
        "answers": ["the year 1912"],
    },
    {
        "original": "How long is the warranty of the pump P20?",
        "other": "Who weighs the pump?",
        "context": PUMP,
        "answers": ["two years"],
    },
    {"original": "Who?", "other": "What?", "kind": "paraphrase_confusable"},
]
TALKS: list[dict[str, Any]] = [
    {
        "question": "Who built it?",
        "rewrite": "Who built the old mill?",
        "history": [["When was the old mill built?", "1912"]],
        "context": MILL,
        "answers": {"text": ["two brothers from Kessel"], "answer_start": [30]},
    },
    {
        "question": "How much does it weigh?",
        "rewrite": "How much does the pump P20 weigh?",
        "history": [["How long is the warranty of the pump P20?", "two years"]],
        "context": PUMP,
        "answers": {"text": ["nine kilograms"], "answer_start": [20]},
    },
    {"question": "What group disbanded?", "history": [], "context": MILL, "answers": []},
    {"question": "Nowhere to be found?", "history": [["Why?", None]]},
]
OTHERS = [f"It weighs or built number {i} of a much longer row of things." for i in range(9)]


def test_our_own_pairs_are_many_and_over_many_relations() -> None:
    near, same = packaged_pairs("near_misses"), packaged_pairs("paraphrases")
    relations = {pair.relation for pair in near}
    assert (len(near) >= 200, len(same) >= 60) == (True, True)
    assert {"negation", "number", "name", "antonym", "roles"} <= relations
    assert len({(p.first, p.second) for p in near}) == len(near)


def test_reuse_is_measured_without_any_file(cli: Cli) -> None:
    table = cli("benchmark", "memory", "--json").json
    assert set(table) == {"benchmark", "encoder", "reader", "reuse"}
    assert table["reuse"]["near_misses"] == len(packaged_pairs("near_misses"))
    assert table["reuse"]["false_reuse"] <= 1
    assert "false_reuse" in cli("benchmark", "memory").out


def test_corrections_and_edited_sources_are_counted(cli: Cli, tmp_path: Path) -> None:
    near = dataset(
        tmp_path / "near.jsonl",
        {"a": "Is the mill open?", "b": "Is the mill open now?", "relation": "added"},
        {"a": "Who built it?", "b": "who built it", "relation": "none at all"},
    )
    words = ("--paraphrases", dataset(tmp_path / "p.jsonl", *PAIRS), "--near-misses", near)
    table = cli("benchmark", "memory", *words, "--json").json
    assert table["reuse"]["false_reuse"] == 50
    assert table["reuse"]["by_relation"] == {"added": "0 of 1", "none at all": "1 of 1"}
    assert (table["reuse"]["paraphrases"], table["reuse"]["true_reuse"]) == (2, 50)
    assert table["corrections"]["n"] == table["edited_sources"]["n"] == 2
    assert table["corrections"]["exact_match_before"] == 0
    assert table["corrections"]["found_again"] == 50  # the second pair does not ask the same
    assert table["corrections"]["exact_match_after"] == 50
    assert table["edited_sources"]["stale"] == 0
    limited = cli("benchmark", "memory", *words, "--limit", 1, "--json").json
    assert limited["corrections"]["n"] == 1


def test_follow_ups_are_looked_up_in_a_memory_that_stays_as_it_is(cli: Cli, tmp_path: Path) -> None:
    encoder, folder = HashEncoder(), tmp_path / "m"
    texts = [MILL, PUMP, *OTHERS]
    with Memory.create(folder, encoder=encoder.name, dim=encoder.dim) as memory:
        build([Document(id=str(i), text=text) for i, text in enumerate(texts)], memory, encoder)
    talks = dataset(tmp_path / "talks.jsonl", *TALKS)
    words = ("benchmark", "memory", "--conversations", talks, "--memory", folder, "--json")
    figures = cli(*words).json["follow_ups"]
    assert figures["dependent"]["n"] == figures["stand_alone"]["n"] == 2
    assert figures["dependent"]["recall@5 with"] == 100
    assert figures["dependent"]["recall@5 with"] > figures["dependent"]["recall@5 without"]
    assert (
        figures["stand_alone"]["recall@5 with"] == figures["stand_alone"]["recall@5 without"] == 100
    )
    assert figures["dependent"]["f1 with"] >= figures["dependent"]["f1 without"]
    stats = cli("memory", "stats", "--memory", folder, "--json").json
    assert (stats["documents"], stats["turns"]) == (len(texts), 0)
    own = cli("benchmark", "memory", "--conversations", talks, "--json").json["follow_ups"]
    assert own["dependent"]["n"] == 2


@pytest.mark.parametrize(
    ("option", "rows", "expected"),
    [
        ("--paraphrases", [{"a": "Who?"}], "has no text under 'b' or 'other'"),
        ("--near-misses", [], "holds no pair of questions"),
        ("--conversations", [{"question": "Who?"}], "no row has a `history`"),
        ("--conversations", [{"question": "W?", "history": [1]}], "[question, answer] pairs"),
    ],
)
def test_what_is_wrong_with_the_data_is_said_before_anything_is_loaded(
    cli: Cli, tmp_path: Path, option: str, rows: list[dict[str, Any]], expected: str
) -> None:
    data = dataset(tmp_path / "data.jsonl", *rows)
    assert expected in cli("benchmark", "memory", option, data).complaint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for read in (read_pairs, read_talks):
        with pytest.raises(InputError, match=r"none\.jsonl: no such file"):
            read(tmp_path / "none.jsonl")
