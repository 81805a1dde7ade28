"""LangChain's own suites, unmodified."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool
from langchain_spanmem import SpanMemRetriever, SpanMemTool
from langchain_tests.integration_tests import RetrieversIntegrationTests, ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

import spanmem


@pytest.fixture(autouse=True)
def _memory(request: pytest.FixtureRequest, qa: spanmem.QA) -> None:
    request.cls.qa = qa


class TestRetriever(RetrieversIntegrationTests):
    qa: Any

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return SpanMemRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"memory": self.qa}

    @property
    def retriever_query_example(self) -> str:
        return "How long does the warranty of the lamp last?"


class _Tool:
    qa: Any

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return SpanMemTool

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {"memory": self.qa}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"question": "How long does the warranty of the lamp last?"}


class TestTool(_Tool, ToolsIntegrationTests):
    pass


class TestToolAlone(_Tool, ToolsUnitTests):
    pass
