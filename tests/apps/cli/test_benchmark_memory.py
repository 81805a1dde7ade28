"""`spanmem benchmark memory`: what it counts, on data small enough to count by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spanmem.core.records import Document
from spanmem.evaluation.remembering_data import packaged_pairs
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory

if TYPE_CHECKING:
    from tests.conftest import Cli

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


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


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
    near = lines(
        tmp_path / "near.jsonl",
        [
            {"a": "Is the mill open?", "b": "Is the mill open now?", "relation": "added"},
            {"a": "Who built it?", "b": "who built it", "relation": "none at all"},
        ],
    )
    given = ("--paraphrases", lines(tmp_path / "p.jsonl", PAIRS), "--near-misses", near)
    table = cli("benchmark", "memory", *given, "--json").json
    assert table["reuse"]["false_reuse"] == 50
    assert table["reuse"]["by_relation"] == {"none at all": 1}
    assert (table["reuse"]["paraphrases"], table["reuse"]["true_reuse"]) == (2, 50)
    assert table["corrections"]["n"] == table["edited_sources"]["n"] == 2
    assert table["corrections"]["exact_match_before"] == 0
    assert table["corrections"]["found_again"] == 50  # the second pair does not ask the same
    assert table["corrections"]["exact_match_after"] == 50
    assert table["edited_sources"]["stale"] == 0
    limited = cli("benchmark", "memory", *given, "--limit", 1, "--json").json
    assert limited["corrections"]["n"] == 1


def test_follow_ups_are_looked_up_in_a_memory_that_stays_as_it_is(cli: Cli, tmp_path: Path) -> None:
    encoder, folder = HashEncoder(), tmp_path / "m"
    texts = [MILL, PUMP, *OTHERS]
    with Memory.create(folder, encoder=encoder.name, dim=encoder.dim) as memory:
        build([Document(id=str(i), text=text) for i, text in enumerate(texts)], memory, encoder)
    talks = lines(tmp_path / "talks.jsonl", TALKS)
    given = ("benchmark", "memory", "--conversations", talks, "--memory", folder, "--json")
    found = cli(*given).json["follow_ups"]
    assert found["dependent"]["n"] == found["stand_alone"]["n"] == 2
    assert found["dependent"]["recall@5 with"] == 100
    assert found["dependent"]["recall@5 with"] > found["dependent"]["recall@5 without"]
    assert found["stand_alone"]["recall@5 with"] == found["stand_alone"]["recall@5 without"] == 100
    assert found["dependent"]["f1 with"] >= found["dependent"]["f1 without"]
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
    given = lines(tmp_path / "data.jsonl", rows)
    assert expected in cli("benchmark", "memory", option, given).complaint
