"""Signing in and out, and what one browser keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from spanmem.apps.web.pages.routes import SCREENS
from spanmem.apps.web.pages.ways import Ways
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service

Visit = Callable[..., Any]
WAYS = Ways(SCREENS[:-1])


def test_who_has_not_signed_in_is_led_there_and_back_again(stranger: Any, service: Service) -> None:
    shown = stranger.see("/m/sign_in/documents?q=mill")
    assert shown.url == "/login?next=%2Fm%2Fsign_in%2Fdocuments%3Fq%3Dmill"
    assert not shown.tree.css("nav")
    _, token = service.keys.add(Kind.AGENT, "Gus", memories=["sign_in"])
    fields = {"token": f" {token}\n", "next": shown.one("input[name=next]").attributes["value"]}
    assert stranger.send("/login", **fields).url == "/m/sign_in/documents?q=mill"


def test_a_wrong_key_is_told_at_the_field_and_noted(stranger: Any, service: Service) -> None:
    shown = stranger.send("/login", status=401, token="sm_a_nothing")
    field = shown.one("input[name=token]").attributes
    assert field["aria-invalid"] == "true"
    assert "not valid here" in shown.text(f"#{field['aria-describedby']}")
    assert "sm_a_nothing" not in shown.html
    assert not shown.tree.css(".notice")  # no session has ended
    assert service.audit.entries(limit=1)[0].outcome == "unauthorized"


def test_a_link_signs_in_once_and_is_not_used_up_by_looking_at_it(
    stranger: Any, service: Service
) -> None:
    key, _ = service.keys.add(Kind.EDITOR, "Edith", memories=["sign_in"])
    link = service.sessions.link(key)
    for _ in range(2):
        assert (
            stranger.see(f"/login?once={link}").one("input[name=once]").attributes["value"] == link
        )
    assert stranger.send("/login", once=link).url == "/m/sign_in"
    assert "used already" in stranger.send("/login", status=401, once=link).text()


def test_signing_out_ends_the_session_here_and_there(visit: Visit) -> None:
    somebody = visit("agent")
    cookies = dict(somebody.client.cookies)
    assert somebody.send("/logout").url == "/login"
    somebody.client.cookies.update(cookies)
    assert somebody.see("/m/sign_in").url.startswith("/login")


def test_with_javascript_who_is_signed_out_is_led_to_the_sign_in_as_well(stranger: Any) -> None:
    open_screen = "http://localhost:8477/m/sign_in/documents?q=mill"
    headers = {"HX-Request": "true", "HX-Current-URL": open_screen}
    answer = stranger.client.get("/m/sign_in/documents", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/login?next=%2Fm%2Fsign_in%2Fdocuments%3Fq%3Dmill"
    answer = stranger.client.post("/m/sign_in/documents", headers=headers)
    assert (answer.status_code, answer.headers["hx-retarget"]) == (401, "#alert")
    assert "not signed in" in stranger.send("/m/sign_in/ask", 401, question="who?").text("#alert")


def test_a_key_that_ends_meanwhile_is_told_and_nothing_written_is_lost(
    visit: Visit, service: Service
) -> None:
    somebody = visit("agent", name="Revoked")
    (key,) = (key for key in service.keys.all() if key.name == "Revoked")
    service.keys.revoke(key.id)
    question = "Who built the <mill>?"
    shown = somebody.send("ask", 401, question=question)
    assert "sign-in has ended" in shown.text("#alert")
    assert shown.texts("textarea") == [question]
    way = shown.one("#alert a").attributes["href"]
    assert way == "/login?next=%2Fm%2Fsign_in&ended=1"
    assert "was revoked" in somebody.see(way).text("[role=status]")
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost:8477/m/sign_in?c=x"}
    answer = somebody.client.post("/m/sign_in/ask", data={"question": question}, headers=headers)
    assert (answer.status_code, answer.headers["hx-retarget"]) == (401, "#alert")
    assert "next=%2Fm%2Fsign_in%3Fc%3Dx&amp;ended=1" in answer.text
    assert somebody.see("documents").url.endswith("&ended=1")


def test_another_sites_page_can_neither_sign_in_nor_out_nor_change_anything(visit: Visit) -> None:
    somebody = visit("admin")
    foreign = {"Origin": "https://evil.example"}
    for path, fields in (
        ("/logout", {}),
        ("/login", {"token": "x"}),
        ("/appearance", {"theme": "dark"}),
        ("/keys", {"name": "x", "kind": "admin"}),
        ("/m/sign_in/ask", {"question": "who?"}),
    ):
        assert somebody.client.post(path, data=fields, headers=foreign).status_code == 403
    assert somebody.see("/m/sign_in").url == "/m/sign_in"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    stranger: Any, service: Service
) -> None:
    _, token = service.keys.add(Kind.AGENT, "Gus", memories=["sign_in"])
    sent = stranger.client.post("/login", data={"token": token}, follow_redirects=False)
    cookie = sent.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert token not in cookie


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/\\evil.example", "", "x", "/a\nb"]
)
def test_nobody_is_led_to_another_site(path: str) -> None:
    assert WAYS.screen_at(path) == "/"


@pytest.mark.parametrize(
    ("path", "screen"),
    [
        ("/m/sign_in", "/m/sign_in"),
        ("/m/sign_in/documents?q=a%20b", "/m/sign_in/documents?q=a%20b"),
        ("/m/sign_in/d/0123456789abcdef?mark=1-2#c1", "/m/sign_in/d/0123456789abcdef?mark=1-2#c1"),
        ("/m/sign_in/ask", "/m/sign_in"),
        ("/m/sign_in/asked/x/verdict?c=1", "/m/sign_in"),
        ("/m/sign_in/unanswered/x/answer", "/m/sign_in/unanswered"),
        ("/m/sign_in/nothing/here", "/m/sign_in"),
        ("/keys/x/revoke", "/keys"),
        ("/login", "/"),
        ("/v1/keys", "/"),
        ("/appearance", "/"),
    ],
)
def test_who_signs_in_is_led_to_a_screen_that_there_is(path: str, screen: str) -> None:
    assert WAYS.screen_at(path) == screen


def test_who_signs_in_is_not_led_to_a_memory_that_the_key_does_not_see(
    stranger: Any, service: Service
) -> None:
    _, token = service.keys.add(Kind.AGENT, "Gus", memories=["sign_in"])
    assert stranger.send("/login", token=token, next="/m/asking/documents").url == "/m/sign_in"


def test_colours_and_single_keys_are_kept_by_the_browser(visit: Visit) -> None:
    somebody = visit("agent")
    shown = somebody.send("/appearance", theme="dark", next="/about")
    assert shown.url == "/about"
    assert shown.one("html").attributes["data-theme"] == "dark"
    assert shown.texts("[aria-pressed=true]") == ["Dark"]
    assert (
        somebody.send("/appearance", theme="no such").one("html").attributes["data-theme"] == "dark"
    )
    shown = somebody.send("/appearance", shortcuts="off")
    assert shown.one("body").attributes["data-shortcuts"] == "off"
