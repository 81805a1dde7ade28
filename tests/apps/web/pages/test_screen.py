"""The frame of every screen: rights, refusals, and texts that are never markup."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import regex
from fastapi import FastAPI
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import spanmem
from spanmem.apps.web.access import Allow, AllowInMemory
from spanmem.apps.web.pages import screen
from spanmem.apps.web.pages.routes import SCREENS
from spanmem.apps.web.service import Service

Visit = Callable[..., Any]
OPEN = {"/login", "/logout", "/appearance"}
"""What is there for those who have not signed in."""
SCREENS_OF_A_MEMORY = (
    *("", "documents", "documents?q=a", "unanswered", "unanswered?state=answered"),
    *("corrections", "corrections?state=proposed", "corrections?state=superseded"),
    *("corrections?state=confirmed", "conversations", "figures", "no such page"),
)
BREAKS = st.sampled_from(
    [
        *('"', "'", ">", "<", "-->", "<!--", "]]>", "\\", "`", "\u2028", "", " ", "&lt;", "&#60;"),
        *("</textarea>", "</script>", "</title>", "</mark>", "{{ 7 * 7 }}", "{% raw %}"),
    ]
)
EVIL = st.builds(
    lambda first, middle, last: (
        f"{first}<zz-evil zz-evil=1>{middle} zz-evil='1' zz-evil=\"1\" {last}"
    ),
    BREAKS,
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8),
    BREAKS,
)
few = settings(
    deadline=None,
    # Each is a walk through all screens: none is made smaller.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def is_marked_up(page: Any) -> bool:
    """Whether somebody's text has become an element, an attribute or a comment."""
    for node in page.tree.css("*"):
        if node.tag == "zz-evil" or any(name.startswith("zz-evil") for name in node.attributes):
            return True
        if any(name.startswith("on") for name in node.attributes):
            return True
    scripts = [node.attributes.get("src", "") or "" for node in page.tree.css("script")]
    return len(scripts) != 2 or not all(src.startswith("/static/") for src in scripts)


def see_all(somebody: Any, *more: str) -> list[Any]:
    """Every screen that somebody has of a memory, and more."""
    paths = [*SCREENS_OF_A_MEMORY, *more]
    return [
        somebody.see(path, 404 if path == "no such page" else 200) for path in dict.fromkeys(paths)
    ]


def test_every_screen_declares_the_right_that_it_needs() -> None:
    routes = [route for router in SCREENS for route in router.routes]
    assert len(routes) > 20
    for route in routes:
        assert isinstance(route, APIRoute)
        calls = [dependency.call for dependency in route.dependant.dependencies]
        declared = [call for call in calls if isinstance(call, Allow | AllowInMemory)]
        assert len(declared) == (0 if route.path in OPEN else 1), route.path


@pytest.mark.parametrize("kind", ["admin", "editor", "agent", "ask"])
def test_the_menu_holds_what_the_key_may_see_and_all_of_it_opens(visit: Visit, kind: str) -> None:
    somebody = visit(kind)
    for link in somebody.see("").tree.css("nav .links a"):
        somebody.see(link.attributes["href"])


def test_another_memory_is_not_there_for_a_key_that_does_not_see_it(visit: Visit) -> None:
    somebody = visit("editor")
    for path in ("/m/documents", "/m/documents/figures", "/m/no-such-memory"):
        assert "no memory" in somebody.see(path, 404).text("#alert")
    assert somebody.send("/m/documents/ask", 404, question="who?").text("#alert")
    assert "documents" not in somebody.see("").texts(".switch li")


