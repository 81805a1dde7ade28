"""Prompts are read from a model's configuration under the names that the library has for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import ModelError
from spanmem.core.records import Prompts
from spanmem.indexer.encoders.prompts import read_prompts
from tests.models.tiny import write_json

FILE = "config_sentence_transformers.json"


@pytest.mark.parametrize(
    ("prompts", "expected"),
    [
        ({}, Prompts()),
        ({"query": "query: "}, Prompts(query="query: ")),
        ({"query": "q ", "document": "d ", "passage": "p "}, Prompts("q ", "d ")),
        ({"query": "q ", "passage": "p ", "corpus": "c "}, Prompts("q ", "p ")),
        ({"corpus": "c "}, Prompts(passage="c ")),
        ({"query": "q ", "document": "", "passage": "p "}, Prompts("q ", "p ")),
        ({"query": None, "classification": "k "}, Prompts()),
        ({"search_query": "q ", "search_document": "d ", "clustering": "k "}, Prompts("q ", "d ")),
        (
            {"retrieval.query": "q ", "retrieval.passage": "p ", "text-matching": ""},
            Prompts("q ", "p "),
        ),
        ({"s2s_query": "x ", "s2p_query": "q "}, Prompts("q ")),
        ({"Retrieval-query": "r ", "query": "q ", "Retrieval-document": "d "}, Prompts("q ", "d ")),
        ({"BitextMining-query": "x ", "query_rewrite": "y ", "": "z "}, Prompts()),
    ],
)
def test_the_first_name_with_a_prompt_counts(
    prompts: dict[str, Any], expected: Prompts, tmp_path: Path
) -> None:
    write_json(tmp_path / FILE, {"prompts": prompts, "default_prompt_name": "classification"})
    assert read_prompts(tmp_path) == expected


def test_a_folder_that_says_nothing_has_none(tmp_path: Path) -> None:
    assert read_prompts(tmp_path) == Prompts()
    write_json(tmp_path / FILE, {"__version__": {"sentence_transformers": "2.2.2"}})
    assert read_prompts(tmp_path) == Prompts()


@pytest.mark.parametrize("text", ["{", "[]", '{"prompts": ["query: "]}', '{"prompts": null}'])
def test_a_broken_file_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=f"{FILE} does not tell .* fetch the model again"):
        read_prompts(tmp_path)
