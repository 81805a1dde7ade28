"""Feedback, unanswered questions and counts over HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from spanmem.apps.web.asked import Asked, Asking
from spanmem.apps.web.service import Service
from spanmem.core.times import now
from spanmem.pipeline.answers import Answer

BASE = "/v1/memories/support"
Bearer = Callable[..., dict[str, str]]


def ask(client: TestClient, headers: dict[str, str], question: str, scope: str = "") -> Any:
    body = {"question": question, "scope": scope}
    return client.post(f"{BASE}/ask", headers=headers, json=body).json()


def gaps(client: TestClient, headers: dict[str, str], **params: Any) -> list[Any]:
    answer = client.get(f"{BASE}/gaps", headers=headers, params=params)
    items: list[Any] = answer.json()["items"]
    return items


def test_questions_in_vain_are_grouped_by_meaning(client: TestClient, bearer: Bearer) -> None:
    asker, agent = bearer("ask", prefix="*"), bearer("agent")
    question = "Who polishes the golden anchor?"
    for scope, words in (("a", question), ("b", "who polishes the golden anchor"), ("", question)):
        assert ask(client, asker, words, scope)["level"] == "unknown"
    ask(client, asker, "Who does not polish the golden anchor?", "a")
    mine = [gap for gap in gaps(client, agent) if "anchor" in gap["question"]]
    assert sorted((gap["question"], gap["count"], gap["scopes"]) for gap in mine) == [
        ("Who does not polish the golden anchor?", 1, 1),
        (question, 3, 2),
    ]
    (group,) = (gap for gap in mine if gap["count"] == 3)
    shown = client.get(f"{BASE}/gaps/{group['id']}", headers=agent).json()
    assert [each["scope"] for each in shown["examples"]] == ["", "b", "a"]
    assert all(each["best"]["source"]["document"] for each in shown["examples"])


def test_a_work_list_is_worked_off(client: TestClient, bearer: Bearer) -> None:
    asker, editor = bearer("ask"), bearer("editor")
    first = ask(client, asker, "Where does the purple tram stop?", "x")
    ask(client, asker, "Which paint does the heron need?", "x")
    open_ones = gaps(client, editor)
    (tram,) = (gap for gap in open_ones if "purple tram" in gap["question"])
    (heron,) = (gap for gap in open_ones if "heron" in gap["question"])
    body = {"asked": first["id"], "text": "At the mill"}
    assert client.post(f"{BASE}/corrections", headers=editor, json=body).status_code == 201
    client.patch(
        f"{BASE}/gaps/{heron['id']}", headers=editor, json={"state": "ignored", "note": "a joke"}
    )
    left = {gap["id"] for gap in gaps(client, editor)}
    assert not left & {tram["id"], heron["id"]}
    (ignored,) = gaps(client, editor, state="ignored")
    assert (ignored["id"], ignored["note"]) == (heron["id"], "a joke")
    assert tram["id"] in [gap["id"] for gap in gaps(client, editor, state="answered")]
    agent = bearer("agent")
    path = f"{BASE}/gaps/{heron['id']}"
    assert client.patch(path, headers=agent, json={"state": "open"}).status_code == 403
    assert client.get(f"{BASE}/gaps/gone", headers=agent).status_code == 404


def test_the_work_list_goes_on_from_page_to_page(client: TestClient, bearer: Bearer) -> None:
    asker, agent = bearer("ask"), bearer("agent")
    for thing in ("violet tram", "copper heron", "wooden clock"):
        ask(client, asker, f"Where is the {thing}?", "pages")
    seen, params = list[str](), dict[str, Any](limit=1)
    while True:
        part = client.get(f"{BASE}/gaps", headers=agent, params=params).json()
        seen += [gap["id"] for gap in part["items"]]
        if part["next"] is None:
            break
        params["cursor"] = part["next"]
    assert seen == [gap["id"] for gap in gaps(client, agent, limit=100)]
    assert len(seen) == len(set(seen)) >= 3
    refused = client.get(f"{BASE}/gaps", headers=agent, params={"cursor": "x"})
    assert refused.status_code == 422
    assert "`next`" in refused.json()["detail"]


def test_a_key_with_a_prefix_sees_what_was_asked_below_it(
    client: TestClient, bearer: Bearer
) -> None:
    for prefix in ("p1/", "p2/"):
        ask(client, bearer("ask", prefix=prefix), "How deep is the secret cellar?", f"of {prefix}")
    fenced = bearer("agent", prefix="p1/")
    (gap,) = gaps(client, fenced)
    assert (gap["count"], gap["scopes"]) == (1, 1)
    shown = client.get(f"{BASE}/gaps/{gap['id']}", headers=fenced).json()
    assert [each["scope"] for each in shown["examples"]] == ["of p1/"]


def test_the_last_verdict_of_a_key_counts(client: TestClient, bearer: Bearer) -> None:
    asker, agent = bearer("ask"), bearer("agent")
    asked = ask(client, asker, "When was the mill at Halden built?", "y")
    path = f"{BASE}/asked/{asked['id']}"

    def counted() -> tuple[dict[str, int], int]:
        """Verdicts of the memory, and the unanswered questions it has."""
        table = client.get(f"{BASE}/stats", headers=agent).json()
        verdicts: Counter[str] = Counter()
        for day in table["days"]:
            verdicts.update(day["verdicts"])
        return dict(verdicts), table["open_gaps"]

    before, unanswered = counted()
    for verdict, joins in (("right", False), ("incomplete", False), ("outdated", True)):
        body = {"verdict": verdict, "comment": f"it is {verdict}"}
        answer = client.post(f"{path}/feedback", headers=asker, json=body)
        assert (answer.status_code, bool(answer.json()["unanswered"])) == (200, joins)
    client.post(f"{path}/feedback", headers=agent, json={"verdict": "right"})
    shown = client.get(path, headers=agent).json()
    verdicts = {(each["verdict"], each["comment"]) for each in shown["feedback"]}
    assert verdicts == {("outdated", "it is outdated"), ("right", "")}
    assert len(client.get(path, headers=asker).json()["feedback"]) == 1
    assert counted() == (Counter(before) + Counter({"outdated": 1, "right": 1}), unanswered + 1)
    client.post(f"{path}/feedback", headers=asker, json={"verdict": "right"})
    assert counted() == (Counter(before) + Counter({"right": 2}), unanswered)
    assert (
        client.post(f"{path}/feedback", headers=asker, json={"verdict": "so-so"}).status_code == 422
    )


def test_counts_of_a_day_outlive_its_questions(
    client: TestClient, bearer: Bearer, service: Service
) -> None:
    agent = bearer("agent", "other")

    def today() -> Any:
        table = client.get("/v1/memories/other/stats", headers=agent).json()
        return table["days"][-1] if table["days"] else None

    assert today() is None
    for number in range(3):
        asked = Asked(f"id{number}", "other", "", "unknown", Answer("Who?", None, 0.0, ()))
        service.log.add(asked, Asking(question="Who?", door="page"))
    row = service.log.get("other", "id0")
    service.feedback.add(row, author="ann", verdict="right", comment="")
    counted = today()
    assert counted == {
        "day": now()[:10],
        "asked": 3,
        "levels": {"unknown": 3},
        "kinds": {"none": 3},
        "doors": {"page": 3},
        "verdicts": {"right": 1},
        "judged": {"unknown": {"right": 1}},
    }
    with service.database.write() as connection:
        connection.execute("UPDATE asked SET at = '2000-01-01' WHERE memory = 'other'")
    service.log.expire()
    assert client.get("/v1/memories/other/asked/id0", headers=agent).status_code == 404
    assert today() == counted
    params = {"from": "2026-13-01"}
    refused = client.get("/v1/memories/other/stats", headers=agent, params=params)
    assert refused.status_code == 422


def test_a_verdict_that_is_taken_back_closes_what_it_alone_opened(
    client: TestClient, bearer: Bearer
) -> None:
    asker, agent, other = bearer("ask"), bearer("agent"), bearer("agent")
    asked = ask(client, asker, "Who built the mill at Halden, by the way?", "z")
    assert asked["level"] != "unknown"
    path = f"{BASE}/asked/{asked['id']}/feedback"

    def say(headers: dict[str, str], verdict: str, comment: str = "") -> str | None:
        body = {"verdict": verdict, "comment": comment}
        gap: str | None = client.post(path, headers=headers, json=body).json()["unanswered"]
        return gap

    gap = say(agent, "wrong", "TIGER since May")
    shown = client.get(f"{BASE}/gaps/{gap}", headers=agent).json()
    assert shown["examples"][0]["feedback"][0]["comment"] == "TIGER since May"
    assert say(other, "outdated") == gap
    assert say(agent, "right") == gap
    assert gap in [each["id"] for each in gaps(client, agent)]
    assert say(other, "incomplete") is None
    for state in ("open", "answered", "ignored"):
        assert gap not in [each["id"] for each in gaps(client, agent, state=state)]
    again = say(agent, "off-topic")
    assert again in [each["id"] for each in gaps(client, agent)]
    in_vain = ask(client, asker, "Who polishes the silver anchor?", "z")
    path = f"{BASE}/asked/{in_vain['id']}/feedback"
    assert say(agent, "wrong") == say(agent, "right") is not None
