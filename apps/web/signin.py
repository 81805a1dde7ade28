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

__all__ = [
    "FILE",
    "FirstLogin",
    "first_login",
    "known_address",
    "login_url",
    "note_address",
    "write_first_login",
]

FILE, _ADDRESS = "first-login", "address"


@dataclass(frozen=True, slots=True)
class FirstLogin:
    """What is told once."""

    url: str
    token: str


def login_url(base: str, link: str) -> str:
    """The address at which a sign-in link is redeemed; `base` is the service's."""
    return f"{base}/login?once={link}"


def note_address(data: Path, base: str) -> None:
    """Keep in the data folder by which address its service is reached. Raises StorageError."""
    path = data / _ADDRESS
    with files.guarded("write", path):
        path.write_text(f"{base}\n", encoding="utf-8")


def known_address(data: Path) -> str | None:
    """The address of the service that was begun last over a data folder; None where none was."""
    try:
        return (data / _ADDRESS).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


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
