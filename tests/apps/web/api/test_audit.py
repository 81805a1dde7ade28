"""The audit log by the API."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service

Bearer = Callable[..., dict[str, str]]


def test_what_was_done_is_told_newest_first_and_reading_it_is_noted(
    client: TestClient, bearer: Bearer
) -> None:
    admin = bearer("admin")
    made = client.post("/v1/memories", json={"name": "new"}, headers=admin)
    assert made.status_code == 201
    first = client.get("/v1/audit", params={"limit": 1}, headers=admin).json()
    (entry,) = first["items"]
    assert (entry["action"], entry["memory"], entry["outcome"]) == ("memory.add", "new", "done")
    assert entry["request"] == made.headers["x-request-id"]
    assert entry["address"] == "127.0.0.1"
    again = client.get("/v1/audit", params={"limit": 1}, headers=admin).json()
    assert again["items"][0]["action"] == "audit.read"
    rest = client.get("/v1/audit", params={"cursor": again["next"]}, headers=admin).json()
    assert rest["items"][0]["id"] == entry["id"]


def test_every_change_of_what_is_known_is_told(client: TestClient, bearer: Bearer) -> None:
    base, editor = "/v1/memories/support", bearer("editor")

    def done(method: str, path: str, **body: object) -> Any:
        sent = body or None
        answer = client.request(method, f"{base}{path}", headers=editor, json=sent)
        assert answer.is_success, answer.text
        return answer.json() if answer.headers["content-type"] == "application/json" else {}

    question = "How long is the warranty of the Brisk kettle?"
    asked = done("POST", "/ask", question=question, scope="log")["id"]
    told = done("POST", "/corrections", asked=asked, text="four years", scope="log")["id"]
    done("DELETE", f"/corrections/{told}?scope=log")
    done("POST", "/confirmations", asked=asked, scope="log")
    first, second = (
        done("POST", "/proposals", asked=asked, text=text)["id"] for text in ("five", "six")
    )
    done("POST", f"/proposals/{first}/accept")
    done("POST", f"/proposals/{second}/reject")
    done("POST", "/ask", question="Which giraffe won the regatta?", scope="log")
    gap = done("GET", "/gaps")["items"][0]["id"]
    done("PATCH", f"/gaps/{gap}", state="ignored")
    done("POST", "/turns/import", turns=[{"question": "Who sells it?", "answer": "Ann"}])
    done("GET", "/export")
    listed = client.get("/v1/audit", params={"limit": 10}, headers=bearer("admin")).json()["items"]
    assert [entry["action"] for entry in listed if entry["memory"] == "support"][::-1] == [
        *("correction.add", "correction.withdraw", "confirmation.add"),
        *("proposal.add", "proposal.add", "proposal.accept", "proposal.reject"),
        *("gap.change", "turns.import", "export"),
    ]


def test_all_of_it_comes_as_csv_and_no_name_is_a_formula(
    client: TestClient, bearer: Bearer, service: Service
) -> None:
    admin = bearer("admin")
    for number in range(520):
        service.audit.note("key.add", str(number), name='=HYPERLINK("x"), "y"')
    answer = client.get("/v1/audit/csv", headers=admin)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")  # else Excel takes it for its own encoding
    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert rows[0]["action"] == "audit.export"
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert {row["object"] for row in rows[1:521]} == set(map(str, range(520)))
    assert {row["name"] for row in rows[1:521]} == {'\'=HYPERLINK("x"), "y"'}
    assert len(rows) == len(service.audit.entries(limit=10**6))
    assert client.get("/v1/audit/csv", headers=bearer(Kind.EDITOR)).status_code == 403


def test_the_next_part_of_a_list_is_linked_with_what_was_asked_for(
    client: TestClient, bearer: Bearer
) -> None:
    admin = bearer("admin")
    for name in ("linked", "linked-too"):
        client.post("/v1/memories", json={"name": name}, headers=admin)
    first = client.get("/v1/audit?limit=1", headers=admin)
    link = first.links["next"]["url"]
    assert "limit=1" in link
    by_link = client.get(link, headers=admin).json()
    assert by_link["items"][0]["id"] < first.json()["items"][0]["id"]
    whole = client.get("/v1/keys?limit=200", headers=admin)
    assert whole.json()["next"] is None
    assert "link" not in whole.headers
