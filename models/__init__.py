"""The small models that come with SpanMem: `reader` and `encoder`, each with its model card."""

from __future__ import annotations

from pathlib import Path

__all__ = ["bundled"]


def bundled(name: str) -> Path:
    """The folder of a bundled model, `reader` or `encoder`; it exists in every installation."""
    return Path(__file__).parent / name
