"""The queue of jobs: what is to be done to memories, as rows that outlive every process.

    queued -> running -> done | done-with-failures | failed | cancelled

`waiting` stands for `queued` while another process writes to the memory, and says which; what is
queued says what is done before it. Each file of a job has a state of its own: queued, done, failed
or cancelled. Whoever works on a job holds its claim; what was claimed by a process that is gone is
queued again, three times at most.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from ...core.times import now, utc
from .database import Database
from .errors import Conflict, NotFound
from .files import Upload
from .identifiers import new_id

__all__ = ["Job", "JobFile", "Jobs", "NewFile", "State"]

State: TypeAlias = Literal[
    "queued", "waiting", "running", "done", "done-with-failures", "failed", "cancelled"
]
_TRIES = 3
"""Times that a job is begun, if the process that works on it ends each time."""
_FINISHED = ("done", "done-with-failures", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file for a job: an original, or a document as JSON."""

    document: str
    """Id of its document, or how the ids of its documents begin."""
    upload: Upload
    kind: Literal["file", "document"] = "file"


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of a job, and what became of it."""

    number: int
    name: str
    document: str
    sha256: str
    bytes: int
    kind: str
    state: str
    documents: int
    notes: tuple[str, ...]
    error: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands."""

    id: str
    memory: str
    kind: str
    state: State
    arguments: Mapping[str, Any]
    key: str
    """Id of the API key by which it was asked for, and the key's name."""
    name: str
    created_at: str
    started_at: str | None
    ended_at: str | None
    waiting_for: str | None
    tries: int
    cancelled_at: str | None
    claim: str | None
    counts: Mapping[str, int]
    share: float
    """Of the work that is done, 0..1."""
    problem: str | None
    files: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many of its files are in each state."""

    @property
    def ended(self) -> bool:
        """Whether it is in a state that it stays in."""
        return self.state in _FINISHED

    @property
    def eta_s(self) -> float | None:
        """Seconds that the rest will take at the pace so far; None where that is not known."""
        if self.state != "running" or self.started_at is None or self.share <= 0:
            return None
        spent = datetime.now(UTC) - datetime.fromisoformat(self.started_at)
        return round(spent.total_seconds() * (1 - self.share) / self.share, 1)


class Jobs:
    """The jobs of a service, in its database. Safe from several threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- asking for them

    def add(
        self,
        memory: str,
        kind: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        files: Sequence[NewFile] = (),
        key: str = "",
        name: str = "",
    ) -> str:
        """Queue a job; returns its id. It will be done whatever happens to this process."""
        job, time = new_id(), now()
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO jobs (id, memory, kind, state, arguments, key, name, created_at, "
                "due_at) VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?)",
                (job, memory, kind, json.dumps(arguments or {}), key, name, time, time),
            )
            connection.executemany(
                "INSERT INTO job_files (job, number, name, document, sha256, bytes, kind, state) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 'queued')",
                (
                    (job, number, f.upload.name, f.document, f.upload.sha256, f.upload.size, f.kind)
                    for number, f in enumerate(files)
                ),
            )
        return job

    def get(self, memory: str, job: str) -> Job:
        """A job of a memory. Raises NotFound."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM jobs WHERE id = ? AND memory = ?", (job, memory)
            ).fetchone()
            if row is None:
                raise NotFound(f"no job {job[:50]!r} in this memory; GET …/jobs lists those here")
            return _shown(connection, row)

    def page(
        self, memory: str, *, state: str | None = None, before: str | None = None, limit: int = 50
    ) -> list[Job]:
        """Jobs of a memory, newest first: `limit` at most, made before the job `before`."""
        sql = (
            "SELECT * FROM jobs WHERE memory = ?1 AND (?2 IS NULL OR state = ?2) "
            "AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4"
        )
        with self._database.read() as connection:
            rows = connection.execute(sql, (memory, state, before, limit)).fetchall()
            return [_shown(connection, row) for row in rows]

    def files(
        self, job: str, *, state: str | None = None, after: int = -1, limit: int = 10**9
    ) -> list[JobFile]:
        """Files of a job in the order they were given, behind number `after`."""
        sql = (
            "SELECT * FROM job_files WHERE job = ?1 AND (?2 IS NULL OR state = ?2) "
            "AND number > ?3 ORDER BY number LIMIT ?4"
        )
        with self._database.read() as connection:
            return [_file(row) for row in connection.execute(sql, (job, state, after, limit))]

    def cancel(self, memory: str, job: str) -> Job:
        """Ask for a job to end; what it has stored stays. Raises NotFound, and Conflict if it has
        ended."""
        if self.get(memory, job).ended:
            raise Conflict(f"job {job} has ended already; nothing is left to cancel")
        with self._database.write() as connection:
            connection.execute(
                "UPDATE jobs SET cancelled_at = coalesce(cancelled_at, ?) WHERE id = ?",
                (now(), job),
            )
            row = connection.execute("SELECT state FROM jobs WHERE id = ?", (job,)).fetchone()
            if row["state"] in ("queued", "waiting"):
                _end(connection, job, "cancelled", None)
        return self.get(memory, job)

    def retry(self, memory: str, job: str) -> Job:
        """Queue what failed or was cancelled once more. Raises NotFound, and Conflict where nothing
        of it did."""
        old = self.get(memory, job)
        if old.state not in ("failed", "done-with-failures", "cancelled"):
            raise Conflict(
                f"job {job} is {old.state}; only what failed or was cancelled is retried"
            )
        with self._database.write() as connection:
            connection.execute(
                "UPDATE job_files SET state = 'queued', error = NULL "
                "WHERE job = ? AND state IN ('failed', 'cancelled')",
                (job,),
            )
            connection.execute(
                "UPDATE jobs SET state = 'queued', ended_at = NULL, cancelled_at = NULL, "
                "started_at = NULL, share = 0, tries = 0, claim = NULL, problem = NULL, due_at = ? "
                "WHERE id = ?",
                (now(), job),
            )
        return self.get(memory, job)

    # -- working on them

    def pending(self) -> bool:
        """Whether any is queued, waiting or running."""
        with self._database.read() as connection:
            row = connection.execute("SELECT 1 FROM jobs WHERE ended_at IS NULL LIMIT 1").fetchone()
        return row is not None

    def claim(self, claim: str) -> Job | None:
        """Take the job that has been due longest; None where none is."""
        with self._database.read() as connection:  # which makes nobody wait
            if _due(connection) is None:
                return None
        with self._database.write() as connection:
            row = _due(connection)
            if row is None:
                return None
            connection.execute(
                "UPDATE jobs SET state = 'running', claim = ?, tries = tries + 1, waiting_for = "
                "NULL, started_at = coalesce(started_at, ?) WHERE id = ?",
                (claim, now(), row["id"]),
            )
        return self.get(row["memory"], row["id"])

    def is_cancelled(self, job: Job) -> bool:
        """Whether a claimed job is to end: it was cancelled, or is another's by now."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT cancelled_at, claim, state FROM jobs WHERE id = ?", (job.id,)
            ).fetchone()
        return row is None or row["cancelled_at"] is not None or row["claim"] != job.claim

    def note(self, job: Job, *, counts: Mapping[str, int], share: float) -> None:
        """Note how far a claimed job is."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE jobs SET counts = ?, share = ? WHERE id = ? AND claim = ?",
                (json.dumps(counts), min(1.0, share), job.id, job.claim),
            )

    def note_file(
        self,
        job: Job,
        number: int,
        state: str,
        *,
        documents: int = 0,
        notes: Sequence[str] = (),
        error: str | None = None,
    ) -> None:
        """Note what became of a file."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE job_files SET state = ?, documents = ?, notes = ?, error = ? "
                "WHERE job = ? AND number = ?",
                (state, documents, json.dumps(notes), error, job.id, number),
            )

    def put_back(self, job: Job, *, seconds: float = 0.0, waiting_for: str | None = None) -> None:
        """Let a claimed job be begun again, in so many seconds: that does not count as a try."""
        due = utc(datetime.now(UTC) + timedelta(seconds=seconds))
        with self._database.write() as connection:
            connection.execute(
                "UPDATE jobs SET state = ?, waiting_for = ?, due_at = ?, claim = NULL, "
                "tries = tries - 1 WHERE id = ? AND claim = ?",
                ("waiting" if waiting_for else "queued", waiting_for, due, job.id, job.claim),
            )

    def end(self, job: Job, state: State, problem: str | None = None) -> None:
        """End a claimed job. What is `done` is `done-with-failures` if one of its files failed."""
        with self._database.write() as connection:
            mine = connection.execute(
                "SELECT 1 FROM jobs WHERE id = ? AND claim = ?", (job.id, job.claim)
            ).fetchone()
            if mine is not None:
                _end(connection, job.id, state, problem)

    def release(self, claims: Sequence[str] | None, why: str) -> None:
        """Queue again what processes of these claims, None: any, had begun and cannot end.

        What was begun three times so fails, and what was to be cancelled is.
        """
        with self._database.write() as connection:
            rows = connection.execute("SELECT * FROM jobs WHERE state = 'running'").fetchall()
            for row in rows:
                if claims is not None and row["claim"] not in claims:
                    continue
                if row["cancelled_at"] is not None:
                    _end(connection, row["id"], "cancelled", None)
                elif row["tries"] >= _TRIES:
                    _end(connection, row["id"], "failed", f"begun {_TRIES} times, and {why}")
                else:
                    connection.execute(
                        "UPDATE jobs SET state = 'queued', claim = NULL WHERE id = ?", (row["id"],)
                    )

    def overdue(self, seconds: float) -> bool:
        """Whether a running job has been told so long ago to end, and has not."""
        before = utc(datetime.now(UTC) - timedelta(seconds=seconds))
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT 1 FROM jobs WHERE state = 'running' AND cancelled_at < ? LIMIT 1", (before,)
            ).fetchone()
        return row is not None

    def ended_since(self, time: str) -> list[Job]:
        """Jobs of all memories that have ended since then."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT * FROM jobs WHERE ended_at >= ?", (time,)).fetchall()
            return [_shown(connection, row) for row in rows]

    def drop_before(self, time: str) -> int:
        """Forget the jobs that ended before a time; returns how many."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM jobs WHERE ended_at < ?", (time,)).rowcount


