"""The curves of a report as SVG: which are drawn, what they say, and that they are repeatable."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from xml.etree import ElementTree as Tree

import pytest

from spanmem.core.errors import InputError
from spanmem.evaluation.datasets import Question
from spanmem.evaluation.plots import draw, must_draw
from spanmem.evaluation.results import Outcome, RetrievedPassage

OPEN = Outcome(
    question=Question(id="q", text="q", answers=("x",)),
    prediction="x",
    best="x",
    exact_match=1.0,
    f1=1.0,
    confidence=0.9,
    best_right=1.0,
    hits=tuple(RetrievedPassage(f"k{i}", "d", 0.5, holds=i == 2) for i in range(5)),
    latency_ms=10.0,
    stages_ms={"read": 6.0},
)
WRONG = replace(OPEN, exact_match=0.0, best_right=0.0, confidence=0.4)
READER = replace(OPEN, hits=(), latency_ms=0.0, stages_ms={}, confidence=3.5)
NAMED = replace(OPEN, question=Question(id="n", text="n", answers=(), documents={"d": 1}), hits=())
FOUND = replace(NAMED, hits=(RetrievedPassage("k", "d", 0.5, gold=True),))
NONE = replace(OPEN, question=Question(id="u", text="u", answers=()), best_right=0.0, hits=())


@pytest.mark.parametrize(
    ("outcomes", "probable", "names"),
    [
        ([OPEN, WRONG], True, {"recall", "risk-coverage", "reliability", "latency"}),
        ([READER, READER], False, {"risk-coverage"}),
        ([FOUND], True, {"recall", "latency"}),
        ([NAMED], True, {"latency"}),
        ([replace(OPEN, best="", prediction="")], True, {"recall", "latency"}),
        ([NONE], True, {"risk-coverage", "reliability", "latency"}),
    ],
)
def test_only_what_was_measured_is_drawn(
    outcomes: list[Outcome], probable: bool, names: set[str]
) -> None:
    figures = draw(outcomes, probable=probable)
    assert set(figures) == names
    for svg in figures.values():
        assert Tree.fromstring(svg).tag.endswith("svg")


def test_equal_outcomes_give_equal_files() -> None:
    assert draw([OPEN, WRONG], probable=True) == draw([OPEN, WRONG], probable=True)


def test_figures_tell_the_area_and_the_percentiles() -> None:
    figures = draw([OPEN, WRONG], probable=True)
    assert "Risk against coverage (area 25.0 %)" in figures["risk-coverage"]
    assert "total: p50 10 ms, p95 10 ms" in figures["latency"]


def test_without_matplotlib_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    must_draw()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"matplotlib is not installed; .*spanmem\[bench\]"):
        must_draw()
