"""How it is going: sums that agree with what was asked and said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Visit = Callable[..., Any]


def test_the_figures_are_those_of_what_was_asked_and_said(visit: Visit) -> None:
    agent = visit("agent")
    assert "Nobody has said yet" in agent.see("figures").text()
    for question in ("Who built the mill at Halden?", "Which comet returns?", "How are you?"):
        shown = agent.ask(question)
    shown = agent.ask("How long is the warranty of the Brisk kettle?")
    agent.send(shown.one("form[action$='/verdict']").attributes["action"], verdict="right")
    shown = agent.ask("Who built the mill at Halden?")
    agent.send(shown.one("form[action$='/verdict']").attributes["action"], verdict="outdated")
    page = agent.see("figures")
    tiles = dict(zip(page.texts(".tile dt"), page.texts(".tile dd"), strict=True))
    assert tiles["Asked"].startswith("5")
    assert tiles["Judged right"] == "1of 2 judged"
    rows = [row.text(separator=" ").split() for row in page.tree.css("details tbody tr")]
    assert sum(int(n) for n in rows[-1][-6:-2]) == 5
    assert rows[-1][-2:] == ["1", "1"]
    judged = page.tree.css("section:last-of-type tbody tr")
    numbers = [tuple(cell.text() for cell in row.css("td")) for row in judged]
    assert sum(int(judged) for judged, _ in numbers) == 2
    assert sum(int(right) for _, right in numbers) == 1


def test_every_day_has_its_place_and_bars_are_as_high_as_the_counts(visit: Visit) -> None:
    page = visit("agent").see("figures")
    assert len(page.tree.css("details tbody tr")) == 31
    heights = [float(bar.attributes["height"]) for bar in page.tree.css(".chart rect[x]")]
    assert sum(heights) == 116.0
