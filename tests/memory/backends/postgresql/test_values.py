"""What is kept comes back as it was given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.memory.backends.postgresql.values import (
    key_of,
    literal,
    lock_number,
    restored,
    storable,
    unpacked,
    vector_bytes,
)
from spanmem.memory.contract import unit_vector

ANY = st.text(st.characters(codec=None) | st.sampled_from("\0\ud800\udfff\ufdd0\ue000\ue800\ue801"))


@given(ANY)
def test_any_text_comes_back_from_one_that_postgresql_takes(text: str) -> None:
    stored = storable(text)
    assert "\0" not in stored
    stored.encode("utf-8")
    assert restored(stored) == text


@given(ANY, ANY)
def test_other_texts_are_kept_otherwise(one: str, other: str) -> None:
    assert (storable(one) == storable(other)) == (one == other)
    assert (key_of(one) == key_of(other)) == (one == other)


def test_vectors_come_back_in_half_precision() -> None:
    vector = unit_vector("mill")
    (back,) = unpacked([vector_bytes(vector)], len(vector))
    assert back == pytest.approx(vector, abs=1e-3)
    assert back.astype(np.float16).tolist() == vector.astype(np.float16).tolist()
    assert literal(back) == str(back.astype(np.float64).tolist()).replace(" ", "")


def test_a_vector_that_is_not_finite_in_half_precision_is_refused() -> None:
    with pytest.raises(InputError, match="not finite"):
        vector_bytes(np.array([1e6, 0.0], np.float32))


def test_locks_of_different_names_differ() -> None:
    numbers = {lock_number(*parts) for parts in (("a", "b"), ("ab",), ("a", "c"), ("a",))}
    assert len(numbers) == 4
    assert all(-(1 << 63) <= number < 1 << 63 for number in numbers)