def test_looking_takes_the_right_of_the_screen_and_nothing_of_what_a_key_may_ask(
    visit: Visit, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no memory" in visit("metrics").see("", 404).text("#alert")
    somebody = visit("ask")

    def refuse(*_: object) -> None:
        raise AssertionError("looking is not asking")

    monkeypatch.setattr(service.limits, "take", refuse)
    somebody.see("")


@settings(few, max_examples=4)
@given(evil=EVIL)
def test_what_people_write_is_text_on_every_screen(visit: Visit, evil: str) -> None:
    line = "".join(character for character in evil if character.isprintable()).strip()
    somebody, scope = visit("admin", name=line), line
    shown = somebody.ask(f"{evil} is what?", scope)
    pages = [shown]
    form = shown.one("form[action$='/correct']").attributes["action"]
    pages.append(somebody.send(form, text=evil, everyone="yes", conversation=scope))
    proposer = visit("ask", name=line)
    asked = proposer.ask(f"And {evil}?")
    form = asked.one("form[action$='/correct']").attributes["action"]
    pages.append(proposer.send(form, text=evil))
    pages += see_all(somebody, f"?c={quoted(scope)}", f"conversations/turns?scope={quoted(scope)}")
    pages += [somebody.see(path) for path in ("/keys", "/audit", "/about")]
    pages.append(somebody.see(f"documents?q={quoted(evil)}"))
    pages.append(somebody.see(f"/login?next={quoted(evil)}&once={quoted(evil)}"))
    pages.append(somebody.send("/keys", 422, name=line, kind=line[:19]))
    assert not any(map(is_marked_up, pages))
    assert any(evil.strip()[:20] in page.tree.body.text() for page in pages)


@settings(few, max_examples=3)
@given(evil=EVIL)
def test_what_documents_hold_is_text_on_every_screen(
    visit: Visit, service: Service, evil: str
) -> None:
    place = service.memories.place("screen")
    row: dict[str, Any] = {
        "id": f"evil/{evil}",
        "text": f"The gate of Ulm is {evil} and made of oak.\n{evil}",
        "title": evil,
        "metadata": {f"name{evil}": evil, "url": f"https://example.org/{quoted(evil)}"},
    }
    with (
        service.memories.using("screen") as qa,
        spanmem.Memory.open(place, write=True) as memory,
    ):
        spanmem.add(memory, [row], encoder=qa.encoder)
    somebody = visit("editor")
    pages = [somebody.ask("What is the gate of Ulm made of?")]
    listed = somebody.see("documents?q=evil")
    pages += [listed, *see_all(somebody)]
    for link in listed.tree.css("tbody th a"):
        pages.append(somebody.see(f"{link.attributes['href']}?mark=4-8&mark=6-20&for="))
    assert not any(map(is_marked_up, pages))
    with spanmem.Memory.open(place, write=True) as memory:
        spanmem.remove(memory, [row["id"]])


def test_no_template_holds_script_style_or_handlers_of_its_own() -> None:
    for path in (Path(screen.__file__).parent / "templates").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not regex.search(r"""<style|\sstyle=|\son[a-z]+=|hx-on|js:|javascript:""", text), (
            path
        )
        assert not regex.search(r"\|\s*safe|autoescape|Markup", text), path
        assert all("asset(" in tag for tag in regex.findall(r"<script[^>]*>", text)), path
        assert not regex.search(r"""(?:src|href)="https?:""", text), path


def test_static_files_are_kept_by_browsers_and_change_their_address_with_their_content(
    stranger: Any,
) -> None:
    page = stranger.see("/login")
    addresses = [node.attributes["src"] for node in page.tree.css("script")]
    addresses += [node.attributes["href"] for node in page.tree.css("link")]
    for address in addresses:
        answer = stranger.client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert stranger.client.get("/static/../screen.py").status_code == 404


def test_htmx_is_the_file_whose_hash_is_written_down() -> None:
    import hashlib

    digest = hashlib.sha256((screen.STATIC / "htmx.min.js").read_bytes()).hexdigest()
    assert digest in (screen.STATIC / "README.md").read_text(encoding="utf-8")


def test_without_keys_every_page_says_so(app: FastAPI, service: Service, visit: Visit) -> None:
    assert "No keys are asked for" not in visit("admin").see("").html


def quoted(text: str) -> str:
    """A text as part of an address."""
    from urllib.parse import quote

    return quote(text, safe="")
