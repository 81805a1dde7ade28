"""Every screen in a real browser: accessible, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from spanmem.apps.web.app import create_app
from spanmem.apps.web.rights import Kind

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python"
)
pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_THE_LOOK = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
"""Rules that colours and width decide; the others are the same for every look."""
WIDE, PHONE = {"width": 1000, "height": 800}, {"width": 360, "height": 740}
LOOKS = (("light", WIDE), ("dark", WIDE), ("light", PHONE))
RUN = """([place, rules]) => axe.run(place, {runOnly: rules, resultTypes: ["violations"]})
  .then(found => found.violations.map(each => [each.id, each.nodes[0].html]))"""

SMALL = """() => [...document.querySelectorAll("main summary, main button, header button")]
  .filter(each => each.checkVisibility())
  .filter(each => Math.min(each.offsetWidth, each.offsetHeight) < 24)
  .map(each => each.outerHTML)"""


def shown(somebody: Any, conversation: str) -> list[tuple[str, str]]:
    """Name and path of every screen."""
    somebody.go("/m/support/documents")
    document = somebody.page.locator("tbody th a").first.get_attribute("href")
    asked = somebody.page.context.request.get(f"{somebody.base}/m/support?c={conversation}")
    number = asked.text().partition('id="right-')[2].partition('"')[0]
    return [
        ("ask", "/m/support"),
        ("answers", f"/m/support?c={conversation}"),
        ("document", f"{document}?mark=19-24#c19-24"),
        ("choosing", f"{document}?mark=19-24&for={number}&c={conversation}"),
        *((name, f"/m/support/{name}") for name in ("documents", "unanswered", "conversations")),
        ("turns", f"/m/support/conversations/turns?scope={conversation}"),
        ("corrections", "/m/support/corrections"),
        ("proposals", "/m/support/corrections?state=proposed"),
        ("figures", "/m/support/figures"),
        *((name, f"/{name}") for name in ("keys", "audit", "about")),
        ("refusal", "/m/support/nowhere"),
    ]


@pytest.fixture(scope="module")
def conversation(served: Any) -> str:
    """Some life: answers of every kind, one judged, one corrected, one proposed."""
    service, base = served
    _, token = service.keys.add(Kind.ADMIN, "Ann")
    host = base.removeprefix("http://")
    client = TestClient(
        create_app(service, start=False),
        base_url=f"http://{host}",
        headers={"Authorization": f"Bearer {token}"},
    )
    root, scope = "/v1/memories/support", "customer-42"

    def ask(question: str) -> dict[str, Any]:
        answer = client.post(f"{root}/ask", json={"question": question, "scope": scope})
        assert answer.status_code == 200, answer.text
        table: dict[str, Any] = answer.json()
        return table

    ask("Which comet returns every 76 years?")
    first = ask("How long is the warranty of the Brisk kettle?")
    client.post(f"{root}/asked/{first['id']}/feedback", json={"verdict": "wrong"})
    body = {"asked": first["id"], "text": "four years"}
    assert client.post(f"{root}/proposals", json=body).status_code == 201
    assert client.post(f"{root}/corrections", json=body).status_code == 201
    ask("How long is the warranty of the Brisk kettle?")
    ask("Who built the mill at Halden?")
    ask("When was it built?")
    return scope


def test_no_screen_has_a_barrier_or_scrolls_sideways_light_dark_or_narrow(
    person: Callable[..., Any], conversation: str, pictures: Path | None
) -> None:
    somebody, stranger = (person(kind) for kind in ("admin", ""))
    screens = [(somebody, *screen) for screen in shown(somebody, conversation)]
    barriers: list[tuple[str, ...]] = []
    for who, name, path in [*screens, (stranger, "login", "/login")]:
        page = who.page
        page.set_viewport_size(WIDE)
        who.go(path)
        if name != "choosing":
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.evaluate(axe.Axe().axe_script)
        for colours, size in LOOKS:
            page.emulate_media(color_scheme=colours)
            page.set_viewport_size(size)
            first = (colours, size) == LOOKS[0]
            # The frame around a screen is the same for all: it is looked at once.
            place = "html" if first or name == "ask" else "#main"
            violations = page.evaluate(RUN, [place, RULES if first else OF_THE_LOOK])
            barriers += [(name, colours, *each) for each in violations]
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                barriers.append((name, colours, "scrolls sideways"))
            if size is PHONE:
                barriers += [(name, "too small", each) for each in page.evaluate(SMALL)]
            if pictures is not None:
                look = colours if size is WIDE else "phone"
                page.screenshot(path=pictures / f"{name}-{look}.png", full_page=True)
    assert barriers == []


def test_the_menu_of_a_phone_opens_has_no_barrier_and_is_closed_by_a_key(
    person: Callable[..., Any], pictures: Path | None
) -> None:
    somebody = person("admin", viewport=PHONE)
    page = somebody.page
    page.get_by_role("button", name="Menu").click()
    assert page.get_by_role("link", name="Documents").is_visible()
    page.evaluate(axe.Axe().axe_script)
    assert page.evaluate(RUN, ["html", RULES]) == []
    if pictures is not None:
        page.screenshot(path=pictures / "menu-phone.png")
    somebody.press("Escape")
    assert not page.get_by_role("link", name="Documents").is_visible()
