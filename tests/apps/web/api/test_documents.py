"""Documents over HTTP: listed, shown, uploaded, changed, removed, within what a key sees."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import pytest
from fastapi.testclient import TestClient

from spanmem.apps.web.app import create_app
from spanmem.apps.web.erasure import mark_of
from spanmem.apps.web.files import PREFIX, kept_name
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service
from spanmem.core.records import document_key
from tests.apps.raw_bytes import files_with

BASE = "/v1/memories/support/documents"
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, build: Callable[..., Service]
) -> Iterator[Service]:
    rates = {"write_rate": 10**6}
    with build(tmp_path_factory.mktemp("docs"), "support", "other", **rates) as service:
        service.start()
        yield service


@pytest.fixture(scope="module")
def call(served: Service) -> Call:
    """Calls as an editor, who waits for jobs; gives the answer."""
    client = TestClient(
        create_app(served, start=False), base_url="http://localhost:8477",
        raise_server_exceptions=False,
    )  # fmt: skip
    _, token = served.keys.add(Kind.EDITOR, "Ann", memories=("support",))

    def make(method: str, place: str = "", *, key: str = token, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {key}", "Prefer": "wait=60"}
        path = place if place.startswith("/v1/") else BASE + place
        return client.request(method, path, headers=headers | more.pop("headers", {}), **more)

    return make


def key_of(document: str) -> str:
    return document_key(document)


def test_a_newcomer_uploads_asks_for_it_and_takes_it_away(call: Call, served: Service) -> None:
    files = [
        ("files", ("lamp.txt", b"The lamp costs 5 crowns.\n")),
        ("files", ("sub/lamp.txt", b"The other lamp costs 6 crowns.")),
        ("files", ("noise.txt", bytes(range(256)))),
    ]
    answer = call("POST", files=files)
    job = answer.json()
    assert (answer.status_code, job["state"]) == (200, "done-with-failures")
    assert answer.headers["location"] == f"/v1/memories/support/jobs/{job['id']}"
    assert (job["counts"]["added"], job["files"]) == (
        2,
        {
            "total": 3,
            "done": 2,
            "failed": 1,
            "next": f"/v1/memories/support/jobs/{job['id']}/files",
        },
    )
    states = call("GET", job["files"]["next"]).json()["items"]
    assert [(f["name"], f["state"]) for f in states] == [
        ("lamp.txt", "done"),
        (kept_name("sub/lamp.txt"), "done"),
        ("noise.txt", "failed"),
    ]
    assert (
        served.memories.qa("support").search("other lamp")[0].passage.text.startswith("The other")
    )
    lamp = key_of("upload/lamp.txt")
    shown = call("GET", f"/{lamp}").json()
    assert (shown["id"], shown["file"]["name"], shown["characters"]) == (
        "upload/lamp.txt",
        "lamp.txt",
        24,
    )
    assert call("DELETE", f"/{lamp}").json()["counts"]["removed"] == 1
    assert call("GET", f"/{lamp}").status_code == 404


def test_an_original_is_saved_and_never_shown(call: Call) -> None:
    page = b"<script>alert(1)</script>The page."
    call("POST", files=[("files", ('a"; x=.html', page))])
    item = call("GET", params={"prefix": "upload/a"}).json()["items"][0]
    answer = call("GET", f"/{item['key']}/file")
    assert (answer.status_code, answer.content) == (200, page)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.match(r"attachment; filename", answer.headers["content-disposition"])
    assert call("GET", f"/{key_of('mill.md')}/file").status_code == 404


def test_an_original_that_goes_meanwhile_is_sent_whole_or_not_found(
    call: Call, served: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b"The page. " * 20_000
    call("POST", files=[("files", ("gone.txt", raw))])
    place, digest = f"/{key_of('upload/gone.txt')}/file", hashlib.sha256(raw).hexdigest()
    opened = served.files.open

    def then_removed(sha256: str) -> BinaryIO | None:
        file = opened(sha256)
        served.files.remove(sha256)
        return file

    monkeypatch.setattr(served.files, "open", then_removed)
    answer = call("GET", place)
    assert (answer.content, answer.headers["content-length"]) == (raw, str(len(raw)))
    assert call("GET", place).status_code == 404
    assert not served.files.path(digest).exists()


def test_texts_are_added_shown_by_characters_replaced_and_changed(call: Call) -> None:
    text = "Grüße aus Halden. 😀 The ferry costs 90 crowns."
    answer = call("POST", json={"documents": [{"id": "faq/7", "text": text, "title": "Ferry"}]})
    assert answer.json()["counts"]["added"] == 1
    place = f"/{key_of('faq/7')}"
    part = call("GET", f"{place}/text", params={"start": 18, "end": 29}).json()
    assert part["text"] == text[18:29]
    assert part["characters"] == len(text)
    assert call("GET", f"{place}/text", params={"start": 999}).json()["text"] == ""
    turned = call("GET", f"{place}/text", params={"start": 50, "end": 10})
    assert turned.status_code == 422
    assert turned.json()["detail"] == "end 10 lies before start 50; give it behind"
    changes = {"title": "Fares", "metadata": {"year": 2024}, "url": "https://x.example/f"}
    assert call("PATCH", place, json=changes).json()["state"] == "done"
    shown = call("GET", place).json()
    assert (shown["title"], shown["url"]) == ("Fares", "https://x.example/f")
    assert call("GET", f"{place}/text").json()["text"] == text
    assert call("PUT", place, json={"text": "Now 95 crowns."}).json()["counts"]["replaced"] == 1
    assert call("GET", f"{place}/text").json()["text"] == "Now 95 crowns."


def test_lists_come_in_pages_with_a_total(call: Call) -> None:
    documents = [{"id": f"list/{at}", "text": f"Text {at}.", "title": f"T{at}"} for at in range(5)]
    call("POST", json={"documents": documents})
    first = call("GET", params={"prefix": "list/", "limit": 3}).json()
    rest = call("GET", params={"prefix": "list/", "cursor": first["next"]}).json()
    assert [i["id"] for i in (*first["items"], *rest["items"])] == [d["id"] for d in documents]
    assert (first["total"], rest["next"]) == (5, None)
    assert [i["id"] for i in call("GET", params={"q": "t3 LIST"}).json()["items"]] == ["list/3"]


def test_a_key_with_conditions_sees_nothing_else_and_changes_nothing(
    call: Call, served: Service
) -> None:
    documents = [
        {"id": "where/a", "text": "Seen.", "metadata": {"team": "a"}},
        {"id": "where/b", "text": "Hidden.", "metadata": {"team": "b"}},
    ]
    call("POST", json={"documents": documents})
    _, token = served.keys.add(Kind.AGENT, "Bo", memories=("support",), where={"team": "a"})
    listed = call("GET", key=token).json()
    assert ([i["id"] for i in listed["items"]], listed["total"]) == (["where/a"], 1)
    hidden = f"/{key_of('where/b')}"
    for place in (hidden, f"{hidden}/text", f"{hidden}/file"):
        assert call("GET", place, key=token).status_code == 404
    for place in (hidden, f"/{key_of('where/a')}"):
        assert call("DELETE", place, key=token).status_code == 403
        assert call("PUT", place, key=token, json={"text": "x"}).status_code == 403
    assert call("GET", f"/{key_of('where/a')}", key=token).status_code == 200


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"documents": []}, "documents"),
        ({"documents": [{"id": "a"}]}, "documents.0.text"),
        ({"documents": [{"id": "a", "text": "x", "titel": "y"}]}, "did you mean 'title'?"),
        ({"documents": [{"id": "a", "text": "x", "url": "javascript:1"}]}, "url"),
        ({"documents": [{"id": "a", "text": "x", "metadata": {"k": [1]}}]}, "metadata"),
        ({"documents": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]}, "the same id"),
    ],
)
def test_what_cannot_be_used_is_a_problem(call: Call, body: dict[str, Any], why: str) -> None:
    answer = call("POST", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert why in answer.json()["detail"]


def test_bodies_that_are_no_form_and_no_json_are_problems(call: Call) -> None:
    bad = "multipart/form-data; boundary=b"
    assert (
        call("POST", content=b"{", headers={"Content-Type": "application/json"}).status_code == 422
    )
    assert call("POST", content=b"xx", headers={"Content-Type": bad}).status_code == 422
    assert call("PATCH", f"/{key_of('mill.md')}", json={}).status_code == 422
    assert call("PATCH", f"/{key_of('mill.md')}", json={"title": None}).status_code == 422
    assert call("GET", "/not-a-key").status_code == 422


def test_nobody_waits_who_does_not_ask_to(call: Call) -> None:
    answer = call("POST", json={"documents": [{"id": "w", "text": "W."}]}, headers={"Prefer": ""})
    assert answer.status_code == 202
    assert answer.headers["retry-after"] == "1"
    assert call("GET", answer.headers["location"]).json()["kind"] == "index"


def test_other_names_are_other_documents_and_the_same_name_replaces(call: Call) -> None:
    names = ("C#.txt", "C_.txt", "Q1\U0001f600.txt", "Q1*.txt")
    for text in ("An older text of {}.", "The text of {}."):
        files = [("files", (name, text.format(name).encode())) for name in names]
        jobs = [call("POST", files=[file]).json() for file in files]
    assert [job["counts"]["replaced"] for job in jobs] == [1, 1, 1, 1]
    for name in names:
        shown = call("GET", f"/{key_of(PREFIX + kept_name(name))}/text")
        assert shown.json()["text"] == f"The text of {name}."


def test_an_original_that_is_replaced_is_kept_no_more(call: Call, served: Service) -> None:
    texts = (b"The first form of it.", b"The second form of it.")
    for text in texts:
        call("POST", files=[("files", ("forms.txt", text))])
    kept = {path.name for path in (served.data / "files").rglob("*")}
    assert [hashlib.sha256(text).hexdigest() in kept for text in texts] == [False, True]


def test_a_proposal_that_cannot_be_accepted_stays_open(call: Call) -> None:
    proposals = "/v1/memories/support/proposals"
    call("POST", json={"documents": [{"id": "rope", "text": "The rope is of hemp."}]})
    place = {"document": "rope", "start": 15, "end": 19}
    body = {"question": "What is the rope of?", "evidence": place}
    proposal = call("POST", proposals, json=body).json()["id"]
    call("PUT", f"/{key_of('rope')}", json={"text": "Ropes are of jute."})
    assert call("POST", f"{proposals}/{proposal}/accept").status_code == 422
    listed = call("GET", proposals, params={"state": "open"}).json()["items"]
    assert [(each["id"], each["turn"]) for each in listed] == [(proposal, None)]
    assert call("POST", f"{proposals}/{proposal}/reject").json()["state"] == "rejected"


def test_an_upload_that_is_sent_again_is_done_once(call: Call) -> None:
    def send(text: bytes, name: str = "again.txt", token: str = "u1") -> Any:
        files = [("files", (name, text))]
        return call("POST", files=files, headers={"Idempotency-Key": token})

    first = send(b"Version one.")
    assert call("POST", files=[("files", ("again.txt", b"Version two."))]).status_code == 200
    repeated = send(b"Version one.")
    assert (repeated.status_code, repeated.json()["id"]) == (200, first.json()["id"])
    assert repeated.headers["idempotency-replayed"] == "true"
    assert repeated.headers["location"] == first.headers["location"]
    text = call("GET", f"/{key_of('upload/again.txt')}/text").json()["text"]
    assert text == "Version two."
    for other in (send(b"Version 1."), send(b"Version one.", "other.txt")):
        assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-mismatch")
    form = {"Idempotency-Key": "u2", "Content-Type": "multipart/form-data; boundary=x"}
    assert call("POST", content=b"cut short", headers=form).status_code == 422
    assert send(b"Version three.", token="u2").status_code == 200


def test_what_is_erased_over_http_is_in_no_file(call: Call, served: Service) -> None:
    word = "marzipancanary"
    call("POST", files=[("files", ("erase.txt", f"The {word} lamp.".encode()))])
    place = f"/{key_of('upload/erase.txt')}"
    assert files_with(served.data, word)
    assert call("DELETE", place, params={"erase": "true"}).json()["state"] == "done"
    assert files_with(served.data, word) == []


def test_the_whole_is_told_in_the_audit_log_by_keys(call: Call, served: Service) -> None:
    before = len(served.audit.entries(limit=10**6))
    key = key_of("upload/told.txt")
    call("POST", files=[("files", ("told.txt", b"The lamp is red."))])
    call("PATCH", f"/{key}", json={"title": "Told"})
    call("PUT", f"/{key}", json={"text": "The lamp is blue."})
    call("DELETE", f"/{key}")
    call("DELETE", f"/{key}", params={"erase": "true"})
    entries = served.audit.entries(limit=10**6)
    told = entries[: len(entries) - before]  # two of one millisecond stand in either order
    of_jobs, of_keys = {"document.upload", "document.add"}, {entry.action for entry in told}
    of_keys -= of_jobs
    assert of_keys == {f"document.{what}" for what in ("change", "replace", "remove", "erase")}
    assert sorted(entry.action for entry in told) == sorted(of_jobs | of_keys)
    assert {entry.object for entry in told if entry.action in of_keys} == {key}


def test_what_is_erased_is_named_in_no_file_of_the_service(call: Call, served: Service) -> None:
    call("POST", files=[("files", ("Zubrowski-dismissal.txt", b"Zubrowski left."))])
    key = key_of("upload/Zubrowski-dismissal.txt")
    scope = "/v1/memories/support/scopes/Plimsolly-42"
    question = {"question": "Who left?", "scope": "Plimsolly-42"}
    assert call("POST", "/v1/memories/support/ask", json=question).status_code == 200
    assert call("PATCH", f"/{key}", json={"title": "Zubrowski's case"}).json()["state"] == "done"
    assert call("DELETE", f"/{key}?erase=true").json()["state"] == "done"
    assert call("DELETE", scope).json()["state"] == "done"
    for word in ("zubrowski", "plimsolly"):
        assert files_with(served.data, word) == []
    actions = [(entry.action, entry.object) for entry in served.audit.entries(limit=5)]
    assert ("turns.erase", mark_of("Plimsolly-42")) in actions


STATIONS = "station,platforms\n" + "".join(
    f"Station {number:02d} Hartfell,{number % 9 + 2}\n" for number in range(12)
)


@pytest.mark.parametrize("erase", [False, True])
def test_a_table_is_taken_out_whole_by_the_key_of_its_file(
    call: Call, served: Service, erase: bool
) -> None:
    table = [("files", ("stations.csv", STATIONS.encode()))]
    beside = [("files", ("stations.csv.txt", b"Beside the table stands the station's clock."))]
    call("POST", files=table)
    call("POST", files=beside)
    rows = call("GET", params={"prefix": "upload/stations.csv:"}).json()["items"]
    (key,) = {row["file"]["key"] for row in rows}
    job = call("DELETE", f"/{key}", params={"erase": erase}).json()
    assert (len(rows), job["state"], job["counts"]["removed"]) == (12, "done", 12)
    left = call("GET", params={"prefix": "upload/stations.csv"}).json()["items"]
    assert [row["id"] for row in left] == ["upload/stations.csv.txt"]
    assert served.uploads.files("support").count("upload/stations.csv") == 0
    assert call("DELETE", f"/{key}").status_code == 404


def test_what_was_only_removed_can_still_be_erased(call: Call, served: Service) -> None:
    text = "The night porter of the Bellini is Salvo Ricci.\n"
    call("POST", files=[("files", ("bellini.txt", text.encode()))])
    asked = call(
        "POST",
        "/v1/memories/support/ask",
        json={"question": "Who is the night porter of the Bellini?", "scope": "guest-7"},
    ).json()
    assert "Ricci" in asked["text"]
    key = key_of("upload/bellini.txt")
    assert call("DELETE", f"/{key}").json()["state"] == "done"
    job = call("DELETE", f"/{key}?erase=true").json()
    assert (job["state"], job["counts"]["turns"]) == ("done", 1)
    assert call("GET", f"/v1/memories/support/asked/{asked['id']}").status_code == 404
    assert files_with(served.data, "Salvo Ricci") == []
    assert call("DELETE", f"/{key}?erase=true").status_code == 404
