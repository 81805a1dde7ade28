"""SpanMem in LlamaIndex: a retriever, and a query engine that needs no language model."""

from llama_index.retrievers.spanmem.query_engine import SpanMemQueryEngine
from llama_index.retrievers.spanmem.retriever import SpanMemRetriever

__all__ = ["SpanMemQueryEngine", "SpanMemRetriever"]
