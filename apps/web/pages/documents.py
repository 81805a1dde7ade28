"""Documents: the list with what is under way, and each as its text, marked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response

from ..api import documents as api
from ..api import jobs as jobs_api
from ..api.corrections import visible
from ..rights import Right
from .passage_text import Part, parts, pieces, read_mark
from .screen import PageRoute, Screen, on_memory, to

__all__ = ["router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_JOBS = 5
"""Jobs that the list shows, the latest."""
_FAILURES = 20
"""Files that failed, of each job."""
_MARKS = 20
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_OPEN = ("queued", "waiting", "running")
_KINDS: Mapping[str, str] = MappingProxyType(
    {"index": "Adding", "update": "Changing", "remove": "Removing", "erase": "Erasing"}
)
_STATES: Mapping[str, str] = MappingProxyType(
    {
        "queued": "in the queue",
        "waiting": "waiting",
        "running": "under way",
        "done": "done",
        "done-with-failures": "done, but for some files",
        "failed": "failed",
        "cancelled": "cancelled",
    }
)
Reader = Annotated[Screen, Depends(on_memory(Right.READ, conditions=True))]
Editor = Annotated[Screen, Depends(on_memory(Right.EDIT))]
Key = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


@router.get("/m/{memory}/documents")
def documents(
    screen: Reader,
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """All documents by name, those whose names have the words `q`, and the latest jobs."""
    access = screen.access
    listed = api.list_documents(access, q=q, cursor=cursor)
    jobs = _jobs(screen) if access.may(Right.EDIT) and not cursor else []
    return screen.page(
        "documents.jinja",
        documents=listed["items"],
        next=listed["next"],
        total=listed["total"],
        q=q,
        jobs=jobs,
        running=any(job["state"] in _OPEN for job in jobs),
        job_kinds=_KINDS,
        job_states=_STATES,
        file_size=access.service.settings.service.file_bytes,
    )


@router.post("/m/{memory}/documents")
async def upload(screen: Editor, request: Request) -> Response:
    """Take files; a job reads and stores them."""
    await api.add_documents(screen.access, request)
    return to(f"{screen.root}/documents")


@router.post("/m/{memory}/jobs/{job}/cancel")
def cancel(screen: Editor, job: str) -> Response:
    """End a job; what it has stored stays."""
    jobs_api.cancel_job(screen.access, job)
    return to(f"{screen.root}/documents")


@router.post("/m/{memory}/jobs/{job}/retry")
async def retry(screen: Editor, job: str) -> Response:
    """Do what failed again."""
    await jobs_api.retry_job(screen.access, job)
    return to(f"{screen.root}/documents")


@router.post("/m/{memory}/d/{key}/remove")
async def remove(
    screen: Editor, key: Key, erase: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    """Take a document out of the search; with `erase` out of every file."""
    await api.remove_document(screen.access, key, erase=bool(erase))
    return to(f"{screen.root}/documents")


@router.get("/m/{memory}/d/{key}/file")
def file(screen: Reader, key: Key) -> Response:
    """The original, to be saved."""
    return api.get_file(screen.access, key)


@router.get("/m/{memory}/d/{key}")
def document(
    screen: Annotated[Screen, Depends(on_memory(Right.READ, conditions=True))],
    key: Key,
    mark: Annotated[list[str] | None, Query(max_length=_MARKS)] = None,
    part: Annotated[int | None, Query(ge=1, le=10**6)] = None,
    asked: Annotated[str, Query(alias="for", max_length=40)] = "",
    c: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The text with the stretches of `mark` (`198-220`) marked; the part that holds the first.

    `asked` is a question of the conversation `c` whose answer is chosen here.
    """
    screen.access.service.require_ready()
    info = api.get_document(screen.access, key)
    text = api.get_text(screen.access, key)["text"]
    pages = _pages(screen, info["id"])
    marks = [span for span in map(read_mark, mark or ()) if span and span[1] <= len(text)]
    every = parts(text, [at for at, _ in pages])
    shown = _part(every, part, marks)
    return screen.page(
        "document.jinja",
        document=info,
        facts=[(name, value) for name, value in info["metadata"].items() if name != "url"],
        characters=len(text),
        pages=len(pages),
        parts=every,
        part=shown,
        pieces=pieces(text, shown, marks, pages),
        best=marks[0][0] if marks else None,
        lang=_language(info["metadata"]),
        asked=visible(screen.access, asked) if asked else None,
        conversation=c,
    )


def _jobs(screen: Screen) -> list[dict[str, Any]]:
    """The latest jobs, each with its first file and the files that failed."""
    access = screen.access
    jobs = jobs_api.list_jobs(access, limit=_JOBS)["items"]
    for job in jobs:
        files = jobs_api.list_files(access, job["id"], limit=1)["items"]
        job["first"] = files[0]["name"] if files else ""
        failed = job["files"]["failed"]
        job["failures"] = (
            jobs_api.list_files(access, job["id"], state="failed", limit=_FAILURES)["items"]
            if failed
            else []
        )
    return list(jobs)


def _pages(screen: Screen, document: str) -> list[tuple[int, int]]:
    """Where the document's pages begin, with their numbers, ascending; empty without pages."""
    with screen.access.service.memories.using(screen.memory) as qa:
        places = {place for passage in qa.memory.passages(document) for place in passage.pages}
    return sorted(places)


def _part(every: list[Part], wished: int | None, marks: list[tuple[int, int]]) -> Part:
    """The part that is shown: the one wished for, else that of the first mark."""
    if wished is not None:
        return every[min(wished, len(every)) - 1]
    start = marks[0][0] if marks else 0
    return next(part for part in reversed(every) if part.start <= start)


def _language(metadata: Mapping[str, Any]) -> str:
    """The document's language, for how it is read out; "" where it names none."""
    name = metadata.get("lang")
    return name if isinstance(name, str) and _LANGUAGE.fullmatch(name) else ""
