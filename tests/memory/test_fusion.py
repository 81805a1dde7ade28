"""Fusion against its definition, computed the plain way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.memory.fusion import add_proximity, fuse

cosines = st.dictionaries(st.integers(0, 30), st.floats(-1, 1), max_size=12)
scores = st.dictionaries(st.integers(0, 30), st.floats(0.01, 40), max_size=12)


@given(cosines, scores, st.floats(0, 1))
def test_every_candidate_gets_the_documented_mix(
    dense: dict[int, float], lexical: dict[int, float], weight: float
) -> None:
    fused = fuse(dense, lexical, weight)
    assert {c.number for c in fused} == dense.keys() | lexical.keys()
    top = max(lexical.values(), default=1.0)
    for candidate in fused:
        d = dense.get(candidate.number, min(dense.values(), default=0.0))
        x = lexical.get(candidate.number, min(lexical.values(), default=0.0)) / top
        assert candidate.score == pytest.approx(weight * d + (1 - weight) * x)
        assert (candidate.dense, candidate.lexical) == (
            dense.get(candidate.number),
            lexical.get(candidate.number),
        )
    keys = [(-c.score, c.number) for c in fused]
    assert keys == sorted(keys)


@given(cosines, scores, st.floats(0, 1), st.data())
def test_proximity_takes_its_share_of_the_score(
    dense: dict[int, float], lexical: dict[int, float], weight: float, data: st.DataObject
) -> None:
    fused = fuse(dense, lexical, 0.5)
    proximity = {c.number: data.draw(st.floats(0, 1)) for c in fused if c.number % 5}
    weighed = add_proximity(fused, proximity, weight)
    before = {c.number: c.score for c in fused}
    assert {c.number for c in weighed} == proximity.keys()
    for candidate in weighed:
        near = proximity[candidate.number]
        assert candidate.proximity == near
        mixed = (1 - weight) * before[candidate.number] + weight * near
        assert candidate.score == pytest.approx(mixed)
    keys = [(-c.score, c.number) for c in weighed]
    assert keys == sorted(keys)


@given(cosines)
def test_one_index_alone_keeps_its_own_order(dense: dict[int, float]) -> None:
    assert {c.number: c.score for c in fuse(dense, None, 0.3)} == dense


@given(scores)
def test_words_alone_are_scaled_by_the_best(lexical: dict[int, float]) -> None:
    fused = fuse(None, lexical, 0.3)
    assert [c.number for c in fused] == sorted(
        lexical, key=lambda n: (-lexical[n] / max(lexical.values()), n)
    )
    assert all(0 < c.score <= 1 for c in fused)


def test_known_values() -> None:
    first, second, third = fuse({1: 0.5, 2: 0.75}, {2: 4.0, 3: 8.0}, 0.75)
    assert (first.number, first.score) == (2, 0.75 * 0.75 + 0.25 * 0.5)
    assert (second.number, second.score) == (3, 0.75 * 0.5 + 0.25 * 1.0)
    assert (third.number, third.score) == (1, 0.75 * 0.5 + 0.25 * 0.5)
    assert (third.dense, third.lexical, second.dense) == (0.5, None, None)


def test_nothing_found_is_no_candidate() -> None:
    assert fuse({}, {}, 0.5) == fuse(None, {}, 0.5) == fuse(None, None, 0.5) == []


def test_scores_of_no_word_at_all_do_not_divide_by_zero() -> None:
    assert [c.score for c in fuse(None, {1: 0.0, 2: 0.0}, 0.5)] == [0.0, 0.0]
