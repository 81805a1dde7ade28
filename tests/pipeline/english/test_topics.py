"""Short sentences about another thing than a question names."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.topics import Topics

PEAKS = (
    "Mount Salla rises behind the harbor, beside Mount Kerro. It was first climbed in 1911 by "
    "Arvid Lund. Mount Kerro is taller and has two huts."
)
STAFF = "Ines Rohde keeps the books. She came from Lund. Pavel Sikora mends the boats."
PAIR = "Dora Vint wrote plays. She taught Emil Roos. He lived in Arendal."
MILLS = (
    "The mill Havn buys its rival Torsk. Havn employs 90 people and was founded in 1902. "
    "The plant of Torsk stays open."
)
RENT = (
    "The deposit for the flat is 900 euros. The cellar is let with it. "
    "For the garage a separate contract applies."
)
DESK = "Linen is washed on Mondays. The sauna is open until nine. The pool has slides."
MINUTES = "The board approved the crane by 9 votes. The jetty was talked about at length."
NETWORK = (
    "The password for the staff network is on the label. "
    "The visitor network has no printers. It is slow."
)
DRILL = "The saw weighs 3 kg with its blade. Keep the lamp dry. The lamp has two levels."


def another(question: str, text: str, answer: str, title: str = "") -> bool:
    at = text.index(answer)
    passage = Passage(document="d", start=0, end=len(text), title=title, text=text)
    return Topics(question).in_passage(passage).another(at, at + len(answer))


@pytest.mark.parametrize(
    ("text", "answer", "wrong", "right"),
    [
        (
            PEAKS,
            "1911",
            "When was Mount Kerro first climbed?",
            "When was Mount Salla first climbed?",
        ),
        (STAFF, "Lund", "Where did Pavel Sikora come from?", "Where did Ines Rohde come from?"),
        (PAIR, "Arendal", "Where did Dora Vint live?", "Where did Emil Roos live?"),
        (MILLS, "1902", "When was Torsk founded?", "When was Havn founded?"),
        (MILLS, "90", "How many people does Torsk employ?", "How many people does Havn employ?"),
        (
            RENT,
            "900 euros",
            "What is the deposit for the garage?",
            "What is the deposit for the flat?",
        ),
        (DESK, "until nine", "How long is the pool open?", "How long is the sauna open?"),
        (
            MINUTES,
            "9 votes",
            "By how many votes was the jetty approved?",
            "By how many votes was the crane approved?",
        ),
        (
            NETWORK,
            "on the label",
            "Where is the password for the visitor network?",
            "Where is the password for the staff network?",
        ),
        (DRILL, "3 kg", "How much does the lamp weigh?", "How much does the saw weigh?"),
    ],
)
def test_what_a_short_sentence_tells_is_of_what_it_names(
    text: str, answer: str, wrong: str, right: str
) -> None:
    assert another(wrong, text, answer)
    assert not another(right, text, answer)


def test_an_answer_that_says_what_it_does_is_of_the_thing_in_it() -> None:
    assert another("What did Torsk sell?", "Havn sold a bank. Torsk is old.", "Havn sold a bank")
    assert not another("Who beat Torsk?", "Havn has won. Torsk is old.", "Havn")


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        # It refers back to what was named before.
        ("How much does the jetty cost?", "The jetty is old. The firm takes 9 euros for it.", "9"),
        ("How long is the ferry open?", "The ferry is red. The boat is open until 9.", "until 9"),
        # The passage says nothing else of the asked one, which may go by another name there.
        ("How long is the bath open?", DESK, "until nine"),
        ("What is the deposit for the apartment?", RENT, "900 euros"),
        # A long sentence speaks of several things.
        (
            "When did Torsk burn?",
            "Torsk is old. Havn, which has four large mills on the river and two smaller ones at "
            "the old harbor of the town, saw a fire in 1904 there.",
            "1904",
        ),
        # Who speaks is no subject.
        ("When does Ana leave?", "Ana: Hi.\nBen: Leave at nine.\nAna: Good.", "nine"),
        ("What does Ana rent?", "Ana came late. Brakel has boats that I rent to Ana.", "boats"),
        # The title names what all of it is about.
        ("How many rooms has Kerro?", "Salla has 9 rooms. Kerro does not.", "9"),
    ],
)
def test_what_may_be_of_the_thing_asked_for_stands(question: str, text: str, answer: str) -> None:
    assert not another(question, text, answer, "Kerro" if "Kerro" in question else "")


def test_an_answer_over_several_sentences_is_of_all_of_them() -> None:
    text = "Anna Gell was born in 1871. Moritz Lunt painted. He died in 1932."
    assert another("When did Anna Gell die?", text, "1871. Moritz Lunt painted. He died in 1932")


@pytest.mark.parametrize("text", ["", " ", "\n", "...", "; ;", "It. He. She.", "; a; b"])
def test_texts_without_sentences_tell_of_nothing(text: str) -> None:
    passage = Passage(document="d", start=0, end=len(text), title="", text=text)
    told = Topics("Where does Ana Berg live?").in_passage(passage)
    assert not any(told.another(at, at + 1) for at in range(len(text)))
    assert not Topics("")
