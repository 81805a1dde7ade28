"""What lies in `benchmarks/`: our own questions, standing commands, peers, the shared backbone."""

from __future__ import annotations

import gzip
import importlib.util
import json
import logging
import shlex
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import torch
import typer
from safetensors.torch import load_file

import spanmem
from spanmem.apps.cli.main import command_line
from spanmem.evaluation.datasets import Question, read_set
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from tests.rooms import ROOT

if TYPE_CHECKING:
    from tests.conftest import Cli

WORDS = "embeddings.word_embeddings.weight"
MANUALS = ROOT / "benchmarks" / "manuals.jsonl"


def module(path: str) -> ModuleType:
    """A script of `benchmarks/`, loaded without running it."""
    name = path.replace("/", "_")
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{path}.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    sys.modules[name] = script  # dataclasses look their module up
    spec.loader.exec_module(script)
    return script


def test_our_own_questions_name_their_answers_and_documents() -> None:
    questions = read_set(MANUALS)
    assert (
        len(questions) == len({q.id for q in questions}) == len({q.text for q in questions}) == 60
    )
    assert all(q.answers and q.documents and q.context is None for q in questions)
    for line in MANUALS.read_text(encoding="utf-8").splitlines():
        answers = json.loads(line)["answers"]
        assert len(answers["text"]) == len(answers["answer_start"])
        assert all(len(text.split()) <= 14 for text in answers["text"])  # no text of the corpus


def test_standing_benchmarks_can_be_typed() -> None:
    standing = module("standing")
    group: Any = typer.main.get_command(command_line())
    files = dict.fromkeys([*standing.FILES, "questions"], "file.jsonl")
    for benchmark in standing.BENCHMARKS:
        words = shlex.split(benchmark.words.format(**files))
        words += ["--memory", "m"] if benchmark.memory else []
        command = group.commands["benchmark"].commands[words[0]]
        command.make_context("spanmem", [*words[1:], "--report", "r", "--limit", "3"])
    named = {benchmark.memory for benchmark in standing.BENCHMARKS} - {""}
    assert named == set(standing.MEMORIES)


def test_each_standing_benchmark_has_its_place_in_the_page() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    for benchmark in module("standing").BENCHMARKS:
        assert benchmark.name.partition("-squad2")[0].partition("-disfl")[0] in page
    for place in module("standing").FILES.values():
        assert Path(place).name.partition(".")[0] in page


def test_contexts_become_documents_once(tmp_path: Path) -> None:
    rows = [{"context": c, "title": "Old_mill"} for c in ("one", "two", "one")]
    path = tmp_path / "dev.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    assert module("standing")._contexts(path) == [
        {"id": "context-1", "title": "Old mill", "text": "one"},
        {"id": "context-2", "title": "Old mill", "text": "two"},
    ]


