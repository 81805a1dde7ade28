"""JSON of any nesting: every value is told with its keys, in time linear in the document."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

import json
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.indexer.json_trees import scalar_text, tree_text

WORDS = st.text("abcdefgh", min_size=1, max_size=6)
TREES = st.recursive(
    st.one_of(WORDS, st.integers(0, 99), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


@settings(max_examples=50)
@given(st.dictionaries(WORDS, TREES, max_size=5))
def test_every_value_is_told(tree: dict[str, Any]) -> None:
    text = tree_text(tree).text
    # Numbers of a list alone in a list are coordinates, which nobody reads.
    assert all(scalar_text(leaf) in text for leaf in leaves(tree) if not isinstance(leaf, int))


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({"server": {"port": 5433, "tls": {"on": False}}}, "server. port: 5433.\n\nserver, tls. on: false."),
        ({"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}}, "a. x: 1. y: 2.\n\nb. x: 3. y: 4."),
        ({"total": {"amount": 9, "currency": "EUR"}, "no": 7}, "total: amount: 9, currency: EUR. no: 7."),
        ({"q": [{"name": "mail", "n": 4}, {"name": "print", "n": 2}]}, "q, mail. n: 4.\n\nq, print. n: 2."),
        ({"steps": [{"@type": "S", "text": "Stir."}, {"@type": "S", "text": "Rest."}]}, "steps, 1. Stir.\n\nsteps, 2. Rest."),
        ({"aft": "towards the stern", "lee": "away from wind", "abeam": "at right angles"}, "aft: towards the stern.\nlee: away from wind.\nabeam: at right angles."),
        ({"e": [{"name": "Far?", "acceptedAnswer": {"text": "No."}}]}, "Far? No."),
        ({"vector": [0.5] * 40, "name": "x"}, "name: x."),
        ({"blob": "QUJD" * 200, "name": "x"}, "name: x."),
        ({"@context": "https://schema.org", "n": None}, ""),
    ],
)  # fmt: skip
def test_values_stand_beside_their_keys(tree: dict[str, Any], text: str) -> None:
    assert tree_text(tree).text.replace("\n\n", "\n") == text.replace("\n\n", "\n")


def test_a_long_row_goes_on_with_the_same_keys() -> None:
    tree = {"hosts": {f"host{n}": "x" * 20 for n in range(60)}}
    rows = tree_text(tree)
    texts = [rows.text[start:end] for start, end in rows.rows]
    assert len(texts) > 2
    assert all(text.startswith("hosts. host") and len(text) <= 520 for text in texts)


def test_it_may_be_nested_as_deep_as_json_is_read() -> None:
    deep = json.loads('{"a":' * 900 + '"found"' + "}" * 900)
    extracted = tree_text(deep)
    assert extracted.text.endswith("a: found.")
    assert len(extracted.text) < 200


@pytest.mark.parametrize("kind", ["wide", "deep", "list"])
def test_steps_are_in_proportion_to_the_document(kind: str) -> None:
    def tree(size: int) -> dict[str, Any]:
        if kind == "deep":
            return dict(json.loads('{"a":' * size + '{"b": 1}' + "}" * size))
        if kind == "list":
            return {
                "a": [{"name": f"n{n}", "b": {"c": n, "d": [n, {"e": n}]}} for n in range(size)]
            }
        return {f"k{n}": {"b": n, "c": "x"} for n in range(size)}

    def steps(size: int) -> int:
        value, count = tree(size), 0

        def trace(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal count
            count += 1
            return trace

        former = sys.gettrace()
        sys.settrace(trace)
        try:
            tree_text(value)
        finally:
            sys.settrace(former)
        return count

    assert steps(200) < 2.3 * steps(100)


def test_objects_that_are_a_name_alone_are_said_with_their_key() -> None:
    names = [{"name": "Motor"}, {"name": "Pump", "note": None}]
    assert tree_text({"key": "M", "parts": names}).text == "key: M. parts: Motor, Pump."
    more = tree_text({"parts": [{"name": "Motor"}, {"name": "Pump", "bar": 4}]}).text
    assert more == "parts, Motor.\n\nparts, Pump. bar: 4."
