"""What `spanmem benchmark` writes: nothing over what it reads, and every row accounted for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spanmem.evaluation.benchmark import benchmark

if TYPE_CHECKING:
    from tests.conftest import Cli

LAMP = "The warranty of the lamp lasts two years."


def row(name: str, question: str, *answers: str, **rest: Any) -> dict[str, Any]:
    return {"id": name, "question": question, "answers": list(answers), "context": LAMP, **rest}


ASKED = row("a", "How long does the warranty last?", "two years")
NONE = row("u", "Who painted the lamp?")


def dataset(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def memory(cli: Cli, corpus: Path, tmp_path: Path) -> Path:
    cli("index", corpus, "--memory", tmp_path / "m")
    return tmp_path / "m"


def test_no_output_replaces_what_is_read(
    cli: Cli, corpus: Path, memory: Path, tmp_path: Path
) -> None:
    data = dataset(tmp_path / "q.jsonl", ASKED)
    config, grid = tmp_path / "c.yaml", tmp_path / "grid.json"
    config.write_text("benchmark:\n  seed: 3\n", encoding="utf-8")
    grid.write_text('{"a": {"retrieve.mode": ["dense"]}}', encoding="utf-8")
    (tmp_path / "link").symlink_to(data)
    before = {path: path.read_bytes() for path in (data, config, grid, corpus / "ferry.md")}
    words = ("benchmark", "open", "--data", data, "--memory", memory, "--config", config)
    for path, name in (
        (tmp_path / "link", "--data"),
        (config, "--config"),
        (memory / "rows.sqlite", "--memory"),
        (corpus / "ferry.md", "which a document of the memory was read from"),
    ):
        complaint = cli(*words, "--trec", path).complaint
        assert name in complaint
        assert "--trec is" in complaint
    assert "same file" in cli(*words, "--trec", tmp_path / "x", "--qrels", f"{tmp_path}/./x").err
    of_grid = ("benchmark", "grid", grid, *words[2:6], "--report", tmp_path)
    assert "--report is the file or folder of the grid" in cli(*of_grid).complaint
    assert before == {path: path.read_bytes() for path in before}


def test_a_compared_run_is_not_replaced_by_the_one_compared(cli: Cli, tmp_path: Path) -> None:
    data, run = dataset(tmp_path / "q.jsonl", ASKED, NONE), tmp_path / "run"
    run.mkdir()
    (run / "report.json").write_text("{}", encoding="utf-8")
    words = ("benchmark", "reader", "--data", data, "--report", run, "--compare", run)
    assert "file or folder of --compare" in cli(*words).complaint


@pytest.mark.parametrize("kind", ["reader", "open"])
def test_each_row_is_accounted_for(cli: Cli, memory: Path, tmp_path: Path, kind: str) -> None:
    data = dataset(tmp_path / "q.jsonl", ASKED, row("l", "why " * 400, "two years"), NONE, ASKED)
    report = tmp_path / "run"
    words: tuple[object, ...] = ("benchmark", kind, "--data", data, "--limit", 2)
    words += ("--predictions", tmp_path / "p")
    words += ("--memory", memory, "--report", report) if kind == "open" else ()
    done = cli(*words, "--json")
    table = json.loads(done.out)
    assert (table["n"], table["rows"]["read"], table["rows"]["used"]) == (2, 4, 2)
    too_long = "the question is longer than can be asked"
    assert table["rows"]["left_out"] == {too_long: 1, "beyond the limit": 1}
    assert f"note: 1 of 4 questions were left out: 1 ({too_long})" in done.err
    assert json.loads((tmp_path / "p").read_text("utf-8"))["l"] == ""
    if kind == "open":
        assert json.loads((report / "report.json").read_text("utf-8"))["unasked"] == ["l"]
    assert f"rows left_out {too_long}" in cli(*words).out


def test_documents_that_the_memory_lacks_are_told(cli: Cli, memory: Path, tmp_path: Path) -> None:
    some = dataset(tmp_path / "some.jsonl", {**ASKED, "documents": ["warranty.txt", "gone"]})
    none = dataset(tmp_path / "none.jsonl", {**ASKED, "documents": ["lamps/warranty"]})
    alone = dataset(tmp_path / "alone.jsonl", {**NONE, "documents": ["lamps/warranty"]})
    words = ("benchmark", "open", "--memory", memory, "--json", "--data")
    done = cli(*words, some)
    assert json.loads(done.out)["judged_documents"] == {"named": 2, "in_memory": 1}
    assert "the memory has 1 of the 2 documents" in done.err
    assert "gold_mrr" in json.loads(done.out)
    done = cli(*words, none)
    assert "the memory has none of the 1 documents" in done.err
    assert not {"gold_mrr", "document_ndcg@10"} & set(json.loads(done.out))
    said = cli(*words, alone).complaint
    assert "has none of the 1 documents that the questions name ('lamps/warranty')" in said
    assert "'ferry.md'" in said


def test_a_filter_that_lets_nothing_through_is_refused(
    cli: Cli, memory: Path, tmp_path: Path
) -> None:
    data, grid = dataset(tmp_path / "q.jsonl", ASKED), tmp_path / "g.yaml"
    grid.write_text("a:\n  retrieve.where: [{}, {language: en}]\n", encoding="utf-8")
    for words in (("open", "--where", "language=en"), ("grid", grid)):
        said = cli("benchmark", *words, "--data", data, "--memory", memory, *MODELS).complaint
        assert "--where lets no document" in said


MODELS = ("--encoder", "hash-256", "--reader", "overlap")


def test_judged_folders_have_no_predictions(cli: Cli, memory: Path, tmp_path: Path) -> None:
    words = ("benchmark", "open", "--memory", memory, "--data", tmp_path)
    for option in ("--predictions", "--kilt"):
        assert f"leave out {option}" in cli(*words, option, tmp_path / "p").complaint


def test_what_can_be_written_is_written_beside_what_cannot(
    cli: Cli, memory: Path, tmp_path: Path
) -> None:
    data = dataset(tmp_path / "q.jsonl", ASKED)
    words = ("benchmark", "open", "--memory", memory, "--data", data, "--trec", "/dev/full")
    done = cli(*words, "--predictions", tmp_path / "p", "--qrels", tmp_path / "q")
    assert (done.code, "cannot be written: No space left" in done.err) == (2, True)
    assert (tmp_path / "p").exists()
    assert (tmp_path / "q").exists()


@pytest.mark.parametrize("fault", [KeyboardInterrupt, None])
def test_a_grid_that_is_interrupted_keeps_what_was_measured(
    cli: Cli,
    memory: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: type[BaseException] | None,
) -> None:
    data, grid = dataset(tmp_path / "q.jsonl", ASKED, NONE), tmp_path / "g.yaml"
    grid.write_text("a:\n  retrieve.mode: [dense, lexical]\n", encoding="utf-8")
    folder, calls = tmp_path / "out", list[int]()

    def second_fails(*words: Any, **options: Any) -> Any:
        calls.append(1)
        if fault is not None and len(calls) == 2:
            raise fault
        return benchmark(*words, **options)

    monkeypatch.setattr("spanmem.evaluation.grid.benchmark", second_fails)
    words = ("benchmark", "grid", grid, "--data", data, "--memory", memory, *MODELS)
    done = cli(*words, "--report", folder)
    files = sorted(path.name for path in folder.iterdir())
    if fault is None:
        assert (done.code, files) == (0, ["grid.json", "grid.md"])
        return
    assert (done.code, files) == (130, ["grid.unfinished.json"])
    assert done.out.splitlines()[-1] == "unfinished: 1 of 3 rows were measured"
    assert len(json.loads((folder / files[0]).read_text(encoding="utf-8"))) == 1
