"""A retriever over a memory of SpanMem, of this process or behind a service."""

from .retriever import SpanMemRetriever

__all__ = ["SpanMemRetriever"]
