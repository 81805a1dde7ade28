"""Asking at the page, and what is said of the answers, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from spanmem.apps.web.service import Service

Visit = Callable[..., Any]
WARRANTY = "How long is the warranty of the Brisk kettle?"


def conversation_of(shown: Any) -> str:
    """The conversation that a screen shows."""
    value: str = shown.one("form.ask input[name=conversation]").attributes["value"]
    return value


def form_of(shown: Any, ending: str) -> str:
    """Where the first form goes whose address ends so."""
    action: str = shown.one(f"form[action$='{ending}']").attributes["action"]
    return action


def test_an_answer_is_shown_in_its_sentence_with_its_place(visit: Visit) -> None:
    shown = visit("agent").ask(WARRANTY)
    card = shown.one("article.card")
    quote = shown.text("article .quote")
    assert shown.text("article .quote mark") == shown.text("article .answer")
    assert quote.startswith("The Brisk kettle has")
    assert re.search(r"(About|More than|Fewer than) \d+ in 10", shown.text("article .level"))
    place = card.css(".place a")[0].attributes["href"]
    assert re.fullmatch(r"/m/asking/d/[0-9a-f]{16}\?mark=(\d+-\d+)#c\1", place)


def test_who_may_not_read_documents_is_told_the_place_without_a_link(visit: Visit) -> None:
    shown = visit("ask").ask(WARRANTY)
    assert "Brisk kettle, characters" in shown.text("article .place")
    assert not shown.tree.css("article a")


def test_the_answer_is_marked_where_the_link_leads(visit: Visit) -> None:
    somebody = visit("agent")
    shown = somebody.ask(WARRANTY)
    place = shown.one("article .place a").attributes["href"]
    path, _, fragment = place.partition("#")
    document = somebody.see(path)
    assert document.text(f"mark#{fragment}") == shown.text("article .answer")


def test_a_conversation_goes_on_newest_first_and_says_how_a_follow_up_was_read(
    visit: Visit,
) -> None:
    somebody = visit("agent")
    first = somebody.ask("Who built the mill at Halden?")
    second = somebody.ask("When was it built?", conversation_of(first))
    assert second.texts("article h2") == ["When was it built?", "Who built the mill at Halden?"]
    assert "Read as: When was it built? (" in second.text("article .read-as")
    fields = {
        node.attributes["name"]: node.attributes["value"]
        for node in second.tree.css("article .read-as [name]")
    }
    third = somebody.send("ask", **fields)
    assert third.texts("article h2")[0] == "When was it built?"
    assert not third.one("article").css(".read-as")
    assert somebody.see("").texts("article") == []


def test_what_nothing_speaks_of_is_not_known_and_becomes_work(visit: Visit) -> None:
    somebody = visit("editor")
    shown = somebody.ask("Which submarine crossed the Atlantic first?")
    assert shown.text("article .answer") == "I do not know."
    assert "Answer it now" in shown.texts("article summary")
    assert "Which submarine crossed the Atlantic first?" in (
        somebody.see("unanswered").texts(".item h2")
    )


def test_a_question_that_cannot_be_asked_stays_in_the_box_with_the_reason(visit: Visit) -> None:
    somebody = visit("ask")
    for question, reason in (("why? " * 400, "words"), ("  ", "empty")):
        shown = somebody.send("ask", status=422, question=question)
        box = shown.one("#question").attributes
        assert box["aria-invalid"] == "true"
        assert reason in shown.text(f"#{box['aria-describedby']}")
        assert shown.one("#question").text().strip() == question.strip()


@pytest.mark.parametrize("verdict", ["right", "wrong", "incomplete", "outdated", "off-topic"])
def test_a_verdict_is_kept_and_shown_as_pressed(
    visit: Visit, service: Service, verdict: str
) -> None:
    shown = (somebody := visit("ask")).ask(WARRANTY)
    judged = somebody.send(
        form_of(shown, "/verdict"), verdict=verdict, conversation=conversation_of(shown)
    )
    pressed = judged.one("article [aria-pressed=true]").attributes["value"]
    assert pressed == verdict
    asked = judged.one("article").attributes["id"].removeprefix("a")
    assert [each["verdict"] for each in service.feedback.of(asked)] == [verdict]
    assert "Other answers" in judged.text("article") or len(shown.tree.css(".others")) == 0


def test_no_other_verdict_is_taken(visit: Visit) -> None:
    shown = (somebody := visit("ask")).ask(WARRANTY)
    assert "verdict" in somebody.send(form_of(shown, "/verdict"), 422, verdict="x").text("#alert")


def test_a_correction_is_the_answer_to_everyone_from_then_on(visit: Visit) -> None:
    editor = visit("editor", name="Edith")
    question = "Who was Astrid Berg of the mill?"
    shown = editor.ask(question)
    corrected = editor.send(
        form_of(shown, "/correct"),
        text="a miller from Halden",
        everyone="yes",
        conversation=conversation_of(shown),
    )
    assert "Saved" in corrected.text("[role=status].notice")
    again = visit("ask").ask(question)
    assert again.text("article .answer") == "a miller from Halden"
    assert "Corrected by Edith" in again.text("article .level")
    assert "a miller from Halden" in editor.see("corrections").texts(".said")


def test_a_correction_from_the_document_is_shown_at_its_place(visit: Visit) -> None:
    editor = visit("editor")
    question = "In which year was the mill at Halden built?"
    shown = editor.ask(question)
    link = shown.one("article .inner a").attributes["href"].partition("#")[0]
    document = editor.see(link)
    form = document.one("form.choose")
    fields = {
        node.attributes["name"]: node.attributes.get("value") or ""
        for node in form.css("input[name]")
    }
    slip = editor.send(form.attributes["action"], 422, **{**fields, "text": "1913"})
    assert "does not stand so" in slip.text("#alert")
    editor.send(form.attributes["action"], **{**fields, "text": "in 1912", "everyone": "yes"})
    again = visit("ask").ask(question)
    assert again.text("article .answer") == "in 1912"
    assert again.text("article .quote mark") == "in 1912"


def test_who_may_only_ask_proposes_and_an_editor_decides(visit: Visit) -> None:
    shown = (somebody := visit("ask", name="Shop")).ask("What is the kettle called?")
    assert "Propose another" in shown.texts("article summary")
    for text in ("Brisk 200", "Brisk 300"):
        proposed = somebody.send(form_of(shown, "/correct"), text=text, everyone="yes")
        assert "Proposed" in proposed.text(".notice")
    assert somebody.ask("What is the kettle called?").text("article .answer") != "Brisk 300"
    editor = visit("editor")
    waiting = editor.see("corrections?state=proposed")
    assert waiting.texts(".now .said") == ["Brisk 300", "Brisk 200"]
    assert "proposed by Shop" in waiting.text(".chain")
    editor.send(form_of(waiting, "/accept"))
    left = editor.see("corrections?state=proposed")
    assert left.texts(".now .said") == ["Brisk 200"]
    editor.send(form_of(left, "/reject"))
    assert not editor.see("corrections?state=proposed").tree.css(".item")
    assert somebody.ask("What is the kettle called?").text("article .answer") == "Brisk 300"


def test_an_agent_corrects_in_a_conversation_and_nobody_elses_answer_changes(
    visit: Visit,
) -> None:
    agent, question = visit("agent"), "What has a warranty of three years?"
    shown = agent.ask(question)
    before = visit("ask").ask(question).text("article .answer")
    fields = {"text": "the kettle", "conversation": conversation_of(shown)}
    agent.send(form_of(shown, "/correct"), status=403, **fields, everyone="yes")
    agent.send(form_of(shown, "/correct"), **fields)
    assert agent.ask(question, conversation_of(shown)).text("article .answer") == "the kettle"
    assert visit("ask").ask(question).text("article .answer") == before


def test_an_answer_that_was_found_right_can_be_confirmed(visit: Visit) -> None:
    editor, question = (
        visit("editor", name="Edith"),
        "By whom was the mill at Halden built in 1912?",
    )
    shown = editor.ask(question)
    judged = editor.send(
        form_of(shown, "/verdict"), verdict="right", conversation=conversation_of(shown)
    )
    editor.send(form_of(judged, "/confirm"), conversation=conversation_of(shown))
    assert "Confirmed by Edith" in visit("ask").ask(question).text("article .level")
    assert shown.text("article .answer") in (
        editor.see("corrections?state=confirmed").texts(".now .said")
    )


def test_another_keys_conversation_is_shown_to_those_alone_who_may_read(visit: Visit) -> None:
    owner = visit("ask", name="one shop", prefix="*")
    conversation = conversation_of(owner.ask(WARRANTY))
    address = f"?c={conversation}"
    assert owner.see(address).texts("article h2") == [WARRANTY]
    assert visit("ask", name="another", prefix="*").see(address).texts("article h2") == []
    assert visit("agent").see(address).texts("article h2") == [WARRANTY]


def test_with_a_prefix_the_conversation_is_kept_below_it(visit: Visit, service: Service) -> None:
    shop = visit("ask", prefix="shop-a/")
    conversation = conversation_of(shop.ask(WARRANTY))
    assert not conversation.startswith("shop-a/")
    assert shop.see(f"?c={conversation}").texts("article h2") == [WARRANTY]
    (row,) = service.log.of_scope("asking", f"shop-a/{conversation}", limit=5)
    assert row.door == "page"


def test_before_models_are_loaded_the_page_says_so(
    visit: Visit, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = visit("ask")
    monkeypatch.setattr(service, "state", "starting")
    assert "loading its models" in somebody.send("ask", 503, question="?").text("#alert")
    shown = somebody.see("", 503)
    assert "loading its models" in shown.text("#alert")
    assert shown.one("main [hx-get]").attributes["hx-trigger"] == "every 1s"
    assert "Try again" in shown.texts("main a")


def test_a_refusal_is_put_above_the_form_where_there_is_javascript(visit: Visit) -> None:
    somebody = visit("ask")
    answer = somebody.client.post(
        "/m/asking/asked/nothing/verdict",
        data={"verdict": "right"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 404
    assert answer.headers["hx-retarget"] == answer.headers["hx-reselect"] == "#alert"
    looked = somebody.client.get("/m/asking/documents", headers={"HX-Request": "true"})
    assert looked.status_code == 403
    assert looked.headers["hx-reswap"] == "none"
