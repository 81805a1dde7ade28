"""Filled templates: as many ask the same as ask something else, of every kind of thing."""

from __future__ import annotations

from spanmem.pipeline.training.templates import TEMPLATES, THINGS, filled


def test_wordings_have_one_gap_and_stand_in_one_group() -> None:
    wordings = [(kind, wording) for kind, group in TEMPLATES for wording in group]
    assert all(wording.count("{}") == 1 for _, wording in wordings)
    assert len(set(wordings)) == len(wordings)
    assert {kind for kind, _ in TEMPLATES} == set(THINGS)


def test_pairs_differ_and_the_seed_repeats_them() -> None:
    pairs = list(filled(seed=1, share=0.1))
    assert pairs == list(filled(seed=1, share=0.1))
    assert pairs != list(filled(seed=2, share=0.1))
    assert all(a != b for a, b, _ in pairs)
    assert 0.3 < sum(same for _, _, same in pairs) / len(pairs) < 0.5
