"""Answers as regular expressions: flags as DPR has them, and an end to every search."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spanmem.core.errors import InputError
from spanmem.reader import answer_patterns
from spanmem.reader.answer_patterns import check_pattern, matches_start, matches_within


def test_case_is_nothing_and_each_line_has_its_ends() -> None:
    assert matches_within(r"^mill$", "tower\nMILL\n")
    assert matches_start("mill", "MILL TOWER")
    assert not matches_start("tower", "mill tower")


@pytest.mark.parametrize("pattern", ["(mill", "[", "*", r"\p{Nothing}", "(?P<a>x)(?P=b)"])
def test_what_is_no_expression_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match="is no regular expression"):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", [r"(\w+\s?)+\d\d\d$", r"(a|aa)+\Z!"])
@pytest.mark.parametrize("matches", [matches_start, matches_within])
def test_a_search_without_end_is_ended(
    pattern: str, matches: Callable[[str, str], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_patterns, "_PATIENCE", 0.05)
    with pytest.raises(InputError, match="repeats within repeats"):
        matches(pattern, "a" * 4000 + " mill")
