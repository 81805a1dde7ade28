"""Corrections in conversations: any course of one against a dictionary, and forms of a question."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from spanmem.core.records import Document, Evidence, TurnHit, Vectors
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.answers import Answer
from spanmem.pipeline.corrections import Corrections, Forms, agree, apart, overlap
from spanmem.pipeline.english.equivalence import same_question
from spanmem.pipeline.qa import QA
from spanmem.pipeline.session import Session
from spanmem.pipeline.settings import Settings
from spanmem.pipeline.turns import new_turn
from spanmem.reader.overlap import OverlapReader
from tests.pipeline.stores import TurnList

KINDS = ("adult", "child", "senior", "student", "family")
OTHERS = ("On which day is the museum closed?", "Who founded the Ravn museum?")
TEXT = (
    "An adult ticket costs 14 euros. A child ticket costs 6 euros. A senior ticket costs 9 euros. "
    "A student ticket costs 8 euros. A family ticket costs 30 euros. The museum is closed on "
    "Mondays. Karen Holm founded the Ravn museum."
)
FREE = Settings.load(None, {"answer.abstain_below": 0.0, "memory.reuse_above": 0.0})
kinds = st.sampled_from(KINDS)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["full", "small", "short", "tell full", "tell short"]), kinds),
        st.tuples(st.sampled_from(["other", "withdraw", "reopen", "new session"]), st.just("")),
    ),
    min_size=4,
    max_size=14,
)


def untold(answer: Answer) -> bool:
    """Whether it gives no correction: held back, one may stand before what it speaks against."""
    return answer.abstained or answer.answers[0].kind != "correction"


class Talk:
    """A conversation, beside what each kind of ticket was last said to cost."""

    def __init__(self, folder: Path) -> None:
        self.encoder, self.folder = HashEncoder(), folder / "m"
        with Memory.create(self.folder, encoder=self.encoder.name, dim=self.encoder.dim) as memory:
            build([Document(id="d", title="Ravn museum", text=TEXT)], memory, self.encoder)
        self.told: list[tuple[str, str]] = []
        self.open()

    def open(self) -> None:
        reader = OverlapReader()
        self.qa = QA(self.folder, reader=reader, encoder=self.encoder, settings=FREE)
        self.session: Session = self.qa.session("ann")

    def latest(self, kind: str) -> str | None:
        return next((text for k, text in reversed(self.told) if k == kind), None)

    def ask(self, how: str, kind: str) -> None:
        question = f"What does the {kind} ticket cost?"
        if "short" in how:
            lead = KINDS[KINDS.index(kind) - 1]
            self.session.ask(f"What does the {lead} ticket cost?")
            question = f"And the {kind} ticket?"
        answer = self.session.ask(question.lower() if how == "small" else question)
        if (latest := self.latest(kind)) is not None:
            assert answer.text == latest, (how, kind)
        else:
            assert untold(answer), (how, kind, answer.text)
        if how.startswith("tell"):
            text = f"{len(self.told) + 100} crowns"
            self.session.correct(answer, text)
            self.told.append((kind, text))

    def take(self, step: tuple[str, str], number: int) -> None:
        how, kind = step
        if kind:
            self.ask(how, kind)
        elif how == "other":
            assert untold(self.session.ask(OTHERS[number % 2]))
        elif how == "withdraw" and self.told:
            self.session.withdraw()
            self.told.pop()
        elif how == "new session":
            self.session = self.qa.session("ann")
        elif how == "reopen":
            self.qa.close()
            self.open()


@settings(
    deadline=None,
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(steps)
def test_in_any_conversation_the_latest_correction_is_the_answer(
    course: list[tuple[str, str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        talk = Talk(Path(folder))
        for number, step in enumerate(course):
            talk.take(step, number)
        for kind in KINDS:
            talk.ask("full", kind)
        assert talk.qa.session("bob").ask("What does the child ticket cost?").text not in {
            text for _, text in talk.told
        }
        talk.qa.close()


@pytest.fixture
def qa(tmp_path: Path) -> Iterator[QA]:
    talk = Talk(tmp_path)
    yield talk.qa
    talk.qa.close()


def test_a_short_question_after_another_subject_is_another_question(qa: QA) -> None:
    chat = qa.session("ann")
    chat.ask("What does the adult ticket cost?")
    chat.correct(chat.ask("And for a child?"), "7 crowns")
    chat.ask(OTHERS[0])
    assert untold(chat.ask("And for a child?"))
    chat.ask("What does the adult ticket cost?")
    assert chat.ask("And for a child?").text == "7 crowns"
    assert chat.ask("What does the adult ticket cost?").text != "7 crowns"


@pytest.mark.parametrize("scope", ["", "ann"])
def test_a_correction_of_a_question_in_short_is_heard_in_full(qa: QA, scope: str) -> None:
    chat = qa.session(scope)
    chat.ask("What does the adult ticket cost?")
    short = chat.ask("And for a child?")
    turn = chat.correct(short, "7 crowns")
    assert turn.question == "And for a child?"
    assert "What does the child ticket cost?" in turn.wordings
    assert qa.ask("what does the child ticket cost?", scope=scope).text == "7 crowns"


def test_what_was_told_by_the_words_of_a_short_question_means_what_was_asked(qa: QA) -> None:
    chat = qa.session("ann")
    chat.ask("What does the adult ticket cost?")
    chat.ask("And for a child?")
    chat.correct("and for a child?", "7 crowns")
    assert qa.ask("What does the child ticket cost?", scope="ann").text == "7 crowns"


def test_a_correction_of_a_correction_takes_its_wordings_over(qa: QA) -> None:
    chat = qa.session("ann")
    chat.ask("What does the adult ticket cost?")
    first = chat.correct(chat.ask("And for a child?"), "7 crowns")
    full = chat.ask("What does the child ticket cost?")
    second = chat.correct(full, "8 crowns")
    assert second.supersedes == first.id
    assert first.looked_up in second.wordings
    back = chat.withdraw(second, author="ann")
    assert (back.kind, back.supersedes, back.author) == ("withdrawal", second.id, "ann")
    assert chat.ask("What does the child ticket cost?").text == "7 crowns"
    chat.withdraw(first.id)
    assert chat.ask("What does the child ticket cost?").answers[0].kind != "correction"
    assert [turn.id for turn in chat.turns() if turn.kind == "correction"] == [first.id, second.id]


def test_a_question_of_another_kind_or_side_is_another_whatever_was_told_in_short() -> None:
    asked = ("How often do children under 12 eat?", "How much do children over 12 eat?")
    told = Forms(
        "And children under 12?", "", ("eat", "much"), ("How much do children under 12 eat?",)
    )
    assert [apart(Forms(question, question), told) for question in asked] == [True, True]
    assert not apart(Forms("How much do children under 12 eat?", ""), told)
    assert not apart(Forms("What do children under 12 eat?", ""), told)


def test_thanks_are_neither_looked_up_nor_remembered(qa: QA) -> None:
    chat = qa.session("ann")
    first = chat.ask("What does the adult ticket cost?")
    thanks = chat.ask("Thank you!")
    assert (thanks.text, thanks.answers, len(thanks.notices)) == (None, (), 1)
    assert [turn.question for turn in chat.turns()] == [first.question]


def test_scopes_do_not_mix_and_a_question_may_stand_alone(qa: QA) -> None:
    qa.ask("What does the adult ticket cost?", scope="ann")
    assert qa.ask("And for a child?", scope="bob").carried == ()
    assert qa.ask("And for a child?", scope="ann", history=()).carried == ()
    qa.ask("What does the adult ticket cost?", scope="ann")
    assert "ticket" in qa.ask("And for a child?", scope="ann").carried
    assert qa.session("ann").ask("And for a child?").carried  # one path for both


FULL = Forms("What does the child ticket cost?", "What does the child ticket cost?")
SHORT = Forms(
    "And for a child?",
    "And for a child? (adult ticket)",
    ("adult", "ticket"),
    ("What does the child ticket cost?",),
)


def test_the_forms_of_a_question_are_those_that_say_what_is_asked() -> None:
    assert FULL.alone == (FULL.question,)
    assert SHORT.alone == SHORT.wordings
    assert (FULL.question, FULL.question) in SHORT.pairs(FULL)
    assert (SHORT.looked_up, FULL.question) in SHORT.pairs(FULL)
    adult = Forms("What does the adult ticket cost?", "What does the adult ticket cost?")
    assert (SHORT.looked_up, adult.question) not in SHORT.pairs(adult)
    ticket = "What does the ticket cost?"
    hven, oslo = (Forms(ticket, f"{ticket} ({to})", (to,)) for to in ("Hven", "Oslo"))
    assert (ticket, ticket) not in hven.pairs(oslo)
    assert (ticket, ticket) in hven.pairs(Forms(ticket, ticket))


@pytest.mark.parametrize(
    ("a", "b", "may"),
    [
        (SHORT, SHORT, True),
        (SHORT, FULL, True),
        (
            SHORT,
            Forms("What does the adult ticket cost?", "What does the adult ticket cost?"),
            False,
        ),
        (SHORT, Forms("And an adult?", "And an adult? (child ticket)", ("child", "ticket")), False),
        (SHORT, Forms("And a child?", "And a child? (senior ticket)", ("senior", "ticket")), True),
        (FULL, Forms("And a child?", "And a child?"), True),
    ],
)
def test_what_was_carried_is_no_part_of_what_is_asked(a: Forms, b: Forms, may: bool) -> None:
    assert agree(a, b, same_question, 0.9) is agree(b, a, same_question, 0.9) is may


def test_nothing_is_encoded_where_each_has_one_form() -> None:
    def encode(_: Sequence[str]) -> Vectors:
        raise AssertionError("encoded")

    hit = TurnHit(turn=new_turn("ann", FULL.question, "7", "correction"), similarity=1.0)
    answered = TurnHit(turn=new_turn("ann", FULL.question, "6", "answer"), similarity=1.0)
    heard = Corrections(TurnList(), same_question, encode)  # type: ignore[arg-type]
    assert heard.heard(FULL, [hit, answered]) == []
    assert heard.heard(SHORT, [answered]) == []


def test_places_overlap_where_they_share_a_character() -> None:
    def place(document: str, start: int, end: int) -> Evidence:
        text = "x" * (end - start)
        return Evidence(
            document=document, start=start, end=end, text=text, passage="p", passage_text=text
        )

    assert overlap(place("a", 0, 5), place("a", 4, 9))
    assert not overlap(place("a", 0, 5), place("a", 5, 9))
    assert not overlap(place("a", 0, 5), place("b", 0, 5))


def test_under_a_filter_stands_what_rests_on_a_document_that_meets_it(tmp_path: Path) -> None:
    encoder = HashEncoder()
    texts = {"old": "The lamp costs 12 euros.", "new": "The stove costs 90 euros."}
    with Memory.create(tmp_path / "m", encoder=encoder.name, dim=encoder.dim) as memory:
        documents = [
            Document(id=i, text=text, metadata={"year": "2019" if i == "old" else 2022})
            for i, text in texts.items()
        ]
        build(documents, memory, encoder)
    with QA(tmp_path / "m", reader=OverlapReader(), encoder=encoder, settings=FREE) as qa:
        question = "What does the lamp cost?"
        chat = qa.session("ann")
        assert chat.ask(question).answers[0].evidence.document == "old"
        for year, kind in (({"lt": 2020}, "memory"), ({"gte": 2020}, "passage")):
            answer = qa.ask(question, scope="ann", where={"year": year}, history=())
            assert answer.answers[0].kind == kind
        chat.correct(chat.ask(question), "13 euros")
        for year, kind in (({"lt": 2020}, "correction"), ({"gte": 2020}, "passage")):
            answer = qa.ask(question, scope="ann", where={"year": year}, history=())
            assert answer.answers[0].kind == kind
        told = qa.correct("Who made the stove?", "Bo", scope="ann")
        assert told.supersedes is not None  # read in the passages, so it is known where
        read = qa.memory.turn("ann", told.supersedes)
        rests = read is not None and read.evidence[0].document == "new"
        answer = qa.ask("Who made the stove?", scope="ann", where={"year": 2022}, history=())
        assert (answer.text == "Bo") is rests


def test_under_a_filter_no_place_of_another_document_comes_along(tmp_path: Path) -> None:
    encoder, question = HashEncoder(), "What does the lamp cost?"
    texts = {2019: "The lamp costs 12 euros.", 2022: "In the shop the lamp costs 12 euros."}
    with Memory.create(tmp_path / "m", encoder=encoder.name, dim=encoder.dim) as memory:
        documents = [Document(id=str(y), text=t, metadata={"year": y}) for y, t in texts.items()]
        build(documents, memory, encoder)
    with QA(tmp_path / "m", reader=OverlapReader(), encoder=encoder, settings=FREE) as qa:
        best = qa.ask(question).answers[0]
        places = (best.evidence, *best.support)
        assert len(places) == 2
        turn = new_turn("ann", question, best.text, "answer", evidence=places)
        (vector,) = encoder.encode_queries([question])
        qa.memory.add_turn(replace(turn, model=qa.reader.name), vector)
        for at, kind in ((0, "memory"), (1, "passage")):
            where = {"year": int(places[at].document)}
            answers = qa.ask(question, scope="ann", where=where, history=()).answers
            assert answers[0].kind == kind
            shown = {place.document for a in answers for place in (a.evidence, *a.support)}
            assert shown == {places[at].document}


def test_what_is_told_of_one_numbered_thing_is_not_told_of_its_sibling(tmp_path: Path) -> None:
    encoder = HashEncoder()
    text = "".join(
        f"The Lumo {n} is guaranteed for {m} months. The Lumo {n} draws {w} watts. "
        for n, m, w in ((3, 24, 9), (5, 36, 14))
    )
    with Memory.create(tmp_path / "m", encoder=encoder.name, dim=encoder.dim) as memory:
        build([Document(id="d", title="Routers", text=text)], memory, encoder)
    with QA(tmp_path / "m", reader=OverlapReader(), encoder=encoder, settings=FREE) as qa:

        def draws(number: int, scope: str) -> Answer:
            qa.ask(f"How long is the Lumo {number} guaranteed?", scope=scope)
            return qa.ask("How many watts does it draw?", scope=scope)

        told = qa.correct(draws(5, "ann"), "16 watts", scope="")
        assert told.wordings == ("How many watts does Lumo 5 draw?",)
        assert untold(draws(3, "bob"))
        assert draws(5, "bob").text == "16 watts"
        assert qa.ask("How many watts does the Lumo 5 draw?", scope="bob").text == "16 watts"
