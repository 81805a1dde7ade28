"""Conditions on metadata against the same conditions in Python, and those that make no sense."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.memory.filters import condition

from .conftest import Opener, entry

keys = st.sampled_from(["lang", "year", "a b", "a.b", "$", "ü", "語", "\\", "\n", "[0]", "'; DROP"])
texts = st.sampled_from(["", "en", "de", "EN", "10", "9", "é", "%"])  # SQLite ends a text at NUL
numbers = st.one_of(
    st.integers(-3, 3),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.sampled_from([0.0, -0.5, 1.5, 2.0, 1e300]),
)
scalars = st.one_of(texts, numbers, st.booleans())
metadata = st.dictionaries(keys, scalars, max_size=4)
ranges = st.dictionaries(
    st.sampled_from(["gt", "gte", "lt", "lte"]), st.one_of(texts, numbers), min_size=1
)
filters = st.dictionaries(
    keys, st.one_of(scalars, st.lists(scalars, min_size=1, max_size=3), ranges), max_size=3
)


def meets(stored: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    return all(key in stored and suits(stored[key], wanted) for key, wanted in where.items())


def suits(value: Any, criterion: Any) -> bool:
    if not isinstance(criterion, Mapping):
        values = criterion if isinstance(criterion, list) else [criterion]
        return any(value == wanted for wanted in values)
    if isinstance(value, bool):
        return False  # true and false are in no range
    return all(
        isinstance(value, str) is isinstance(bound, str)
        and {
            "gt": lambda v, b: v > b,
            "gte": lambda v, b: v >= b,
            "lt": lambda v, b: v < b,
            "lte": lambda v, b: v <= b,
        }[name](value, bound)
        for name, bound in criterion.items()
    )


@settings(deadline=None)
@given(st.lists(metadata, max_size=6), filters)
def test_a_condition_selects_what_python_selects(
    stored: list[dict[str, Any]], where: dict[str, Any]
) -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE documents (number INTEGER PRIMARY KEY, metadata TEXT)")
    database.executemany("INSERT INTO documents VALUES (?, ?)", enumerate(map(json.dumps, stored)))
    stated = condition(where)
    sql, values = (stated.sql, stated.values) if stated is not None else ("1", ())
    rows = database.execute(f"SELECT number FROM documents d WHERE {sql} ORDER BY number", values)
    assert [n for (n,) in rows] == [n for n, m in enumerate(stored) if meets(m, where)]


@pytest.mark.parametrize(
    "key", ["lang", "sprache für", "語", "a\\b", "line\nbreak", "a.b", "", "\U0001f408"]
)
def test_documents_are_found_by_any_key_they_are_stored_with(create: Opener, key: str) -> None:
    with create() as memory:
        memory.put([entry("a", "The mill.", metadata={key: 7}), entry("b", "The mill.")])
        for wanted in (7, [7, 8], {"gt": 6}):
            hits = memory.search("mill", None, k=9, where={key: wanted})
            assert [hit.passage.document for hit in hits] == ["a"]


@pytest.mark.parametrize(
    ("bounds", "years"),
    [
        ({"gt": 2}, [3]),
        ({"gte": 2}, [2, 3]),
        ({"lt": 2}, [1]),
        ({"lte": 2}, [1, 2]),
        ({"gt": 1, "lte": 2}, [2]),
        ({"gte": 3, "lt": 3}, []),
    ],
)
def test_a_bound_belongs_to_the_range_where_it_says_so(
    create: Opener, bounds: dict[str, int], years: list[int]
) -> None:
    with create() as memory:
        memory.put([entry(f"d{year}", "The mill.", metadata={"year": year}) for year in (1, 2, 3)])
        hits = memory.search("mill", None, k=9, where={"year": bounds})
    assert sorted(hit.metadata["year"] for hit in hits) == years


@pytest.mark.parametrize("where", [None, {}])
def test_no_filter_is_no_condition(where: dict[str, Any] | None) -> None:
    assert condition(where) is None


@pytest.mark.parametrize("values", [("en", "de"), {"en", "de"}, frozenset({"en", "de"})])
def test_any_collection_lists_what_is_allowed(values: Any) -> None:
    stated = condition({"lang": values})
    assert stated is not None
    assert stated.sql == "json_extract(d.metadata, ?) IN (?, ?)"
    assert set(stated.values) == {'$."lang"', "en", "de"}


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"year": {"over": 3}}, "'over' is no range for 'year'; known are"),
        ({"year": {}}, "range for 'year' is empty; give gt"),
        ({"lang": []}, "no value is allowed for 'lang'; leave the key out"),
        ({"lang": None}, "'lang' is compared with None; text, a number"),
        ({"lang": [None]}, "'lang' is compared with None; text, a number"),
        ({"year": {"gt": [1]}}, r"'year' is compared with \[1\]; text, a number"),
        ({'a"b': 1}, "holds a quotation mark, .*; name a key without one"),
        ({"a\ud800": 1}, "half a character; write it whole"),
        ({"lang": "e\ud800"}, "half a character; write it whole"),
        ({"year": 2**63}, "beyond 64 bits; give a smaller one"),
        ({"year": {"gt": -(2**63) - 1}}, "beyond 64 bits; give a smaller one"),
    ],
)
def test_a_senseless_filter_is_refused(where: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        condition(where)
