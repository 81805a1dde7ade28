"""Options of a benchmark: one value, or keywords of the same names."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from spanmem.core.errors import InputError
from spanmem.evaluation.settings import BenchmarkKeywords, BenchmarkSettings


def test_keywords_are_the_options_in_name_and_type() -> None:
    types = get_type_hints(BenchmarkSettings)
    assert get_type_hints(BenchmarkKeywords) == {
        name: types[name] for name in BenchmarkSettings.model_fields
    }


def test_keywords_win_and_leave_the_original_alone() -> None:
    options = BenchmarkSettings(limit=5, seed=7)
    changed = options.change(limit=None, answerable=True)
    assert (changed.limit, changed.answerable, changed.seed) == (None, True, 7)
    assert (options.limit, options.answerable) == (5, False)
    assert options.change() == options


def test_what_a_subclass_adds_is_no_option() -> None:
    class More(BenchmarkSettings):
        data: str = "d"

    assert More(seed=3).options() == BenchmarkSettings(seed=3).options()
    assert type(More(seed=3).change(hits=5)) is BenchmarkSettings


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"limit": 0}, "benchmark: limit: Input should be greater than or equal to 1 (it is 0)"),
        ({"training_data": "x"}, "training_data: Input should be 'refuse', 'leave-out' or 'allow'"),
        ({"hits": 0}, "hits: "),
        ({"seed": -1}, "seed: "),
        ({"null_margin": float("nan")}, "null_margin: "),
        ({"limt": 1}, "limt is not a setting; did you mean limit?"),
    ],
)
def test_an_impossible_option_is_said_in_one_line(values: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        BenchmarkSettings().change(**values)
    assert expected in str(caught.value)
