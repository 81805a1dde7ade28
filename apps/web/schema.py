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
    memory TEXT NOT NULL,
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

_JOBS = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    memory TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    arguments TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    due_at TEXT NOT NULL,
    waiting_for TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    cancelled_at TEXT,
    claim TEXT,
    counts TEXT NOT NULL DEFAULT '{}',
    share REAL NOT NULL DEFAULT 0,
    problem TEXT
) STRICT;
CREATE INDEX jobs_memory ON jobs (memory, id);
CREATE INDEX jobs_open ON jobs (state) WHERE ended_at IS NULL;
CREATE INDEX jobs_ended ON jobs (ended_at);
CREATE TABLE job_files (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    documents INTEGER NOT NULL DEFAULT 0,
    notes TEXT NOT NULL DEFAULT '[]',
    error TEXT,
    PRIMARY KEY (job, number)
) STRICT;
CREATE INDEX job_files_sha256 ON job_files (sha256);
CREATE TABLE uploads (
    memory TEXT NOT NULL,
    document TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    key TEXT NOT NULL,
    added_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (memory, document)
) STRICT;
CREATE INDEX uploads_sha256 ON uploads (sha256);
"""
"""What is to be done to memories and how far it is; the files of each job, of the kind `file` or
`document`; and of each uploaded document the original that its text comes from."""

STEPS: tuple[str, ...] = (_KEYS, _JOBS)
"""SQL scripts; the file's `user_version` counts those it has been through."""
