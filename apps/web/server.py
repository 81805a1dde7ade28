"""The server: its socket, its safety rules, and how signals end it."""

from __future__ import annotations

import math
import signal
import socket
import ssl
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import FrameType

import uvicorn

from ...core.errors import InputError
from ...pipeline.settings import ServiceSettings
from . import logs
from .app import create_app
from .base_path import check_public_path
from .connections import Connection
from .hosts import is_loopback, within
from .service import Service

__all__ = ["address", "bind", "must_be_safe", "run"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BACKLOG = 1024
_KEPT_OPEN = 75
"""Seconds that a connection may rest between two requests: longer than the 60 that balancers keep
theirs, which would send into one that was just closed, and tell the caller 502."""


def must_be_safe(settings: ServiceSettings) -> None:
    """Raise InputError for what would let strangers in or keys be overheard, or is no place."""
    check_public_path(settings)
    for networks in (settings.proxies, settings.metrics_from):
        within("127.0.0.1", networks)
    open_to_others = not is_loopback(settings.host) or settings.behind_proxy
    if not settings.auth and open_to_others:
        what = "--behind-proxy" if is_loopback(settings.host) else f"--host {settings.host}"
        raise InputError(
            f"--no-auth is for this machine alone, and {what} lets others in; leave out one of them"
        )
    if settings.tls_cert is not None:
        _must_be_certificate(settings.tls_cert, settings.tls_key)
    encrypted = settings.tls_cert is not None or settings.behind_proxy
    if not is_loopback(settings.host) and not encrypted:
        raise InputError(
            f"--host {settings.host} lets others in, and keys would travel where they can be "
            "overheard; give --tls-cert and --tls-key, or --behind-proxy if a proxy encrypts"
        )


def _must_be_certificate(certificate: str, key: str | None) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{certificate} and {key} are no certificate with its key, in PEM: {why}; give others "
            "by --tls-cert and --tls-key"
        ) from error


def bind(settings: ServiceSettings) -> socket.socket:
    """The socket that is listened on. Raises InputError where it cannot be had."""
    host, port = settings.host, settings.port
    try:
        family, _, _, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # By its protocol asyncio knows that it may send without delay: 40 ms an answer otherwise.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind(place)
            listening.listen(_BACKLOG)
        except BaseException:
            listening.close()
            raise
        return listening
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(
            f"cannot listen on {host} port {port}: {why}; choose others by --host and --port"
        ) from error


def address(settings: ServiceSettings, listening: socket.socket) -> str:
    """By which address people on this machine, or whom `service.public_url` is for, reach it."""
    if settings.public_url is not None:
        return settings.public_url
    scheme = "http" if settings.tls_cert is None else "https"
    host = settings.host if is_loopback(settings.host) else "localhost"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"


def run(service: Service, listening: socket.socket) -> None:
    """Serve until a signal ends it. Raises what kept the service from starting."""
    server = _Server(_config(service), service)
    service.on_failure = server.give_up
    server.run([listening])
    if service.failure is not None:
        raise service.failure


def _config(service: Service) -> uvicorn.Config:
    settings = service.settings.service
    return uvicorn.Config(
        create_app(service),
        http=Connection,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips=settings.proxies,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_keep_alive=_KEPT_OPEN,
        timeout_graceful_shutdown=math.ceil(settings.drain) + 2,
    )


class _Server(uvicorn.Server):
    """Lets the service know of the first signal, and ends at once at the second."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def give_up(self) -> None:
        """End, since the service could not start."""
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal; end at once at another."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True
        self._service.stop()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Handle signals while serving. They have done their work then: none is raised again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before: Sequence[tuple[int, object]] = [
            (number, signal.signal(number, self.handle_exit)) for number in _SIGNALS
        ]
        try:
            yield
        finally:
            for number, handler in before:
                signal.signal(number, handler)  # type: ignore[arg-type]
            logs.event("stopped")
