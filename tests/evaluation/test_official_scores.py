"""Scores equal those of the field's own tools, over texts made to tell them apart."""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ir_measures import RR, Success

from spanmem.evaluation.datasets import Question
from spanmem.evaluation.exports import squad_predictions, trec_qrels, trec_run
from spanmem.evaluation.matching import score
from spanmem.evaluation.report import OpenReport, ReaderReport
from spanmem.evaluation.results import Outcome, RetrievedPassage

PIECES = [
    *("the", "The", "a", "an", "AN", "and", "Another", "theatre", "a.", "the-end", "U.S.A."),
    *(
        "1,000",
        "1.000",
        "$5",
        "5 %",
        "naïve",
        "NAI\u0308VE",
        "ß",
        "İstanbul",
        "ﬁn",
        "Ⅳ",
        "¿",
        "“the”",
    ),
    *(
        "\u00a0",
        "\u2003",
        "\t",
        "\n",
        "",
        "_",
        "—",
        "'",
        "’",
        "`",
        "()",
        "?",
        "東京",
        "ｔｈｅ",
        "x",
        "X",
    ),
]
texts = st.lists(st.sampled_from(PIECES), max_size=5).map(" ".join)
golds = st.lists(texts, max_size=3)


def normalized(text: str) -> str:
    """The published rule: lower case, no punctuation, no articles, single spaces, in this order."""
    lower = text.lower()
    bare = "".join(c for c in lower if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare, flags=re.UNICODE).split())


def exact_and_f1(gold: str, prediction: str) -> tuple[float, float]:
    """Of one gold, as Rajpurkar et al. (2018) define them; two empty texts are equal."""
    wanted, words = normalized(gold).split(), normalized(prediction).split()
    exact = float(wanted == words)
    if not wanted or not words:
        return exact, exact
    shared = sum((Counter(wanted) & Counter(words)).values())
    return exact, 2 * shared / (len(wanted) + len(words))


def official(rows: list[tuple[list[str], str]]) -> dict[str, float]:
    """The figures of SQuAD 2.0's script: golds of nothing are dropped, and none is the empty text.

    A row without golds is one without an answer.
    """
    columns: dict[str, list[float]] = {}
    for row_golds, prediction in rows:
        left = [gold for gold in row_golds if normalized(gold)]
        pairs = [exact_and_f1(gold, prediction) for gold in left or [""]]
        kind = "has_answer" if left else "no_answer"
        for name, at in (("exact_match", 0), ("f1", 1)):
            best = 100 * max(pair[at] for pair in pairs)
            columns.setdefault(name, []).append(best)
            columns.setdefault(f"{kind}_{name}", []).append(best)
    return {name: sum(values) / len(values) for name, values in columns.items()}


def outcome(name: object, answers: tuple[str, ...], prediction: str, **rest: Any) -> Outcome:
    right, overlap = score(prediction, answers, regex=False)
    question = Question(id=str(name), text="q", answers=answers)
    return Outcome(
        question=question,
        prediction=prediction,
        exact_match=right,
        f1=overlap,
        confidence=0.5,
        **rest,
    )


@pytest.fixture(scope="module", autouse=True)
def no_intervals() -> Iterator[None]:
    """Intervals are beside the point here, and would take nearly all of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spanmem.evaluation.report.bootstrap_interval", lambda *_, **__: (0.0, 0.0))
        yield


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(golds, texts), min_size=1, max_size=8))
def test_answers_score_as_by_the_script_of_squad_2(rows: list[tuple[list[str], str]]) -> None:
    outcomes = [
        outcome(i, tuple(g for g in row_golds if normalized(g)), prediction)
        for i, (row_golds, prediction) in enumerate(rows)
    ]
    table = ReaderReport(outcomes=tuple(outcomes), seconds=1.0, seed=13).to_json()
    wanted = official(rows)
    for name in ("exact_match", "f1"):
        assert table[name] == pytest.approx(wanted[name])
    if "no_answer_f1" in wanted:  # no_answer_accuracy is what the script calls NoAns_exact
        assert table["no_answer_accuracy"] == pytest.approx(wanted["no_answer_exact_match"])
        for name in ("has_answer_exact_match", "has_answer_f1"):
            assert table.get(name) == (pytest.approx(wanted[name]) if name in wanted else None)
    else:
        assert "no_answer_accuracy" not in table
    predictions = json.loads(squad_predictions(outcomes))
    assert predictions == {str(i): prediction for i, (_, prediction) in enumerate(rows)}


names = st.sampled_from(["a", "a b", "a_b", "a  b", "a_b#2", " ", "_", "\u3000", "ä\t", "a\x1cb"])
close = st.sampled_from([0.0, 0.1, 0.1 + 1e-9, 0.1000004, 0.5, 0.5, 17.25, 17.250001, 1e-9])
found = st.lists(st.tuples(close, st.booleans()), max_size=8)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ids=st.lists(names, min_size=1, max_size=5, unique=True), data=st.data())
def test_runs_score_as_by_ir_measures(tmp_path: Path, ids: list[str], data: st.DataObject) -> None:
    """With ids of spaces, and passages that score alike, whose names are in the wrong order."""
    outcomes: list[Outcome] = []
    for name in ids:
        ranked = sorted(data.draw(found), key=lambda pair: -pair[0])
        hits = tuple(
            RetrievedPassage(f"k{i}", "d", score, holds=holds)
            for i, (score, holds) in enumerate(ranked)
        )
        outcomes.append(outcome(name, ("x",), "", hits=hits))
    run_file, judged_file = tmp_path / "run", tmp_path / "qrels"
    run_file.write_text(trec_run(outcomes), encoding="utf-8")
    judged_file.write_text(trec_qrels(outcomes), encoding="utf-8")
    run = list(ir_measures.read_trec_run(str(run_file)))
    judged = list(ir_measures.read_trec_qrels(str(judged_file)))
    assert len({row.query_id for row in judged}) == len(ids)
    scores = ir_measures.calc_aggregate([Success @ 1, Success @ 5, RR], judged, run)
    report = OpenReport(outcomes=tuple(outcomes), seconds=1.0, seed=13)
    assert report.recall[1] == pytest.approx(100 * scores[Success @ 1])
    assert report.recall[5] == pytest.approx(100 * scores[Success @ 5])
    assert report.mrr == pytest.approx(scores[RR])
