"""Documents: listed, shown as text, uploaded, changed, removed and erased."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

from ....core.errors import InputError
from ....core.records import DocumentInfo, encodable
from ..access import Access, allow
from ..errors import NotFound
from ..files import PREFIX, Upload, distinct
from ..idempotency import Stored
from ..jobs import NewFile
from ..models import Body, Cursor, Limit, page, read_cursor
from ..multipart import Receiver
from ..problems import must_be_json
from ..removal import named
from ..repetition import Repeatable, replayed
from ..rights import Right
from .jobs import Prefer, outcome
from .lists import ListRoute

if TYPE_CHECKING:
    from ....memory.protocol import Catalog
    from ..uploads import Original

__all__ = ["router"]

router = APIRouter(
    route_class=ListRoute, prefix="/v1/memories/{memory}/documents", tags=["documents"]
)

Reader = Annotated[Access, Depends(allow(Right.READ, conditions=True))]
Editor = Annotated[Access, Depends(allow(Right.EDIT))]
DocumentKey = Annotated[
    str, Path(pattern=r"^[0-9a-f]{16}$", description="`key` of the document, 16 hex digits.")
]
Scalar = StrictStr | StrictBool | StrictInt | StrictFloat
Metadata = dict[Annotated[str, Field(max_length=200)], Scalar]
Title = Annotated[str, Field(max_length=1000)]
Url = Annotated[str, Field(pattern=r"^https?://", max_length=2000)]


class NewText(Body):
    """The text of a document, in place of the one before."""

    text: Annotated[str, Field(min_length=1)]
    title: Title = ""
    metadata: Metadata = Field(default_factory=dict[str, Scalar])
    url: Url | None = None


class NewDocument(NewText):
    """A document."""

    id: Annotated[str, Field(min_length=1, max_length=1000)]


class NewDocuments(Body):
    """Documents without files."""

    documents: Annotated[list[NewDocument], Field(min_length=1, max_length=1000)]


class DocumentChanges(Body):
    """What is to change of a document; what is left out stays."""

    title: Title | None = None
    metadata: Metadata | None = None
    url: Url | None = None


_FILES = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
    "required": ["files"],
}
_BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": _FILES},
            "application/json": {"schema": NewDocuments.model_json_schema()},
        },
    }
}


@router.get("", operation_id="listDocuments", summary="Documents of a memory")
def list_documents(
    access: Reader,
    q: Annotated[str, Query(max_length=200, description="Words of the id or title.")] = "",
    prefix: Annotated[str, Query(max_length=1000, description="How the ids begin.")] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """In the order of their ids; `total` counts all that fit `q` and `prefix`."""
    where, after = access.where(None), read_cursor(cursor)
    with _catalog(access) as catalog:
        infos = catalog.list_documents(
            after=after, limit=limit + 1, prefix=prefix, text=q, where=where
        )
        total = catalog.count_documents(prefix=prefix, text=q, where=where)
    originals = access.service.uploads.of(access.memory, [info.id for info in infos])
    listed = page(
        infos, limit, lambda info: info.id, lambda info: _show(info, originals.get(info.id))
    )
    return {**listed, "total": total}


@router.get("/{key}", operation_id="getDocument", summary="One document")
def get_document(access: Reader, key: DocumentKey) -> dict[str, Any]:
    """What is known of it."""
    info = _seen(access, key)
    return {**_show(info, _original(access, info)), "characters": len(_text(access, info))}


@router.get("/{key}/text", operation_id="getDocumentText", summary="A document's text")
def get_text(
    access: Reader,
    key: DocumentKey,
    start: Annotated[int, Query(ge=0, le=10**9, description="First character.")] = 0,
    end: Annotated[int | None, Query(ge=0, le=10**9, description="Behind the last.")] = None,
) -> dict[str, Any]:
    """By characters, as answers count them: exact, but for what kind of space stands somewhere."""
    if end is not None and end < start:
        raise InputError(f"end {end} lies before start {start}; give it behind")
    info = _seen(access, key)
    text = _text(access, info)
    start = min(start, len(text))
    end = len(text) if end is None else max(start, min(end, len(text)))
    return {
        "id": encodable(info.id),
        "key": info.key,
        "start": start,
        "end": end,
        "characters": len(text),
        "text": encodable(text[start:end]),
    }


@router.get(
    "/{key}/file",
    operation_id="getDocumentFile",
    summary="The original of a document",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "Its bytes."}},
)
def get_file(access: Reader, key: DocumentKey) -> Response:
    """As it was uploaded, to be saved: no browser shows it."""
    info = _seen(access, key)
    original = _original(access, info)
    file = None if original is None else access.service.files.open(original.sha256)
    if original is None or file is None:
        raise NotFound("this document was not uploaded as a file; GET …/text has its text")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(original.name)}",
        "Content-Length": str(original.bytes),
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_blocks(file), media_type="application/octet-stream", headers=headers)


@router.post(
    "",
    operation_id="addDocuments",
    summary="Upload files, or add documents",
    status_code=202,
    openapi_extra=_BODIES,
)
async def add_documents(access: Editor, request: Request, prefer: Prefer = None) -> Response:
    """Files as a form sends them, or documents as JSON: a job reads and stores them.

    A file's documents have ids that begin with `upload/` and its name; the same name again
    replaces them. A name that an id cannot hold as it is ends in a hash: `C#.txt` in
    `C_~a1c6ae0209.txt`.
    """
    if request.headers.get("content-type", "").startswith("multipart/"):
        added = await _add_files(access, request)
        if isinstance(added, Stored):
            return replayed(added)
        job = added
    else:
        must_be_json(request, "files as a form does (multipart/form-data), or documents as JSON")
        body = _parsed(await request.body())
        documents = [item.model_dump(exclude_defaults=True) for item in body.documents]
        job = await run_sync(_add_texts, access, documents)
    access.service.runner.wake()
    return await outcome(access, job, prefer)


@router.put(
    "/{key}", operation_id="replaceDocument", summary="Replace a document's text", status_code=202
)
async def replace_document(
    access: Editor, key: DocumentKey, body: NewText, prefer: Prefer = None
) -> JSONResponse:
    """Its id stays; title, metadata and address are those given."""
    info = await run_sync(_seen, access, key)
    document = {"id": info.id, **body.model_dump(exclude_defaults=True)}
    job = await run_sync(_add_texts, access, [document])
    return await _begun(access, "document.replace", info.key, job, prefer)


@router.patch(
    "/{key}", operation_id="changeDocument", summary="Change what a document says", status_code=202
)
async def change_document(
    access: Editor, key: DocumentKey, body: DocumentChanges, prefer: Prefer = None
) -> JSONResponse:
    """Title, metadata and address; the text stays. `"url": null` takes the address away."""
    info = await run_sync(_seen, access, key)
    changes = body.model_dump(exclude_unset=True)
    for name in ("title", "metadata"):
        if name in changes and changes[name] is None:
            raise InputError(f"{name} is null; leave it out to keep it, or give another")
    if not changes:
        raise InputError("nothing to change; give a title, metadata or url")
    job = await run_sync(_add_job, access, "update", {"document": info.id, "changes": changes})
    return await _begun(access, "document.change", info.key, job, prefer)


@router.delete(
    "/{key}", operation_id="removeDocument", summary="Remove or erase a document", status_code=202
)
async def remove_document(
    access: Editor,
    key: DocumentKey,
    erase: Annotated[
        bool, Query(description="Also from every file, with the turns that rest on it.")
    ] = False,
    prefer: Prefer = None,
) -> JSONResponse:
    """Out of the search, with its original; with `erase` its words are in no file any more.

    By the key of an uploaded file (`file.key`) all its documents go. What was only removed can
    still be erased.
    """
    documents = await run_sync(lambda: named(access, key, erase=erase))
    kind = "erase" if erase else "remove"
    job = await run_sync(_add_job, access, kind, {"documents": documents})
    return await _begun(access, f"document.{kind}", key, job, prefer)


# -- their parts


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(1 << 16):
            yield block


async def _begun(
    access: Access, action: str, key: str, job: str, prefer: str | None
) -> JSONResponse:
    await run_sync(access.service.audit.add, access, action, key)
    access.service.runner.wake()
    return await outcome(access, job, prefer)


async def _add_files(access: Access, request: Request) -> str | Stored:
    """Stream a form's files to disk, and queue a job for them.

    Returns its id, or the answer that the very same request had before.
    """
    service = access.service
    content_type = request.headers["content-type"]
    with closing(Receiver(service.files, content_type, service.settings.service)) as receiver:
        async for block in request.stream():
            if block:
                await run_sync(receiver.write, block)
        receiver.finish()
        repeatable: Repeatable | None = getattr(request.state, "repeatable", None)
        if repeatable is not None:
            stored = await run_sync(lambda: repeatable.begin(_content(receiver)))
            if stored is not None:
                return stored
        return await run_sync(_keep_files, access, receiver)


def _content(receiver: Receiver) -> bytes:
    """The names and digests of what was received, in its order."""
    uploads = [incoming.finish() for incoming in receiver.incoming]
    return json.dumps([(upload.name, upload.sha256) for upload in uploads]).encode()


def _keep_files(access: Access, receiver: Receiver) -> str:
    """Keep what was received, under names that differ, and queue the job."""
    files = access.service.files
    uploads = [files.keep(incoming) for incoming in receiver.incoming]
    new = [
        NewFile(PREFIX + name, Upload(name, upload.sha256, upload.size))
        for name, upload in zip(distinct(uploads), uploads, strict=True)
    ]
    job = _add_job(access, "index", files=new)
    for incoming in receiver.incoming:
        files.keep(incoming)  # an erasure meanwhile may have taken what the job now refers to
    access.service.audit.add(access, "document.upload", job)
    return job


def _add_texts(access: Access, documents: list[dict[str, Any]]) -> str:
    """Keep documents as files of JSON for the job that stores them; returns its id."""
    ids = [document["id"] for document in documents]
    if len(set(ids)) < len(ids):
        raise InputError("two documents have the same id; give each its own")
    files = access.service.files
    rows = [(document["id"], json.dumps(document).encode()) for document in documents]
    kept = [NewFile(name, files.keep_bytes(name, raw), "document") for name, raw in rows]
    job = _add_job(access, "index", files=kept)
    for name, raw in rows:
        files.keep_bytes(name, raw)  # an erasure meanwhile may have taken it
    access.service.audit.add(access, "document.add", job)
    return job


def _add_job(
    access: Access,
    kind: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    files: list[NewFile] | None = None,
) -> str:
    return access.service.jobs.add(
        access.memory,
        kind,
        arguments,
        files=files or (),
        key=access.key.id,
        name=access.key.name,
    )


def _parsed(raw: bytes) -> NewDocuments:
    try:
        return NewDocuments.model_validate_json(raw)
    except ValidationError as error:
        raise RequestValidationError(
            [{**slip, "loc": ("body", *slip["loc"])} for slip in error.errors(include_url=False)]
        ) from error


@contextmanager
def _catalog(access: Access) -> Generator[Catalog]:
    """The memory, open as long as the block. Raises InputError if it lists no documents."""
    from ....memory.protocol import Catalog

    with access.service.memories.using(access.memory) as qa:
        if not isinstance(qa.memory, Catalog):
            raise InputError("the store of this memory cannot list its documents; ask it instead")
        yield qa.memory


def _seen(access: Access, key: str) -> DocumentInfo:
    """The document of a key, if the API key sees it. Raises NotFound."""
    where = access.where(None)
    with _catalog(access) as catalog:
        info = catalog.document(key)
        if info is not None and where:
            met = catalog.list_documents(prefix=info.id, where=where, limit=1)
            info = info if met and met[0].id == info.id else None
    if info is None:
        raise NotFound(f"no document {key} in this memory; GET …/documents lists those here")
    return info


def _text(access: Access, info: DocumentInfo) -> str:
    with _catalog(access) as catalog:
        return catalog.text(info.id) or ""


def _original(access: Access, info: DocumentInfo) -> Original | None:
    return access.service.uploads.of(access.memory, [info.id]).get(info.id)


def _show(info: DocumentInfo, original: Original | None) -> dict[str, Any]:
    url = info.metadata.get("url")
    return {
        "id": encodable(info.id),
        "key": info.key,
        "title": encodable(info.title),
        "source": encodable(info.source),
        "url": url if isinstance(url, str) else None,
        "passages": info.passages,
        "metadata": json.loads(json.dumps(dict(info.metadata)).encode("ascii")),
        "file": None if original is None else original.to_json(),
    }
