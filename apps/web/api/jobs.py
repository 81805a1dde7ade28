"""Jobs: how far they are, what became of each file, cancelling and trying again."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any, Literal

from anyio import sleep
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Path
from fastapi.responses import JSONResponse

from ..access import Access, allow
from ..jobs import Job, JobFile
from ..models import Cursor, Limit, page, read_cursor
from ..rights import Right
from .lists import ListRoute

__all__ = ["Prefer", "outcome", "router", "show_job"]

router = APIRouter(route_class=ListRoute, prefix="/v1/memories/{memory}/jobs", tags=["jobs"])

_WAIT = re.compile(r"(?:^|[,;\s])wait\s{0,9}=\s{0,9}(\d{1,9})")
_LONGEST = 60.0
"""Seconds that a request waits for a job at most."""
_TICK = 0.1
Editor = Annotated[Access, Depends(allow(Right.EDIT))]
Identifier = Annotated[str, Path(max_length=50, description="Id of the job.")]
Prefer = Annotated[
    str | None,
    Header(max_length=200, description="`wait=10`: wait so many seconds for the end (RFC 7240)."),
]


@router.get("", operation_id="listJobs", summary="Jobs of a memory")
def list_jobs(
    access: Editor,
    state: Literal[
        "queued", "waiting", "running", "done", "done-with-failures", "failed", "cancelled"
    ]
    | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Newest first."""
    jobs = access.service.jobs.page(
        access.memory, state=state, before=read_cursor(cursor), limit=limit + 1
    )
    return page(jobs, limit, lambda job: job.id, show_job)


@router.get("/{job}", operation_id="getJob", summary="One job")
def get_job(access: Editor, job: Identifier) -> dict[str, Any]:
    """How far it is."""
    return show_job(access.service.jobs.get(access.memory, job))


@router.get("/{job}/files", operation_id="listJobFiles", summary="Files of a job")
def list_files(
    access: Editor,
    job: Identifier,
    state: Literal["queued", "done", "failed", "cancelled"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """In the order they were sent, each with what became of it."""
    access.service.jobs.get(access.memory, job)
    place = read_cursor(cursor)
    after = int(place) if place is not None and place.isdecimal() else -1
    files = access.service.jobs.files(job, state=state, after=after, limit=limit + 1)
    return page(files, limit, lambda file: str(file.number), _show_file)


@router.post("/{job}/cancel", operation_id="cancelJob", summary="End a job")
def cancel_job(access: Editor, job: Identifier) -> dict[str, Any]:
    """It ends within seconds; what it has stored stays."""
    cancelled = access.service.jobs.cancel(access.memory, job)
    access.service.audit.add(access, "job.cancel", job)
    access.service.runner.wake()
    return show_job(cancelled)


@router.post("/{job}/retry", operation_id="retryJob", summary="Do what failed again")
async def retry_job(access: Editor, job: Identifier, prefer: Prefer = None) -> JSONResponse:
    """Of a job that failed, or of which files did, or that was cancelled."""
    await run_sync(access.service.jobs.retry, access.memory, job)
    await run_sync(access.service.audit.add, access, "job.retry", job)
    access.service.runner.wake()
    return await outcome(access, job, prefer)


async def outcome(access: Access, job: str, prefer: str | None) -> JSONResponse:
    """200 with a job that has ended, in the time that the request gives it; else 202."""
    wished = _WAIT.search(prefer or "")
    seconds = min(_LONGEST, float(wished[1])) if wished else 0.0
    end = time.monotonic() + seconds
    state = await run_sync(access.service.jobs.get, access.memory, job)
    while not state.ended and time.monotonic() < end and access.service.state != "stopping":
        await sleep(_TICK)
        state = await run_sync(access.service.jobs.get, access.memory, job)
    headers = {"Location": f"/v1/memories/{access.memory}/jobs/{job}"}
    if wished:
        headers["Preference-Applied"] = f"wait={seconds:.0f}"
    if state.ended:
        return JSONResponse(show_job(state), 200, headers)
    return JSONResponse(show_job(state), 202, headers | {"Retry-After": "1"})


def show_job(job: Job) -> dict[str, Any]:
    """A job as the API shows it."""
    counts = {name: job.counts.get(name, 0) for name in _COUNTS}
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "created": job.created_at,
        "started": job.started_at,
        "ended": job.ended_at,
        "by": {"key": job.key, "name": job.name},
        "waiting_for": job.waiting_for,
        "cancelling": job.cancelled_at is not None and not job.ended,
        "share": round(job.share, 3),
        "eta_s": job.eta_s,
        "counts": {**counts, "failed": job.files.get("failed", 0)},
        "files": {
            "total": sum(job.files.values()),
            "done": job.files.get("done", 0),
            "failed": job.files.get("failed", 0),
            "next": f"/v1/memories/{job.memory}/jobs/{job.id}/files" if job.files else None,
        },
        "problem": job.problem,
    }


_COUNTS = ("added", "replaced", "unchanged", "removed", "turns", "passages")


def _show_file(file: JobFile) -> dict[str, Any]:
    return {
        "number": file.number,
        "name": file.name,
        "document": file.document,
        "bytes": file.bytes,
        "state": file.state,
        "documents": file.documents,
        "notes": list(file.notes),
        "error": file.error,
    }
