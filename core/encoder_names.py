"""Encoders' names, `folder@weights+recipe:dimensions`: when two of them make comparable vectors."""

from __future__ import annotations

import re

__all__ = ["recipe_of", "same_space", "weights_of"]

_NAME = re.compile(r"(?P<weights>\S{1,300}@[0-9a-f]{12})(?:\+(?P<recipe>[0-9a-f]{8}))?(?P<rest>.*)")


def weights_of(name: str) -> str | None:
    """The part of an encoder's name that stands for its weights; None: it has no such part."""
    parts = _NAME.fullmatch(name)
    return parts["weights"] if parts else None


def recipe_of(name: str) -> str | None:
    """The part that stands for how texts become tokens and tokens one vector; None: none."""
    parts = _NAME.fullmatch(name)
    return parts["recipe"] if parts else None


def same_space(stored: str, loaded: str) -> bool:
    """Whether a memory written with the encoder `stored` can be asked with the one `loaded`.

    Memories written before names told the recipe are bound to weights and dimensions alone.
    """
    before, now = _NAME.fullmatch(stored), _NAME.fullmatch(loaded)
    if stored == loaded or before is None or now is None:
        return stored == loaded
    same = before["weights"] == now["weights"] and before["rest"] == now["rest"]
    return same and before["recipe"] is None
