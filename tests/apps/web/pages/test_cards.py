"""The answers of a conversation, as they are known afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import spanmem
from spanmem.apps.web.asked import Asked
from spanmem.apps.web.pages.cards import Recent
from spanmem.apps.web.service import Service

Visit = Callable[..., Any]


def test_a_source_that_is_gone_is_told_and_no_other_answer_of_it_is_shown(
    visit: Visit, service: Service
) -> None:
    somebody = visit("agent")
    shown = somebody.ask("How long is the warranty of the Brisk kettle?")
    assert "changed or removed since" not in shown.text("article")
    assert "mill" in " ".join(shown.texts("article .others .place"))
    conversation = shown.one("form.ask input[name=conversation]").attributes["value"]
    with spanmem.Memory.open(service.memories.place("cards"), write=True) as memory:
        names = [info.id for info in memory.documents()]
        spanmem.remove(memory, names)
    again = somebody.see(f"?c={conversation}")
    assert "changed or removed since" in again.text("article .place")
    assert not again.tree.css("article .others")


def test_an_answer_is_shown_from_the_log_when_it_is_long_ago(visit: Visit, app: Any) -> None:
    somebody = visit("agent")
    shown = somebody.ask("How are you?")
    conversation = shown.one("form.ask input[name=conversation]").attributes["value"]
    before = shown.texts("article h2, article .answer")
    app.state.recent = Recent()
    assert somebody.see(f"?c={conversation}").texts("article h2, article .answer") == before


def test_the_answers_kept_are_the_latest() -> None:
    recent, answer = Recent(), spanmem.Answer("who?", None, 0.0, ())
    for number in range(600):
        recent.add(Asked(str(number), "m", "", "unknown", answer))
    kept = [number for number in range(600) if recent._answers.get(str(number)) is not None]
    assert kept == list(range(100, 600))
