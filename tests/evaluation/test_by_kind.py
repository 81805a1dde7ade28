"""The figures of a confidence, kind by kind, against values worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from spanmem.evaluation.by_kind import confidence_by_kind, confidence_figures


@dataclass(frozen=True)
class Rows:
    confidence: tuple[float, ...]
    right: tuple[float, ...]
    answerable: tuple[bool, ...]


MANUALS = Rows((0.95, 0.9, 0.45, 0.2, 0.6), (1, 1, 1, 0, 0), (True, True, True, True, False))


def test_what_is_given_and_held_back_is_counted_by_hand() -> None:
    figures = confidence_figures(MANUALS, abstain_below=0.5, seed=13)
    assert (figures["n"], figures["answerable"], figures["right"]) == (5, 4, 3)
    assert (figures["given"], figures["given_right"], figures["right_held_back"]) == (3, 2, 1)
    assert figures["expected_calibration_error"] == pytest.approx(
        ((2 - 1.85) + 0.55 + 0.2 + 0.6) / 5
    )
    assert figures["brier_score"] == pytest.approx((0.0025 + 0.01 + 0.55**2 + 0.04 + 0.36) / 5)
    assert figures["auroc_of_being_right"] == pytest.approx(5 / 6)
    assert figures["coverage_at_80_precision"] == 2 / 5


def test_a_lower_bar_holds_less_back() -> None:
    assert confidence_figures(MANUALS, abstain_below=0.3, seed=13)["right_held_back"] == 0


def test_a_kind_without_candidates_has_no_figures() -> None:
    kinds = {"manuals": MANUALS, "posts": Rows((), (), ())}
    assert list(confidence_by_kind(kinds, abstain_below=0.5, seed=13)) == ["manuals"]
