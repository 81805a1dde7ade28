"""The same words in other roles make another question; known transformations do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.pipeline.english.contrast import contrast
from spanmem.pipeline.english.equivalence import same_question
from spanmem.pipeline.english.roles import arrangement, roles_apart

places = st.sampled_from(["port", "church", "gate", "tower", "mill", "lake", "school", "attic"])
people = st.sampled_from(["mayor", "pilot", "coach", "nurse", "tenants", "Carl Voigt", "Orlo"])
verbs = st.sampled_from([("trusts", "trust", "trusted"), ("pays", "pay", "paid"),
                         ("blames", "blame", "blamed"), ("calls", "call", "called")])  # fmt: skip
gifts = st.sampled_from([("sold", "sell"), ("gave", "give"), ("lent", "lend"), ("sent", "send"),
                         ("left", "leave"), ("mailed", "mail"), ("offered", "offer")])  # fmt: skip


frames = st.sampled_from(
    ["Which street leads {}?", "How long is the walk {}?", "When does the bus {} leave?"]
)


@settings(max_examples=60)
@given(st.lists(places, min_size=2, max_size=2, unique=True), frames)
def test_the_way_back_is_another_way_wherever_its_ends_stand(ends: list[str], frame: str) -> None:
    a, b = ends
    out = frame.format(f"from the {a} to the {b}")
    assert roles_apart(out, frame.format(f"from the {b} to the {a}"))
    assert not roles_apart(out, frame.format(f"to the {b} from the {a}"))


@settings(max_examples=60)
@given(people, verbs)
def test_who_does_it_is_not_to_whom_it_is_done(name: str, verb: tuple[str, str, str]) -> None:
    does, base, done = verb
    the = name if name[0].isupper() else f"the {name}"
    active = f"Who {does} {the}?"
    for other in (f"Who does {the} {base}?", f"Whom does {the} {base}?", f"Who is {done}?"):
        assert roles_apart(active, other)
        assert contrast(other, active).why
    assert not roles_apart(active, f"By whom is {the} {done}?")
    assert not roles_apart(active, f"Who is {the} {done} by?")


@settings(max_examples=60)
@given(people, gifts)
def test_who_gives_is_not_to_whom_is_given(name: str, verb: tuple[str, str]) -> None:
    past, base = verb
    the = name if name[0].isupper() else f"the {name}"
    giver = f"Who {past} the key to {the}?"
    takers = [f"To whom did {the} {base} the key?", f"Who did {the} {base} the key to?",
              f"Whom did {the} {base} the key to?"]  # fmt: skip
    for taker in takers:
        assert roles_apart(giver, taker)
        assert not same_question(giver, taker, 1.0).same
    assert not roles_apart(takers[0], takers[1])


APART = """How do I convert miles to kilometres?|How do I convert kilometres to miles?
How do I switch from dark mode to light mode?|How do I switch from light mode to dark mode?
How do I redirect http to https?|How do I redirect https to http?
Which package requires numlib?|Which package is required by numlib?
Which lorry hit the tram?|Which lorry was hit by the tram?
What is the fine for landlords who sue tenants?|What is the fine for tenants who sue landlords?
Who inherits if the husband dies before the wife?|Who inherits if the wife dies before the husband?
Who is taller than the coach?|Who is the coach taller than?
Which room is above the kitchen?|Which room is the kitchen above?
Which street leads to the market?|Which street leads from the market?
How many feet are in a mile?|How many miles are in a foot?
How much water per kilo of rice?|How much rice per kilo of water?
What did Anna tell Bea?|What was Anna told by Bea?
Who can see my profile?|Whose profile can I see?
Who owes Tom 50 euros?|To whom does Tom owe 50 euros?
Which data do you share with partners?|Which data do partners share with you?
Does the manager report to the director?|Does the director report to the manager?
Does Rome beat Paris?|Does Paris beat Rome?
How do I copy the map to the disk?|How do I copy the disk from the map?
What is the limit on 1 March?|What is the limit until 1 March?"""
ALIKE = """How many days of leave do employees get?|How many leave days do employees get?
When did the queen visit the duke?|When was the duke visited by the queen?
What is the password of the guest network?|What is the guest network's password?
How far is it from Orrin to Skaw?|How far is it from Skaw to Orrin?
On Sundays, when does the museum open?|When does the museum open on Sundays?
What floor is the bar on?|On which floor is the bar?
What changed in version 3?|What was changed in version 3?
Who married Ida Crane?|Who did Ida Crane marry?
How many moles are in 18 g of water?|18 g of water are how many moles?
How do I convert miles to kilometres?|How do I convert miles into kilometres?"""


@pytest.mark.parametrize("pair", APART.splitlines())
def test_exchanged_roles_make_another_question(pair: str) -> None:
    first, second = pair.split("|")
    assert roles_apart(first, second)
    assert roles_apart(second, first)
    assert contrast(first, second).why


@pytest.mark.parametrize("pair", ALIKE.splitlines())
def test_a_known_transformation_keeps_the_question(pair: str) -> None:
    first, second = pair.split("|")
    assert not roles_apart(first, second)
    assert not roles_apart(second, first)


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_no_text_is_apart_from_itself(text: str) -> None:
    assert not roles_apart(text, text)
    assert arrangement(text) == arrangement(text)
