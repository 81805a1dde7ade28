"""Jobs over HTTP: listed, cancelled, tried again, each in its memory."""

from __future__ import annotations

from collections.abc import Callable

from fastapi.testclient import TestClient

from spanmem.apps.web.files import PREFIX, Upload
from spanmem.apps.web.jobs import NewFile
from spanmem.apps.web.service import Service

BASE = "/v1/memories/support/jobs"
Bearer = Callable[..., dict[str, str]]


def a_job(service: Service, memory: str = "support", files: int = 2) -> str:
    """A job that nobody does: none of these tests has a process for them."""
    new = [NewFile(f"{PREFIX}{n}.txt", Upload(f"{n}.txt", f"{n:064x}", 10)) for n in range(files)]
    return service.jobs.add(memory, "index", files=new, key="K", name="Ann")


def test_a_job_is_listed_cancelled_and_tried_again(
    service: Service, client: TestClient, bearer: Bearer
) -> None:
    service.runner.stop(10.0)
    job, headers = a_job(service), bearer("editor")
    assert [j["id"] for j in client.get(BASE, headers=headers).json()["items"]] == [job]
    shown = client.get(f"{BASE}/{job}", headers=headers).json()
    assert (shown["state"], shown["by"], shown["files"]["total"]) == (
        "queued",
        {"key": "K", "name": "Ann"},
        2,
    )
    assert client.post(f"{BASE}/{job}/cancel", headers=headers).json()["state"] == "cancelled"
    assert client.post(f"{BASE}/{job}/cancel", headers=headers).status_code == 409
    again = client.post(f"{BASE}/{job}/retry", headers=headers)
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    assert client.post(f"{BASE}/{job}/retry", headers=headers).status_code == 409
    assert client.get(BASE, params={"state": "done"}, headers=headers).json()["items"] == []
    assert client.get(BASE, params={"state": "odd"}, headers=headers).status_code == 422


def test_files_of_a_job_come_in_pages(service: Service, client: TestClient, bearer: Bearer) -> None:
    job, headers = a_job(service, files=3), bearer("editor")
    first = client.get(f"{BASE}/{job}/files", params={"limit": 2}, headers=headers).json()
    rest = client.get(f"{BASE}/{job}/files", params={"cursor": first["next"]}, headers=headers)
    names = [file["name"] for file in (*first["items"], *rest.json()["items"])]
    assert names == ["0.txt", "1.txt", "2.txt"]


def test_jobs_of_another_memory_do_not_exist(
    service: Service, client: TestClient, bearer: Bearer
) -> None:
    foreign, headers = a_job(service, "other"), bearer("editor")
    for method, place in (("GET", ""), ("GET", "/files"), ("POST", "/cancel"), ("POST", "/retry")):
        answer = client.request(method, f"{BASE}/{foreign}{place}", headers=headers)
        assert answer.status_code == 404
    other = client.get(f"/v1/memories/other/jobs/{foreign}", headers=headers)
    assert other.status_code == 404
