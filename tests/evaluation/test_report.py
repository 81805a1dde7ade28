"""Reports: the contract's fields, and their scale."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from spanmem.core.errors import InputError
from spanmem.core.records import DocumentInfo
from spanmem.evaluation.datasets import Question
from spanmem.evaluation.report import OpenReport, ReaderReport, full_report, memory_digest
from spanmem.evaluation.results import Outcome, RetrievedPassage


def ranking(rank: int, of: int = 20) -> tuple[RetrievedPassage, ...]:
    """`of` passages, the first right one at `rank`."""
    return tuple(
        RetrievedPassage(f"{i:016}", f"d{i}", 1 / (1 + i), holds=i + 1 == rank) for i in range(of)
    )


RIGHT = Outcome(
    question=Question(id="a 1", text="q", answers=("x",)),
    prediction="x",
    best="x",
    exact_match=1.0,
    f1=1.0,
    confidence=0.9,
    best_right=1.0,
    hits=ranking(1),
    latency_ms=10.0,
    stages_ms={"retrieve": 4.0, "read": 6.0},
)
HALF = replace(
    RIGHT,
    question=Question(id="b", text="q", answers=("x y z",)),
    exact_match=0.0,
    f1=0.5,
    confidence=0.6,
    best_right=0.0,
    hits=ranking(20),
    latency_ms=20.0,
)
HELD = replace(
    RIGHT,
    question=Question(id="c", text="q", answers=()),
    prediction="",
    confidence=0.1,
    best_right=0.0,
    abstained=True,
    hits=(),
    latency_ms=30.0,
)


def info(name: str, digest: str) -> DocumentInfo:
    return DocumentInfo(id=name, title="", source="", origin="", digest=digest, passages=1)


def open_report(*outcomes: Outcome) -> OpenReport:
    return OpenReport(outcomes=outcomes, seconds=2.0, seed=13, about={"data": "d.json"})


def test_reader_report_on_answerable_questions() -> None:
    report = ReaderReport(outcomes=(RIGHT, HALF), seconds=2.0, seed=13)
    table = report.to_json()
    assert (report.exact_match, report.f1) == (50.0, 75.0)
    assert (table["exact_match"], table["f1"], table["n"], table["seconds"]) == (50.0, 75.0, 2, 2.0)
    assert "has_answer_f1" not in table
    low, high = table["intervals"]["f1"]
    assert 50.0 <= low < 75.0 < high <= 100.0


def test_reader_report_with_unanswerable_questions() -> None:
    wrong = replace(HELD, prediction="x", exact_match=0.0, f1=0.0, confidence=0.7)
    table = ReaderReport(outcomes=(RIGHT, HALF, HELD, wrong), seconds=1.0, seed=13).to_json()
    assert table["has_answer_f1"] == 75.0
    assert table["has_answer_exact_match"] == 50.0
    assert table["no_answer_accuracy"] == 50.0
    assert table["answerability_auroc"] == 0.75


def test_open_report_keeps_the_contract() -> None:
    report = open_report(RIGHT, HALF, HELD)
    table = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert table["recall"] == {"1": 50.0, "5": 50.0, "20": 100.0, "100": 100.0}
    assert table["mrr"] == pytest.approx((1 + 1 / 20) / 2)
    assert table["latency_ms"] == {"p50": 20.0, "p95": 29.0, "p99": 29.8}
    assert (table["n"], table["seconds"], table["abstained"]) == (3, 2.0, 1)
    assert table["stages_ms"]["read"]["p50"] == 6.0
    sure = table["confidence"]
    assert sure["coverage_at_80_precision"] == pytest.approx(1 / 3)  # of all questions
    assert sure["expected_calibration_error"] == pytest.approx((0.1 + 0.6 + 0.1) / 3)
    assert sure["auroc_of_being_right"] == 1.0
    assert sure["risk_at_coverage"] == pytest.approx(
        {"25": 0, "50": 1 / 2, "75": 2 / 3, "100": 2 / 3}
    )
    assert set(table["intervals"]) == {
        "exact_match",
        "f1",
        *(f"recall@{k}" for k in (1, 5, 20, 100)),
        "mrr",
        "confidence expected_calibration_error",
        "confidence coverage_at_80_precision",
        "has_answer_exact_match",
        "has_answer_f1",
    }  # one question has no answer, and no interval
    assert report.to_json() == open_report(RIGHT, HALF, HELD).to_json()


def test_retrieval_is_reported_once_more_after_reading() -> None:
    first = replace(RIGHT, reread=(*ranking(3), *RIGHT.hits))
    last = replace(HALF, reread=tuple(reversed(HALF.hits)))
    report = open_report(first, last)
    table = report.to_json()
    assert table["recall"]["1"] == 50.0
    assert table["read_recall"] == {"1": 50.0, "5": 100.0, "20": 100.0, "100": 100.0}
    assert table["read_mrr"] == pytest.approx((1 / 3 + 1) / 2)
    assert {"read_recall@1", "read_mrr"} < set(table["intervals"])


def test_open_report_of_unanswerable_questions_only() -> None:
    table = json.loads(json.dumps(open_report(HELD).to_json(), allow_nan=False))
    assert table["no_answer_accuracy"] == 100.0
    absent = {"recall", "mrr", "read_recall", "has_answer_f1", "answerability_auroc", "intervals"}
    assert not absent & set(table)  # of nothing, or of a single question
    assert not {"coverage_at_80_precision", "auroc_of_being_right"} & set(table["confidence"])
    assert open_report(HELD).mrr is None


def test_where_nothing_was_found_to_be_given_no_confidence_is_judged() -> None:
    silent = replace(HALF, prediction="", best="", confidence=0.0, f1=0.0)
    table = open_report(silent, replace(silent, question=HELD.question)).to_json()
    assert "confidence" not in table
    assert table["without_candidate"] == 2
    both = open_report(RIGHT, silent).to_json()
    assert both["confidence"]["expected_calibration_error"] == pytest.approx(0.1)
    assert "confidence expected_calibration_error" not in both["intervals"]


def test_a_stage_that_a_question_did_not_go_through_took_it_no_time() -> None:
    told = replace(RIGHT, stages_ms={"retrieve": 2.0})
    assert open_report(RIGHT, told).to_json()["stages_ms"]["read"]["p50"] == 6.0


def test_there_is_no_report_of_no_question() -> None:
    with pytest.raises(InputError, match="no question was asked"):
        open_report()


def test_documents_that_the_memory_lacks_are_no_miss_of_retrieval() -> None:
    unknown = named("a", None, {"d99": 1})
    both = replace(unknown, question=replace(unknown.question, answers=("x",)))
    table = replace(open_report(both), documents_known=False).to_json()
    assert not {"gold_recall", "gold_mrr", "document_ndcg@10"} & set(table)
    assert "gold_mrr" not in table.get("intervals", {})
    assert "gold_mrr" in open_report(both).to_json()


def test_only_what_any_passage_answers() -> None:
    whole = OpenReport(
        outcomes=(RIGHT, HALF, HELD), seconds=2.0, seed=13, answered=frozenset({"b"})
    )
    table = json.loads(json.dumps(whole.to_json(), allow_nan=False))
    within = table["answerable_in_memory"]
    assert (within["n"], within["exact_match"], within["f1"]) == (1, 0.0, 50.0)
    assert within["recall"] == {"1": 0.0, "5": 0.0, "20": 100.0, "100": 100.0}
    assert within["mrr"] == pytest.approx(1 / 20)
    none = OpenReport(outcomes=(HALF,), seconds=2.0, seed=13, answered=frozenset())
    assert none.to_json()["answerable_in_memory"] == {"n": 0}


def named(name: str, gold: int | None, grades: dict[str, int], *, of: int = 30) -> Outcome:
    """A question of which the data names documents; the `gold`th passage is of one of them."""
    hits = tuple(
        RetrievedPassage(f"{i:016}", f"d{i}", 1.0, gold=i == gold) for i in range(1, of + 1)
    )
    question = Question(id=name, text="q", answers=(), documents=grades)
    return replace(HELD, question=question, hits=hits, abstained=False)


def test_retrieval_is_judged_by_documents_where_there_are_no_answers() -> None:
    report = open_report(named("a", 2, {"d2": 1}), named("b", 30, {"d30": 2}))
    table = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert report.retrieval_only
    assert not {"exact_match", "f1", "no_answer_accuracy", "recall", "confidence"} & set(table)
    assert table["gold_recall"] == {"1": 0.0, "5": 50.0, "20": 50.0, "100": 100.0}
    assert table["gold_mrr"] == pytest.approx((1 / 2 + 1 / 30) / 2)
    assert table["document_ndcg@10"] == pytest.approx(1 / math.log2(3) / 2)
    assert set(table["intervals"]) == {
        *(f"gold_recall@{k}" for k in (1, 5, 20, 100)),
        "gold_mrr",
    }


def test_gold_passages_are_judged_beside_answers() -> None:
    lies_in = replace(
        RIGHT,
        question=replace(RIGHT.question, context="x"),
        hits=(
            RetrievedPassage("k", "d", 1.0, holds=True),
            RetrievedPassage("l", "d", 1.0, gold=True),
        ),
    )
    table = open_report(lies_in).to_json()
    assert (table["recall"]["1"], table["gold_recall"]["1"], table["gold_mrr"]) == (100, 0, 0.5)
    elsewhere = replace(lies_in, hits=(RetrievedPassage("k", "d", 1.0, holds=True),))
    assert "gold_recall" not in open_report(elsewhere).to_json()


def test_the_memorys_hash_and_each_question_are_in_the_full_report() -> None:
    report = OpenReport(
        outcomes=(RIGHT, HALF),
        seconds=2.0,
        seed=13,
        about={"data": "d.json", "memory": {"documents": 2}},
    )
    documents = [info("a", "1"), info("b", "2")]
    full = full_report(report, report.to_json(), documents)
    assert [row["id"] for row in full["questions"]] == ["a 1", "b"]
    assert full["memory"] == {"documents": 2, "sha256": memory_digest(documents)}
    assert full_report(report, report.to_json())["memory"] == {"documents": 2}


def test_equal_documents_have_an_equal_digest_in_any_order() -> None:
    first, second = info("a", "1"), info("b", "2")
    assert memory_digest([first, second]) == memory_digest([second, first])
    others = ([first], [first, info("b", "3")], [first, info("c", "2")])
    digests = [memory_digest(documents) for documents in ([first, second], *others)]
    assert len(set(digests)) == len(digests)


def test_windows_are_counted_per_question() -> None:
    outcomes = (replace(RIGHT, windows_read=2), replace(HALF, windows_read=20))
    assert (
        OpenReport(outcomes=outcomes, seconds=1.0, seed=1).to_json()["windows_per_question"] == 11
    )
