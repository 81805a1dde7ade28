"""One family, and each message in one line with both facts and the way out."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core import errors
from spanmem.core.errors import (
    ArgumentError,
    EncoderMismatch,
    FormatTooNew,
    InputError,
    MemoryDamaged,
    MemoryLocked,
    MemoryNotFound,
    ModelError,
    RowError,
    SpanMemError,
    StorageError,
    first_line,
)
from spanmem.indexer.files import NoText

_TEXTS = st.text(max_size=30)
_PATHS = st.one_of(_TEXTS, st.builds(Path, _TEXTS))
_NUMBERS = st.integers()


class OfSomeoneElse(InputError):
    """A subclass with a signature of its own, as plugins may have."""

    def __init__(self, *, row: int, cell: str) -> None:
        super().__init__(f"row {row}: {cell}", cell)
        self.row, self.cell = row, cell


_ANY = st.one_of(
    *(st.builds(kind, _TEXTS) for kind in (SpanMemError, InputError, StorageError, ModelError)),
    st.builds(RowError, _PATHS, _TEXTS, _TEXTS),
    st.builds(MemoryNotFound, _PATHS, _TEXTS),
    st.builds(MemoryLocked, _PATHS, _TEXTS),
    st.builds(MemoryDamaged, _PATHS, _TEXTS, way_out=_TEXTS),
    st.builds(FormatTooNew, _PATHS, found=_NUMBERS, known=_NUMBERS),
    st.builds(EncoderMismatch, _PATHS, found=_TEXTS, wanted=_TEXTS, way_out=_TEXTS),
    st.builds(OfSomeoneElse, row=_NUMBERS, cell=_TEXTS),
    st.builds(NoText, _TEXTS, _TEXTS),
)


def _pickled(error: SpanMemError, *, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(error, protocol))


_WAYS: dict[str, Callable[[SpanMemError], Any]] = {
    **{f"pickle {n}": partial(_pickled, protocol=n) for n in range(6)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}

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
        (
            EncoderMismatch("m", found="a@0123456789ab:64", wanted="a@0123456789ab"),
            ["encoder.dimensions", "null where there is none"],
        ),
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
        (ValueError("some words " * 30), "some words " * 18 + "…"),
    ],
)
def test_a_librarys_words_fit_a_line(error: Exception, line: str) -> None:
    assert first_line(error) == line


@given(error=_ANY, way=st.sampled_from(sorted(_WAYS)))
def test_an_error_survives_being_carried_elsewhere(error: SpanMemError, way: str) -> None:
    error.add_note("seen in a worker")
    again = _WAYS[way](error)
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


def _fail() -> None:
    raise FormatTooNew("m", found=9, known=2)


def test_a_pool_passes_an_error_on_and_goes_on() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        with pytest.raises(FormatTooNew) as caught:
            pool.submit(_fail).result(timeout=30)
        assert (caught.value.found, caught.value.known) == (9, 2)
        assert pool.submit(len, "abc").result(timeout=30) == 3


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("postgresql://ann:s3cret@h/db: no such file", "postgresql://ann:***@h/db: no such file"),
        ("postgresql:/ann:s3:cret@h: nothing", "postgresql:/ann:***@h: nothing"),
        ("no model at postgresql+psycopg://:s3cret@h", "no model at postgresql+psycopg://:***@h"),
        ("http://host:8080/a@b and ann@host: no", "http://host:8080/a@b and ann@host: no"),
    ],
)
def test_a_password_is_not_shown(told: str, shown: str) -> None:
    assert str(InputError(told)) == shown
    assert str(pickle.loads(pickle.dumps(InputError(told)))) == shown
