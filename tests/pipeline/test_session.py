"""A conversation over a pipeline that only notes what it is asked."""

from __future__ import annotations

from spanmem.core.records import Evidence, Turn
from spanmem.pipeline.answers import Answer
from spanmem.pipeline.history import LATEST, Exchange, History, exchanges, exchanges_of
from spanmem.pipeline.session import Session
from spanmem.pipeline.turns import new_turn, turn_of


class Notes:
    """Answers question number n with "answer n" and remembers under scopes, as a `QA` does."""

    def __init__(self) -> None:
        self.histories: list[list[Exchange]] = []
        self.remembered: list[Turn] = []

    def ask(self, question: str, *, scope: str = "", history: History | None = None) -> Answer:
        if history is None:
            history = exchanges_of(self.turns(scope, last=LATEST))
        self.histories.append(exchanges(history))
        text = f"answer {len(self.histories)}"
        answer = Answer(question, text, 1.0, (), carried=("mill",) if history else ())
        if scope:
            self.remembered.append(turn_of(answer, scope, "r"))
        return answer

    def correct(
        self,
        answer: Answer | str,
        text: str,
        *,
        scope: str = "",
        author: str = "",
        evidence: Evidence | None = None,
    ) -> Turn:
        question = answer.question if isinstance(answer, Answer) else answer
        carried = answer.carried if isinstance(answer, Answer) else ()
        turn = new_turn(scope, question, text, "correction", carried=carried, author=author)
        self.remembered.append(turn)
        return turn

    def confirm(self, answer: Answer, *, scope: str = "", author: str = "") -> Turn:
        turn = new_turn(scope, answer.question, answer.text, "confirmed", author=author)
        self.remembered.append(turn)
        return turn

    def withdraw(
        self, correction: Turn | str | None = None, *, scope: str = "", author: str = ""
    ) -> Turn:
        turn = new_turn(scope, str(correction), None, "withdrawal", author=author)
        self.remembered.append(turn)
        return turn

    def add_turn(self, question: str, answer: str, *, scope: str = "") -> Turn:
        self.remembered.append(new_turn(scope, question, answer, "imported"))
        return self.remembered[-1]

    def turns(self, scope: str, *, last: int | None = None) -> list[Turn]:
        turns = [turn for turn in self.remembered if turn.scope == scope]
        return turns if last is None else turns[-last:]


def test_the_turns_of_the_scope_are_the_history_of_the_next_question() -> None:
    notes = Notes()
    chat, other = Session(notes, "ann"), Session(notes, "bob")
    other.ask("Who?")
    first = chat.ask("When was the mill built?")
    chat.correct(first, "1913")
    chat.ask("By whom?")
    chat.ask("Why?")
    assert notes.histories[2] == [
        Exchange("When was the mill built?", "answer 2"),
        Exchange("When was the mill built?", "1913"),
    ]
    assert notes.histories[3][-1] == Exchange("By whom?", "answer 3", ("mill",))
    assert [turn.question for turn in chat.turns()].count("Why?") == 1


def test_without_a_scope_the_session_itself_holds_the_turns() -> None:
    notes = Notes()
    chat = Session(notes, "")
    for question in ("When was the mill built?", "By whom?", "Why?"):
        chat.ask(question)
    assert notes.histories[2] == [
        Exchange("When was the mill built?", "answer 1"),
        Exchange("By whom?", "answer 2", ("mill",)),
    ]
    assert notes.remembered == []
    Session(notes, "").ask("What else?")
    assert notes.histories[3] == []


def test_the_history_is_that_of_the_latest_ten_turns() -> None:
    for scope in ("", "ann"):
        notes = Notes()
        chat = Session(notes, scope)
        for number in range(13):
            chat.ask(f"Question {number}?")
        assert [turn.question for turn in notes.histories[-1]] == [
            f"Question {number}?" for number in range(2, 12)
        ]


def test_corrections_and_imported_turns_go_to_its_scope() -> None:
    notes = Notes()
    chat = Session(notes, "ann")
    chat.correct("When was it built?", "1913", author="support")
    chat.add("Is there a hotline?", "Yes")
    chat.withdraw("7", author="ann")
    assert [(t.scope, t.kind, t.author) for t in notes.remembered] == [
        ("ann", "correction", "support"),
        ("ann", "imported", ""),
        ("ann", "withdrawal", "ann"),
    ]
