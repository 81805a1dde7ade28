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

_ASKED = """
CREATE TABLE asked (
    id TEXT PRIMARY KEY,
    memory TEXT NOT NULL,
    at TEXT NOT NULL,
    key TEXT NOT NULL,
    door TEXT NOT NULL,
    scope TEXT NOT NULL,
    turn TEXT,
    question TEXT NOT NULL,
    looked_up TEXT NOT NULL,
    level TEXT NOT NULL,
    kind TEXT NOT NULL,
    confidence REAL NOT NULL,
    document TEXT NOT NULL,
    answer TEXT NOT NULL,
    conditions TEXT NOT NULL,
    total_ms REAL NOT NULL,
    gap TEXT
) STRICT;
CREATE INDEX asked_at ON asked (at);
CREATE INDEX asked_scope ON asked (memory, scope);
CREATE INDEX asked_document ON asked (memory, document);
CREATE INDEX asked_turn ON asked (memory, turn);
CREATE INDEX asked_gap ON asked (gap) WHERE gap IS NOT NULL;
CREATE TABLE feedback (
    asked TEXT NOT NULL REFERENCES asked (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    verdict TEXT NOT NULL,
    comment TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (asked, author)
) STRICT;
CREATE TABLE gaps (
    id TEXT PRIMARY KEY,
    memory TEXT NOT NULL,
    question TEXT NOT NULL,
    vector BLOB,
    state TEXT NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE INDEX gaps_memory ON gaps (memory, state);
CREATE TABLE proposals (
    id TEXT PRIMARY KEY,
    memory TEXT NOT NULL,
    at TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    asked TEXT REFERENCES asked (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    question TEXT NOT NULL,
    text TEXT NOT NULL,
    evidence TEXT,
    document TEXT NOT NULL,
    state TEXT NOT NULL,
    decided_at TEXT,
    decided_by TEXT,
    turn TEXT
) STRICT;
CREATE INDEX proposals_memory ON proposals (memory, state);
CREATE INDEX proposals_asked ON proposals (asked) WHERE asked IS NOT NULL;
CREATE TABLE daily (
    memory TEXT NOT NULL,
    day TEXT NOT NULL,
    door TEXT NOT NULL,
    level TEXT NOT NULL,
    kind TEXT NOT NULL,
    verdict TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (memory, day, door, level, kind, verdict)
) STRICT;
"""
"""Questions with their answers, what was said of them, and counts of each day, which stay."""

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

STEPS: tuple[str, ...] = (_KEYS, _JOBS, _ASKED)
"""SQL scripts; the file's `user_version` counts those it has been through."""
