"""Fusion against its definition, computed the plain way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.memory.addressing import fuse

cosines = st.dictionaries(st.integers(0, 30), st.floats(-1, 1), max_size=12)
scores = st.dictionaries(st.integers(0, 30), st.floats(0.01, 40), max_size=12)


@given(cosines, scores, st.floats(0, 1))
def test_every_candidate_gets_the_documented_mix(
    dense: dict[int, float], lexical: dict[int, float], weight: float
) -> None:
    fused = fuse(dense, lexical, weight)
    assert {one.number for one in fused} == dense.keys() | lexical.keys()
    top = max(lexical.values(), default=1.0)
    for one in fused:
        d = dense.get(one.number, min(dense.values(), default=0.0))
        x = lexical.get(one.number, min(lexical.values(), default=0.0)) / top
        assert one.score == pytest.approx(weight * d + (1 - weight) * x)
        assert (one.dense, one.lexical) == (dense.get(one.number), lexical.get(one.number))
    keys = [(-one.score, one.number) for one in fused]
    assert keys == sorted(keys)


@given(cosines)
def test_one_view_alone_keeps_its_own_order(dense: dict[int, float]) -> None:
    assert {one.number: one.score for one in fuse(dense, None, 0.3)} == dense


@given(scores)
def test_words_alone_are_scaled_by_the_best(lexical: dict[int, float]) -> None:
    fused = fuse(None, lexical, 0.3)
    assert [one.number for one in fused] == sorted(
        lexical, key=lambda n: (-lexical[n] / max(lexical.values()), n)
    )
    assert all(0 < one.score <= 1 for one in fused)
