"""A runnable from a question to its answer, for chains that need no language model."""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import RunnableConfig, RunnableSerializable

from .connection import Connection


class SpanMemQA(Connection, RunnableSerializable[str, dict[str, Any]]):
    """The answer to a question as an object: `text` (None: the documents do not say), `answers`.

    Its keys are those of `spanmem ask --json`. With `scope`, questions and answers are remembered
    under that name, and follow-ups understood.

    >>> SpanMemQA(memory="support.memory").invoke("How long is the warranty?")["text"]
    """

    top_k: int | None = None
    """Possible answers, at most; None: as the memory's settings say."""
    where: dict[str, Any] | None = None
    """Metadata that documents must have."""
    scope: str = ""
    """Whose conversation it is; "": nothing is remembered."""

    def invoke(
        self, input: str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Answer one question. Raises SpanMemError for one that cannot be asked."""
        return self._call_with_config(self._ask, input, config, **kwargs)

    async def ainvoke(
        self, input: str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """See `invoke`."""
        return await self._acall_with_config(self._aask, input, config, **kwargs)

    def _ask(self, question: str, **options: Any) -> dict[str, Any]:
        return self._client.ask(question, **self._options(options))

    async def _aask(self, question: str, **options: Any) -> dict[str, Any]:
        return await self._client.aask(question, **self._options(options))

    def _options(self, options: dict[str, Any]) -> dict[str, Any]:
        """What a call says over what the object says."""
        return {"top_k": self.top_k, "where": self.where, "scope": self.scope, **options}
