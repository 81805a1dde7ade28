"""Phrases that are brought into one form."""

from __future__ import annotations

import re

from spanmem.pipeline.english.phrases import PHRASES


def test_phrases_are_expressions_whose_replacements_fit_their_groups() -> None:
    for pattern, instead in PHRASES:
        groups = re.compile(pattern).groups
        used = {int(number) for number in re.findall(r"\\(\d)", instead)}
        assert used <= {*range(1, groups + 1)}, pattern
