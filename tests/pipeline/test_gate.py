"""The gate against its definition, one rule after the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Turn, TurnHit, TurnKind
from spanmem.pipeline.reuse import gate

kinds: st.SearchStrategy[TurnKind] = st.sampled_from(["answer", "correction", "imported"])


@st.composite
def turn_hits(draw: st.DrawFn) -> list[TurnHit]:
    count = draw(st.integers(0, 8))
    numbers = draw(st.permutations(range(1, count + 1)))
    return [
        TurnHit(
            turn=Turn(
                id=str(i),
                scope=draw(st.sampled_from(["ann", ""])),
                question="q",
                answer="a",
                kind=draw(kinds),
                confidence=1.0,
                created_at=f"2026-01-01T10:{draw(st.integers(0, 3)):02}",  # tells nothing
                sequence=numbers[i],
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
    assert chosen is max(left, key=lambda hit: hit.turn.sequence)
