"""Corrections and filters: told under one it counts there, under none in all documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spanmem.core.records import Document
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.answers import Answer
from spanmem.pipeline.qa import QA
from spanmem.pipeline.settings import Settings
from spanmem.reader.overlap import OverlapReader

FREE = Settings.load(None, {"answer.abstain_below": 0.0, "memory.reuse_above": 0.0})
DAYS = {"us": 15, "de": 30, "fr": 25}
QUESTION = "How many days of leave do employees get?"


@pytest.fixture
def qa(tmp_path: Path) -> Iterator[QA]:
    encoder = HashEncoder()
    with Memory.create(tmp_path / "m", encoder=encoder.name, dim=encoder.dim) as memory:
        documents = [
            Document(
                id=country,
                text=f"Employees get {days} days of leave.",
                metadata={"country": country, "year": 2024},
            )
            for country, days in DAYS.items()
        ]
        build(documents, memory, encoder)
    with QA(tmp_path / "m", reader=OverlapReader(), encoder=encoder, settings=FREE) as opened:
        yield opened


def asked(qa: QA, country: str | None, scope: str = "ann") -> Answer:
    where = None if country is None else {"country": country}
    return qa.ask(QUESTION, scope=scope, where=where, history=())


def told(answer: Answer) -> str | None:
    """What it gives that a person told, None where it gives what was read."""
    return answer.text if answer.text and answer.answers[0].kind == "correction" else None


@pytest.mark.parametrize("scope", ["", "ann"])
def test_what_is_told_under_a_filter_counts_under_it_alone(qa: QA, scope: str) -> None:
    asked(qa, "de", scope)
    answer = asked(qa, "us", scope)
    qa.correct(answer, "18 days", scope=scope)
    assert told(asked(qa, "us", scope)) == "18 days"
    narrower = {"country": "us", "year": 2024}
    assert told(qa.ask(QUESTION, scope=scope, where=narrower, history=())) == "18 days"
    for country in ("de", "fr", None):
        assert told(asked(qa, country, scope)) is None


def test_each_filter_has_its_own_correction_and_each_is_corrected_again(qa: QA) -> None:
    for country in DAYS:
        qa.correct(asked(qa, country), f"{country} days")
    qa.correct(asked(qa, "us"), "19 days")
    assert [told(asked(qa, country)) for country in DAYS] == ["19 days", "de days", "fr days"]
    turns = [turn for turn in qa.turns("") if turn.kind == "correction"]
    assert [turn.superseded_by is None for turn in turns] == [False, True, True, True]
    qa.withdraw()
    assert told(asked(qa, "us")) == "us days"


def test_what_nothing_was_found_for_is_told_under_its_filter(qa: QA) -> None:
    asked(qa, "us")
    nothing = asked(qa, "xx")
    assert nothing.abstained
    assert nothing.under
    qa.correct(nothing, "none at all", scope="ann")
    assert told(asked(qa, "xx")) == "none at all"
    assert told(asked(qa, "us")) is None
    assert told(asked(qa, None)) is None


def test_a_question_by_its_words_is_told_under_the_filter_that_is_given(qa: QA) -> None:
    turn = qa.correct(QUESTION, "26 days", where={"country": "fr"})
    read = qa.memory.turn("", turn.supersedes or "")
    assert read is not None
    assert read.evidence[0].document == "fr"
    assert told(asked(qa, "fr")) == "26 days"
    assert told(asked(qa, None)) is None


def test_an_answer_read_under_another_filter_is_not_given_as_if_nothing_had_been_said(
    qa: QA,
) -> None:
    place = asked(qa, None)
    document = place.answers[0].evidence.document
    qa.correct(asked(qa, document), "99 days", scope="ann")
    answer = asked(qa, None)
    assert answer.abstained
    assert f'under {{"country": "{document}"}}' in answer.notices[0]


def test_what_is_told_of_all_documents_counts_where_its_place_is_found(qa: QA) -> None:
    """No further: a filter may be what a key may see."""
    qa.correct(QUESTION, "28 days", scope="ann", author="Bo")
    assert told(asked(qa, None)) == "28 days"
    seen = {country: asked(qa, country) for country in DAYS}
    given = [country for country, answer in seen.items() if told(answer) == "28 days"]
    assert len(given) == 1  # where the answer was read that it took the place of
    for country in DAYS.keys() - given:
        assert str(DAYS[country]) in str(seen[country])
        assert "28 days" not in str((seen[country].answers, seen[country].notices))
    assert "28 days" not in str(asked(qa, "xx"))


def test_a_confirmation_counts_under_the_filter_of_its_answer(qa: QA) -> None:
    turn = qa.confirm(asked(qa, "us"), scope="ann")
    assert turn.model.endswith('where {"country": "us"}')
    assert asked(qa, "us").answers[0].kind == "confirmed"
    assert asked(qa, None).answers[0].kind != "confirmed"
