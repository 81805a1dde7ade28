"""Files for other tools of the field, read back by those tools."""

from __future__ import annotations

import json
import random
from pathlib import Path

import ir_measures
import pytest
from ir_measures import RR, Success

from spanmem.core.records import Evidence, Passage
from spanmem.evaluation.datasets import Question
from spanmem.evaluation.exports import (
    dpr_retrieval,
    kilt_predictions,
    squad_predictions,
    trec_qrels,
    trec_run,
)
from spanmem.evaluation.report import OpenReport
from spanmem.evaluation.results import Outcome, RetrievedPassage
from spanmem.reader.metrics import exact_match, f1

PLACE = Evidence(
    document="rivers", start=19, end=28, text="Black Sea", passage="k1", passage_text="It ends."
)


def outcome(
    name: str, *hits: RetrievedPassage, answers: tuple[str, ...] = ("x",), prediction: str = "x"
) -> Outcome:
    return Outcome(
        question=Question(id=name, text=f"what is {name}", answers=answers),
        prediction=prediction,
        exact_match=exact_match(prediction, answers),
        f1=f1(prediction, answers),
        confidence=0.5,
        hits=hits,
    )


def hit(key: str, score: float, *, holds: bool = False, document: str = "d") -> RetrievedPassage:
    return RetrievedPassage(key, document, score, holds=holds)


def some_run(seed: int) -> list[Outcome]:
    """Questions with up to 30 passages each; of some none is right, and some have no passage."""
    drawn = random.Random(seed)
    return [
        outcome(
            f"question {i}",
            *(
                hit(f"{i}-{r}", 1 - r / 100, holds=drawn.random() < 0.08)
                for r in range(drawn.choice([0, 3, 30, 30]))
            ),
        )
        for i in range(40)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_ir_measures_finds_the_same_in_run_and_judgments(tmp_path: Path, seed: int) -> None:
    outcomes = some_run(seed)
    (tmp_path / "run").write_text(trec_run(outcomes), encoding="utf-8")
    (tmp_path / "qrels").write_text(trec_qrels(outcomes), encoding="utf-8")
    run = list(ir_measures.read_trec_run(str(tmp_path / "run")))
    judged = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels")))
    found = ir_measures.calc_aggregate([Success @ 1, Success @ 5, Success @ 20, RR], judged, run)
    report = OpenReport(outcomes=tuple(outcomes), seconds=1.0, seed=13)
    for k in (1, 5, 20):
        assert 100 * found[Success @ k] == pytest.approx(report.recall[k])
    assert found[RR] == pytest.approx(report.mrr)


def test_run_and_judgments_line_by_line() -> None:
    outcomes = [
        outcome("a 1", hit("k1", 0.5, holds=True), hit("k2", 0.25)),
        outcome("none", hit("k1", 0.5), answers=()),
        outcome("b"),
    ]
    assert trec_run(outcomes).splitlines() == [
        "a_1 Q0 k1 1 0.500000 spanmem",
        "a_1 Q0 k2 2 0.250000 spanmem",
        "none Q0 k1 1 0.500000 spanmem",
    ]
    assert trec_qrels(outcomes).splitlines() == ["a_1 0 k1 1", "a_1 0 k2 0", "b 0 none 0"]


def test_grades_of_documents_are_the_judgments_where_there_are_no_answers() -> None:
    question = Question(id="q", text="q", answers=(), documents={"d2": 2})
    found = Outcome(
        question=question,
        prediction="",
        exact_match=0,
        f1=0,
        confidence=0,
        hits=(hit("k1", 0.5, document="d1"), hit("k2", 0.4, document="d2")),
    )
    assert trec_qrels([found]).splitlines() == ["q 0 k1 0", "q 0 k2 2"]


PREDICTIONS = [
    ("the Black Sea.", ("Black Sea",)),
    ("Black", ("the Black Sea", "Black Sea")),
    ("a red, red rose", ("red rose", "roses")),
    ("L'École normale", ("l'école", "normale supérieure")),
    ("", ("nothing",)),
    ("12,000 people", ("12000", "twelve thousand")),
    ("state-of-the-art", ("state of the art",)),
    ("no match", ("at all",)),
]


def test_squad_predictions_are_scored_equally_by_torchmetrics() -> None:
    from torchmetrics.functional.text import squad

    outcomes = [
        outcome(str(i), answers=golds, prediction=given)
        for i, (given, golds) in enumerate(PREDICTIONS)
    ]
    written = json.loads(squad_predictions(outcomes))
    found = squad(
        [{"id": name, "prediction_text": text} for name, text in written.items()],
        [
            {"id": str(i), "answers": {"text": list(golds), "answer_start": [0] * len(golds)}}
            for i, (_, golds) in enumerate(PREDICTIONS)
        ],
    )
    report = OpenReport(outcomes=tuple(outcomes), seconds=1.0, seed=13)
    assert report.exact_match == pytest.approx(float(found["exact_match"]), abs=1e-4)
    assert report.f1 == pytest.approx(float(found["f1"]), abs=1e-4)


def test_predictions_keep_every_question() -> None:
    same = [outcome("a"), outcome("a#2", answers=(), prediction="")]
    assert json.loads(squad_predictions(same)) == {"a": "x", "a#2": ""}


def test_kilt_names_the_answers_own_document_first() -> None:
    found = Outcome(
        question=Question(id="q", text="where does it end", answers=("Black Sea",)),
        prediction="Black Sea",
        exact_match=1,
        f1=1,
        confidence=0.9,
        evidence=PLACE,
        hits=(hit("k0", 0.9, document="lakes"), hit("k1", 0.8, document="rivers")),
    )
    row = json.loads(kilt_predictions([found]))
    assert (row["id"], row["input"]) == ("q", "where does it end")
    (output,) = row["output"]
    assert output["answer"] == "Black Sea"
    assert [place["wikipedia_id"] for place in output["provenance"]] == ["rivers", "lakes"]
    assert output["provenance"][0]["start_character"] == 19


def test_dpr_retrieval_holds_texts_and_where_answers_are() -> None:
    text = "x and y"
    passage = Passage(document="d", start=0, end=len(text), text=text, title="T")
    table = {"k1": passage}
    (row,) = dpr_retrieval([outcome("q", hit("k1", 0.5, holds=True), hit("gone", 0.1))], table.get)
    assert row["question"] == "what is q"
    assert row["answers"] == ["x"]
    assert row["ctxs"] == [
        {"id": "k1", "title": "T", "text": "x and y", "score": 0.5, "has_answer": True}
    ]
