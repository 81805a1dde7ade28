"""The server: what it refuses to begin as, and how it begins and ends, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from spanmem.apps.web import server
from spanmem.apps.web.app import create_app
from spanmem.apps.web.service import Service
from spanmem.core.errors import InputError, SpanMemError
from spanmem.pipeline.settings import ServiceSettings

Build = Callable[..., Service]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "0.0.0.0"}, "keys would travel"),
        ({"host": "::"}, "--tls-cert and --tls-key, or --behind-proxy"),
        ({"host": "help.example"}, "lets others in"),
        ({"host": "0.0.0.0", "auth": False}, "--no-auth is for this machine alone"),
        ({"behind_proxy": True, "auth": False}, "--behind-proxy lets others in"),
        ({"proxies": ["all"]}, "no address or network"),
        ({"metrics_from": ["10.0.0.0/99"]}, "no address or network"),
    ],
)
def test_what_would_let_strangers_in_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        server.must_be_safe(ServiceSettings(**settings))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"host": "::1"},
        {"auth": False},
        {"host": "0.0.0.0", "behind_proxy": True},
    ],
)
def test_what_is_safe_is_not(settings: dict[str, Any]) -> None:
    server.must_be_safe(ServiceSettings(**settings))


def test_a_certificate_is_looked_at_before_anything_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("no certificate", encoding="utf-8")
    for certificate in ("c.pem", "gone.pem"):
        names: dict[str, Any] = {"tls_cert": str(tmp_path / certificate)}
        names["tls_key"] = str(tmp_path / "c.pem")
        with pytest.raises(InputError, match="no certificate with its key"):
            server.must_be_safe(ServiceSettings(host="0.0.0.0", **names))


def test_it_is_told_where_it_listens() -> None:
    settings = ServiceSettings(port=0)
    with server.bind(settings) as listening:
        port = listening.getsockname()[1]
        assert listening.proto == socket.IPPROTO_TCP  # else asyncio delays what is sent
        assert server.address(settings, listening) == f"http://127.0.0.1:{port}"
        taken = ServiceSettings(port=port)
        with pytest.raises(InputError, match=f"port {port}: .*in use.*--port"):
            server.bind(taken)
    with server.bind(ServiceSettings(port=0, host="localhost")) as listening:
        public = ServiceSettings(public_url="https://help.example/")
        assert server.address(public, listening) == "https://help.example"
        tls = ServiceSettings(host="0.0.0.0", tls_cert="c", tls_key="k")
        assert server.address(tls, listening).startswith("https://localhost:")
    with pytest.raises(InputError, match=r"no\.such\.host\.invalid"):
        server.bind(ServiceSettings(host="no.such.host.invalid"))


def test_the_first_signal_drains_and_the_second_ends(build: Build, tmp_path: Path) -> None:
    with build(tmp_path, "support") as service:
        one = server._Server(uvicorn.Config(create_app(service, start=False)), service)
        one.handle_exit(signal.SIGTERM, None)
        assert (one.should_exit, one.force_exit, service.state) == (True, False, "stopping")
        one.handle_exit(signal.SIGTERM, None)
        assert one.force_exit


def test_what_keeps_it_from_starting_is_raised(build: Build, tmp_path: Path) -> None:
    place = str(tmp_path / "memories" / "support.memory")
    with build(tmp_path, "support", port=0, memories=[place]) as service:
        (tmp_path / "memories" / "support.memory" / "rows.sqlite").write_bytes(b"")
        before = signal.getsignal(signal.SIGTERM)
        with (
            server.bind(service.settings.service) as listening,
            pytest.raises(SpanMemError, match=r"support\.memory"),
        ):
            server.run(service, listening)
        assert signal.getsignal(signal.SIGTERM) is before


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """`spanmem serve` over a folder of documents: its process, its address, its data folder."""
    (tmp_path / "My docs").mkdir()
    (tmp_path / "My docs" / "a.md").write_text("The mill was built in 1912.\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["serve", "My docs", "--data", "data", "--encoder", "hash-256", "--reader", "overlap"]
    process = subprocess.Popen(
        [sys.executable, "-m", "spanmem", *words],
        cwd=tmp_path,
        env={**os.environ, "SPANMEM_SERVICE__PORT": str(port), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, f"http://127.0.0.1:{port}", tmp_path / "data"
    finally:
        process.kill()
        process.communicate()


def test_a_newcomer_s_first_start(
    started: tuple[subprocess.Popen[str], str, Path],
) -> None:
    process, address, data = started
    until = time.monotonic() + 60
    while not ready(address):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.1)
    text = (data / "first-login").read_text(encoding="utf-8")
    token = text.partition("Admin key: ")[2].split()[0]
    info = httpx2.get(f"{address}/v1/info", headers={"Authorization": f"Bearer {token}"}).json()
    assert info["memories"] == ["My-docs"]
    assert (data / "address").read_text(encoding="utf-8") == f"{address}\n"
    assert info["key"]["kind"] == "admin"
    process.send_signal(signal.SIGTERM)
    told = process.communicate(timeout=30)[1]
    assert process.returncode == 0
    assert token not in told
    events = [json.loads(line)["event"] for line in told.splitlines() if line.startswith("{")]
    assert [event for event in events if event != "request"] == ["ready", "stopping", "stopped"]
    assert f"SpanMem serves My-docs at {address}" in told


def ready(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/health/ready").status_code == 200
    except httpx2.TransportError:
        return False


def test_a_connection_rests_longer_than_a_balancer_keeps_its_own(service: Service) -> None:
    assert server._config(service).timeout_keep_alive > 60
