"""Lists that became text, in each spelling, and what is none."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.literals import BrokenLiteral, parse_literal

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LISTS = st.lists(TEXTS, max_size=4)


@given(LISTS)
def test_a_list_is_the_same_in_every_spelling(texts: list[str]) -> None:
    array = np.array(texts, dtype=object)
    for written in (json.dumps(texts), repr(texts), str(array), repr(array), f"{texts}\n"):
        assert parse_literal(written) == texts
    assert parse_literal(json.dumps({"text": texts})) == {"text": texts}
    assert parse_literal(repr([text.encode() for text in texts])) == texts


@given(
    st.recursive(st.none() | st.booleans() | st.integers(-99, 99) | TEXTS, st.lists, max_leaves=8)
)
def test_nested_values_are_those_of_python(value: Any) -> None:
    assert parse_literal(repr(value)) == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("['a' 'b']", ["a", "b"]),
        ("array(['a', 'b'], dtype='<U1')", ["a", "b"]),
        ("{'answer_start': array([3], dtype=int32)}", {"answer_start": [3]}),
        ("(1.5, 'a',)", [1.5, "a"]),
        ("('a')", "a"),
        ("[np.str_('a'), nan]", ["a", None]),
        (r'["\u00e9\/\ud83d\ude00\s"]', ["é/😀\\s"]),
        (r"['\x41\101\N']", ["AA\\N"]),
    ],
)
def test_spellings_of_other_programs(written: str, value: Any) -> None:
    assert parse_literal(written) == value


@pytest.mark.parametrize(
    "written",
    ["", "[", "['a'", "['a', 'b", "[sic]", "['a'] b", "[,]", "['a' ... 'b']", "[" * 9999,
     "array('a', 'b')", "[b'\\xff']", "{1: 2}", "[1.2.3]"],
)  # fmt: skip
def test_what_is_no_value_is_refused(written: str) -> None:
    with pytest.raises(BrokenLiteral):
        parse_literal(written)
