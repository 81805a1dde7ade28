from __future__ import annotations

import numpy as np
import pytest

from spanmem.pipeline.tuning.stopping import Look, fit_stopping, prefix, read_by, upper_limit
from spanmem.reader.spans import Reading, Span
from spanmem.reader.stopping import STOPPING, Stopping

Case = tuple[int, tuple[Look, ...]]


def look(read: int, stays: bool, **features: float) -> Look:
    return Look(read, {**dict.fromkeys(STOPPING, 0.0), **features}, stays)


def cases(seed: int, count: int, *, noise: float = 0.0) -> list[Case]:
    """Questions whose answer stays where its lead is long, but for `noise` of them."""
    rng = np.random.default_rng(seed)
    leads = rng.uniform(0, 10, (count, 2))
    changes = rng.random(count) < noise
    return [
        (
            20,
            tuple(
                look(n, bool(x > 4) and not odd, lead=x) for n, x in zip((2, 5), row, strict=True)
            ),
        )
        for row, odd in zip(leads.tolist(), changes, strict=True)
    ]


@pytest.mark.parametrize(
    ("events", "count", "limit"), [(0, 59, 0.0495), (0, 300, 0.00994), (3, 100, 0.0757), (5, 5, 1)]
)
def test_the_upper_limit_is_that_of_the_binomial(events: int, count: int, limit: float) -> None:
    assert upper_limit(events, count) == pytest.approx(limit, abs=2e-4)


def test_the_rule_stops_where_the_answer_stays() -> None:
    rule, report = fit_stopping({"a": cases(1, 300), "b": cases(2, 300)}, 0.02)
    assert rule is not None
    assert report is not None
    fresh = [(x, read_by(rule, x, n)) for n, x in cases(3, 1000)]
    changed = [any(s.read == n and not s.stays for s in x) for x, n in fresh]
    assert np.mean(changed) <= 0.02
    assert report.read < 15 < report.of == 20
    assert np.mean([n for _, n in fresh]) == pytest.approx(report.read, abs=1)
    assert report.changed / report.questions <= report.at_most <= 0.02


def test_the_limit_holds_on_fresh_questions_also_where_nothing_tells_what_changes() -> None:
    for seed in range(5):
        noisy = {str(i): cases(10 * seed + i, 150, noise=0.1) for i in range(3)}
        rule, _ = fit_stopping(noisy, 0.05)
        fresh = [(x, read_by(rule, x, n)) for n, x in cases(99 + seed, 2000, noise=0.1)]
        assert np.mean([any(s.read == n and not s.stays for s in x) for x, n in fresh]) <= 0.07


def test_one_kind_of_text_is_fitted_in_parts() -> None:
    rule, report = fit_stopping({"all": cases(4, 400)}, 0.02)
    assert rule is not None
    assert report is not None
    assert report.questions == 400


@pytest.mark.parametrize(
    "kinds",
    [
        {},
        {"a": [(1, ())] * 50},
        {"a": cases(5, 20)},
        {"a": [(20, (look(2, True),))] * 300},
        {"a": cases(6, 300), "b": [(20, (look(2, False, lead=10.0),))] * 300},
    ],
    ids=["nothing", "few-passages", "too-few-to-know", "always-stays", "long-leads-change"],
)
def test_without_a_rule_that_is_known_to_hold_there_is_none(kinds: dict[str, list[Case]]) -> None:
    assert fit_stopping(kinds, 0.02) == (None, None)


def test_no_answer_may_change_is_no_rule() -> None:
    assert fit_stopping({"a": cases(7, 300), "b": cases(8, 300)}, 0.0) == (None, None)


def test_what_is_read_ends_at_the_first_look_that_is_enough() -> None:
    looks = (look(2, True), look(5, True, lead=9.0), look(10, True, lead=9.0))
    rule = Stopping(0.9, -2.0, {"lead": 1.0})
    assert (read_by(rule, looks, 20), read_by(None, looks, 20), read_by(rule, looks[:1], 7)) == (
        *(5, 20),
        7,
    )


def test_the_prefix_of_a_reading_is_that_of_its_first_passages() -> None:
    spans = tuple(Span(p, 0, 1, "x", 1.0 - i, 0.0) for i, p in enumerate((2, 0, 1)))
    whole = Reading(spans, (0.0, 1.0, 2.0), (3.0, 4.0, 5.0))
    assert prefix(whole, 2) == Reading(spans[1:], (0.0, 1.0), (3.0, 4.0))
