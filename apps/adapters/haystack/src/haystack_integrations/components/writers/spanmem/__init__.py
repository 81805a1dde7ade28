"""A writer that stores documents in a memory of SpanMem."""

from .writer import SpanMemWriter

__all__ = ["SpanMemWriter"]