def test_only_a_whole_report_of_enough_questions_is_left_alone(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = module("standing")
    monkeypatch.setattr(standing, "BENCHMARKS", standing.BENCHMARKS[1:2])
    data = rows_about_numbers(tmp_path / "rows.jsonl", range(4))
    report = tmp_path / "reader"
    limits: list[int | None] = []

    def run(_benchmark: Any, _options: Any, limit: int | None) -> int:
        limits.append(limit)
        few = [] if limit is None else ["--limit", limit]
        return cli("benchmark", "reader", "--data", data, *few, "--report", report).code

    monkeypatch.setattr(standing, "_run", run)
    start = [str(tmp_path), str(tmp_path)]
    for more in (["--limit", "2"], ["--limit", "2"], [], ["--limit", "2"], ["--limit", "9"], []):
        assert standing.main([*start, *more]) == 0
    assert limits == [2, None]
    whole = (report / "report.json").read_text(encoding="utf-8")
    (report / "report.json").write_text(whole[:-20], encoding="utf-8")
    assert standing.main(start) == 0
    assert limits == [2, None, None]


def test_a_torn_copy_of_a_memory_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = module("standing")
    files = {name: tmp_path / f"{name}.jsonl.gz" for name in ("wikipedia", "squad")}
    files["wikipedia"].write_bytes(gzip.compress(b'{"id": "1", "title": "", "text": "Article."}'))
    files["squad"].write_bytes(gzip.compress(b'{"title": "", "context": "Passage."}'))
    encoder, copy, copied = HashEncoder(32), shutil.copy2, shutil.copytree

    def index(memory: Path, corpus: Path) -> int:
        spanmem.index(corpus, into=memory, encoder=encoder).close()
        return 0

    def torn(source: str, target: str) -> None:
        if Path(source).name == "rows.sqlite":
            raise KeyboardInterrupt
        copy(source, target)

    monkeypatch.setattr(standing, "_index", index)
    both = tmp_path / "squad-open.memory"
    with monkeypatch.context() as broken:
        broken.setattr(shutil, "copytree", lambda a, b, *_, **__: copied(a, b, copy_function=torn))
        with pytest.raises(KeyboardInterrupt):
            standing._squad_open(files, both)
    assert standing._squad_open(files, both) == 0
    with Memory.open(both) as memory:
        assert memory.counts() == (2, 2)


def test_the_peers_table_sets_them_beside_ours() -> None:
    peers = module("peers/compare")
    questions = [Question(id=str(i), text="q", answers=("two years",)) for i in range(4)]

    def run(*answers: str, seconds: float, index: float, peak: float) -> Any:
        names = [q.id for q in questions]
        result = {
            "answers": dict(zip(names, answers, strict=True)),
            "passages": {name: ["p"] if name != "0" else ["other"] for name in names},
            "index_seconds": index,
            "ask_seconds": seconds,
            "batch": 8,
        }
        return peers.Run(result, peak)

    ours, theirs = peers.ENTRIES[:2]
    right = ["two years"] * 4
    runs = {
        ours: [run(*right, seconds=s, index=3.0, peak=400.0) for s in (9.0, 2.0, 1.0)],
        theirs: [run("two", "", "", "x", seconds=8.0, index=6.0, peak=600.0)] * 3,
    }
    rows = peers._rows(runs, questions, {"p": "It lasts two years.", "other": "No."})
    assert [row["exact_match"] for row in rows] == [100.0, 0.0]
    assert rows[1]["f1"] == pytest.approx(100 * 2 / 3 / 4)
    assert rows[1]["ours_less_theirs"] == pytest.approx(100 - 100 * 2 / 3 / 4)
    assert [row["recall@20"] for row in rows] == [75.0, 75.0]
    assert [row["questions_per_second"] for row in rows] == [2.0, 0.5]  # the median round
    line = peers._markdown(rows).splitlines()[-1]
    assert "| 0.50 | 4.00 | 6.0 | 2.00 | 600 | 1.50 | 8 |" in line


def rows_about_numbers(path: Path, numbers: range) -> Path:
    """Questions whose passages and negatives have nothing in common."""
    path.write_text(
        "".join(
            json.dumps(
                {
                    "id": str(i),
                    "title": "",
                    "context": f"Locker {i} on floor {i + 40} holds {i + 300} books.",
                    "question": f"How many books does locker {i} hold?",
                    "answers": {
                        "text": [str(i + 300)],
                        "answer_start": [len(f"Locker {i} on floor {i + 40} holds ")],
                    },
                    "negatives": [["", f"Locker {i} was painted on day {i + 700}."]],
                }
            )
            + "\n"
            for i in numbers
        )
    )
    return path


def test_what_is_added_to_a_small_and_a_large_memory_is_timed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--sizes", "40", "20", "--added", "10", "--rounds", "2"]
    assert module("memory").main(["adding", *words]) == 0
    title, small, large, ratio = capsys.readouterr().out.splitlines()
    assert title == "adding 10 passages and publishing them, 2 times turn about"
    assert (small.split()[0], large.split()[0]) == ("20", "40")
    assert ratio.startswith("ratio of the means: ")


def test_a_memory_of_clusters_is_searched_and_finds_its_nearest(tmp_path: Path) -> None:
    script = module("memory")
    with Memory.create(tmp_path / "m", encoder="random", dim=script.DIM) as memory:
        script.fill(memory, 0, 60)
        keys = [passage.key for passage in memory.passages()]
    measured = script.probe(tmp_path / "m", asked=3)
    vectors = script.draw("passages", 60) @ script.draw("questions", 3).T
    for column, nearest in zip(vectors.T, measured["keys"], strict=True):
        assert {*nearest} == {keys[i] for i in column.argsort()[-10:]}
    assert measured["p50"] <= measured["p95"]


def test_the_rate_of_the_encoder_and_the_times_of_answers_are_measured(
    cli: Cli, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli("index", corpus, "--memory", tmp_path / "m", "--encoder", "hash-64").code == 0
    probe = module("probe")
    assert probe.main(["encode", str(tmp_path / "m"), "--encoder", "hash-64"]) == 0
    assert json.loads(capsys.readouterr().out)["rate"] > 0
    assert probe.main(["ask", str(tmp_path / "m"), "--encoder", "hash-64", "--asked", "2"]) == 0
    times = json.loads(capsys.readouterr().out)
    assert times["asked"] == 2
    assert 0 < times["p50"] <= times["p95"]
    assert times["warm"] > 0


@pytest.mark.slow
def test_speed_is_measured_from_the_start_to_the_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--articles", "3", "6", "--asked", "2", "--encoder", "hash-64"]
    assert module("speed").main(words) == 0
    printed = capsys.readouterr().out
    assert "3 articles, " in printed
    assert "the next 2 answers" in printed


@pytest.mark.slow
def test_our_fine_tuning_and_the_library_s_are_measured_in_turn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(rows_about_numbers(tmp_path / "rows.jsonl", range(60)))
    words = ["--rounds", "1", "--steps", "1", "--batch-tokens", "512", "--data", data]
    assert module("training").main(words) == 0
    ours, theirs, ratio = capsys.readouterr().out.splitlines()
    assert (ours.split()[0], theirs.split()[0]) == ("spanmem", "transformers.Trainer")
    assert float(ratio.split()[1]) > 0


@pytest.mark.slow
def test_a_shared_backbone_is_trained_resumed_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    shared = module("shared")
    data = str(rows_about_numbers(tmp_path / "rows.jsonl", range(16)))

    def train(folder: Path, steps: int, *more: str) -> dict[str, Any]:
        words = ["--data", data, "--output", str(folder), "--batch", "4", "--steps", str(steps)]
        assert shared.main(["train", *words, *more]) == 0
        encoder = load_file(folder / "encoder" / "model.safetensors")
        reader = load_file(folder / "reader" / "model.safetensors")
        backbone = {k.removeprefix("bert."): v for k, v in reader.items() if k.startswith("bert.")}
        same = encoder.keys() & backbone.keys()
        assert len(same) == len(backbone)
        assert all(torch.equal(encoder[key], backbone[key]) for key in same)
        return backbone

    begun = train(tmp_path / "shared", 2)
    ended = train(tmp_path / "shared", 4, "--resume")
    assert "resumed at step 2 of" in caplog.text
    assert not torch.equal(begun[WORDS], ended[WORDS])
    facts = json.loads((tmp_path / "shared" / "reader" / "spanmem.json").read_text())
    assert facts["steps"] == 4
    capsys.readouterr()
    others = str(rows_about_numbers(tmp_path / "others.jsonl", range(20, 36)))
    shared.main(["compare", "--data", others, "--shared", str(tmp_path / "shared")])
    heads, *lines = capsys.readouterr().out.splitlines()
    assert heads.split() == ["EM", "F1", "found", "@1", "@5", "@20"]
    for line in lines:
        *_, match, overlap, first, fifth, twentieth = line.split()
        assert 0 <= float(match) <= float(overlap) <= 100
        assert float(first) <= float(fifth) <= float(twentieth) == 100.0
    assert [line.split()[0] for line in lines] == ["the", "shared"]
