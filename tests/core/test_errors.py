"""One family, and each message in one line with both facts and the way out."""

from __future__ import annotations

import inspect

import pytest

from spanmem.core import errors
from spanmem.core.errors import (
    ArgumentError,
    EncoderMismatch,
    FormatTooNew,
    InputError,
    MemoryDamaged,
    MemoryLocked,
    MemoryNotFound,
    RowError,
    SpanMemError,
    first_line,
)

CLASSES = [value for _, value in inspect.getmembers(errors, inspect.isclass)]


def test_whoever_catches_the_base_catches_all() -> None:
    assert len(CLASSES) > 8
    assert all(issubclass(error, SpanMemError) for error in CLASSES)
    assert not any(issubclass(error, (OSError, ValueError)) for error in CLASSES)
    assert [error for error in CLASSES if issubclass(error, TypeError)] == [ArgumentError]


def test_a_line_break_in_a_path_breaks_no_message() -> None:
    assert str(MemoryNotFound("a\nb", "gone")).startswith("no memory at a\\nb: gone; ")
    assert str(InputError()) == ""


@pytest.mark.parametrize("error", CLASSES)
def test_the_module_shows_each_in_its_tree(error: type) -> None:
    assert errors.__doc__ is not None
    assert error.__name__ in errors.__doc__


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (MemoryNotFound("m", "no folder"), ["at m: no folder", "spanmem index"]),
        (MemoryLocked("m", "process 7"), ["at m", "process 7", "wait"]),
        (MemoryDamaged("m", "a row is torn"), ["a row is torn", "spanmem memory recover"]),
        (MemoryDamaged("m", "x", way_out="copy it back"), ["x; copy it back"]),
        (FormatTooNew("m", found=9, known=2), ["format 9", "up to 2", "pip install -U"]),
        (EncoderMismatch("m", found="a", wanted="b"), ["'a'", "'b'", "--encoder"]),
        (RowError("f:3", "no row", "mend it"), ["f:3: no row; mend it"]),
    ],
)
def test_a_message_states_the_facts_and_the_way_out(error: Exception, parts: list[str]) -> None:
    text = str(error)
    assert "\n" not in text
    assert all(part in text for part in parts)


def test_a_row_error_is_an_input_error_that_knows_its_place() -> None:
    error = RowError("f:3", "no row", "mend it")
    assert isinstance(error, InputError)
    assert (error.place, error.why) == ("f:3", "no row")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError(" one\ntwo"), "one"),
        (ValueError(), "ValueError"),
        (ValueError("x" * 900), "x" * 200),
    ],
)
def test_a_librarys_words_fit_a_line(error: Exception, line: str) -> None:
    assert first_line(error) == line
