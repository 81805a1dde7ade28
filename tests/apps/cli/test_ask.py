"""`spanmem ask`: the contract of the answer, and questions nobody could ask."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Cli


@pytest.fixture
def memory(cli: Cli, corpus: Path, tmp_path: Path) -> Path:
    """A memory of the small corpus."""
    cli("index", corpus, "--memory", tmp_path / "m")
    return tmp_path / "m"


def test_the_answer_keeps_the_contract(cli: Cli, corpus: Path, memory: Path) -> None:
    answer = cli(
        "ask", "How long does the warranty of the lamp last?", "--memory", memory, "--json"
    )
    table = answer.json
    assert table["question"] == "How long does the warranty of the lamp last?"
    assert isinstance(table["abstained"], bool)
    assert {"retrieve", "read", "rank", "total"} <= set(table["timings_ms"])
    for answer in table["answers"]:
        assert 0 <= answer["confidence"] <= 1
        assert answer["kind"] == "passage"
        assert isinstance(answer["score"], float)
        source = answer["source"]
        assert set(source) >= {"document", "title", "passage", "start", "end", "text"}
        assert source["text"] == answer["text"]
    source = table["answers"][0]["source"]
    assert source["document"] == "warranty.txt"
    text = (corpus / "warranty.txt").read_text(encoding="utf-8")
    assert text[source["start"] : source["end"]] == source["text"]


def test_answers_are_as_many_as_asked_for(cli: Cli, memory: Path) -> None:
    for count in (1, 2):
        answer = cli("ask", "What about the lamp?", "--memory", memory, "--top-k", count, "--json")
        assert len(answer.json["answers"]) == count


def test_a_person_sees_the_place(cli: Cli, memory: Path) -> None:
    done = cli("ask", "What does the ferry to Hven cost?", "--memory", memory)
    assert done.code == 0
    assert "ferry.md" in done.out
    assert "characters " in done.out


def test_where_meets_numbers_and_truth_as_they_are_written(cli: Cli, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "The lamp costs 12 euros.", "year": 2020, "ok": True, "v": "1.5"},
        {"id": "b", "text": "The lamp costs 13 euros.", "year": "2021", "ok": False, "v": 2.5},
    ]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)))
    cli("index", tmp_path / "r.jsonl", "--memory", tmp_path / "m")

    def documents(pair: str) -> list[str]:
        words = ("ask", "What does the lamp cost?", "--memory", tmp_path / "m", "--json")
        return [a["source"]["document"] for a in cli(*words, "--where", pair).json["answers"]]

    assert documents("year=2020")[0] == documents("ok=true")[0] == documents("v=1.5")[0] == "a"
    assert documents("year=2021")[0] == documents("ok=False")[0] == documents("v=2.5")[0] == "b"
    assert documents("year=2022") == documents("ok=yes") == documents(f"v={'9' * 30}") == []


@pytest.mark.parametrize(
    "words",
    [
        ("--passages", 10**11),
        ("--threads", 10**5),
        ("--threads", 10**23),
        ("--top-k", 10**23),
    ],
)
def test_a_number_beyond_reason_is_refused(
    cli: Cli, memory: Path, words: tuple[object, ...]
) -> None:
    complaint = cli("ask", "Where?", "--memory", memory, *words).complaint
    assert "should be less than or equal to" in complaint


def test_json_is_one_ascii_line_in_any_script(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "zh.txt").write_text("保修期为三年。电池除外。", encoding="utf-8")
    cli("index", tmp_path / "zh.txt", "--memory", tmp_path / "m")
    done = cli("ask", "保修期多长？", "--memory", tmp_path / "m", "--json")
    assert done.out.isascii()
    assert done.out.count("\n") == 1
    assert done.json["question"] == "保修期多长？"
    assert done.json["answers"][0]["source"]["document"] == "zh.txt"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("", "is empty"),
        (" \t\n", "is empty"),
        ("?!… --", "no word"),
        ("lamp " * 10_000, "10,000 words"),
    ],
)
def test_what_cannot_be_asked_is_said(cli: Cli, memory: Path, question: str, expected: str) -> None:
    assert expected in cli("ask", "--memory", memory, "--", question).complaint


@pytest.mark.parametrize(
    "question",
    [
        'lamp" AND (title:x^2 OR *) ~3 [a TO b] \\',
        "-lamp +warranty !bulb",
        "' OR 1=1 --",
        "lamp\x00 war\nranty",
        "🚗 lamp?",
        "lamp " * 300,
    ],
)
def test_any_other_text_is_asked(cli: Cli, memory: Path, question: str) -> None:
    done = cli("ask", "--memory", memory, "--json", "--", question)
    assert done.json["answers"]


def test_a_folder_that_is_no_memory_is_named(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for place in (corpus, tmp_path / "empty", tmp_path / "none", tmp_path / "file"):
        before = sorted(tmp_path.rglob("*"))
        assert place.name in cli("ask", "Who?", "--memory", place).complaint
        assert sorted(tmp_path.rglob("*")) == before


def test_another_encoder_is_refused(cli: Cli, memory: Path) -> None:
    done = cli("ask", "Who?", "--memory", memory, "--encoder", "hash-128")
    assert "'hash-256'" in done.complaint
    assert "'hash-128'" in done.complaint


def test_documents_can_be_chosen_by_their_metadata(cli: Cli, tmp_path: Path) -> None:
    rows = [
        {"id": "en", "text": "The lamp costs 7 crowns.", "lang": "en"},
        {"id": "da", "text": "The lamp costs 9 crowns.", "lang": "da"},
    ]
    path, memory = tmp_path / "a.jsonl", tmp_path / "m"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    cli("index", path, "--memory", memory)
    for language in ("en", "da"):
        where = ("--where", f"lang={language}")
        answer = cli("ask", "What does the lamp cost?", "--memory", memory, *where, "--json").json
        assert {a["source"]["document"] for a in answer["answers"]} == {language}
    assert "KEY=VALUE" in cli("ask", "Who?", "--memory", memory, "--where", "lang").complaint


def test_a_follow_up_of_a_scope_is_understood_unless_it_stands_alone(
    cli: Cli, memory: Path
) -> None:
    words = ("--memory", memory, "--scope", "ann", "--json")
    cli("ask", "How long does the warranty of the lamp last?", *words)
    question = "How much does it cost?"
    for others in (("--alone",), ("--scope", "bob"), ("--scope", "")):
        alone = cli("ask", question, *words, *others).json
        assert alone["looked_up"] == alone["question"] == question
    cli("ask", "How long does the warranty of the lamp last?", *words)
    follow_up = cli("ask", question, *words).json
    assert follow_up["question"] == question
    assert re.fullmatch(r"How much does it cost\? \(.*lamp.*\)", follow_up["looked_up"])


def test_a_key_that_no_document_has_is_told_with_those_that_are(cli: Cli, tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "The lamp costs 12 euros.", "year": 2020, "lang": "en"}]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)))
    cli("index", tmp_path / "r.jsonl", "--memory", tmp_path / "m")
    words = ("ask", "What does the lamp cost?", "--memory", tmp_path / "m", "--where")
    for condition in ("yaer=2020", "yaer>2019", "yaer!=2019"):
        done = cli(*words, condition)
        assert (done.code, done.out.splitlines()[0]) == (0, "I do not know.")
        assert "no document has the metadata key 'yaer'" in done.err
        assert "known are year" in done.err
        (notice,) = cli(*words, condition, "--json").json["notices"]
        assert notice in done.err
    assert cli(*words, "year=1999", "--json").json["notices"] == []
    assert cli(*words, "year>=2020", "--json").json["notices"] == []


def test_a_question_that_cannot_be_asked_is_told_before_a_model_is_loaded(
    cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object) -> None:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr("spanmem.pipeline.qa.load_reader", load)
    assert "no word" in cli("ask", "???", "--memory", memory).complaint
