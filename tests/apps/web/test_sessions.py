"""Sessions: a cookie stands for a key as long as it should, and other sites cannot use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import Response

from spanmem.apps.web import sessions as module
from spanmem.apps.web.app import create_app
from spanmem.apps.web.errors import Unauthorized
from spanmem.apps.web.keys import Key
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service
from spanmem.apps.web.sessions import cookie_name, end_cookie, set_cookie
from spanmem.core.times import utc
from tests.apps.raw_bytes import files_with

HERE = {"Sec-Fetch-Site": "same-origin"}
NEW = {"kind": "agent", "name": "Bo", "memories": ["support"]}


@pytest.fixture
def admin(service: Service) -> Key:
    return service.keys.add(Kind.ADMIN, "Ann")[0]


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Set the clock of sessions forward."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Clock:
            return cls.fromtimestamp((datetime.now(UTC) + by).timestamp(), UTC)

    monkeypatch.setattr(module, "datetime", Clock)
    monkeypatch.setattr(module, "now", lambda: utc(Clock.now(UTC)))


def request(scheme: str = "http") -> Request:
    return Request(
        {"type": "http", "method": "GET", "scheme": scheme, "path": "/", "headers": [],
         "query_string": b"", "server": ("localhost", 80)}
    )  # fmt: skip


def test_a_link_signs_in_once(service: Service, admin: Key) -> None:
    link = service.sessions.link(admin)
    assert service.sessions.redeem(link).id == admin.id
    for used in (link, "another", ""):
        with pytest.raises(Unauthorized, match="ten minutes"):
            service.sessions.redeem(used)


def test_a_link_is_good_for_ten_minutes(
    service: Service, admin: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = service.sessions.link(admin)
    later(monkeypatch, timedelta(minutes=11))
    with pytest.raises(Unauthorized):
        service.sessions.redeem(link)


def test_neither_link_nor_session_is_kept_as_it_is(service: Service, admin: Key) -> None:
    tokens = service.sessions.link(admin), service.sessions.begin(admin)
    assert files_with(service.data, admin.id)
    assert all(files_with(service.data, token) == [] for token in tokens)


def test_a_session_ends_when_nobody_uses_it(
    service: Service, admin: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = service.sessions.begin(admin)
    for hours in (11, 22, 33):
        later(monkeypatch, timedelta(hours=hours))
        assert service.sessions.check(token).id == admin.id
    later(monkeypatch, timedelta(hours=46))
    with pytest.raises(Unauthorized, match="signed out"):
        service.sessions.check(token)


def test_a_session_ends_after_a_week_in_any_case(
    service: Service, admin: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = service.sessions.begin(admin)
    for hours in range(10, 160, 10):
        later(monkeypatch, timedelta(hours=hours))
        service.sessions.check(token)
    later(monkeypatch, timedelta(hours=169))
    with pytest.raises(Unauthorized):
        service.sessions.check(token)


def test_a_session_ends_with_its_key_and_when_its_owner_signs_out(
    service: Service, admin: Key
) -> None:
    first, second = service.sessions.begin(admin), service.sessions.begin(admin)
    service.sessions.end(first)
    with pytest.raises(Unauthorized):
        service.sessions.check(first)
    assert service.sessions.check(second)
    link = service.sessions.link(admin)
    service.keys.revoke(admin.id)
    with pytest.raises(Unauthorized):
        service.sessions.check(second)
    with pytest.raises(Unauthorized):
        service.sessions.redeem(link)


def test_what_has_ended_is_deleted(
    service: Service, admin: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows() -> int:
        with service.database.read() as connection:
            (sessions,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
            (links,) = connection.execute("SELECT count(*) FROM sign_in_links").fetchone()
        return int(sessions + links)

    service.sessions.begin(admin)
    service.sessions.link(admin)
    before = rows()
    service.sessions.expire()
    assert rows() == before
    later(monkeypatch, timedelta(days=8))
    service.sessions.expire()
    assert rows() == 0


def test_scripts_and_other_sites_do_not_get_the_cookie() -> None:
    response = Response()
    set_cookie(request(), response, "t")
    plain = response.headers["set-cookie"]
    assert plain.startswith("spanmem=t;")
    for flag in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert flag in plain
    response = Response()
    set_cookie(request("https"), response, "t")
    assert response.headers["set-cookie"].startswith("__Host-spanmem=t;")
    assert "Secure" in response.headers["set-cookie"]
    assert cookie_name(request("https")) == "__Host-spanmem"
    response = Response()
    end_cookie(request(), response)
    assert "Max-Age=0" in response.headers["set-cookie"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (HERE, 201),
        ({"Origin": "http://localhost:8477"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8477"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_a_change_by_cookie_must_come_from_our_own_page(
    service: Service, client: TestClient, admin: Key, headers: dict[str, str], status: int
) -> None:
    cookie = {"Cookie": f"spanmem={service.sessions.begin(admin)}"}
    assert client.post("/v1/keys", json=NEW, headers=cookie | headers).status_code == status
    assert client.get("/v1/keys", headers=cookie | headers).status_code == 200


@pytest.fixture(scope="module")
def public(
    tmp_path_factory: pytest.TempPathFactory, build: Callable[..., Service]
) -> Iterator[Callable[..., Any]]:
    """Signs in at https://help.example, behind a proxy that tells no scheme."""
    folder = tmp_path_factory.mktemp("public")
    with build(folder, public_url="https://help.example", behind_proxy=True) as service:
        token = service.keys.add(Kind.ADMIN, "Ann")[1]
        app = create_app(service, start=False)

        def sign_in(host: str, **headers: str) -> Any:
            client = TestClient(app, base_url=f"http://{host}", follow_redirects=False)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.post("/login", data={"token": token}, headers=named)

        yield sign_in


@pytest.mark.parametrize("host", ["help.example", "127.0.0.1:8477"])
def test_the_public_address_settles_the_scheme_and_the_site(
    public: Callable[..., Any], host: str
) -> None:
    for headers in ({"Origin": "https://help.example"}, {"Sec_Fetch_Site": "same-origin"}):
        answer = public(host, **headers)
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-spanmem=")
        assert "Secure" in cookie
    for origin in ("http://help.example", "https://evil.example", "null"):
        assert public(host, Origin=origin).status_code == 403
    assert public(host).status_code == 403


def test_a_change_by_key_may_come_from_anywhere(
    client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    headers = bearer("admin") | {"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example"}
    assert client.post("/v1/keys", json=NEW, headers=headers).status_code == 201
