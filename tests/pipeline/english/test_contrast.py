"""What sets two questions apart that one place answers, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.pipeline.english.contrast import CIRCUMSTANCE, contrast

years = st.integers(1800, 2099)
nouns = st.sampled_from(["warranty", "deposit", "ferry", "permit", "brochure", "license"])


@settings(max_examples=60)
@given(years, years, nouns)
def test_another_year_is_another_question(first: int, second: int, noun: str) -> None:
    a, b = f"How much was the {noun} in {first}?", f"What did the {noun} cost in {second}?"
    assert (contrast(a, b).why == "number") is (first != second)


@settings(max_examples=40)
@given(nouns, st.sampled_from(["child", "senior", "deputy", "winter"]))
def test_a_restriction_that_only_one_question_has_makes_two(noun: str, word: str) -> None:
    plain, narrower = f"What does the {noun} cost?", f"What does the {word} {noun} cost?"
    assert contrast(narrower, plain).why == "restriction"
    assert contrast(plain, narrower).why == "variant"


@settings(max_examples=60)
@given(
    st.sampled_from(["Corvo", "Dorvanex", "Ember", "Kestrel"]),
    st.sampled_from(["Pro", "Forte", "Mini", "Max", "Neo", "Lite"]),
    st.sampled_from(["How much does the {} cost?", "How is the {} stored?", "How long is the {}?"]),
)
def test_a_thing_and_its_variant_are_two(name: str, variant: str, frame: str) -> None:
    plain, other = frame.format(name), frame.format(f"{name} {variant}")
    assert contrast(plain, other).why
    assert contrast(other, plain).why
    kind = frame.format(f"{name} drill")
    assert not contrast(plain, kind).why


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        ("How long are blood samples kept?", "How long are frozen blood samples kept?"),
        ("How much does delivery to Spain cost?", "How much does express delivery to Spain cost?"),
        ("When does sampling start?", "When does sampling start in summer?"),
        ("How many tablets do adults take?", "How many tablets do adults take in a week?"),
        ("How much does the Corvo drill cost?", "How much does it cost to repair the Corvo drill?"),
        ("What does a member pay?", "What does a member pay a month?"),
        ("How much does the Corvo Pro cost?", "How much does the used Corvo Pro cost?"),
    ],
)
def test_what_narrows_one_question_alone_makes_two(wider: str, narrower: str) -> None:
    assert contrast(narrower, wider).why
    assert contrast(wider, narrower).why


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("When did Vasholm retire?", "When did Ingrid Vasholm retire?"),
        ("For how many months is the car leased?", "How long does the lease last?"),
        ("How heavy is the BD18?", "What does the Kestrel BD18 weigh?"),
        ("Why is the sky blue?", "Why is the sky beautifully blue?"),
        ("Who painted the fresco?", "Who painted the famous fresco?"),
    ],
)
def test_first_names_praise_and_a_thing_that_is_done_to_make_no_two(one: str, other: str) -> None:
    assert not contrast(one, other).why
    assert not contrast(other, one).why


@pytest.mark.parametrize(
    ("new", "old", "why"),
    [
        ("Why was the mill closed?", "When was the mill closed?", "kind"),
        ("Where is the regatta?", "When is the regatta?", "kind"),
        ("When does probation begin?", "How long is probation?", "kind"),
        ("When does the choir rehearse?", "In which room does the choir rehearse?", "kind"),
        ("How high is the flat?", "How large is the flat?", "kind"),
        ("Who cannot delete files?", "Who can delete files?", "negation"),
        ("Within how many hours is it delivered?", "Within how many days is it delivered?", "unit"),
        ("What do guests over 16 pay?", "What do guests under 16 pay?", "side"),
        ("Who may land before noon?", "Who may land after noon?", "side"),
        ("Is parking allowed below deck 3?", "Is parking allowed above deck 3?", "side"),
        ("When did firmware 4.3 come out?", "When did firmware 4.2 come out?", "number"),
        ("What does the HK-22 weigh?", "What does the HK-21 weigh?", "code"),
        ("When did Bo Lind die?", "When did Ada Lind die?", "name"),
        ("What is the minimum dose?", "What is the maximum dose?", "opposite"),
        ("What is the fee per week?", "What is the monthly fee?", "opposite"),
        ("When does the shop close?", "When does the shop open?", "opposite"),
    ],
)
def test_what_speaks_for_two_things_is_named(new: str, old: str, why: str) -> None:
    assert contrast(new, old).why == why


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("When did it come out?", "When was it released?"),
        ("How high is the monthly rent?", "What is the rent per month?"),
        ("What is the highest dose per day?", "What is the maximum daily dose?"),
        ("In what year was the hall built?", "When was the hall built?"),
        ("How many months is it valid?", "How long is it valid?"),
        ("Who is the mayor's deputy?", "What is the name of the deputy of the mayor?"),
        ("Until when can claims be sent?", "Within how many days must claims be sent?"),
        ("please, how early do you open?", "From when are you open?"),
    ],
)
def test_other_words_set_nothing_apart(new: str, old: str) -> None:
    assert not contrast(new, old).why
    assert not contrast(new, new).why
    assert contrast(new, new).doubt == "nothing"


def test_one_thing_in_the_place_of_another_is_doubted_more_than_other_words() -> None:
    old = "How often are the laptops replaced?"
    assert contrast("How often are the phones replaced?", old).doubt == "thing"
    assert contrast("How often are the laptops exchanged?", old).doubt == "verb"
    assert contrast("How often are the office laptops replaced?", old).doubt == "words"
    assert contrast("How often are laptops replaced?", old).doubt == "nothing"


def test_a_text_tells_of_what_the_new_question_has_for_itself() -> None:
    difference = contrast("What does the sauna cost?", "What does the pool cost?")
    assert difference.told_by("The sauna costs 4 euros.")
    assert not difference.told_by("The pool costs 4 euros.")
    assert not contrast("What does it cost?", "What does it cost?").told_by("It costs 4 euros.")


@pytest.mark.parametrize(
    ("question", "remembered"),
    [
        ("How much rent do I pay each month?", "What is the rent per month?"),
        ("What is Ada Berg's date of birth?", "When was Ada Berg born?"),
        ("How many metres does the boat measure?", "How long is the boat?"),
        ("How much notice must members give?", "What is the notice period?"),
    ],
)
def test_one_kind_may_be_asked_for_in_several_ways(question: str, remembered: str) -> None:
    assert contrast(question, remembered).why == ""


def test_a_word_said_twice_hides_no_exchange() -> None:
    asked, told = "What does the family ticket cost?", "What does the child ticket ticket cost?"
    assert contrast(asked, told).doubt == "thing"


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("What is the total distance of the hike?", "How long is the trail?"),
        ("What is the highest storage temperature?", "Below what temperature must it be stored?"),
        ("Which picture is worth the most?", "What is the museum's dearest painting?"),
    ],
)
def test_a_kind_or_a_bound_decides_within_one_frame_alone(new: str, old: str) -> None:
    assert contrast(new, old).why in ("kind", "extreme")
    assert not contrast(new, old).decides


@pytest.mark.parametrize(
    ("why", "new", "old"),
    [
        ("negation", "When don't I need to buy a ticket?", "When is admission free?"),
        ("restriction", "What do I pay if I bring a book back late?", "How much is the fine?"),
        (
            "circumstance",
            "When will the room be ready on my first day?",
            "From what time is check-in?",
        ),
    ],
)
def test_a_word_that_narrows_or_denies_decides_within_one_frame_alone(
    why: str, new: str, old: str
) -> None:
    assert contrast(new, old).why == why
    assert not contrast(new, old).decides
    denied = contrast("When is admission not free?", "When is admission free?")
    narrowed = contrast("What do young members pay?", "What do members pay?")
    assert denied.decides
    assert narrowed.decides


@settings(max_examples=60)
@given(years, years, nouns)
def test_what_a_question_names_decides_however_it_is_worded(
    first: int, second: int, noun: str
) -> None:
    a, b = f"How much was the {noun} in {first}?", f"In {second}, at what price did it sell?"
    assert contrast(a, b).decides is (first != second)
    assert contrast("What do children pay for it?", "How high is the charge for an adult?").decides


def test_words_in_the_same_order_make_one_frame() -> None:
    old = "How many ships were delivered last year?"
    orders = [
        contrast(new, old).order
        for new in (old, "How many ships were ordered last year?", "What did the yard hand over?")
    ]
    assert orders == sorted(orders, reverse=True)
    assert (orders[0], orders[-1]) == (1.0, 0.0)
    assert contrast("How many vessels were ordered last year?", old).new == "vessels ordered"


def test_mine_is_not_yours_and_any_is_perhaps_mine() -> None:
    mine = "When does my lease end?"
    assert contrast("When does your lease end?", mine).why == "person"
    assert contrast("When does a lease end?", mine).why == CIRCUMSTANCE
    assert not contrast("When is the end of my lease?", mine).why
    assert not contrast("How much is the fine?", "How much do I pay as a fine?").why
