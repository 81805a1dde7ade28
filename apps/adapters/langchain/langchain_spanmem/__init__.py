"""SpanMem in LangChain: a retriever, a tool for agents, and a runnable that answers."""

from .qa import SpanMemQA
from .retriever import SpanMemRetriever
from .tool import SpanMemTool

__all__ = ["SpanMemQA", "SpanMemRetriever", "SpanMemTool"]
