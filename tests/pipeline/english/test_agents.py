"""Who does it, and to whom it is done, whichever verb it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.pipeline.english.agents import Agents


def another(question: str, text: str, answer: str) -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    return Agents(question).in_passage(passage).another(at, at + len(answer))


VERBS = (
    *(("manage", "manages", "managed"), ("feed", "feeds", "fed"), ("warn", "warns", "warned")),
    *(
        ("rescue", "rescues", "rescued"),
        ("block", "blocks", "blocked"),
        ("heat", "heats", "heated"),
    ),
    *(("carry", "carries", "carried"), ("teach", "teaches", "taught"), ("pay", "pays", "paid")),
)
NAMES = ("Anna Berg", "the old pump", "Norvik", "the landlord", "Unit 7", "ibuprofen")


@given(
    st.sampled_from(VERBS),
    st.permutations(NAMES),
    st.sampled_from(["", " on Monday", " in the north"]),
    st.booleans(),
)
def test_who_stands_before_an_active_verb_does_it(
    verb: tuple[str, str, str], names: list[str], rest: str, passive: bool
) -> None:
    base, now, past = verb
    agent, patient = names[:2]
    said = f"{patient} is {past} by {agent}" if passive else f"{agent} {now} {patient}"
    text = f"It was cold. {said[0].upper()}{said[1:]}{rest}. Nobody else came."
    agent, patient = (
        text[text.lower().index(name.lower()) :][: len(name)] for name in (agent, patient)
    )
    for asked, right, wrong in (
        (f"Who {now} {patient}?", agent, None),
        (f"Who {now} {agent}?", None, patient),
        (f"What does {agent} {base}?", patient, None),
        (f"What does {patient} {base}{rest}?", None, agent),
        (f"Who is {past} by {agent}?", patient, None),
        (f"Who is {past} by {patient}?", None, agent),
        (f"By whom is {patient} {past}?", agent, None),
        (f"Who is {agent} {past} by?", None, patient),
    ):
        if right:
            assert not another(asked, text, right), asked
        if wrong:
            assert another(asked, text, wrong), asked


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (
            "Who founded Domino's Pizza?",
            "Domino's Pizza founder Tom Monaghan came.",
            "Tom Monaghan",
        ),
        ("Who shares power?", "They use power sharing unionists accept.", "unionists"),
        ("What stood beside the door?", "By the door stood a hive.", "hive"),
        ("Who married Anna Berg?", "Anna Berg married Lars Holm.", "Lars Holm"),
        ("What year did Norvik form?", "In 1871 formed Norvik a club.", "1871"),
        ("What rank was Norvik?", "Norvik ranks first.", "first"),
        ("What is clothing considered today?", "Today clothing is thought a good.", "a good"),
        ("Who manages Anna Berg?", "Anna Berg left, and he manages Peter Kahn.", "Peter Kahn"),
        ("Who manages Anna Berg?", "Anna Berg manages with the help of Lisa Roth.", "Lisa Roth"),
        ("What causes fever?", "The causes of fever are infections.", "infections"),
        ("What did Berg say when she left the mill?", "Holm said nothing to Berg.", "Holm"),
    ],
)
def test_what_tells_nothing_of_the_deed_is_left(question: str, text: str, answer: str) -> None:
    assert not another(question, text, answer)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who manages Anna Berg?", "Berg manages Peter Kahn.", "Peter Kahn"),
        ("Which company absorbed Norvik?", "Norvik quickly absorbed Halden Systems.", "Halden"),
        ("Which company did Halden absorb in 2014?", "Norvik had absorbed Halden.", "Norvik"),
        ("Who is managing Anna Berg?", "Anna Berg is managing Peter Kahn.", "Peter Kahn"),
        ("What feeds the pump?", "The pump also feeds the main boiler.", "main boiler"),
        ("Who chased the wolf?", "The hare had been chased by the wolf.", "The hare"),
        (
            "What does Ibuprofen weaken?",
            "It is cheap. Alcohol weakens Ibuprofen.",
            "cheap. Alcohol",
        ),
    ],
)
def test_an_answer_on_the_other_side_is_another(question: str, text: str, answer: str) -> None:
    assert another(question, text, answer)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Who?",
        "When was the mill sold?",
        "What does it cost?",
        "Who is the mayor of Lund?",
        "By",
    ],
)
def test_a_question_for_no_deed_judges_nothing(question: str) -> None:
    assert not Agents(question)
