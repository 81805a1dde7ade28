"""The mined passages that a training row may carry: ``negatives: [[title, text], ...]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.errors import InputError

__all__ = ["mined_negatives"]


def mined_negatives(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Title and text of each passage that a row names as not answering it; none where it has none.

    Raises InputError for what is no list of pairs of texts.
    """
    value = row.get("negatives")
    if value is None:
        return []
    pairs = value if isinstance(value, list | tuple) else [value]
    for pair in pairs:
        if not (isinstance(pair, list | tuple) and [type(part) for part in pair] == [str, str]):
            raise InputError(
                f"the row of the question {str(row.get('question'))[:80]!r} has `negatives` that "
                "are no list of [title, text]; make them with `spanmem train negatives`, or leave "
                "them out"
            )
    return [(title, text) for title, text in pairs]
