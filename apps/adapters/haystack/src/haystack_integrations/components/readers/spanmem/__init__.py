"""A reader that takes the place of Haystack's `ExtractiveReader`."""

from .reader import SpanMemReader

__all__ = ["SpanMemReader"]
