"""With a turn go those that hold words of it, and no others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.memory.maintenance.derived_turns import TurnWords, add_derived

WORDS = st.sampled_from(["Plumstead", "mill", "C9", "of", "1912", "Li"])
TURNS = st.lists(
    st.tuples(WORDS, st.lists(WORDS, max_size=2).map(tuple), st.none() | WORDS, st.booleans()),
    max_size=8,
).map(lambda rows: [TurnWords(number, *row) for number, row in enumerate(rows)])


def turn(
    number: int,
    question: str = "",
    *,
    carried: tuple[str, ...] = (),
    answer: str | None = None,
    knows: bool = True,
) -> TurnWords:
    return TurnWords(number, question, carried, answer, knows)


def gone_with(turns: list[TurnWords], *first: int, common: set[str] | None = None) -> set[int]:
    gone = set(first)
    add_derived(turns, gone, common or set())
    return gone


def test_an_answer_from_memory_goes_with_its_source() -> None:
    turns = [
        turn(1, answer="Yes"),
        turn(2, answer="Yes", knows=False),
        turn(3, answer="No", knows=False),
        turn(4, answer="Yes"),  # read somewhere itself
        turn(5, answer=None, knows=False),
    ]
    assert gone_with(turns, 1) == {1, 2}
    assert gone_with(turns, 3) == {3}
    assert gone_with(turns, common={"No"}) == {3}


def test_words_are_carried_on_from_question_answer_and_what_was_carried() -> None:
    turns = [
        turn(1, "Who lives in Plumstead?", answer="Dr. Quux"),
        turn(2, "How old?", carried=("plumstead",)),
        turn(3, "And she?", carried=("Quux",), answer="Ratz"),
        turn(4, "Why?", carried=("Ratz",)),
        turn(5, "Whence (Plumstead)"),
        turn(6, "How so?", carried=("of", "in")),
    ]
    assert gone_with(turns, 1) == {1, 2, 3, 4}
    assert gone_with(turns, 3) == {3, 4}


def test_only_later_turns_have_taken_words() -> None:
    turns = [turn(1, carried=("mill",)), turn(2, "The mill?"), turn(3, carried=("mill",))]
    assert gone_with(turns, 2) == {2, 3}


def test_small_words_are_names_where_they_have_capitals_or_digits() -> None:
    turns = [turn(1, "Li of C9"), *(turn(n, carried=(w,)) for n, w in ((2, "Li"), (3, "C9")))]
    assert gone_with([*turns, turn(4, carried=("of",))], 1) == {1, 2, 3}


def test_what_the_gone_could_give_is_told() -> None:
    turns = [turn(1, answer="Yes"), turn(2, answer="No", knows=False), turn(3, answer="So")]
    assert add_derived(turns, {1, 2}, {"Perhaps"}) == {"Yes", "Perhaps"}


@given(TURNS, st.sets(st.integers(0, 7)))
def test_nothing_comes_back_and_nothing_more_goes_the_second_time(
    turns: list[TurnWords], first: set[int]
) -> None:
    first &= {turn.sequence for turn in turns}
    gone = gone_with(turns, *first)
    assert first <= gone
    if not first:
        assert gone == set()
