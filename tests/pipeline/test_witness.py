"""Reuse needs both: rules that find nothing wanting, and a scorer that is sure enough."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from spanmem.models.runtimes.protocol import Floats, RuntimeOptions
from spanmem.pipeline import witness
from spanmem.pipeline.contract import VerifierContract
from spanmem.pipeline.verifier import Verifier
from spanmem.pipeline.witness import RulesAndWitness

OPTIONS = RuntimeOptions(device="cpu", threads=1)
PRICE, REWORDED, OTHER = (
    "How much does the kettle cost?",
    "What is the price of the kettle?",
    "How much does the kettle weigh?",
)
LONG = "Who sold the old stone mill by the river Elm to the town of Kessel{}?"


class Scorer:
    """A scorer with one score for all, which remembers what it was asked."""

    threshold, sure = 0.4, 0.8

    def __init__(self, score: float) -> None:
        self.score = score
        self.asked: list[tuple[str, str]] = []

    def scores(self, pairs: Sequence[tuple[str, str]], /) -> Floats:
        self.asked += pairs
        return np.full(len(pairs), self.score, np.float32)


def same(score: float, first: str, second: str, similarity: float = 1.0) -> bool:
    return RulesAndWitness(OPTIONS, scorer=Scorer(score))(first, second, similarity).same


@pytest.mark.parametrize(("score", "given"), [(0.39, False), (0.41, True), (1.0, True)])
def test_what_the_rules_allow_the_witness_may_refuse(score: float, given: bool) -> None:
    assert same(score, PRICE, REWORDED) is given


def test_what_the_rules_refuse_no_witness_allows() -> None:
    assert not same(1.0, PRICE, OTHER)
    assert not same(1.0, PRICE, PRICE.replace("kettle", "kettle lid"))
    assert not same(1.0, PRICE, REWORDED, similarity=0.1)


def test_the_very_same_words_and_what_is_refused_anyway_ask_no_witness() -> None:
    scorer = Scorer(0.0)
    verify = RulesAndWitness(OPTIONS, scorer=scorer)
    assert verify(PRICE, PRICE.lower(), 0.0).same
    assert not verify(PRICE, OTHER, 1.0).same
    assert scorer.asked == []


def test_both_orders_are_scored_and_their_order_is_none_of_the_callers() -> None:
    there, back = Scorer(1.0), Scorer(1.0)
    RulesAndWitness(OPTIONS, scorer=there)(PRICE, REWORDED, 1.0)
    RulesAndWitness(OPTIONS, scorer=back)(REWORDED, PRICE, 1.0)
    assert there.asked == back.asked == [(PRICE, REWORDED), (REWORDED, PRICE)]


def test_the_bundled_scorer_is_loaded_once_and_only_when_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[RuntimeOptions] = []

    def load(options: RuntimeOptions) -> Scorer:
        loaded.append(options)
        return Scorer(1.0)

    monkeypatch.setattr(witness, "bundled_scorer", load)
    verify = RulesAndWitness(OPTIONS)
    verify(PRICE, OTHER, 1.0)
    assert loaded == []
    assert verify(PRICE, REWORDED, 1.0).same
    assert verify(REWORDED, PRICE, 1.0).same
    assert loaded == [OPTIONS]


_BUILT_IN = RulesAndWitness(OPTIONS)


class TestBuiltIn(VerifierContract):
    def make(self) -> Verifier:
        return _BUILT_IN
