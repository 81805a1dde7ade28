"""Conversations by name, and their turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from spanmem.apps.web.service import Service

Visit = Callable[..., Any]


def test_conversations_are_found_and_shown_and_go_on(visit: Visit, service: Service) -> None:
    agent = visit("agent")
    for name in ("customer-1", "customer-2", "other"):
        agent.ask("Who built the mill at Halden?", name)
    listed = agent.see("conversations?prefix=customer")
    assert listed.texts("tbody th") == ["customer-1", "customer-2"]
    shown = agent.see(listed.one("tbody th a").attributes["href"])
    assert shown.texts(".turn h2") == ["Who built the mill at Halden?"]
    on = agent.see(shown.one("a.button").attributes["href"])
    assert on.texts("article h2") == ["Who built the mill at Halden?"]
    assert "No such conversation" in agent.see("conversations?prefix=zz").text()


def test_a_conversation_is_erased_with_what_was_asked_in_it(visit: Visit, service: Service) -> None:
    editor = visit("editor")
    editor.ask("Who built the mill at Halden?", "to be erased")
    shown = editor.see("conversations/turns?scope=to+be+erased")
    editor.send(shown.one("form[action$='/erase']").attributes["action"], scope="to be erased")
    for _ in range(300):
        if not service.log.of_scope("conversations", "to be erased", limit=1):
            break
        time.sleep(0.1)
    assert "Nothing is remembered" in editor.see("conversations/turns?scope=to+be+erased").text()
    assert not editor.see("?c=to+be+erased").tree.css("article")
