"""The first start: one admin key and one link, told once."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

from spanmem.apps.web.rights import Kind
from spanmem.apps.web.service import Service
from spanmem.apps.web.signin import first_login, write_first_login


def test_the_first_start_makes_a_key_and_a_link_and_no_other_does(
    build: Callable[..., Service], tmp_path: Path
) -> None:
    with build(tmp_path) as service:
        login = first_login(service, "http://localhost:1")
        assert login is not None
        key = service.keys.check(login.token)
        assert key.kind is Kind.ADMIN
        base, _, link = login.url.partition("/login?once=")
        assert base == "http://localhost:1"
        assert service.sessions.redeem(link).id == key.id
        assert first_login(service, "http://localhost:1") is None
        assert [entry.action for entry in service.audit.entries()] == ["key.add"]
        service.keys.revoke(key.id)
        assert first_login(service, "http://localhost:1") is not None


def test_what_is_written_down_is_for_its_owner_alone(
    build: Callable[..., Service], tmp_path: Path
) -> None:
    with build(tmp_path) as service:
        login = first_login(service, "http://localhost:1")
        assert login is not None
        (tmp_path / "first-login").write_text("an earlier one", encoding="utf-8")
        path = write_first_login(service, login)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        text = path.read_text(encoding="utf-8")
        assert login.url in text
        assert login.token in text
