"""Earlier exchanges: plain pairs stand for them, and what was carried stays apart."""

from __future__ import annotations

from spanmem.pipeline.history import Exchange, History, exchanges


def test_a_plain_pair_is_an_exchange_to_which_nothing_was_carried() -> None:
    carried = Exchange("How much does it weigh?", "nine kilograms", ("pump", "P20"))
    history: History = [("How long is it?", None), carried]
    assert exchanges(history) == [Exchange("How long is it?", None, ()), carried]
    assert exchanges(()) == []


def test_what_was_carried_follows_the_question_in_parentheses() -> None:
    assert Exchange("Is it heavy?", None, ("pump", "P20")).looked_up == "Is it heavy? (pump P20)"
    assert Exchange("Is it heavy (dry)?", None).looked_up == "Is it heavy (dry)?"
