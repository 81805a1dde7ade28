"""Conditions on metadata against the same conditions in Python, and those that make no sense."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

import ast
import json
import operator
import re
import sqlite3
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.memory.filters import Condition, condition, number_in, teach, uncompared

from .conftest import Opener, entry

keys = st.sampled_from(["lang", "year", "a b", "a.b", "$", "ü", "語", "\\", "\n", "[0]", "'; DROP"])
NUMBERLIKE = (
    "10",
    "9",
    "2",
    " 2",
    "2.0",
    "1,000",
    "1000",
    "007",
    "2021",
    "-1",
    "0.0",
    "2,0",
    "1,5",
)
DATES = ("2021-05", "2021-05-03", "2021-06-01T10:00")
# SQLite ends a text at NUL.
texts = st.sampled_from(
    ["", "en", "de", "EN", "é", "%", "n/a", "true", "False", *NUMBERLIKE, *DATES]
)
numbers = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([1000, 2021, 2020]),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.sampled_from([0.0, -0.5, 1.5, 2.0, 1e300]),
)
scalars = st.one_of(texts, numbers, st.booleans())
metadata = st.dictionaries(keys, scalars, max_size=4)
ranges = st.dictionaries(
    st.sampled_from(["gt", "gte", "lt", "lte", "ne", "eq"]), st.one_of(texts, numbers), min_size=1
)
filters = st.dictionaries(
    keys, st.one_of(scalars, st.lists(scalars, min_size=1, max_size=3), ranges), max_size=3
)


def meets(stored: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    return all(key in stored and suits(stored[key], wanted) for key, wanted in where.items())


def number(value: Any) -> Any:
    """The number that a value is, if it is one: read by Python's own grammar, which knows more."""
    if isinstance(value, bool) or not isinstance(value, str):
        return None if isinstance(value, bool) else value
    plain = value.strip().lstrip("+-")
    if re.fullmatch(r"(0|[1-9]\d*),(\d\d?|\d{4,})|0,\d+|\d{1,3}(\.\d{3})+,\d+", plain):
        value = value.replace(".", "").replace(",", ".")
        plain = plain.replace(".", "").replace(",", ".")
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain):
        value, plain = value.replace(",", ""), plain.replace(",", "")
    if not re.fullmatch(r"\d+(\.\d+)?", plain) or re.match(r"0\d", plain):
        return None
    return ast.literal_eval(value.strip())


def equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        same = value.strip().replace(",", "") == wanted.strip().replace(",", "")
        truths = {value.strip().lower(), wanted.strip().lower()}
        return (
            value == wanted
            or (same and number(value) is not None is not number(wanted))
            or (len(truths) == 1 and truths <= {"true", "false"})
        )
    if isinstance(value, str) or isinstance(wanted, str):
        text, other = (value, wanted) if isinstance(value, str) else (wanted, value)
        if isinstance(other, bool):
            return text.strip().lower() == str(other).lower()
        return number(text) is not None and bool(number(text) == other)
    return bool(value == wanted)


def in_range(value: Any, name: str, bound: Any) -> bool:
    order = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}[name]
    if number(value) is not None and number(bound) is not None:
        return bool(order(number(value), number(bound)))
    text = str(bound).strip()
    if re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", text):
        dated = isinstance(value, str) and re.match(r"\d{4}-\d\d", value) is not None
        return dated and bool(order(value[: len(text)], text))
    both = isinstance(value, str) and isinstance(bound, str) and number(bound) is None
    return both and bool(order(value, bound))


def suits(value: Any, criterion: Any) -> bool:
    if not isinstance(criterion, Mapping):
        criterion = {"in": criterion if isinstance(criterion, list) else [criterion]}
    for name, wanted in criterion.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        if name in ("gt", "gte", "lt", "lte"):
            held = in_range(value, name, wanted)
        else:
            held = any(equal(value, one) for one in values) is (name != "ne")
        if not held:
            return False
    return True


