"""Benchmarks on small sets, with readers that need no model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.evaluation.benchmark import (
    benchmark,
    benchmark_pipeline,
    benchmark_reader,
    holds_answer,
)
from spanmem.evaluation.settings import BenchmarkSettings
from spanmem.pipeline.indexing import index
from spanmem.pipeline.qa import QA
from spanmem.pipeline.settings import Settings
from spanmem.reader.overlap import OverlapReader


def rows(path: Path, *table: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in table), encoding="utf-8")
    return path


def row(question: str, context: str, *answers: str, **rest: Any) -> dict[str, Any]:
    return {"question": question, "context": context, "answers": {"text": answers}, **rest}


DANUBE = row("Where does the Danube end", "The Danube does end in Ukraine.", "in Ukraine")
FERRY = row("What does a ferry cost", "a ferry does cost 3 crowns", "3 crowns", id="f")


def test_each_question_is_read_against_its_own_context(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    report = benchmark_reader(
        OverlapReader(),
        rows(tmp_path / "d.jsonl", DANUBE, FERRY),
        step=lambda done, total: steps.append((done, total)),
    )
    assert [o.prediction for o in report.outcomes] == ["in Ukraine", "3 crowns"]
    assert (report.exact_match, report.f1) == (100.0, 100.0)
    assert steps == [(2, 2)]
    about = report.to_json()
    assert (about["reader"], about["data_questions"], about["always_answers"]) == (
        "overlap",
        2,
        True,
    )
    assert len(about["data_sha256"]) == 64


def test_margin_decides_where_the_set_has_unanswerable_questions(tmp_path: Path) -> None:
    alien = row("Which planet orbits Sirius", "Bread is baked in the morning.")
    path = rows(tmp_path / "d.jsonl", DANUBE, alien)
    report = benchmark_reader(OverlapReader(), path)
    assert [o.prediction for o in report.outcomes] == ["in Ukraine", ""]
    assert report.to_json()["no_answer_accuracy"] == 100.0
    strict = benchmark_reader(OverlapReader(), path, null_margin=100.0)
    assert [o.prediction for o in strict.outcomes] == ["", ""]
    assert strict.to_json()["has_answer_f1"] == 0.0


def test_the_best_span_counts_where_every_question_has_an_answer(tmp_path: Path) -> None:
    only = rows(tmp_path / "d.jsonl", row("xx yy zz", "Bread is baked.", "Bread is baked"))
    assert benchmark_reader(OverlapReader(), only, null_margin=100.0).exact_match == 100.0


LONG = row("why " * 301, "Some text.", "text", id="long")


def test_what_nobody_could_ask_is_left_out_and_counted(tmp_path: Path) -> None:
    path = rows(tmp_path / "d.jsonl", row("?!", "Some text.", "text"), DANUBE, LONG, FERRY)
    report = benchmark_reader(OverlapReader(), path, limit=1)
    assert [o.prediction for o in report.outcomes] == ["in Ukraine"]
    assert [q.id for q in report.unasked] == ["1", "long"]
    assert report.exact_match == 100.0
    assert json.loads(json.dumps(report.to_json(), allow_nan=False))["rows"] == {
        "read": 4,
        "used": 1,
        "left_out": {
            "the question has no word": 1,
            "the question is longer than can be asked": 1,
            "beyond the limit": 1,
        },
        "repaired": {},
    }
    with pytest.raises(InputError, match=r"none of its 1 questions can be asked .*longer than"):
        benchmark_reader(OverlapReader(), rows(tmp_path / "e.jsonl", LONG))


def test_an_article_is_no_answer_where_there_is_none(tmp_path: Path) -> None:
    """As SQuAD's script has it: it is right to say `the` there, and no credit for confidence."""
    path = rows(tmp_path / "d.jsonl", DANUBE, row("What is that", "What is the"))
    report = benchmark_reader(OverlapReader(), path, null_margin=-100.0)
    none = report.outcomes[1]
    assert (none.prediction, none.exact_match, none.best_right) == ("the", 1.0, 0.0)
    assert report.to_json()["no_answer_accuracy"] == 100.0


def test_limit_and_repeatability(tmp_path: Path) -> None:
    path = rows(tmp_path / "d.jsonl", *[{**DANUBE, "id": str(i)} for i in range(9)])
    report = benchmark_reader(OverlapReader(), path, limit=3)
    assert [o.question.id for o in report.outcomes] == ["0", "3", "6"]
    again = benchmark_reader(OverlapReader(), path, limit=3)
    assert again.outcomes == report.outcomes


def test_a_set_without_contexts_names_the_other_command(tmp_path: Path) -> None:
    path = rows(tmp_path / "d.jsonl", {"question": "who", "answer": ["x"]})
    with pytest.raises(InputError, match="benchmark open"):
        benchmark_reader(OverlapReader(), path)


def test_regular_expressions_score_from_the_start(tmp_path: Path) -> None:
    table = row("What does a ferry cost", "a ferry does cost 3 crowns", r"\d crowns?|three")
    report = benchmark_reader(OverlapReader(), rows(tmp_path / "d.jsonl", table), regex=True)
    assert (report.exact_match, report.f1) == (100.0, 100.0)


