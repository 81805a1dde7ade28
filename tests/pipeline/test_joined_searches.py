"""Joined searches against their definition, computed the plain way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.retrieve import joined

hops = st.lists(st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-1, 1), max_size=8))


@given(hops, st.floats(0, 1))
def test_each_passage_counts_with_its_best_hop(found: list[dict[str, float]], decay: float) -> None:
    expected: dict[str, float] = {}
    for key in {key for hop in found for key in hop}:
        counted = [
            (hop[key] if hop[key] <= 0 else hop[key] * decay**h)
            for h, hop in enumerate(found)
            if key in hop
        ]
        expected[key] = max(counted)
    ranked = joined(found, decay)
    assert dict(ranked) == expected
    assert [score for _, score in ranked] == sorted(expected.values(), reverse=True)


@given(hops.filter(bool), st.floats(0, 1))
def test_a_later_hop_never_lowers_what_the_first_found(
    found: list[dict[str, float]], decay: float
) -> None:
    best = dict(joined(found, decay))
    assert all(best[key] >= score for key, score in found[0].items())
