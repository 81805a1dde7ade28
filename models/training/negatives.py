"""Passages that a memory found for a training row.

``negatives: [[title, text], ...]`` do not answer it; of ``passages``, pairs likewise, nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.errors import InputError

__all__ = ["found_passages", "mined_negatives"]


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
