"""What was, and what will be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.tenses import Tenses


def another(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Tenses(question).in_passage(passage).another(at, at + len(answer))


THINGS = ("the tunnel", "the north branch", "Dr Holm's course", "version 4")
DEEDS = (
    *(("open", "opened"), ("close", "closed"), ("begin", "began"), ("expire", "expired")),
    *(("leave", "left"), ("end", "ended"), ("start", "started"), ("retire", "retired")),
)


@given(
    st.permutations(THINGS),
    st.sampled_from(DEEDS),
    st.sampled_from(["will {}", "is expected to {}", "is going to {}", "are due to {}"]),
    st.sampled_from([". ", ", and ", "; ", " while "]),
)
def test_what_was_is_not_what_will_be(
    things: list[str], deed: tuple[str, str], comes: str, between: str
) -> None:
    base, past = deed
    old, new = things[:2]
    text = f"In {old} much {past} in 2016{between}{new} {comes.format(base)} in 2031."
    for asked, was in (
        (f"When did {old} {base}?", True),
        (f"When will {new} {base}?", False),
        (f"What year did {new} {base}?", True),
        (f"In which year is {old} going to {base}?", False),
    ):
        assert another(asked, text, "2016") is (not was), asked
        assert another(asked, text, "2031") is was, asked


@pytest.mark.parametrize(
    ("question", "text", "answer", "expected"),
    [
        ("When will it be finished?", "The bridge was finished in 2016.", "2016", True),
        ("When was it finished?", "The tunnel will be finished in 2031.", "2031", True),
        ("When was it finished?", "It was to be finished in 2012 already.", "2012", False),
        ("When did the hall open?", "The hall was expected to open in 2012.", "2012", False),
        ("When did it set a record?", "It set a record in 1930.", "1930", False),
        ("When did the bank fail?", "Due to its failing in 1982, many left.", "1982", False),
        ("When will the raids be released?", "Before the raids are released in May.", "May", False),
        (
            "When will the renovated hall open?",
            "The renovated hall opens on 3 May.",
            "3 May",
            False,
        ),
        ("When will it open?", "It opened in 1990 and will open again in 2030.", "2030", False),
        ("When does the hall open?", "It opened in 1990.", "1990", False),
        ("Who will open the hall?", "Ida Storm opened it.", "Ida Storm", False),
        ("When did she say it will open?", "She said on 2 May it will open.", "2 May", False),
        ("When did it open?", "It will open in June. That was it, on 3 May.", "3 May", False),
    ],
)
def test_a_verb_in_the_other_tense(question: str, text: str, answer: str, expected: bool) -> None:
    assert another(question, text, answer) is expected


def test_an_answer_over_two_sentences_is_looked_at_in_both() -> None:
    text = "The bridge was built in 2016. The tunnel will be built in 2031."
    assert another("When will the bridge be built?", text, "2016. The tunnel will be built in 2031")