def _due(connection: sqlite3.Connection) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT id, memory FROM jobs WHERE state IN ('queued', 'waiting') AND ended_at IS NULL "
        "AND due_at <= ? ORDER BY due_at, id LIMIT 1",
        (now(),),
    ).fetchone()
    return row


def _end(connection: sqlite3.Connection, job: str, state: str, problem: str | None) -> None:
    states = _states(connection, job)
    if state == "done" and states.get("failed"):
        whole = len(states) == 1
        state = "failed" if whole else "done-with-failures"
        problem = problem or ("none of its files could be used" if whole else None)
    connection.execute(
        "UPDATE job_files SET state = 'cancelled' WHERE job = ? AND state = 'queued'", (job,)
    )
    connection.execute(
        "UPDATE jobs SET state = ?, problem = ?, ended_at = ?, claim = NULL, waiting_for = NULL, "
        "share = CASE WHEN ?1 LIKE 'done%' THEN 1 ELSE share END, arguments = CASE WHEN "
        "?1 = 'done' THEN '{}' ELSE arguments END WHERE id = ?",
        (state, problem, now(), job),
    )


def _states(connection: sqlite3.Connection, job: str) -> dict[str, int]:
    rows = connection.execute(
        "SELECT state, count(*) FROM job_files WHERE job = ? GROUP BY state", (job,)
    )
    return dict(map(tuple, rows))


