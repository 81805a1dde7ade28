"""Follow-ups put in full, and which full question one may be short for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.rewrite import MOST_WORDINGS, covers, in_full, wordings
from spanmem.pipeline.history import Exchange

NAMES = st.sampled_from(["Hven", "Oslo", "Aarhus", "Kessel", "Bergen", "Ghent"])


@pytest.mark.parametrize(
    ("asked", "answer", "question", "full"),
    [
        ("How much is an adult ticket?", "14", "And for a child?", "How much is a child ticket?"),
        ("how much is an adult ticket?", "14", "and for a child?", "how much is a child ticket?"),
        (
            "How much does an adult ticket cost?",
            "14",
            "What about the child ticket?",
            "How much does a child ticket cost?",
        ),
        (
            "When does the library open on Monday?",
            "9:00",
            "And on Saturday?",
            "When does the library open on Saturday?",
        ),
        (
            "How long is the warranty on the P20?",
            "2 years",
            "And the P30?",
            "How long is the warranty on the P30?",
        ),
        (
            "What is the price of a double room?",
            "90",
            "And breakfast?",
            "What is the price of a breakfast?",
        ),
        (
            "Who painted the Night Watch?",
            "Rembrandt",
            "When was he born?",
            "When was Rembrandt born?",
        ),
        ("When was the old mill built?", "1912", "Who built it?", "Who built the old mill?"),
        (
            "Where is the old mill?",
            "Kessel",
            "What is its height?",
            "What is the old mill's height?",
        ),
        ("Is parking free at the hotel?", "No", "And wifi?", "Is wifi free at the hotel?"),
    ],
)
def test_a_follow_up_is_put_in_full(asked: str, answer: str, question: str, full: str) -> None:
    assert full in wordings(question, [Exchange(asked, answer)])


def test_a_thing_that_took_anothers_place_is_what_the_next_one_takes() -> None:
    history = [Exchange("How much is a change of tyres for the Kestrel?", "89 euros")]
    for short, full in (
        ("What about a service?", "How much is a service for the Kestrel?"),
        ("And for the Osprey?", "How much is a service for the Osprey?"),
        ("And a new windscreen?", "How much is a new windscreen for the Osprey?"),
    ):
        assert in_full(short, history) == full
        history.append(Exchange(short, "something"))


def test_a_follow_up_of_a_follow_up_is_put_in_full() -> None:
    history = [Exchange("How much is an adult ticket?", "14"), Exchange("And for a child?", "6")]
    assert "How much is a student ticket?" in wordings("And for a student?", history)
    assert wordings("And for a child?", history) == wordings("And for a child?", history[:1])


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ("How long is the warranty of the lamp?", "How much does it cost?"),  # which of the two?
        ("And for a child?", "And for a student?"),
        ("Why?", "And on Monday?"),
    ],
)
def test_what_may_mean_several_things_or_none_is_not_put_in_full(asked: str, question: str) -> None:
    assert wordings(question, [Exchange(asked, None)]) == ()


@given(NAMES, NAMES)
def test_the_earlier_question_is_never_merely_narrowed(old: str, new: str) -> None:
    asked = f"How long does the ferry to {old} take?"
    forms = wordings(f"And to {new}?", [Exchange(asked, "An hour")])
    assert len(forms) <= MOST_WORDINGS
    assert (f"How long does the ferry to {new} take?" in forms) is (old != new)
    for form in forms:
        assert not set(asked.rstrip("?").split()) <= set(form.rstrip("?").split())


@pytest.mark.parametrize(
    ("full", "short", "carried", "may"),
    [
        ("How much does a child ticket cost?", "And for a child?", ("adult", "ticket"), True),
        ("How much does an adult ticket cost?", "And for a child?", ("adult", "ticket"), False),
        ("When is a child ticket valid?", "And for a child?", ("adult", "ticket"), False),
        ("When was Rembrandt born?", "When was he born?", ("Rembrandt",), True),
        ("Where was Rembrandt born?", "When was he born?", ("Rembrandt",), False),
        ("When was Rembrandt not born?", "When was he born?", ("Rembrandt",), False),
        ("What is it?", "Why?", (), False),
    ],
)
def test_a_question_covers_a_short_one_of_its_words(
    full: str, short: str, carried: tuple[str, ...], may: bool
) -> None:
    assert covers(full, short, carried) is may


@pytest.mark.parametrize(
    ("base", "short", "full"),
    [
        ("What was the budget for 2025?", "And in 2024?", "What was the budget for 2024?"),
        ("When was Reef 7.1 released?", "and 7.2?", "When was Reef 7.2 released?"),
        ("How much does the Fenn 20 cost?", "And the Fenn 40?", "How much does the Fenn 40 cost?"),
        ("Who teaches class 5b?", "What about 5a?", "Who teaches class 5a?"),
        ("Who runs the depot in Trier?", "And in Metz?", "Who runs the depot in Metz?"),
        ("Where did Ida eat on 6 June?", "And on 8 June?", "Where did Ida eat on 8 June?"),
        ("How is the weather in Rome in May?", "And in June?", None),
        ("What happened in 1990 and 1995?", "And in 2000?", None),
        ("Who won in 1998?", "And the bronze medal?", None),
        ("How much is an adult ticket?", "And for a child?", "How much is a child ticket?"),
        ("What does Helen Marsh earn?", "And Peter Marsh?", "What does Peter Marsh earn?"),
        ("what does helen marsh earn?", "and peter marsh?", "what does peter marsh earn?"),
        ("When did Helen Marsh join Varga Labs?", "Peter?", None),
        ("Where is Ann Marsh's desk?", "And Bo Marsh's?", "Where is Bo Marsh's desk?"),
        ("Where is Ann Marsh's desk?", "And Bo Marsh?", "Where is Bo Marsh's desk?"),
        ("What does a day ticket cost?", "And a week ticket?", "What does a week ticket cost?"),
        (
            "How much is an adult ticket for the fair?",
            "And for children?",
            "How much is a children ticket for the fair?",
        ),
        ("How much is an adult ticket?", "Who founded the museum?", None),
        (
            "How much is a change of tyres for the Kestrel?",
            "What about a service?",
            "How much is a service for the Kestrel?",
        ),
        (
            "What is the price of the Lumo?",
            "And the weight?",
            "What is the weight of the Lumo?",
        ),
        ("When does the mill open?", "And the small chapel?", "When does the small chapel open?"),
        ("When does the mill open?", "And the weekend?", None),
        ("What is the size of the garden?", "And the garage?", None),
        ("How long is the garden?", "And a garage?", None),
    ],
)
def test_a_fragment_is_put_in_full_where_one_place_of_its_kind_is_free(
    base: str, short: str, full: str | None
) -> None:
    history = [Exchange(base, "something")]
    assert in_full(short, history) == full
    assert in_full(short, []) is None
    if full is not None:
        assert wordings(short, history)[0] == full


THINGS = st.sampled_from(["the Lumo", "Home", "bus", "Room", "flat", "Version"])
ON = st.sampled_from(["How much does it weigh?", "What is its range?", "And the connection fee?"])


@given(THINGS, st.integers(1, 999), st.integers(1, 999), ON)
def test_what_is_asked_of_one_numbered_thing_is_not_asked_of_another(
    thing: str, one: int, other: int, question: str
) -> None:
    def forms(number: int) -> set[str]:
        return {*wordings(question, [Exchange(f"How old is {thing} {number}?", "3 years")])}

    assert forms(one)
    assert (forms(one) == forms(other)) is (one == other)
    assert forms(one).isdisjoint(forms(other)) or one == other
    assert all(str(one) in form for form in forms(one))


@pytest.mark.parametrize(
    ("base", "answer", "short", "full"),
    [
        ("How long is the Lumo 5 guaranteed?", "36 months", "How many watts does it draw?",
         "How many watts does Lumo 5 draw?"),
        ("Who designed the Tessa 12 Pro?", "Olga Stern", "What is its weight?",
         "What is Tessa 12 Pro's weight?"),
        ("When was Version 3 released?", "9 June", "What does it need?",
         "What does Version 3 need?"),
        ("What does Home 250 cost a month?", "39.90", "And the connection fee?",
         "What is the connection fee of Home 250?"),
        ("How many seats does Hall 4 have?", "390", "And how much is the rent?",
         "how much is the rent of Hall 4?"),
        ("How much does the Lumo 5 cost?", "9", "And the Vista?", "How much does the Vista cost?"),
        ("Which router is faster than the Lumo 5?", "the Nova", "What does it cost?", None),
        ("Where does Bus 7 go?", "to the port", "And when is the library open?", None),
        ("Where does Bus 7 go?", "to the port", "Why?", None),
        ("Is the Lumo 5 lighter than the Lumo 3?", "no", "What does it cost?", None),
    ],
)  # fmt: skip
def test_a_follow_up_on_the_one_numbered_thing_is_put_in_full(
    base: str, answer: str, short: str, full: str | None
) -> None:
    assert in_full(short, [Exchange(base, answer)]) == full


def test_a_number_gives_its_place_to_a_number_and_a_name_to_a_name() -> None:
    python = [Exchange("When was Python 3.12 released?", "2023")]
    assert "When was 3.13 released?" not in wordings("What about 3.13?", python)
    lumo = [Exchange("How much does the Lumo 5 cost?", "9")]
    assert "How much does the Vista 5 cost?" not in wordings("And the Vista?", lumo)
