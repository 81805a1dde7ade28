"""What stands in a row in a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spanmem.pipeline.english.values import NUMBER, rows_of


@dataclass(frozen=True)
class Placed:
    start: int
    end: int


def test_rows_are_of_two_and_more_with_but_a_link_between_them() -> None:
    sentence = "3, 4 and 1,200 or so; 5 for 6, 7.5"
    items = [Placed(*match.span()) for match in re.finditer(NUMBER, sentence)]
    rows = rows_of(sentence, items, re.compile(", | and "))
    said = [[sentence[item.start : item.end] for item in row] for row in rows]
    assert said == [["3", "4", "1,200"], ["6", "7.5"]]
    assert rows_of(sentence, [], re.compile(" ")) == []
