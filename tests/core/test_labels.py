"""Labels of lines and rows, and what has colons without being either."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.labels import labelled


def pairs(text: str) -> list[tuple[str, str]]:
    found = labelled(text)
    return [(text[one.start : one.stop], text[one.begin : one.end]) for one in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- Range: 9 km\n- Weight: 2 kg", [("Range", "9 km"), ("Weight", "2 kg")]),
        ("**Range:** 9 km\n**Weight**: 2 kg", [("Range", "9 km"), ("Weight", "2 kg")]),
        ("# Uhu\n\nFuse (slow): 16 A\n\nMax. load: 4 t",
         [("Fuse (slow)", "16 A"), ("Max. load", "4 t")]),
        ("Uhu. Class: A. Rate: N/A. Seats: 9.",
         [("Class", "A."), ("Rate", "N/A."), ("Seats", "9.")]),
        ("Uhu. Rate: 89 euros. Seats: 9.", [("Rate", "89 euros."), ("Seats", "9.")]),
        ("Uhu. Order no.: 00-7. Max. load: 4 t.", [("Order no.", "00-7."), ("Max. load", "4 t.")]),
        ("Uhu. rate: –.", [("rate", "–.")]),
        ("1. Open: 9 am\n2. Close: 5 pm", [("Open", "9 am"), ("Close", "5 pm")]),
    ],
)  # fmt: skip
def test_lines_and_rows_have_labels(text: str, found: list[tuple[str, str]]) -> None:
    assert pairs(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "It has one line.\nNote: do not open it.",
        "He rose. Ada said: it is late. Then they all went home. Nobody spoke. It rained.",
        'The crest was: "A lion." The motto was: "Dare." The seal was: "A ship."',
        "Ann: I think that we should move all of the machines before the end of the next month.\n"
        "Bob: Well then let us ask the others first, since they are the ones who have to do it.",
        "It opens at 9:30 and closes at 17:00.",
    ],
)
def test_prose_and_talk_have_none(text: str) -> None:
    assert not labelled(text)


@given(st.text(alphabet="aB.: \n-#*1é", max_size=120))
def test_labels_and_values_stand_in_order_and_apart(text: str) -> None:
    end = 0
    for one in labelled(text):
        assert end <= one.start < one.stop < one.begin < one.end <= len(text)
        assert one.line <= one.start
        assert "\n" not in text[one.line : one.end]
        end = one.end
