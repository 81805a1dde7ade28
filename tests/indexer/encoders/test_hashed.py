"""Hashed words: the same on every machine, alike where words are shared."""

from __future__ import annotations

import numpy as np
import pytest

from spanmem.indexer.encoders.hashed import HashEncoder

PINNED = [0, 0.6124, 0, 0, 0, 0, 0, 0, 0.6124, 0.4082, 0.2041, 0, -0.2041, 0, 0, 0]


def test_hashing_is_the_same_on_every_machine() -> None:
    row = HashEncoder(16).encode_passages(["two lamps"])[0]
    assert [round(float(x), 4) for x in row] == PINNED


@pytest.mark.parametrize("dim", [1, 16, 300])
def test_the_name_and_the_vectors_are_of_its_dimension(dim: int) -> None:
    encoder = HashEncoder(dim)
    assert encoder.name == f"hash-{dim}"
    assert encoder.encode_queries(["a lamp", ""]).shape == (2, dim)


def test_neither_case_nor_order_of_words_matters_but_pieces_do() -> None:
    upper, lower, plural, other = HashEncoder(512).encode_passages(
        ["Two LAMPS", "lamps two", "two lamp", "no word"]
    )
    np.testing.assert_allclose(upper, lower, atol=1e-6)
    assert 0.5 < upper @ plural < 1
    assert abs(upper @ other) < 0.2