@settings(deadline=None)
@given(st.lists(metadata, max_size=6), filters)
def test_a_condition_selects_what_python_selects(
    stored: list[dict[str, Any]], where: dict[str, Any]
) -> None:
    database = sqlite3.connect(":memory:")
    teach(database)
    database.execute("CREATE TABLE documents (number INTEGER PRIMARY KEY, metadata TEXT)")
    database.executemany("INSERT INTO documents VALUES (?, ?)", enumerate(map(json.dumps, stored)))
    stated = condition(where)
    sql, values = (stated.sql, stated.values) if stated is not None else ("1", ())
    rows = database.execute(f"SELECT number FROM documents d WHERE {sql} ORDER BY number", values)
    assert [n for (n,) in rows] == [n for n, m in enumerate(stored) if meets(m, where)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500", 500),
        (" 2021 ", 2021),
        ("-3.50", -3.5),
        ("+7", 7),
        ("0", 0),
        ("0.5", 0.5),
        ("1,200", 1200),
        ("1,200,000.5", 1200000.5),
        ("(320.50)", -320.5),
        ("(1,200)", -1200),
        ("(3)", None),
        ("(-3.5)", None),
        ("1,20", 1.2),
        ("2,5", 2.5),
        ("-0,125", -0.125),
        ("1.200,50", 1200.5),
        ("3,1416", 3.1416),
        ("(320,50)", -320.5),
        ("1200,000", None),
        ("1,2,3", None),
        ("1.20,5", None),
        ("007,5", None),
        ("007", None),
        ("1e5", None),
        ("1.2.3", None),
        ("12 kg", None),
        ("$5", None),
        ("", None),
        ("-", None),
        (".5", None),
        ("５００", None),
        ("9" * 30, None),
    ],
)
def test_a_number_is_what_the_whole_text_is(text: str, value: float | None) -> None:
    assert number_in(text) == value


PRICES = {"a": "1200", "b": "99", "c": 700, "d": "1,500", "e": "n/a", "f": 12.5, "g": "0450"}


@pytest.mark.parametrize(
    ("where", "documents"),
    [
        ({"lt": 500}, "bf"),
        ({"lt": "500"}, "bf"),
        ({"gte": 700}, "acd"),
        ({"gt": "1,200"}, "d"),
        ({"gt": 12, "lte": 99.0}, "bf"),
        (1500, "d"),
        ("1500", "d"),
        ("1,500", "d"),
        ("700", "c"),
        ({"in": ["99", 12.5]}, "bf"),
        ({"ne": 99}, "acdefg"),
        ({"ne": ["n/a", "700"]}, "abdfg"),
        ("0450", "g"),
        (450, ""),
        ({"gt": "m"}, "e"),
    ],
)
def test_numbers_compare_as_numbers_however_they_were_stored(
    create: Opener, where: Any, documents: str
) -> None:
    with create() as memory:
        memory.put([entry(d, "The mill.", metadata={"price": p}) for d, p in PRICES.items()])
        memory.put([entry("z", "The mill.")])
        hits = memory.search("mill", None, k=9, where={"price": where})
    assert sorted(hit.passage.document for hit in hits) == list(documents)


@pytest.mark.parametrize(
    ("where", "documents"),
    [
        ({"gte": "2021"}, "bcd"),
        ({"gte": 2021}, "bcd"),
        ({"gt": 2021}, "d"),
        ({"lte": "2021"}, "abc"),
        ({"lt": "2021-06"}, "ab"),
        ({"lte": "2021-05-03"}, "ab"),
        ({"gt": "2021-05-03", "lt": "2022"}, "c"),
        ("2021-05-03T10:00", "b"),
    ],
)
def test_dates_count_as_far_as_the_bound_goes(create: Opener, where: Any, documents: str) -> None:
    days = {"a": "2019-12-31", "b": "2021-05-03T10:00", "c": "2021-06-01", "d": "2022-01-01"}
    days |= {"e": "unknown", "f": "soon"}
    with create() as memory:
        memory.put([entry(d, "The mill.", metadata={"day": day}) for d, day in days.items()])
        hits = memory.search("mill", None, k=9, where={"day": where})
    assert sorted(hit.passage.document for hit in hits) == list(documents)


@pytest.mark.parametrize("wanted", [True, "true", "True", "TRUE"])
def test_truth_is_met_however_it_was_written(create: Opener, wanted: Any) -> None:
    values = {"a": True, "b": "true", "c": "TRUE", "d": False, "e": "no", "f": "trueish"}
    with create() as memory:
        memory.put([entry(d, "The mill.", metadata={"ok": v}) for d, v in values.items()])
        hits = memory.search("mill", None, k=9, where={"ok": wanted})
        others = memory.search("mill", None, k=9, where={"ok": {"ne": wanted}})
    assert sorted(hit.passage.document for hit in hits) == ["a", "b", "c"]
    assert sorted(hit.passage.document for hit in others) == ["d", "e", "f"]


