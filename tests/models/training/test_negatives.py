"""Mined passages of a row, and what is said of those that are none."""

from __future__ import annotations

from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.models.training.negatives import mined_negatives


def test_pairs_are_taken_as_they_stand() -> None:
    assert mined_negatives({"negatives": [["A", "text"], ("", "b")]}) == [("A", "text"), ("", "b")]
    assert mined_negatives({}) == mined_negatives({"negatives": None}) == []


@pytest.mark.parametrize("value", ["text", ["text"], [["a"]], [["a", 1]], [["a", "b", "c"]], 5, {}])
def test_what_is_no_list_of_pairs_is_refused_with_its_question(value: Any) -> None:
    with pytest.raises(InputError, match=r"question 'Who\?' has `negatives` that"):
        mined_negatives({"question": "Who?", "negatives": value})
