"""Unanswered questions as a work list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Visit = Callable[..., Any]


def test_a_question_is_answered_for_everyone_from_the_list(visit: Visit) -> None:
    question = "Which volcano erupted over Iceland?"
    visit("ask").ask(question)
    visit("ask", name="another").ask(question)
    editor = visit("editor", name="Edith")
    shown = editor.see("unanswered")
    assert shown.texts(".item h2") == [question]
    assert "Asked 2 times" in shown.text(".item")
    form = shown.one("form[action$='/answer']").attributes["action"]
    assert not editor.send(form, text="Katla").tree.css(".item")
    again = visit("ask").ask(question)
    assert again.text("article .answer") == "Katla"
    assert "Edith" in again.text("article .level")
    assert editor.see("unanswered?state=answered").texts(".item h2") == [question]


def test_a_question_is_set_aside_and_opened_again(visit: Visit) -> None:
    question = "What do penguins eat in Patagonia?"
    visit("ask").ask(question)
    editor = visit("editor")
    form = editor.see("unanswered").one("form[action$='/state']").attributes["action"]
    assert question not in editor.send(form, state="ignored").text()
    aside = editor.see("unanswered?state=ignored")
    assert aside.texts(".item h2") == [question]
    editor.send(form, state="open")
    assert question in editor.see("unanswered").texts(".item h2")
    assert editor.send(form, status=422, state="lost").text("#alert")


def test_an_answer_that_is_wrong_is_on_the_list_with_its_place(visit: Visit) -> None:
    somebody = visit("agent")
    question = "How long is the warranty of the Brisk kettle?"
    shown = somebody.ask(question)
    form = shown.one("form[action$='/verdict']").attributes["action"]
    somebody.send(form, verdict="wrong")
    listed = somebody.see("unanswered")
    assert question in listed.texts(".item h2")
    assert "three years" in " ".join(listed.texts(".item .quote")) or listed.texts(".item .place")
    assert not listed.tree.css("main form[method=post]")


def test_what_was_said_of_the_answer_stands_beside_it(visit: Visit) -> None:
    somebody = visit("agent")
    question = "Who is the builder of the mill at Halden?"
    form = somebody.ask(question).one("form[action$='/verdict']").attributes["action"]
    asked = form.split("/")[4]
    body = {"verdict": "outdated", "comment": "since May it is <TIGER>"}
    path = f"/v1/memories/{somebody.memory}/asked/{asked}/feedback"
    assert somebody.client.post(path, json=body).status_code == 200
    assert "Out of date: since May it is <TIGER>" in somebody.see("unanswered").text("main")
    somebody.send(form, verdict="right")
    assert question not in somebody.see("unanswered").text("main")
