"""A tool by which an agent asks the documents, and learns where they do not answer."""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool
from langchain_core.tools.base import ArgsSchema
from pydantic import BaseModel, Field

from spanmem.client import ABSTAINED, ASK, quoted

from .connection import Connection


class Question(BaseModel):
    """What the tool is called with."""

    question: str = Field(description="One complete question, at most 300 words.")


class SpanMemTool(Connection, BaseTool):
    """Answers one question verbatim, with its place; the artifact is the whole answer as JSON.

    >>> SpanMemTool(memory="support.memory").invoke({"question": "How long is the warranty?"})
    """

    name: str = "ask_documents"
    description: str = ASK
    args_schema: ArgsSchema | None = Question
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    where: dict[str, Any] | None = None
    """Metadata that documents must have."""

    def _run(
        self, question: str, run_manager: CallbackManagerForToolRun | None = None
    ) -> tuple[str, dict[str, Any]]:
        answer = self._client.ask(question, where=self.where)
        return quoted(answer, unknown=ABSTAINED), answer

    async def _arun(
        self, question: str, run_manager: AsyncCallbackManagerForToolRun | None = None
    ) -> tuple[str, dict[str, Any]]:
        answer = await self._client.aask(question, where=self.where)
        return quoted(answer, unknown=ABSTAINED), answer