@pytest.mark.parametrize(
    ("text", "answers", "regex", "expected"),
    [
        ("It ends in the Black Sea.", ("black sea",), False, True),
        ("It ends in the Blackest Sea.", ("black",), False, False),
        ("12,000 people", ("12000",), False, True),
        ("anything", ("the",), False, False),
        ("anything", (), False, False),
        ("It is 20320 ft high", (r"20,?320\s?ft",), True, True),
        ("It is high", (r"20,?320\s?ft",), True, False),
    ],
)
def test_holds_answer(text: str, answers: tuple[str, ...], regex: bool, expected: bool) -> None:
    assert holds_answer(text, answers, regex=regex) is expected


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a memory of the two contexts, without models."""
    texts = [DANUBE["context"], FERRY["context"]]
    corpus = rows(tmp_path / "c.jsonl", *({"id": str(i), "text": t} for i, t in enumerate(texts)))
    settings = Settings().override(
        {
            "encoder.model": "hash-256",
            "reader.model": "overlap",
            "memory.path": str(tmp_path / "m"),
            "memory.reuse_above": 0.0,
            "answer.abstain_below": 0.0,
        }
    )
    index(corpus, into=tmp_path / "m", settings=settings).close()
    return settings


def test_options_are_one_value_or_keywords(settings: Settings, tmp_path: Path) -> None:
    data = rows(tmp_path / "d.jsonl", *[{**DANUBE, "id": str(i)} for i in range(9)])
    options = BenchmarkSettings(limit=3, hits=1, answerable=True, seed=7)
    with QA.open(settings) as qa:
        report = benchmark(qa, data, options=options)
        again = benchmark(qa, data, limit=3, hits=1, answerable=True, seed=7)
        one_more = benchmark(qa, data, options=options, limit=4)
    assert (len(report.outcomes), report.cuts, report.seed) == (3, (1,), 7)
    assert (report.answered, again.answered) == (frozenset({"0", "3", "6"}),) * 2
    assert [o.prediction for o in again.outcomes] == [o.prediction for o in report.outcomes]
    assert report.about["settings"]["benchmark"] == options.options()
    assert report.about["settings"] == again.about["settings"]
    assert (len(one_more.outcomes), one_more.seed) == (4, 7)
    with pytest.raises(InputError, match=r"limit: Input should be greater .* \(it is 0\)"):
        benchmark_reader(OverlapReader(), data, limit=0)


@pytest.mark.parametrize("remember", [True, False])
def test_a_benchmark_leaves_no_trace_in_the_memory(
    settings: Settings, tmp_path: Path, remember: bool
) -> None:
    data = rows(tmp_path / "d.jsonl", {**DANUBE, "id": "1"}, {**DANUBE, "id": "2"})
    options = BenchmarkSettings(remember=remember)
    with benchmark_pipeline(settings, options) as qa:
        report = benchmark(qa, data, options=options)
        assert len(qa.turns("benchmark")) == (2 if remember else 0)
    kinds = [outcome.kind for outcome in report.outcomes]
    assert kinds == ["passage", "memory" if remember else "passage"]
    assert report.about["settings"]["memory"]["path"] == settings.memory.path
    with QA.open(settings) as qa:
        assert qa.turns("benchmark") == []


def test_the_data_are_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[object] = []

    def set_digest(path: object) -> str:
        hashed.append(path)
        return "0" * 64

    monkeypatch.setattr("spanmem.evaluation.question_set.set_digest", set_digest)
    report = benchmark_reader(OverlapReader(), rows(tmp_path / "d.jsonl", DANUBE))
    assert (len(hashed), report.to_json()["data_sha256"]) == (1, "0" * 64)


def test_passages_that_were_read_come_first_as_reading_orders_them(tmp_path: Path) -> None:
    texts = [
        "What ferry? What cost? A ferry, what a cost, what a ferry.",
        FERRY["context"],
        "Rye grows here.",
    ]
    corpus = rows(tmp_path / "c.jsonl", *({"id": str(i), "text": t} for i, t in enumerate(texts)))
    data = rows(tmp_path / "q.jsonl", FERRY)
    settings = Settings().override(
        {
            "encoder.model": "hash-256",
            "reader.model": "overlap",
            "retrieve.mode": "lexical",
            "retrieve.passages": 2,
            "answer.retrieval_weight": 0.0,
        }
    )
    with index(corpus, into=tmp_path / "m", settings=settings) as memory:
        qa = QA(memory, settings=settings)
        (result,) = qa.answer_with_hits([FERRY["question"]])
        (outcome,) = benchmark(qa, data).outcomes
    read = [hit.passage.key for hit in result.reranked]
    ranked = [hit.passage.key for hit in result.hits]
    assert read == [ranked[1], ranked[0]]
    assert [p.key for p in outcome.reread] == [*read, *(k for k in ranked if k not in read)]
    best = result.answer.answers[0]
    assert (best.text, best.evidence.passage) == ("3 crowns", read[0])
    assert outcome.read_rank == 1
