"""Corrections with their chains, taken back again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from spanmem.apps.web.pages import corrections

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


def test_how_many_proposals_wait_stands_at_their_tab(visit: Visit) -> None:
    editor, asker = visit("editor"), visit("ask")
    assert not editor.see("corrections").tree.css(".tabs .count")
    form = asker.ask("Who built the mill?").one("form[action$='/correct']").attributes["action"]
    asker.send(form, text="Bo Berg")
    assert editor.see("corrections").text(".tabs .count") == "1"
    accept = editor.see("corrections?state=proposed").one("form[action$='/accept']")
    editor.send(accept.attributes["action"])
    assert not editor.see("corrections").tree.css(".tabs .count")


def test_the_corrections_of_a_conversation_are_shown_to_the_last(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "_SHOWN", 2)
    editor = visit("editor", name="Edith")
    told = {f"Which jar stands on shelf {n}?": f"jar {n}" for n in range(3)}
    for question, text in told.items():
        form = editor.ask(question, "shop/7").one("form[action$='/correct']").attributes["action"]
        editor.send(form, text=text, conversation="shop/7")
    first = editor.see("corrections?scope=shop%2F7")
    rest = editor.see(first.one(".more a").attributes["href"])
    assert not rest.tree.css(".more")
    texts = first.texts(".now .said") + rest.texts(".now .said")
    assert texts == list(told.values())[::-1]
    for shown in (first, rest):
        assert "In shop/7." in shown.text()
        assert {a.attributes["href"].partition("scope=")[2] for a in shown.tree.css(".tabs a")} == {
            "shop%2F7"
        }
    # Proposals of all conversations wait in one list.
    assert "In shop/7." not in editor.see("corrections?scope=shop%2F7&state=proposed").text()
    taken = rest.one("form[action$='/withdraw']")
    back = editor.send(taken.attributes["action"], scope="shop/7")
    assert back.url.endswith("corrections?scope=shop%2F7")
