"""Two filters joined are met by what meets both, judged by the memory itself."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web.conditions import both
from spanmem.core.errors import InputError
from spanmem.memory.filters import condition, teach

VALUES = st.sampled_from(["en", "de", "fr", 3, 5, 2019, 2024])
LISTS = st.lists(VALUES, min_size=1, max_size=3)
COMPARISONS = st.dictionaries(
    st.sampled_from(["in", "eq", "ne", "gt", "gte", "lt", "lte"]), VALUES, min_size=1, max_size=2
)
FILTERS = st.dictionaries(
    st.sampled_from(["lang", "year"]), st.one_of(VALUES, LISTS, COMPARISONS), max_size=2
)


@pytest.fixture(scope="module")
def documents() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    teach(connection)
    connection.execute("CREATE TABLE documents (id INTEGER, metadata TEXT)")
    rows = [
        f'{{"lang": {lang}, "year": {year}}}'
        for lang in ('"en"', '"de"', '"fr"', "3")
        for year in (3, 5, 2019, 2024, '"2024"')
    ]
    connection.executemany("INSERT INTO documents VALUES (?, ?)", enumerate(rows))
    return connection


def met(documents: sqlite3.Connection, where: dict[str, Any]) -> set[int]:
    stated = condition(where)
    if stated is None:
        return {row[0] for row in documents.execute("SELECT id FROM documents")}
    query = f"SELECT id FROM documents AS d WHERE {stated.sql}"
    return {row[0] for row in documents.execute(query, stated.values)}


@given(FILTERS, FILTERS)
def test_what_meets_both_meets_the_joined_filter_and_nothing_else_does(
    documents: sqlite3.Connection, own: dict[str, Any], wished: dict[str, Any]
) -> None:
    try:
        joined = both(own, wished)
    except InputError as error:
        assert "cannot be joined" in str(error)  # noqa: PT017  the other outcome is a filter
        return
    assert met(documents, joined) == met(documents, own) & met(documents, wished)


def test_a_request_cannot_widen_what_a_key_sees() -> None:
    assert both({"lang": "en"}, {"lang": "de"}) == {"lang": {"in": "en", "eq": "de"}}
    assert both({"year": {"gte": 2020}}, {"year": {"gte": 2010}}) == {"year": {"gte": 2020}}
    assert both({"year": {"lt": 2020}}, {"year": {"lt": 2010}}) == {"year": {"lt": 2010}}
    assert both({"lang": "en"}, {"lang": "en"}) == {"lang": "en"}
    assert both({"lang": {"ne": "en"}}, {"lang": {"ne": ["de", "fr"]}}) == {
        "lang": {"ne": ["en", "de", "fr"]}
    }
    assert both({"lang": "en"}, None) == {"lang": "en"}


@pytest.mark.parametrize(
    ("own", "wished"),
    [
        ({"in": ["a"], "eq": "b"}, {"in": ["c"]}),
        ({"gte": "2020-01-01"}, {"gte": "01/02/2021"}),
        ({"gte": True}, {"gte": 2}),
    ],
)
def test_what_cannot_be_joined_is_refused(own: dict[str, Any], wished: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="leave it out"):
        both({"x": own}, {"x": wished})
