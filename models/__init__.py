"""The small models that come with SpanMem: `reader`, `encoder`, `verifier`, each with its card."""

from __future__ import annotations

from pathlib import Path

__all__ = ["bundled"]


def bundled(name: str) -> Path:
    """The folder of a bundled model, `reader`, `encoder` or `verifier`, in every installation."""
    return Path(__file__).parent / name
