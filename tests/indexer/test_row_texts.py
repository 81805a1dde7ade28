"""Rows as texts: each value beside its name, the row's own name first."""

from __future__ import annotations

from typing import Any

import pytest

from spanmem.indexer.columns import TextUse, plain_names
from spanmem.indexer.row_texts import is_index, row_text, text_with_values


def said(fields: dict[str, Any], use: TextUse = TextUse.DOCUMENT, *, alone: bool = False) -> str:
    return row_text(fields, plain_names(tuple(fields)), use, alone=alone).text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"id": 7, "Model": "Fenn", "Price": 349}, "Fenn. Price: 349. id: 7."),
        ({"Price": 349, "name": "Fenn"}, "Fenn. Price: 349."),
        ({"": "0", "Price": 349, "Model": "Fenn"}, "349. Model: Fenn."),
        ({"": "Rotor", "Price": 349}, "Rotor. Price: 349."),
        ({"question": "Who?", "n": 1}, ""),
        ({"id": 7}, ""),
        ({"a": 1, "b": 2}, ""),
    ],
)
def test_a_row_begins_with_its_name(fields: dict[str, Any], text: str) -> None:
    assert said(fields) == text


def test_a_text_is_a_value_where_its_table_says_so() -> None:
    fields = {"Item": "Tin", "Contents": "90 g"}
    assert said(fields, TextUse.VALUE) == "Tin. Contents: 90 g."
    assert said(fields) == ""


def test_an_object_alone_is_read_whole() -> None:
    assert said({"server": {"port": 5433}}, alone=True) == "server. port: 5433."
    assert said({"a": 1}, alone=True) == ""


def test_values_follow_a_long_text() -> None:
    fields = {"content": "Prose.", "headline": "Mill", "reporter": "Fry"}
    names = plain_names(tuple(fields))
    extracted = text_with_values("Prose.", fields, names, ["content"])
    assert extracted.text == "Prose.\n\nMill. reporter: Fry."
    lone = {"content": "Prose.", "reporter": "Fry"}
    assert text_with_values("Prose.", lone, plain_names(tuple(lone)), ["content"]).text == "Prose."


def test_row_numbers_are_known_by_their_nameless_column() -> None:
    assert is_index("", "12")
    assert is_index("Unnamed: 0", 12)
    assert not is_index("", "Rotor")
    assert not is_index("n", "12")
