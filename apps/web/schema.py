"""The tables of `service.sqlite`, as numbered steps from an empty file to the newest format.

A step that has been released is never changed: what comes later is a new one at the end.
"""

from __future__ import annotations

__all__ = ["STEPS"]

_KEYS = """
CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL,
    memories TEXT NOT NULL,
    prefix TEXT NOT NULL,
    conditions TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT,
    last_used TEXT
) STRICT;
CREATE TABLE sign_in_links (
    hash BLOB PRIMARY KEY,
    key TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    expires_at TEXT NOT NULL
) STRICT;
CREATE TABLE sessions (
    hash BLOB PRIMARY KEY,
    key TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    used_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE TABLE idempotency (
    key TEXT NOT NULL,
    token TEXT NOT NULL,
    request BLOB NOT NULL,
    status INTEGER,
    headers TEXT,
    body BLOB,
    created_at TEXT NOT NULL,
    PRIMARY KEY (key, token)
) STRICT;
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    memory TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    request TEXT NOT NULL
) STRICT;
"""
"""Keys as hashes; links and sessions likewise; answers to repeated requests; who did what."""

STEPS: tuple[str, ...] = (_KEYS,)
"""SQL scripts; the file's `user_version` counts those it has been through."""
