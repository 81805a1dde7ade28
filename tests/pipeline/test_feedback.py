"""What people say of answers counts as long as what it rests on; over real passages, no model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.core.records import Document
from spanmem.indexer.build import build
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.qa import QA
from spanmem.pipeline.settings import Settings
from spanmem.reader.overlap import OverlapReader

MILL = "When was the old mill built?"
TEXT = "The old mill was built in 1912 by two brothers from Kessel."
NEW = "The old mill was built in 1913, as its beams say."
FREE = Settings.load(None, {"answer.abstain_below": 0.0, "memory.reuse_above": 0.0})


def write(memory: Memory, name: str, text: str, **metadata: str) -> None:
    build([Document(id=name, title=name, text=text, metadata=metadata)], memory, HashEncoder())


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    encoder = HashEncoder()
    with Memory.create(tmp_path / "m", encoder=encoder.name, dim=encoder.dim) as memory:
        write(memory, "mill", TEXT, lang="en")
        write(memory, "sky", "Over Kessel the sky is blue, as each child knows.", lang="de")
        yield memory


@pytest.fixture
def qa(memory: Memory) -> QA:
    return asking(memory)


def asking(memory: Memory, settings: Settings = FREE) -> QA:
    return QA(memory, reader=OverlapReader(), encoder=HashEncoder(), settings=settings)


def kind(qa: QA, scope: str = "", **how: object) -> str:
    return qa.ask(MILL, scope=scope, **how).answers[0].kind  # type: ignore[arg-type]


@pytest.mark.parametrize("told_in", ["", "ann"])
def test_a_confirmed_answer_is_given_until_its_source_changes(
    qa: QA, memory: Memory, told_in: str
) -> None:
    answer = qa.ask(MILL, scope="ann")
    turn = qa.confirm(answer, scope=told_in, author="Bo")
    assert (turn.kind, turn.answer, turn.author) == ("confirmed", answer.text, "Bo")
    assert turn.evidence == (answer.answers[0].evidence,)
    assert turn.supersedes == (answer.turn if told_in else None)
    again = qa.ask(MILL, scope="ann")
    best = again.answers[0]
    assert (again.text, best.kind, best.turn) == (answer.text, "confirmed", turn.id)
    assert best.evidence == answer.answers[0].evidence
    assert kind(qa, "bob") == ("confirmed" if told_in == "" else "passage")
    write(memory, "mill", NEW)
    assert kind(qa, "ann") == "passage"


def test_a_confirmed_answer_outlives_its_reader_and_does_not_expire(memory: Memory) -> None:
    asking(memory).confirm(asking(memory).ask(MILL), author="Bo")

    class Another(OverlapReader):
        name = "another"

    strict = FREE.override({"memory.expire_days": 1e-9})
    qa = QA(memory, reader=Another(), encoder=HashEncoder(), settings=strict)
    assert kind(qa, "ann") == "confirmed"


def test_an_answer_that_was_held_back_is_given_once_it_was_confirmed(memory: Memory) -> None:
    qa = asking(memory, FREE.override({"answer.abstain_below": 0.99}))
    held = qa.ask(MILL, scope="ann")
    assert held.abstained
    qa.confirm(held, scope="ann")
    assert qa.ask(MILL, scope="ann").text == held.answers[0].text


def test_what_was_confirmed_under_a_filter_stands_under_that_filter_alone(qa: QA) -> None:
    english, german = {"lang": "en"}, {"lang": "de"}
    answer = qa.ask(MILL, scope="ann", where=english)
    qa.confirm(answer, scope="ann", where=english)
    assert kind(qa, "ann", where=english) == "confirmed"
    assert kind(qa, "ann", where=german) == kind(qa, "ann") == "passage"


def test_a_correction_takes_the_place_of_a_confirmation_and_not_the_other_way(qa: QA) -> None:
    answer = qa.ask(MILL, scope="ann")
    confirmed = qa.confirm(answer, scope="ann")
    told = qa.correct(answer, "1913", scope="ann")
    assert told.supersedes == confirmed.id
    with pytest.raises(InputError, match=r"was corrected to '1913'.*withdraw that correction"):
        qa.confirm(answer, scope="ann")
    corrected = qa.ask(MILL, scope="ann")
    assert qa.confirm(corrected, scope="ann").id == told.id  # it was told, and needs no more
    qa.withdraw(told, scope="ann")
    assert kind(qa, "ann") == "confirmed"
    qa.withdraw(confirmed, scope="ann")
    assert kind(qa, "ann") == "memory"


def test_only_what_stands_in_a_document_is_confirmed(qa: QA, memory: Memory) -> None:
    answer = qa.ask(MILL)
    qa.add_turn("Who has the key?", "Bo has it.", scope="ann")
    told = qa.ask("Who has the key?", scope="ann")
    assert told.answers[0].kind == "memory"
    with pytest.raises(InputError, match="was told, not read"):
        qa.confirm(told, scope="ann")
    write(memory, "mill", NEW)
    with pytest.raises(InputError, match="mill has changed since"):
        qa.confirm(answer)
    memory.remove(["mill", "sky"])
    with pytest.raises(InputError, match="nothing was found"):
        qa.confirm(qa.ask(MILL))


def test_a_correction_with_a_place_is_shown_there_until_its_source_changes(
    qa: QA, memory: Memory
) -> None:
    place = qa.place("mill", 34, 46)
    assert place.text == TEXT[34:46] == "two brothers"
    answer = qa.ask("Who built the old mill?", scope="ann")
    turn = qa.session("ann").correct(answer, "two brothers", evidence=place)
    again = qa.ask("Who built the old mill?", scope="ann")
    assert (again.text, again.answers[0].kind) == ("two brothers", "correction")
    assert again.evidence == place
    # Corrected again, it is this correction whose place is taken.
    second = qa.correct(again, "Two brothers", scope="ann")
    assert second.supersedes == turn.id
    qa.withdraw(second, scope="ann")
    write(memory, "mill", NEW)
    assert qa.ask("Who built the old mill?", scope="ann").answers[0].kind != "correction"


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("three sisters", (34, 46), "at its place stands 'two brothers'"),
        ("x", (0, 99), "no passage of mill holds the characters 0-99"),
        ("x", (46, 46), "no passage of mill holds"),
        ("x", (33, 46), "begin or end with a blank"),
    ],
)
def test_a_place_that_does_not_say_it_is_refused(
    qa: QA, text: str, place: tuple[int, int], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        qa.correct(MILL, text, evidence=qa.place("mill", *place))
    with pytest.raises(InputError, match="no document 'gone'"):
        qa.place("gone", 0, 4)


def test_with_a_document_go_the_confirmations_that_rest_on_it(qa: QA, memory: Memory) -> None:
    qa.confirm(qa.ask(MILL), author="Bo")
    qa.correct("Why is the sky blue?", "child", evidence=qa.place("sky", 37, 42))
    assert memory.forget(documents=["mill"]) == (1, 1)
    assert [turn.kind for turn in memory.turns("")] == ["answer", "correction"]


@pytest.mark.parametrize("text", ["\0", "\u200b", "\u00a0", "a \udc80"])
def test_nothing_that_shows_nothing_or_cannot_be_written_is_told(qa: QA, text: str) -> None:
    for tell in (qa.correct, qa.add_turn):
        with pytest.raises(InputError, match=r"empty|half a character"):
            tell(MILL, text, scope="ann")
    with pytest.raises(InputError, match=r"empty|half a character"):
        qa.correct(qa.ask(MILL), text)
    assert [*qa.turns(""), *qa.turns("ann")] == []


def test_a_lost_answer_is_asked_for_without_a_way_out_that_is_refused(qa: QA) -> None:
    lost: Any = None
    for tell in (qa.correct, qa.add_turn):
        with pytest.raises(InputError, match=r"is None; give text$"):
            tell(MILL, lost)
