"""Fusion, joined hops and the gate against their definitions, computed the plain way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Turn, TurnHit, TurnKind
from spanmem.memory.fusion import fuse, nearer
from spanmem.pipeline.retrieve import joined
from spanmem.pipeline.reuse import gate

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


@given(cosines, scores, st.floats(0, 1), st.data())
def test_proximity_takes_its_share_of_the_score(
    dense: dict[int, float], lexical: dict[int, float], weight: float, data: st.DataObject
) -> None:
    fused = fuse(dense, lexical, 0.5)
    near = {one.number: data.draw(st.floats(0, 1)) for one in fused if one.number % 5}
    found = nearer(fused, near, weight)
    before = {one.number: one.score for one in fused}
    assert {one.number for one in found} == near.keys()
    for one in found:
        mixed = (1 - weight) * before[one.number] + weight * near[one.number]
        assert one.score == pytest.approx(mixed)
    keys = [(-one.score, one.number) for one in found]
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


kinds: st.SearchStrategy[TurnKind] = st.sampled_from(["answer", "correction", "imported"])


@st.composite
def turn_hits(draw: st.DrawFn) -> list[TurnHit]:
    count = draw(st.integers(0, 8))
    return [
        TurnHit(
            turn=Turn(
                id=str(i),
                scope=draw(st.sampled_from(["ann", ""])),
                question="q",
                answer="a",
                kind=draw(kinds),
                confidence=1.0,
                created_at=f"2026-01-01T10:{draw(st.integers(0, 3)):02}",
            ),
            similarity=draw(st.sampled_from([0.8, 0.9, 1.0])),
        )
        for i in range(count)
    ]


@given(turn_hits(), st.sets(st.integers(0, 7)))
def test_the_gate_opens_for_the_first_by_the_documented_order(
    heard: list[TurnHit], passing: set[int]
) -> None:
    def passes(hit: TurnHit) -> bool:
        return int(hit.turn.id) in passing

    chosen = gate(heard, passes, scope="ann")
    left = [hit for hit in heard if passes(hit)]
    if not left:
        assert chosen is None
        return
    for told in (True, False):  # narrow down, one rule after the other
        if any((hit.turn.kind == "correction") is told for hit in left):
            left = [hit for hit in left if (hit.turn.kind == "correction") is told]
            break
    own = [hit for hit in left if hit.turn.scope == "ann"]
    left = own or left
    newest = max(hit.turn.created_at for hit in left)
    left = [hit for hit in left if hit.turn.created_at == newest]
    assert chosen in left
    assert chosen.similarity == max(hit.similarity for hit in left)
