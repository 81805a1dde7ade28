"""Paired comparison of two runs: which questions, which measures, and what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.evaluation.compare import compare, read_report


def report(*rows: dict[str, Any], data: str = "a", **rest: Any) -> dict[str, Any]:
    table = {"data": "d.json", "data_sha256": data, "exact_match": 0, "f1": 0, **rest}
    return {**table, "questions": list(rows)}


def row(name: str, f1: float, rank: int | None = 1, answers: tuple[str, ...] = ("x",)) -> Any:
    return {
        "id": name,
        "question": f"what is {name}",
        "f1": f1,
        "exact_match": 100.0 * (f1 == 100),
        "rank": rank,
        "answers": list(answers),
    }


CUTS = {"1": 0, "5": 0}
"""Recall as a report has it that looked at five passages."""


def test_only_the_questions_of_both_are_compared() -> None:
    mine = report(row("a", 100), row("b", 50, rank=None), row("only mine", 0), recall=CUTS, mrr=0)
    other = report(row("b", 100, rank=4), row("a", 100), recall=CUTS, mrr=0)
    comparisons = {c.measure: c for c in compare(mine, other, seed=13)}
    assert (comparisons["f1"].n, comparisons["f1"].this, comparisons["f1"].other) == (
        2,
        75.0,
        100.0,
    )
    assert comparisons["f1"].difference == -25.0
    assert comparisons["f1"].low == -50.0
    assert comparisons["f1"].high == 0.0
    assert comparisons["f1"].p == 1.0
    assert (comparisons["recall@1"].this, comparisons["recall@5"].other) == (50.0, 100.0)
    assert comparisons["mrr"].difference == pytest.approx(0.5 - (1 + 0.25) / 2)
    assert "-25.000 (-50.000 to +0.000)" in comparisons["f1"].line()


def test_recall_is_compared_where_there_is_something_to_find() -> None:
    run = report(row("a", 100), row("none", 100, None, ()), recall=CUTS, mrr=0)
    comparisons = {c.measure: c for c in compare(run, run, seed=13)}
    assert (comparisons["f1"].n, comparisons["mrr"].n) == (2, 1)
    assert {c.p for c in comparisons.values()} == {1.0}
    assert set(comparisons) == {"exact_match", "f1", "recall@1", "recall@5", "mrr"}


def test_a_rank_that_one_run_did_not_look_at_is_not_compared() -> None:
    deep = report(row("a", 100), recall={**CUTS, "20": 0}, mrr=0, settings={"hits": 20})
    flat = report(row("a", 100), recall=CUTS, mrr=0, settings={"hits": 5})
    measures = [c.measure for c in compare(deep, flat, seed=13)]
    assert measures == ["exact_match", "f1", "recall@1", "recall@5"]


def test_one_question_has_a_difference_but_no_interval() -> None:
    (first, _) = compare(report(row("a", 100)), report(row("a", 0)), seed=13)
    assert (first.difference, first.low, first.high, first.p) == (100.0, None, None, 1.0)
    assert not {"low", "high"} & set(first.to_json())
    assert "+100.000, p = 1.0000" in first.line()


def test_retrieval_by_documents_is_compared_too() -> None:
    mine = {**row("a", 0, answers=()), "gold_rank": 2, "named": True}
    theirs = {**mine, "gold_rank": 1}
    rest: dict[str, Any] = {"gold_recall": CUTS, "gold_mrr": 0}
    tables = [report(r, **rest) for r in (mine, theirs)]
    for table in tables:
        del table["exact_match"], table["f1"]
    differences = {c.measure: c.difference for c in compare(*tables, seed=13)}
    assert differences == {"gold_recall@1": -100.0, "gold_recall@5": 0.0, "gold_mrr": -0.5}


def test_readers_have_no_recall() -> None:
    comparisons = compare(report(row("a", 100)), report(row("a", 0)), seed=13)
    assert [c.measure for c in comparisons] == ["exact_match", "f1"]


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="different data"):
        compare(report(row("a", 1)), report(row("a", 1), data="b"), seed=13)
    with pytest.raises(InputError, match="share no question"):
        compare(report(row("a", 1)), report(row("b", 1)), seed=13)
    with pytest.raises(InputError, match="no such file; make it with --report"):
        read_report(tmp_path / "none.json")
    with pytest.raises(InputError, match="question a is another one in the two runs"):
        compare(report(row("a", 1)), report({**row("a", 1), "question": "?"}), seed=13)
    with pytest.raises(InputError, match="question a is another one in the two runs"):
        compare(report(row("a", 1)), report(row("a", 1, answers=("y",))), seed=13)
    unjudged = report(row("a", 1))
    del unjudged["exact_match"], unjudged["f1"]
    with pytest.raises(InputError, match="no measure in common"):
        compare(unjudged, unjudged, seed=13)
    patterns, texts = (
        report(row("a", 1), settings={"benchmark": {"regex": regex}}) for regex in (True, False)
    )
    with pytest.raises(InputError, match="regular expressions"):
        compare(patterns, texts, seed=13)
    bare = tmp_path / "report.json"
    slips: list[tuple[list[Any], str]] = [
        ([row("a", 1), row("a", 1)], "two questions have the id 'a'"),
        ([{"id": "a"}], "question 1 has no id, exact_match and f1"),
        (["a"], "question 1 has no id"),
        ([{**row("a", 1), "f1": math.nan}], "question 1 has no id"),
    ]
    for rows, said in slips:
        bare.write_text(json.dumps(report(*rows)), encoding="utf-8")
        with pytest.raises(InputError, match=said):
            read_report(tmp_path)
    bare.write_text(json.dumps({"f1": 3}), encoding="utf-8")
    with pytest.raises(InputError, match="no questions to compare"):
        read_report(tmp_path)
    bare.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read as a report"):
        read_report(bare)
