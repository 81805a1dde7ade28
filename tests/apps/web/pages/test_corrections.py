"""Corrections with their chains, taken back again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Visit = Callable[..., Any]


def test_a_chain_shows_all_that_the_answer_has_been_and_is_taken_back_step_by_step(
    visit: Visit,
) -> None:
    editor, question = (
        visit("editor", name="Edith"),
        "How long is the warranty of the Brisk kettle?",
    )
    read = editor.ask(question).text("article .answer")
    for text in ("four years", "five years"):
        shown = editor.ask(question)
        form = shown.one("form[action$='/correct']").attributes["action"]
        editor.send(form, text=text, everyone="yes")
    live = editor.see("corrections")
    assert live.texts(".item h2") == [question]
    assert live.texts(".chain .now .said") == ["five years"]
    assert live.texts(".chain .said")[:2] == ["five years", "four years"]
    replaced = editor.see("corrections?state=superseded")
    assert "four years" in replaced.texts(".said")
    withdraw = live.one("form[action$='/withdraw']").attributes["action"]
    assert "four years" in editor.send(withdraw).texts(".chain .now .said")
    assert editor.ask(question).text("article .answer") == "four years"
    assert editor.see("corrections?state=withdrawn").tree.css(".item")
    editor.send(editor.see("corrections").one("form[action$='/withdraw']").attributes["action"])
    assert editor.ask(question).text("article .answer") == read
    assert editor.send(withdraw, status=422).text("#alert")


def test_who_may_not_edit_sees_corrections_and_can_take_none_back(visit: Visit) -> None:
    shown = visit("agent").see("corrections?state=withdrawn")
    assert shown.tree.css(".item")
    assert not shown.tree.css("main form[method=post]")
    assert visit("agent").send("corrections/x/withdraw", status=403).text("#alert")
