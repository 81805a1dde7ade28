"""What past turns answer; over real passages, with readers and encoders without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.core.records import Document, Turn, TurnHit, TurnKind
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.qa import QA
from spanmem.pipeline.retrieve import Query
from spanmem.pipeline.reuse import PastAnswers, gate
from spanmem.pipeline.settings import Settings
from spanmem.pipeline.verifier import Verdict
from spanmem.reader.overlap import OverlapReader
from tests.pipeline.stores import TurnList, with_turn_list

MILL = "When was the old mill built?"
TEXTS = {
    "mill": "The old mill was built in 1912 by two brothers from Kessel.",
    "sky": "Over Kessel the sky is blue because the air scatters the blue light of the sun.",
}
Open = Callable[..., QA]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    encoder, folder = HashEncoder(), tmp_path / "m"
    with Memory.create(folder, encoder=encoder.name, dim=encoder.dim) as memory:
        build([Document(id=i, title=i, text=text) for i, text in TEXTS.items()], memory, encoder)
    turns = TurnList()
    with Memory.open(folder) as memory:

        def open_with(**overrides: object) -> QA:
            free = {"answer.abstain_below": 0.0, "memory.reuse_above": 0.0}
            table = free | {k.replace("__", "."): v for k, v in overrides.items()}
            settings = Settings.load(None, table)
            store = with_turn_list(memory, turns)
            return QA(store, reader=OverlapReader(), encoder=encoder, settings=settings)

        yield open_with


def kind(qa: QA, question: str = MILL, **how: str) -> str:
    return qa.ask(question, **{"scope": "ann", **how}).answers[0].kind  # type: ignore[arg-type]


def test_however_often_it_is_asked_a_correction_is_found(opened: Open) -> None:
    qa = opened()
    qa.session("ann").correct(qa.ask(MILL, scope="ann"), "1913")
    assert [qa.ask(MILL, scope="ann").text for _ in range(40)] == ["1913"] * 40


@pytest.mark.parametrize("question", ["Mill age?", "old mill", "When was it built?"])
def test_a_short_question_that_was_corrected_is_answered_so_when_asked_again(
    opened: Open, question: str
) -> None:
    chat = opened().session("ann")
    chat.correct(chat.ask(question), "1913")
    assert [chat.ask(question).text for _ in range(3)] == ["1913"] * 3


def test_the_latest_correction_is_heard_although_its_question_seemed_a_follow_up(
    opened: Open,
) -> None:
    chat = opened().session("ann")
    chat.correct(chat.ask("Price of the mill?"), "61 euros")
    assert chat.ask("Price of the mill?").text == "61 euros"
    chat.correct(chat.ask("Price of the old mill in town?"), "62 euros")
    assert chat.ask("Price of the old mill in town?").text == "62 euros"


def test_a_correction_of_a_follow_up_is_heard_where_it_is_asked_of_the_same(opened: Open) -> None:
    qa = opened()
    history = [(MILL, "1912")]
    first = qa.ask("Who built it?", scope="ann", history=history)
    assert first.carried
    correction = qa.session("ann").correct(first, "Three sisters")
    assert (correction.question, correction.carried) == ("Who built it?", first.carried)
    again = qa.ask("Who built it?", scope="ann", history=history)
    assert [candidate.text for candidate in again.answers] == ["Three sisters"]  # nothing was read


def test_a_guess_is_kept_for_the_conversation_but_not_as_knowledge(opened: Open) -> None:
    qa = opened(memory__reuse_above=1.0)
    assert [kind(qa), kind(qa)] == ["passage", "passage"]
    assert len(qa.memory.turns("ann")) == 2


def test_answers_expire_and_what_people_told_does_not(opened: Open) -> None:
    qa = opened(memory__expire_days=1e-9)
    assert [kind(qa), kind(qa)] == ["passage", "passage"]
    qa.session("ann").correct(MILL, "1913")
    assert kind(qa) == "correction"
    for days, scope in ((1.0, "bob"), (1_000_000, "cem"), (1e300, "dot")):
        lasting = opened(memory__expire_days=days)  # also to before the first year there is
        assert [kind(lasting, scope=scope) for _ in "ab"] == ["passage", "memory"]


def test_asked_as_of_a_time_what_was_told_later_is_not_known(opened: Open) -> None:
    qa = opened()
    chat = qa.session("ann")
    first = chat.correct(MILL, "1913")
    second = chat.correct(MILL, "1914")
    count = len(chat.turns())
    assert qa.ask(MILL, scope="ann", as_of=first.created_at).text == "1913"
    assert qa.ask(MILL, scope="ann", as_of=second.created_at).text == "1914"
    assert kind(qa, as_of="2020-01-01") == "passage"
    assert len(chat.turns()) == count  # looking back leaves no trace
    with pytest.raises(InputError, match="'yesterday' is no time"):
        qa.ask(MILL, scope="ann", as_of="yesterday")


WHY, BEAUTIFUL = "Why is the sky blue over Kessel?", "Why is the sky beautifully blue over Kessel?"


def near(qa: QA, question: str, other: str) -> float:
    a, b = qa.encoder.encode_queries([question, other])
    return float(a @ b)


def test_a_correction_is_heard_where_both_questions_were_read_at_one_place(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    qa = opened()
    wrong = qa.ask(WHY, scope="ann")
    assert kind(qa, BEAUTIFUL, scope="cem") == "passage"
    qa.session("ann").correct(wrong, "Rayleigh scattering")
    assert qa.ask(BEAUTIFUL, scope="ann", remember=False).abstained
    # Vectors of hashed words are not those that the probability was fitted on.
    monkeypatch.setattr("spanmem.pipeline.revision.SURE", 0.01)
    again = qa.ask(BEAUTIFUL, scope="ann")
    assert (again.text, again.answers[0].kind) == ("Rayleigh scattering", "correction")
    assert again.answers[1].evidence.document == "sky"
    # told by the question's words alone, its answer is looked for, and so its place is known
    qa.session("bob").correct(WHY, "Rayleigh scattering")
    assert kind(qa, BEAUTIFUL, scope="bob") == "correction"


ELSEWHERE = "Over Kessel, where the air scatters the sun, since what year is the mill there?"


@pytest.mark.parametrize(("given", "moved"), [(False, False), (True, False), (False, True)])
def test_a_question_that_nothing_answers_is_read_where_the_nearest_correction_stands(
    opened: Open, monkeypatch: pytest.MonkeyPatch, given: bool, moved: bool
) -> None:
    monkeypatch.setattr("spanmem.pipeline.revision.SURE", 0.001)  # of vectors of hashed words
    monkeypatch.setattr("spanmem.pipeline.reuse._NEAR", 0.0)
    qa = opened()
    plain = qa.ask(ELSEWHERE)
    assert plain.answers[0].evidence.document == "sky"
    qa.session("ann").correct(qa.ask(MILL, scope="ann"), "1913")
    strict = opened(answer__abstain_below=0.0 if given else plain.confidence + 0.01)
    if moved:  # what stood there is there no more
        monkeypatch.setattr(strict.memory, "passage", lambda key: None)
    asked = strict.ask(ELSEWHERE, scope="ann", remember=False)
    heard = not (given or moved)
    assert (asked.answers[0].kind == "correction") is heard
    assert asked.text == ("1913" if heard else plain.text if given else None)


def test_where_the_words_are_not_enough_the_place_must_be_that_of_the_best_answer(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    qa = opened()
    monkeypatch.setattr(
        "spanmem.pipeline.english.equivalence.NEAR_BARELY", near(qa, WHY, BEAUTIFUL) - 0.01
    )
    qa.session("ann").correct(qa.ask(WHY, scope="ann"), "Rayleigh scattering")
    plain = qa.ask(BEAUTIFUL)
    there = [c for c in plain.answers if c.evidence.document == "sky"]
    elsewhere = [c for c in plain.answers if c.evidence.document == "mill"]
    assert there
    assert elsewhere
    past = PastAnswers(qa.memory, qa.reader, qa.settings)
    query = Query(BEAUTIFUL, qa.encoder.encode_queries([BEAUTIFUL])[0])
    correction = past.find_revision(replace(plain, answers=(*there, *elsewhere)), query, "ann")
    assert correction is not None
    assert correction.candidate.text == "Rayleigh scattering"
    behind = replace(plain, answers=(*elsewhere, *there))
    assert past.find_revision(behind, query, "ann") is None


def test_a_remembered_answer_below_what_is_held_back_is_not_given(opened: Open) -> None:
    qa = opened()
    first = qa.ask(MILL, scope="ann")
    assert kind(qa) == "memory"
    strict = opened(answer__abstain_below=min(0.999, first.confidence + 0.001))
    again = strict.ask(MILL, scope="ann")
    assert again.text is None
    assert again.answers[0].kind == "passage"


def test_what_a_person_told_is_given_whatever_is_held_back(opened: Open) -> None:
    opened().session("ann").correct(MILL, "1913")
    strict = opened(answer__abstain_below=0.999)
    assert strict.ask("In what year was the old mill built?", scope="ann").text == "1913"


def test_what_is_corrected_without_a_scope_is_seen_beside_its_correction(opened: Open) -> None:
    chat = opened().session("")
    answer = chat.ask(MILL)
    chat.correct(answer, "1913", author="ann")
    old, new = chat.turns()
    assert (old.answer, old.superseded_by, new.supersedes) == (answer.text, new.id, old.id)
    assert (new.author, bool(old.evidence)) == ("ann", True)


def test_another_verifier_decides_what_is_reused(tmp_path: Path) -> None:
    def anything(question: str, remembered: str, similarity: float) -> Verdict:
        return Verdict(same=True, why="of no interest")

    encoder = HashEncoder()
    with Memory.create(tmp_path / "m", encoder=encoder.name, dim=encoder.dim) as memory:
        build([Document(id="mill", title="", text=TEXTS["mill"])], memory, encoder)
        qa = QA(with_turn_list(memory), reader=OverlapReader(), encoder=encoder, verifier=anything)
        qa.add_turn("How deep is the lake?", "Nine metres", scope="ann")
        assert qa.ask(MILL, scope="ann").text == "Nine metres"


kinds: st.SearchStrategy[TurnKind] = st.sampled_from(["answer", "correction", "imported"])


@st.composite
def turn_hits(draw: st.DrawFn) -> list[TurnHit]:
    """Turns of two scopes, in any order, whose clock does not go with their sequence."""
    sequences = draw(st.permutations(range(1, draw(st.integers(1, 8)))))
    return [
        TurnHit(
            turn=Turn(
                id=str(sequence),
                scope=draw(st.sampled_from(["ann", ""])),
                question="q",
                answer="a",
                kind=draw(kinds),
                confidence=1.0,
                created_at=f"2026-01-01T10:{draw(st.integers(0, 59)):02}",
                sequence=sequence,
            ),
            similarity=draw(st.sampled_from([0.8, 0.9, 1.0])),
        )
        for sequence in sequences
    ]


@given(turn_hits(), st.sets(st.integers(1, 8)))
def test_a_correction_the_own_scope_and_the_latest_stored_go_first(
    hits: list[TurnHit], passing: set[int]
) -> None:
    answering = gate(hits, lambda hit: hit.turn.sequence in passing, scope="ann")
    left = [hit for hit in hits if hit.turn.sequence in passing]
    left = [hit for hit in left if hit.turn.kind == "correction"] or left
    left = [hit for hit in left if hit.turn.scope == "ann"] or left
    latest = max((hit.turn.sequence for hit in left), default=0)
    assert answering == next((hit for hit in left if hit.turn.sequence == latest), None)


def test_of_hits_of_one_turn_the_more_alike_goes_first() -> None:
    turn = Turn(
        id="t",
        scope="ann",
        question="q",
        answer="a",
        kind="answer",
        confidence=1.0,
        created_at="2026-01-01T10:00",
        sequence=1,
    )
    hits = [TurnHit(turn=turn, similarity=similarity) for similarity in (0.8, 0.9, 0.7)]
    assert gate(hits, lambda hit: True, scope="ann") == hits[1]
