"""Passages that a memory found for a training row.

``negatives: [[title, text], ...]`` do not answer it; of ``passages``, pairs likewise, nobody knows.
``scores`` tell how well a reader finds the answer in the row's own passage and in each negative.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...core.errors import InputError

__all__ = ["found_passages", "mined_negatives", "passage_scores"]


def mined_negatives(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Title and text of each passage that a row names as not answering it; none where it has none.

    Raises InputError for what is no list of pairs of texts.
    """
    return _pairs(row, "negatives")


def found_passages(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Title and text of each passage found for a row, whether it answers or not.

    Raises InputError for what is no list of pairs of texts.
    """
    return _pairs(row, "passages")


def passage_scores(row: Mapping[str, Any]) -> tuple[float, ...]:
    """Scores of a row's own passage and of each of its negatives, in order; none where it has none.

    Raises InputError for what is no list of so many numbers.
    """
    value = row.get("scores")
    if value is None:
        return ()
    expected = 1 + len(mined_negatives(row))
    scores = list(value) if isinstance(value, list | tuple) else []
    numbers = [float(x) for x in scores if isinstance(x, int | float) and math.isfinite(x)]
    if len(numbers) != len(scores) or len(scores) != expected:
        raise InputError(
            f"the row of the question {str(row.get('question'))[:80]!r} has `scores` that are not "
            f"{expected:,} numbers, of its own passage and of each of its `negatives`; make them "
            "with `spanmem train negatives`, or leave them out"
        )
    return tuple(numbers)


def _pairs(row: Mapping[str, Any], key: str) -> list[tuple[str, str]]:
    value = row.get(key)
    if value is None:
        return []
    pairs = value if isinstance(value, list | tuple) else [value]
    for pair in pairs:
        if not (isinstance(pair, list | tuple) and [type(part) for part in pair] == [str, str]):
            raise InputError(
                f"the row of the question {str(row.get('question'))[:80]!r} has `{key}` that "
                "are no list of [title, text]; make them with `spanmem train negatives`, or leave "
                "them out"
            )
    return [(title, text) for title, text in pairs]