def test_a_version_is_no_number_to_another_version(create: Opener) -> None:
    with create() as memory:
        memory.put([entry(v, "The mill.", metadata={"v": v}) for v in ("1.1", "1.10", "1.1.0")])
        hits = memory.search("mill", None, k=9, where={"v": "1.1"})
    assert [hit.passage.document for hit in hits] == ["1.1"]


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
    assert {'$."lang"', "en", "de"} == {*stated.values}


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"year": {"over": 3}}, "'over' is no comparison for 'year'; known are"),
        ({"year": {}}, "range for 'year' is empty; give eq"),
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


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({"a": {"gt": 5}}, ["number"]),
        ({"a": "2021-05-03"}, ["date"]),
        ({"a": {"ne": 2024}}, ["date", "half", "half date"]),
        ({"a": {"gte": "2021-05-03"}}, ["date"]),
        ({"a": {"gt": "w"}}, ["half"]),
    ],
)
def test_half_a_character_in_one_document_bars_no_other(
    create: Opener, where: dict[str, Any], ids: list[str]
) -> None:
    values = {"number": "2024", "date": "3 May 2021", "half": "x\ud800", "half date": "2021\ud800"}
    with create() as memory:
        memory.put([entry(name, metadata={"a": value}) for name, value in values.items()])
        assert [d.id for d in memory.list_documents(where=where)] == ids
        assert memory.count_documents(where=where) == len(ids)


def chosen(days: dict[str, Any], where: dict[str, Any]) -> str:
    """Names of the documents whose `day` meets a condition; then those that cannot be compared."""
    database = sqlite3.connect(":memory:")
    teach(database)
    database.execute("CREATE TABLE documents (number TEXT PRIMARY KEY, metadata TEXT)")
    rows = [(name, json.dumps({"day": day})) for name, day in days.items()]
    database.executemany("INSERT INTO documents VALUES (?, ?)", rows)

    def names(stated: Condition) -> str:
        sql = f"SELECT number FROM documents d WHERE {stated.sql} ORDER BY number"
        return "".join(n for (n,) in database.execute(sql, stated.values))

    stated = condition({"day": where})
    assert stated is not None
    return f"{names(stated)} {''.join(names(unplaced) for _, _, unplaced in uncompared({'day': where}))}"


@pytest.mark.parametrize(
    ("days", "where", "names"),
    [
        (["3 May 2024", "28 December 2023", "2024-02-01", "31.12.2023"], {"gte": "2024-01-01"}, "ac "),
        (["3 May 2024", "spring", "", "2023-01-01"], {"gte": "2024-01-01"}, "a b"),
        (["25/03/2024", "05/04/2024", "31/12/2023"], {"gte": "2024-04-01"}, "b "),
        (["03/25/2024", "05/04/2024", "12/31/2023"], {"lt": "2024-05-01"}, "ac "),
        (["05/03/2024", "04/02/2024"], {"gte": "2024-04-01"}, " ab"),
        (["05/03/2024", "04/02/2023"], {"gte": "2024-01-01"}, "a "),
        (["25/03/2024", "03/25/2024", "05/04/2024"], {"gte": "2024-04-20"}, " c"),
        (["3 May 2024", "28 April 2024"], {"lte": "2024-04"}, "b "),
        (["3 May 2024", "2024-05-03"], {"gt": "2 May 2024"}, "ab "),
        (["3 May 2024", "2024-05-03", "May 3, 2024"], {"eq": "2024-05-03"}, "abc "),
        (["3 May 2024", "4 May 2024"], {"ne": "03.05.2024"}, "b "),
        ([20240503, 20231228], {"gte": "2024-01-01"}, "a "),
        (["1200", "900"], {"gte": "1000"}, "a "),
        (["3 May 2024", "28 December 2023"], {"gte": "2024"}, "a "),
    ],
)  # fmt: skip
def test_dates_are_compared_however_they_are_written(
    days: list[Any], where: dict[str, Any], names: str
) -> None:
    assert chosen(dict(zip("abcd", days, strict=False)), where) == names


def test_a_bound_that_may_be_two_dates_is_refused() -> None:
    with pytest.raises(InputError, match=r"05/03/2024, which is 2024-03-05 or 2024-05-03; write"):
        condition({"day": {"gte": "05/03/2024"}})
