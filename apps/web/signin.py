"""The first start: an admin key, and a link that signs its owner in, once.

They are told on the terminal, or written to `first-login` in the data folder where there is none;
never to the log.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ...core import files
from .rights import Kind
from .service import Service

__all__ = ["FILE", "FirstLogin", "first_login", "login_url", "write_first_login"]

FILE = "first-login"


@dataclass(frozen=True, slots=True)
class FirstLogin:
    """What is told once."""

    url: str
    token: str


def login_url(base: str, link: str) -> str:
    """The address at which a sign-in link is redeemed; `base` is the service's."""
    return f"{base}/login?once={link}"


def first_login(service: Service, base: str) -> FirstLogin | None:
    """An admin key and its sign-in link, where the service has no valid admin key; else None."""
    if any(key.kind is Kind.ADMIN and key.valid for key in service.keys.all()):
        return None
    key, token = service.keys.add(Kind.ADMIN, "first admin", by="first start")
    service.audit.note("key.add", key.id, key="first start")
    return FirstLogin(login_url(base, service.sessions.link(key)), token)


def write_first_login(service: Service, login: FirstLogin) -> Path:
    """Keep them in a file that its owner alone can read. Raises StorageError."""
    path = service.data / FILE
    with files.guarded("write", path):
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(
                f"Sign in, once, within ten minutes: {login.url}\n"
                f"Admin key: {login.token}\n"
                "Keep the key where keys are kept, and delete this file.\n"
            )
    return path