def _shown(connection: sqlite3.Connection, row: sqlite3.Row) -> Job:
    return _job(row, _states(connection, row["id"]), _before(connection, row))


def _before(connection: sqlite3.Connection, row: sqlite3.Row) -> str | None:
    """What is done before a queued job; None where its turn has come.

    A job of another memory is not named: who asks may not see that memory.
    """
    if row["state"] != "queued":
        return None
    running = connection.execute("SELECT id, memory FROM jobs WHERE state = 'running'").fetchone()
    (ahead,) = connection.execute(
        "SELECT count(*) FROM jobs WHERE state = 'queued' AND (due_at, id) < (?, ?)",
        (row["due_at"], row["id"]),
    ).fetchone()
    parts: list[str] = []
    if running is not None:
        own = running["memory"] == row["memory"]
        parts.append(f"job {running['id']}" if own else "a job of another memory")
        parts[0] += ", under way"
    if ahead:
        parts.append(f"{ahead:,} more in the queue")
    return "; ".join(parts) or None


def _job(row: sqlite3.Row, files: Mapping[str, int], before: str | None) -> Job:
    values = {key: row[key] for key in Job.__slots__ if key != "files"}
    if row["state"] == "queued":
        values["waiting_for"] = before
    values["arguments"], values["counts"] = json.loads(row["arguments"]), json.loads(row["counts"])
    return Job(**values, files=files)


def _file(row: sqlite3.Row) -> JobFile:
    values = {key: row[key] for key in JobFile.__slots__}
    values["notes"] = tuple(json.loads(row["notes"]))
    return JobFile(**values)
