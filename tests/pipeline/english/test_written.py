"""A question with its numbers and codes as the passages write them."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.written import as_written


def passage(text: str) -> Passage:
    return Passage(document="d", start=0, end=len(text), title="", text=text)


def test_numbers_are_written_as_the_passages_write_them() -> None:
    written = [passage("With 4,500 members and 12 boats.")]
    assert as_written("Which club has 4500 members?", written) == "Which club has 4,500 members?"
    assert as_written("Which has 12 or 9000?", written) == "Which has 12 or 9000?"
    assert as_written("Which has 4500?", [*written, passage("4500 men")]) == "Which has 4500?"


CODES = "The AB-12C pump weighs 7.5 kg. Firmware v2.1 came in June. Error E-407 means dry."


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("How much does the ab 12 c weigh?", "How much does the AB-12C weigh?"),
        ("How much does the ab12c weigh?", "How much does the AB-12C weigh?"),
        ("How much does the AB 12C weigh?", "How much does the AB-12C weigh?"),
        ("When came firmware v2 . 1?", "When came firmware v2.1?"),
        ("What does error e 407 mean?", "What does error E-407 mean?"),
        ("How much does the AB-13C weigh?", "How much does the AB-13C weigh?"),
        ("What are 12 c and 407?", "What are 12 c and 407?"),
        ("How many cost 7 or 5 kg?", "How many cost 7 or 5 kg?"),
    ],
)
def test_codes_in_pieces_are_written_as_the_passages_write_them(
    question: str, written: str
) -> None:
    assert as_written(question, [passage(CODES)]) == written


def test_a_code_that_two_forms_may_mean_stays_as_it_is() -> None:
    both = passage("The AB-12C is red, the A-B12C is blue.")
    assert as_written("Which is the ab 12 c?", [both]) == "Which is the ab 12 c?"
