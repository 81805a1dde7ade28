"""What an answer may not run over."""

from __future__ import annotations

from bisect import bisect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.reader.stretches import breaks_in

LIST = "# Pump P7\n\n- Weight without base: 41 kg\n- Weight with base: 58 kg\n"
ROW = "Orion press. Order no.: 00092. VAT: 7 %. Opens: 7 p.m. Price: 9.90 €."
CLAUSES = "3. Termination\n3.1 Either party may end it on 90 days\nwritten notice.\n3.2 At once."


def in_one(text: str, answer: str) -> bool:
    breaks, start = breaks_in(text), text.index(answer)
    return bisect(breaks, start) == bisect(breaks, start + len(answer) - 1)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (LIST, "41 kg\n- Weight"),
        (LIST, "# Pump"),
        (LIST, "- Weight"),
        (LIST, "base: 41 kg"),
        (ROW, "no.: 00092"),
        (ROW, "00092. VAT"),
        (ROW, "9.90 €."),
        (ROW, ": 00092"),
        (CLAUSES, "Termination\n3.1"),
        (CLAUSES, "3.1 Either"),
        (CLAUSES, "notice.\n3.2"),
        ("One\n\ntwo", "One\n\ntwo"),
    ],
)
def test_no_answer_leaves_its_stretch(text: str, answer: str) -> None:
    assert not in_one(text, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (LIST, "41 kg"),
        (LIST, "Pump P7"),
        (LIST, "Weight without base"),
        (ROW, "Orion press"),
        (ROW, "Order no."),
        (ROW, "7 p.m."),
        (ROW, "9.90 €"),
        (CLAUSES, "90 days\nwritten notice"),
        (CLAUSES, "3.1"),
        ("It rose to\n3.5 million in 2020.", "to\n3.5 million"),
        ("He saw Alien: Covenant there.", "Alien: Covenant"),
    ],
)
def test_what_is_one_stays_one(text: str, answer: str) -> None:
    assert in_one(text, answer)


@given(st.text(alphabet="aB.: \n-#*1", max_size=120))
def test_breaks_ascend_within_the_text(text: str) -> None:
    breaks = breaks_in(text)
    assert breaks == sorted(set(breaks))
    assert all(0 <= place <= len(text) for place in breaks)
