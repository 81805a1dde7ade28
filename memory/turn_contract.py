"""Tests that every `TurnStore` must pass; a new one is a subclass that says how it is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ..core.errors import InputError
from ..core.records import Evidence, Turn
from .contract import DIM, EACH_EXAMPLE, WORDS, closing_all, unit_vector
from .protocol import Conversations, TurnStore

__all__ = ["TurnStoreContract", "make_turn"]


class TurnStoreContract:
    """What every store of turns must do."""

    def create(self, path: Path) -> TurnStore:
        """A store at `path`, made if need be, open for writing."""
        raise NotImplementedError

    def reopen(self, path: Path) -> TurnStore:
        """The store at `path`, as another reader has it."""
        raise NotImplementedError

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "store"

    @pytest.fixture
    def store(self, path: Path) -> Iterator[TurnStore]:
        store = self.create(path)
        with closing_all(store):
            yield store

    def test_a_turn_comes_back_whole(self, path: Path, store: TurnStore) -> None:
        turn = make_turn("t", 1, author="bo", model="m@1", carried=("mill", "in"), answer="1912")
        store.add_turn(turn, unit_vector("Q"))
        reader = self.reopen(path)
        with closing_all(reader):
            for each in (store, reader):
                assert list(each.turns("ann")) == [turn]
                assert each.turn("ann", "t") == turn
                assert [h.turn for h in each.search_turns("ann", unit_vector("Q"), k=1)] == [turn]
        assert store.turn("bob", "t") is None

    def test_turns_are_seen_in_their_scope_only(self, store: TurnStore) -> None:
        for scope in ("ann", "bob"):
            store.add_turn(make_turn(f"of {scope}", 1, scope=scope), unit_vector("Q"))
        assert [t.id for t in store.turns("ann")] == ["of ann"]
        assert _found(store, "Q", scope="bob") == ["of bob"]
        assert list(store.turns("")) == []

    def test_turns_stand_in_the_order_of_storing_whatever_the_clock_says(
        self, store: TurnStore
    ) -> None:
        for name, minute in (("first", 30), ("second", 10), ("third", 20)):
            store.add_turn(make_turn(name, minute), unit_vector("Q"))
        turns = store.turns("ann")
        assert [t.id for t in turns] == ["first", "second", "third"]
        assert [t.id for t in store.turns("ann", last=2)] == ["second", "third"]
        sequences = [t.sequence for t in turns]
        assert sequences == sorted(set(sequences))
        assert sequences[0] > 0
        assert _found(store, "Q") == ["third", "second", "first"]

    @settings(EACH_EXAMPLE, max_examples=10)
    @given(count=st.integers(0, 9), size=st.integers(1, 4))
    def test_pages_of_turns_and_of_scopes_hold_each_once(
        self, tmp_path_factory: pytest.TempPathFactory, count: int, size: int
    ) -> None:
        store = self.create(tmp_path_factory.mktemp("store") / "s")
        with closing_all(store):
            for number in range(count):
                kind = "correction" if number % 3 == 1 else "answer"
                store.add_turn(make_turn(f"t{number}", number, kind=kind), unit_vector("Q"))
                own = make_turn(f"u{number}", number, scope=f"shop/{number % 4}é")
                store.add_turn(own, unit_vector("Q"))
            for of_kind in (None, "correction"):
                wanted = [t for t in store.turns("ann") if of_kind in (None, t.kind)]
                pages: list[Turn] = []
                before = None
                while page := store.turns("ann", last=size, before=before, kind=of_kind):
                    pages, before = [*page, *pages], page[0].sequence
                assert pages == wanted
            if not isinstance(store, Conversations):
                return
            names: list[str] = []
            while more := store.scopes(
                prefix="shop/", after=names[-1] if names else None, limit=size
            ):
                names += [info.scope for info in more]
                assert [(info.turns, info.last_at) for info in more] == [
                    (len(turns), turns[-1].created_at)
                    for turns in (store.turns(info.scope) for info in more)
                ]
            assert names == sorted({f"shop/{number % 4}é" for number in range(count)})
            everywhere = ["ann", *names] if count else []
            assert [info.scope for info in store.scopes()] == everywhere

    def test_an_id_is_taken_once(self, store: TurnStore) -> None:
        turn = make_turn("t", 1)
        store.add_turn(turn, unit_vector("Q"))
        with pytest.raises(InputError):
            store.add_turn(replace(turn, question="Another?"), unit_vector("R"))
        assert list(store.turns("ann")) == [turn]

    def test_a_vector_of_a_wrong_shape_is_refused(self, store: TurnStore) -> None:
        store.add_turn(make_turn("t", 1), unit_vector("Q"))
        short, turn = np.ones(DIM + 1, np.float32), make_turn("u", 2)
        for change in (
            lambda: store.add_turn(turn, short),
            lambda: store.supersede("t", turn, short),
            lambda: store.correct(turn, short),
        ):
            with pytest.raises(ValueError, match="shape"):
                change()
        assert [t.id for t in store.turns("ann")] == ["t"]

    # -- searching

    @settings(EACH_EXAMPLE, max_examples=10)
    @given(words=st.lists(WORDS, max_size=12), question=WORDS, k=st.integers(1, 9))
    def test_a_search_agrees_with_trying_everything(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        words: list[str],
        question: str,
        k: int,
    ) -> None:
        """Of equal likeness corrections come first, and new before old."""
        store = self.create(tmp_path_factory.mktemp("store") / "s")
        with closing_all(store):
            turns: list[tuple[Turn, float]] = []
            for number, word in enumerate(words):
                kind = "correction" if number % 5 == 2 else "answer"
                turn = make_turn(f"t{number}", number, kind=kind, question=word)
                if number % 4 == 3:
                    turn = replace(turn, evidence=())  # given from memory, if it is an answer
                store.add_turn(turn, unit_vector(word))
                if turn.can_answer:
                    turns.append((turn, float(unit_vector(word) @ unit_vector(question))))
            hits = store.search_turns("ann", unit_vector(question), k=k)
            place = {turn.id: at for at, (turn, _) in enumerate(turns)}
            turns.sort(key=lambda t: (-round(t[1], 3), t[0].kind != "correction", -place[t[0].id]))
            assert [h.turn.id for h in hits] == [turn.id for turn, _ in turns[:k]]
            cosines = [cosine for _, cosine in turns[:k]]
            assert [h.similarity for h in hits] == pytest.approx(cosines, abs=2e-3)

    def test_a_turn_without_knowledge_of_its_own_is_history_only(self, store: TurnStore) -> None:
        store.add_turn(make_turn("abstained", 1, answer=None), unit_vector("Q"))
        store.add_turn(make_turn("from memory", 2, evidence=()), unit_vector("Q"))
        told = make_turn("told", 3, evidence=(), kind="imported")
        store.add_turn(told, unit_vector("Q"))
        assert _found(store, "Q") == ["told"]
        assert len(store.turns("ann")) == 3

    def test_what_another_remembers_or_forgets_is_seen_at_once(
        self, path: Path, store: TurnStore
    ) -> None:
        reader = self.reopen(path)
        with closing_all(reader):
            for number in range(9):
                store.add_turn(make_turn(f"t{number}", number), unit_vector("Q"))
                assert len(_found(reader, "Q")) == number + 1
            store.supersede("t4", make_turn("new", 30, kind="correction"), unit_vector("Q"))
            store.forget(scope="ann", turn="t7")
            expected = ["new", "t8", "t6", "t5", "t3", "t2", "t1", "t0"]
            assert _found(reader, "Q") == _found(store, "Q") == expected

    # -- correcting

    def test_a_correction_supersedes_and_deletes_nothing(
        self, path: Path, store: TurnStore
    ) -> None:
        store.add_turn(make_turn("old", 1), unit_vector("Q"))
        store.supersede("old", make_turn("new", 5, kind="correction"), unit_vector("Q"))
        with pytest.raises(InputError):
            store.supersede("old", make_turn("late", 6), unit_vector("Q"))
        reader = self.reopen(path)
        with closing_all(reader):
            old, new = reader.turns("ann")
            assert (old.superseded_by, old.superseded_at) == ("new", new.created_at)
            assert new.supersedes == "old"
            assert _found(reader, "Q") == ["new"]

    def test_a_turn_of_another_scope_is_neither_superseded_nor_forgotten(
        self, store: TurnStore
    ) -> None:
        store.add_turn(make_turn("t", 1), unit_vector("Q"))
        with pytest.raises(InputError):
            store.supersede("t", make_turn("new", 2, scope="bob"), unit_vector("Q"))
        assert store.forget(scope="bob", turn="t") == (0, 0)
        for number in range(3):
            of_bob = make_turn(f"b{number}", 3, scope="bob", answer=str(number))
            store.add_turn(of_bob, unit_vector("Q"), keep=1)
        (turn,) = store.turns("ann")
        assert (turn.id, turn.superseded_by) == ("t", None)

    def test_a_time_shows_what_was_known_then(self, store: TurnStore) -> None:
        store.add_turn(make_turn("old", 1), unit_vector("Q"))
        store.supersede("old", make_turn("new", 5, kind="correction"), unit_vector("Q"))
        (then,) = store.turns("ann", as_of="2026-01-01T10:03")
        assert (then.id, then.superseded_by) == ("old", None)
        assert _found(store, "Q", as_of="2026-01-01T11:03+01:00") == ["old"]
        (hit,) = store.search_turns("ann", unit_vector("Q"), k=9, as_of="2026-01-01T10:03")
        assert (hit.turn.id, hit.turn.superseded_by) == ("old", None)
        assert _found(store, "Q", as_of="2026-01-01T10:06") == ["new"]
        assert _found(store, "Q", as_of="2025-12-31") == []
        for look in (store.turns, lambda s, as_of: _found(store, "Q", scope=s, as_of=as_of)):
            with pytest.raises(InputError):
                look("ann", as_of="yesterday")

    def test_a_withdrawn_correction_gives_its_place_back(
        self, path: Path, store: TurnStore
    ) -> None:
        store.add_turn(make_turn("old", 1), unit_vector("Q"))
        first = make_turn("first", 5, kind="correction", evidence=())
        store.supersede("old", first, unit_vector("Q"))
        store.supersede("first", make_turn("second", 10, kind="correction"), unit_vector("Q"))
        back = make_turn("back", 15, kind="withdrawal", answer=None, evidence=(), author="ann")
        stored = store.withdraw("second", back)
        assert (stored, stored.sequence > 0) == (replace(back, supersedes="second"), True)
        reader = self.reopen(path)
        with closing_all(reader):
            assert _found(reader, "Q") == _found(store, "Q") == ["first"]
            turns = {turn.id: turn for turn in reader.turns("ann")}
            assert list(turns) == ["old", "first", "second", "back"]
            assert turns["second"].superseded_by == "back"
            assert turns["second"].superseded_at == back.created_at
            assert (turns["first"].superseded_by, turns["old"].superseded_by) == (None, "first")
            assert turns["back"] == stored
        store.withdraw("first", replace(back, id="back again"))
        assert _found(store, "Q") == ["old"]
        third = replace(first, id="third")
        store.supersede("old", third, unit_vector("Q"))
        assert _found(store, "Q") == ["third"]

    def test_a_time_before_a_withdrawal_shows_what_counted_then(self, store: TurnStore) -> None:
        store.add_turn(make_turn("old", 1), unit_vector("Q"))
        new = make_turn("new", 5, kind="correction")
        store.supersede("old", new, unit_vector("Q"))
        store.withdraw("new", make_turn("back", 10, kind="withdrawal", answer=None, evidence=()))
        for minute, live in ((3, ["old"]), (7, ["new"]), (12, ["old"])):
            time = f"2026-01-01T10:{minute:02}"
            assert _found(store, "Q", as_of=time) == live
            known = {t.id: t.superseded_by for t in store.turns("ann", as_of=time)}
            assert [i for i, by in known.items() if by is None and i != "back"] == live
        (old, *_) = store.turns("ann", as_of="2026-01-01T10:07")
        assert (old.superseded_by, old.superseded_at) == ("new", new.created_at)

    def test_only_a_correction_that_counts_is_withdrawn(self, store: TurnStore) -> None:
        store.add_turn(make_turn("read", 1), unit_vector("Q"))
        store.supersede("read", make_turn("c1", 2, kind="correction"), unit_vector("Q"))
        store.supersede("c1", make_turn("c2", 3, kind="correction"), unit_vector("Q"))
        back = make_turn("back", 4, kind="withdrawal", answer=None, evidence=())
        for name, scope in (("read", "ann"), ("c1", "ann"), ("gone", "ann"), ("c2", "bob")):
            with pytest.raises(InputError):
                store.withdraw(name, replace(back, scope=scope))
        store.withdraw("c2", back)
        with pytest.raises(InputError):
            store.withdraw("c2", replace(back, id="twice"))
        assert [t.id for t in store.turns("ann")] == ["read", "c1", "c2", "back"]
        assert _found(store, "Q") == ["c1"]

    def test_a_confirmation_counts_by_its_evidence_and_is_withdrawn_like_a_correction(
        self, path: Path, store: TurnStore
    ) -> None:
        store.add_turn(make_turn("read", 1), unit_vector("Q"))
        found = make_turn("found right", 5, kind="confirmed", author="bo", question="When?")
        store.supersede("read", found, unit_vector("Q"))
        assert _found(store, "Q") == ["found right"]
        back = make_turn("back", 9, kind="withdrawal", answer=None, evidence=())
        store.withdraw("found right", back)
        assert _found(store, "Q") == ["read"]
        again = replace(found, id="again")
        assert store.correct(again, unit_vector("Q")).supersedes is None  # it was asked otherwise
        corrected = store.correct(_correction("c", "when?", "1912"), unit_vector("Q"))
        assert corrected.supersedes == "again"
        reader = self.reopen(path)
        with closing_all(reader):
            assert _found(reader, "Q") == ["c", "read"]

    def test_other_wordings_come_back_with_their_turn(self, path: Path, store: TurnStore) -> None:
        turn = make_turn("t", 1, carried=("mill",), wordings=("When was the mill built?", "Ü?"))
        store.add_turn(turn, unit_vector("Q"))
        reader = self.reopen(path)
        with closing_all(reader):
            assert list(reader.turns("ann")) == [turn]

    def test_correcting_takes_the_place_of_what_would_answer(self, store: TurnStore) -> None:
        for name, kind, places in (("read", "answer", True), ("again", "answer", False)):
            turn = make_turn(name, 1, question="When WAS it?", kind=kind)
            store.add_turn(turn if places else replace(turn, evidence=()), unit_vector("Q"))
        store.add_turn(make_turn("other", 2, question="Why?"), unit_vector("Q"))
        first = store.correct(_correction("c1", "When was it?", "1912"), unit_vector("Q"))
        assert (first.supersedes, first.sequence > 0) == ("read", True)
        second = store.correct(_correction("c2", "WHEN was it?", "1913"), unit_vector("Q"))
        assert second.supersedes == "c1"
        assert store.turn("ann", "c2") == second
        assert _found(store, "Q") == ["c2", "other"]

    def test_words_that_were_carried_count_for_correcting(self, store: TurnStore) -> None:
        for name, carried in (("mill", ("mill",)), ("bridge", ("bridge",))):
            turn = make_turn(name, 1, question="When was it?", carried=carried)
            store.add_turn(turn, unit_vector(name))
        correction = replace(_correction("c", "When was it?", "1912"), carried=("mill",))
        assert store.correct(correction, unit_vector("mill")).supersedes == "mill"

    def test_correcting_what_left_no_turn_stores_it_first(self, store: TurnStore) -> None:
        answered = make_turn("answered", 1, scope="", question="When?")
        correction = _correction("c", "When?", "1912", scope="")
        assert store.correct(correction, unit_vector("Q"), answered=answered).supersedes == (
            "answered"
        )
        later = replace(answered, id="answered again")
        again = store.correct(replace(correction, id="c2"), unit_vector("Q"), answered=later)
        assert again.supersedes == "c"
        assert [t.id for t in store.turns("")] == ["answered", "c", "c2"]
        alone = store.correct(_correction("alone", "Why?", "So."), unit_vector("R"))
        assert (alone.supersedes, _found(store, "R")) == (None, ["alone"])

    def test_two_who_correct_at_once_are_both_kept(self, store: TurnStore) -> None:
        store.add_turn(make_turn("wrong", 1, question="When?"), unit_vector("Q"))
        corrections = [_correction(f"c{i}", "When?", str(i)) for i in range(8)]
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda c: store.correct(c, unit_vector("Q")), corrections))
        turns = {t.id: t for t in store.turns("ann")}
        assert len(turns) == 9
        made.sort(key=lambda t: t.sequence)
        superseded: Sequence[str | None] = [t.supersedes for t in made]
        assert superseded == ["wrong", *(t.id for t in made[:-1])]
        assert _found(store, "Q") == [made[-1].id]

    # -- forgetting

    def test_a_bound_lets_the_answers_go_that_were_given_last_longest_ago(
        self, store: TurnStore
    ) -> None:
        store.add_turn(make_turn("told", 50, kind="correction"), unit_vector("Q"))
        for number in range(1, 5):
            turn = make_turn(f"t{number}", 40 - number, answer=f"Answer {number}")
            store.add_turn(turn, unit_vector("Q"), keep=3)
        assert [t.id for t in store.turns("ann")] == ["told", "t2", "t3", "t4"]
        again = make_turn("again", 1, answer="Answer 2", evidence=())
        store.add_turn(again, unit_vector("Q"), keep=3)
        store.add_turn(make_turn("t5", 1, answer="Answer 5"), unit_vector("Q"), keep=3)
        assert [t.id for t in store.turns("ann")] == ["told", "t2", "t4", "again", "t5"]

    def test_what_was_corrected_stays_with_its_correction(self, store: TurnStore) -> None:
        store.add_turn(make_turn("wrong", 1), unit_vector("Q"), keep=1)
        store.supersede("wrong", make_turn("right", 2, kind="correction"), unit_vector("Q"))
        for number in range(3):
            turn = make_turn(f"t{number}", 3 + number, answer=str(number))
            store.add_turn(turn, unit_vector("R"), keep=1)
        assert [t.id for t in store.turns("ann")] == ["wrong", "right", "t2"]

    def test_what_is_forgotten_is_gone(self, store: TurnStore) -> None:
        for name, minute in (("old", 1), ("new", 9)):
            turn = make_turn(name, minute, answer=name)
            store.add_turn(turn, unit_vector("Q"))
            store.add_turn(replace(turn, id=f"bob's {name}", scope="bob"), unit_vector("Q"))
        assert store.forget(scope="ann", before="2026-01-01T10:05") == (0, 1)
        assert _found(store, "Q") == ["new"]
        assert store.forget(scope="ann", turn="gone") == (0, 0)
        assert store.forget(scope="ann") == (0, 1)
        assert (list(store.turns("ann")), _found(store, "Q")) == ([], [])
        assert _found(store, "Q", scope="bob") == ["bob's new", "bob's old"]

    @pytest.mark.parametrize("name", ["\ud800", "a\0b", "\ufdd0", "y" * 3000])
    def test_a_turn_of_an_odd_id_is_forgotten_alone(self, store: TurnStore, name: str) -> None:
        for number, turn_id in enumerate((name, f"{name}x", "plain")):
            turn = make_turn(turn_id, number, question=f"Q{number}?", answer=str(number))
            store.add_turn(turn, unit_vector("Q"))
        assert store.forget(scope="ann", turn=name) == (0, 1)
        assert [turn.id for turn in store.turns("ann")] == [f"{name}x", "plain"]

    def test_with_a_turn_go_those_that_hold_words_of_it(self, store: TurnStore) -> None:
        turns = (
            make_turn("source", 1, answer="In Plumstead"),
            make_turn("from memory", 2, answer="In Plumstead", evidence=()),
            make_turn("follow-up", 3, carried=("Plumstead",), answer="1912"),
            make_turn("of the follow-up", 4, carried=("1912",), answer="No"),
            make_turn("other", 5, question="How so (in Plumstead)", answer="So"),
        )
        for turn in turns:
            store.add_turn(turn, unit_vector(turn.id))
        assert store.forget(scope="ann", turn="source") == (0, 4)
        assert [t.id for t in store.turns("ann")] == ["other"]

    def test_a_correction_outlives_what_it_corrected(self, store: TurnStore) -> None:
        store.add_turn(make_turn("wrong", 1, answer="No."), unit_vector("Q"))
        store.supersede("wrong", make_turn("right", 2, kind="correction"), unit_vector("Q"))
        assert store.forget(scope="ann", turn="wrong") == (0, 1)
        (left,) = store.turns("ann")
        assert (left.id, left.supersedes) == ("right", None)

    def test_known_at_a_time_is_all_up_to_the_last_turn_dated_so(self, store: TurnStore) -> None:
        """The clock was an hour ahead, and was set back between the two corrections."""
        store.add_turn(make_turn("read", 5), unit_vector("Q"))
        ahead = make_turn("ahead", 50, kind="correction")
        store.supersede("read", ahead, unit_vector("Q"))
        store.supersede("ahead", make_turn("back", 10, kind="correction"), unit_vector("Q"))
        for minute, live in ((5, "read"), (9, "read"), (10, "back"), (30, "back"), (55, "back")):
            time = f"2026-01-01T10:{minute:02}"
            assert _found(store, "Q", as_of=time) == [live]
            known = [t.id for t in store.turns("ann", as_of=time)]
            assert known == (["read"] if live == "read" else ["read", "ahead", "back"])
        (read,) = store.turns("ann", as_of="2026-01-01T10:09")
        assert (read.superseded_by, read.superseded_at) == (None, None)

    def test_no_turn_goes_that_was_told_after_one_that_stays(self, store: TurnStore) -> None:
        for name, minute in (("first", 10), ("second", 50), ("third", 20), ("fourth", 55)):
            turn = make_turn(name, minute, answer=name)
            store.add_turn(turn, unit_vector("Q"))
        assert store.forget(scope="ann", before="2026-01-01T10:30") == (0, 1)
        assert [t.id for t in store.turns("ann")] == ["second", "third", "fourth"]
        assert store.forget(scope="ann", before="2026-01-01T10:52") == (0, 2)
        assert [t.id for t in store.turns("ann")] == ["fourth"]

    def test_a_date_in_the_future_holds_nothing_back(self, store: TurnStore) -> None:
        ahead = replace(make_turn("ahead", 0, answer="A"), created_at="2999-01-01T00:00:00.000000")
        for turn in (make_turn("old", 1, answer="O"), ahead, make_turn("later", 2, answer="L")):
            store.add_turn(turn, unit_vector("Q"))
        assert store.forget(scope="ann", before="2026-01-01T10:02") == (0, 1)
        assert [t.id for t in store.turns("ann")] == ["ahead", "later"]
        assert store.forget(scope="ann", before="2026-01-01T10:05") == (0, 2)

    def test_forgetting_wants_a_name(self, store: TurnStore) -> None:
        store.add_turn(make_turn("t", 1), unit_vector("Q"))
        for request in ({}, {"turn": "t"}, {"scope": "ann", "before": "yesterday"}):
            with pytest.raises(InputError):
                store.forget(**request)
        assert _found(store, "Q") == ["t"]


def _correction(name: str, question: str, answer: str, *, scope: str = "ann") -> Turn:
    return make_turn(
        name, 9, scope=scope, question=question, answer=answer, kind="correction", evidence=()
    )


def make_turn(name: str, minute: int, *, scope: str = "ann", **fields: Any) -> Turn:
    """A turn that can answer, created at that minute past ten."""
    place = Evidence(document="d", start=0, end=4, text="Yes.", passage="p", passage_text="Yes.")
    values: dict[str, Any] = {
        "question": f"Question {name}?",
        "answer": "Yes.",
        "kind": "answer",
        "confidence": 1.0,
        "created_at": f"2026-01-01T10:{minute:02}:00.000000+00:00",
        "evidence": (place,),
        **fields,
    }
    return Turn(id=name, scope=scope, **values)


def _found(
    store: TurnStore, text: str, *, scope: str = "ann", as_of: str | None = None
) -> list[str]:
    """Ids of all turns of a scope that a search can find, best first."""
    return [h.turn.id for h in store.search_turns(scope, unit_vector(text), k=99, as_of=as_of)]
