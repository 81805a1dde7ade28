"""The parts of a sentence, each with its value."""

from __future__ import annotations

import re

import pytest

from spanmem.pipeline.english.list_parts import Value, parts_of


def own(sentence: str) -> list[set[str]]:
    values = [Value(*match.span(), "number") for match in re.finditer(r"\d+", sentence)]
    return [set(part.own) for part in parts_of(sentence, tuple(values))]


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        (
            "Tickets cost 9 euros for adults and 4 for children",
            [{"ticket", "=cost", "9", "euro", "adult"}, {"4", "=child"}],
        ),
        ("Large dogs, 340 g; small ones 90", [{"=big", "dog", "340", "=gram"}, {"=small", "90"}]),
        ("In 1893, 12 came and 7 left", []),  # all that follows belongs to the year
        (
            "12 sat by it, all wet, 7 lay by it, nobody else",
            [{"12", "sat", "wet"}, {"7", "lay", "nobody"}],
        ),  # where a value comes first, what has none belongs to the one before
        ("It has 3 or 4 rooms", []),  # two values that nothing divides
    ],
)
def test_a_sentence_is_cut_so_that_each_part_has_one_value(
    sentence: str, parts: list[set[str]]
) -> None:
    assert own(sentence) == parts


def test_a_part_names_something_and_has_what_its_prepositions_join_and_its_unit() -> None:
    sentence = "A ticket costs 9 euros for adults, it costs 4 with a pass"
    values = [Value(*match.span(), "number") for match in re.finditer(r"\d+", sentence)]
    first, second = parts_of(sentence, tuple(values))
    assert (first.opens, second.opens) == (True, False)
    assert first.after == {"for": frozenset(["adult"])}
    assert second.after == {"with": frozenset(["pass"])}
    assert (first.unit, second.unit) == (("euro",), ())
