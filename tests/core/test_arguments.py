"""Kinds of arguments: each gives back a value as a call uses it, or says what it wants."""

from __future__ import annotations

import inspect
import io
import math
import os
import typing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core import arguments as kinds
from spanmem.core.errors import ArgumentError, InputError

TWO: Any = np.int64(2)


class Named:
    """A path as another library has it."""

    def __fspath__(self) -> str:
        return "docs"


@kinds.takes(name=kinds.text, counts=kinds.optional(kinds.count(2)), rest=kinds.texts)
def call(name: str, *rest: str, counts: int | None = 5, other: Any = None) -> tuple[Any, ...]:
    """A call of ours."""
    return name, rest, counts, other


def test_a_checked_call_gets_its_arguments_as_they_are_used_and_its_defaults_untouched() -> None:
    assert call("a") == ("a", (), 5, None)
    assert call(np.str_("a"), "b", counts=TWO, other=[1]) == ("a", ("b",), 2, [1])
    assert call(name="a", counts=None) == ("a", (), None, None)
    with pytest.raises(ArgumentError, match=r"^rest\[1\] is 5, of type int; give text$"):
        call("a", "b", 5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^counts is 1; give 2 or more$"):
        call("a", counts=1)
    for wrong in (call, lambda: call("a", unknown=1)):  # type: ignore[call-arg]
        with pytest.raises(TypeError) as refusal:
            wrong()  # type: ignore[call-arg]
        assert not isinstance(refusal.value, InputError)


def test_a_checked_call_looks_like_what_it_checks() -> None:
    assert (call.__name__, call.__doc__) == ("call", "A call of ours.")
    assert list(inspect.signature(call).parameters) == ["name", "rest", "counts", "other"]
    assert typing.get_type_hints(call)["counts"] == int | None
    with pytest.raises(TypeError, match="has no absent"):
        kinds.takes(absent=kinds.text)(lambda name: name)


@pytest.mark.parametrize(
    ("kind", "value", "used"),
    [
        (kinds.string, "a\0\ud800", "a\0\ud800"),
        (kinds.texts, (word for word in "ab"), ["a", "b"]),
        (kinds.texts, np.array(["a", "b"]), ["a", "b"]),
        (kinds.texts, {"a": 1}.keys(), ["a"]),
        (kinds.flag, np.bool_(False), False),
        (kinds.path, Named(), "docs"),
        (kinds.path, PurePosixPath("docs"), "docs"),
        (kinds.path, Path("docs"), Path("docs")),
        (kinds.path, "sky://docs", "sky://docs"),
        (kinds.path, "~/docs", str(Path.home() / "docs")),
        (kinds.path, Path("~", "docs"), Path.home() / "docs"),
        (kinds.path, "~$docs.docx", "~$docs.docx"),
        (kinds.path, os.fsdecode(b"\xff"), "\udcff"),
        (kinds.paths, "docs", ("docs",)),
        (kinds.paths, (path for path in ["a", Path("b")]), ("a", Path("b"))),
        (kinds.conditions, {"a": {"in": (1, np.int8(2))}}, {"a": {"in": [1, 2]}}),
        (kinds.conditions, {"a": {"gte": datetime(2026, 1, 2, tzinfo=UTC)}},
            {"a": {"gte": "2026-01-02T00:00:00+00:00"}}),
        (kinds.conditions, {"a": {10, 9}}, {"a": [10, 9]}),
        (kinds.choice("a", "b"), "b", "b"),
        (kinds.plain, np.float32(0.5), 0.5),
    ],
)  # fmt: skip
def test_what_is_understood(kind: Callable[..., Any], value: Any, used: Any) -> None:
    result = kind(value) if kind is kinds.plain else kind("it", value)
    assert result == used
    assert type(result) is type(used)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (kinds.text, None, 'it is None; give text, or "" for none'),
        (kinds.string, b"a", "it is b'a', of type bytes; give text (decode the bytes first)"),
        (kinds.texts, "ab", "it is 'ab', of type str; give a list of texts"),
        (kinds.texts, [None], "it[0] is None; give text"),
        (kinds.count(1), 1.0, "it is 1.0, of type float; give a whole number, 1 or more"),
        (kinds.count(1), True, "it is True, of type bool; give a whole number, 1 or more"),
        (kinds.count(1), math.nan, "it is nan, of type float; give a whole number, 1 or more"),
        (kinds.count(1), np.array(3.0), "give a whole number, 1 or more"),
        (kinds.count(0), -1, "it is -1; give 0 or more"),
        (kinds.count(0), 10**40, "; give 1,000,000,000 at most"),
        (kinds.flag, "no", "it is 'no', of type str; give True or False"),
        (kinds.flag, 1, "it is 1, of type int; give True or False"),
        (kinds.path, b"docs", "(os.fsdecode makes it of bytes)"),
        (kinds.path, "", "it: a path is empty"),
        (kinds.path, "a\0b", "it holds the character NUL"),
        (kinds.path, "\ud800", "it holds half a character"),
        (kinds.paths, None, "it is None; give a path, or a list of them"),
        (kinds.paths, io.StringIO("a"), "give the path of the file: what is open is not read"),
        (kinds.instant, datetime(2026, 1, 1), "without a time zone"),
        (kinds.instant, 1767225600, "give a datetime with its zone, or a text"),
        (kinds.instant, "soon", "'soon' is no time"),
        (kinds.conditions, ["lang=en"], 'give a mapping, such as {"lang": "en"}'),
        (kinds.conditions, {1: "en"}, "a key of it is 1, of type int; give text"),
        (kinds.conditions, {"a": [math.nan]}, "it['a'] is not a number"),
        (kinds.choice("a", "b"), np.ones(2), "give 'a' or 'b'"),
        (kinds.function, "f", "it is 'f', of type str; give a function"),
        (kinds.unit_vector, "ab", "it is 'ab', of type str; give an array of numbers"),
        (kinds.unit_vector, [math.nan], "it holds numbers that are not finite"),
        (kinds.unit_vector, [1e300], "it holds numbers that are not finite"),
    ],
)
def test_what_is_refused(kind: Callable[..., Any], value: Any, message: str) -> None:
    with pytest.raises(InputError) as refusal:
        kind("it", value)
    assert message in str(refusal.value)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(-14, 14))
def test_a_datetime_means_the_moment_that_its_text_does(time: datetime, hours: int) -> None:
    there = time.replace(tzinfo=timezone(timedelta(hours=hours)))
    stored = kinds.instant("it", there.astimezone(UTC))
    assert kinds.instant("it", there) == kinds.instant("it", there.isoformat()) == stored


def test_a_message_stays_short_and_in_one_line_whatever_was_given() -> None:
    for value in ("x" * 10**6, ["\n"] * 10**6, np.ones((500, 500)), {i: i for i in range(9)}):
        with pytest.raises(ArgumentError) as refusal:
            kinds.count(1)("it", value)
        assert len(str(refusal.value)) < 150
        assert "\n" not in str(refusal.value)
