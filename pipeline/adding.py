"""Documents that a program has in hand -> a memory, without files; and out of it again."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any, TypeAlias, cast

from ..core import files
from ..core.arguments import brief, function, instances, optional, plain, string, takes, texts
from ..core.errors import InputError
from ..core.records import Document
from ..indexer.build import IndexReport, Progress, Sources, build
from ..indexer.encoders.encoder import Encoder
from ..indexer.passages import Splitter
from ..memory.protocol import PassageStore
from .factory import load_encoder, memory_or_place
from .plugins import must_fulfil, must_match
from .settings import Settings, chosen

__all__ = ["add", "as_document", "remove"]

Place: TypeAlias = PassageStore | str | Path
"""A memory open for writing, or its folder or address."""

_KEYS = ("id", "text", "title", "source", "url", "metadata")
_WANTED = 'documents, such as {"id": "faq/7", "text": "..."}'


@takes(
    memory=memory_or_place,
    documents=instances((Document, Mapping), _WANTED),
    settings=chosen,
    progress=optional(function),
)
@files.refusals()
def add(
    memory: Place,
    documents: Iterable[Document | Mapping[str, Any]],
    *,
    encoder: Encoder | None = None,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> IndexReport:
    """Store documents in a memory, in place of those of the same ids, each whole or not at all.

    `memory` is one that is open for writing, or a folder or address, where one is made if need be;
    it is closed again then. A document is a `Document`, or a mapping with `id` and `text` and, if
    wished, `title`, `source` (where it was read, shown to people), `url` and `metadata` (names with
    texts, numbers, true or false). Equal ones stay as they are. `progress` is called as passages
    are stored; what it raises ends the call between two batches. Raises InputError for a document
    that cannot be used, before any is stored, EncoderMismatch where the memory's vectors come from
    another encoder, MemoryLocked, and what `Memory.open` raises.
    """
    if encoder is not None:
        must_fulfil(encoder, Encoder, "encoder")
    settings = settings or Settings()
    whole = [as_document(value, f"documents[{at}]") for at, value in enumerate(documents)]
    _must_differ(whole)
    encoder = load_encoder(settings) if encoder is None else encoder
    with _open(memory, encoder) as store:
        return build(
            whole,
            store,
            encoder,
            splitter=Splitter(settings.index.words, settings.index.overlap),
            sources=Sources(replace=True),
            batch=settings.index.batch,
            progress=progress,
        )


@takes(memory=memory_or_place, ids=texts)
@files.refusals()
def remove(memory: Place, ids: Iterable[str]) -> int:
    """Take documents out of what answers; returns how many of these ids there were.

    Their bytes may stay in the memory's files: `Memory.forget` erases them, with the turns that
    rest on them. Raises MemoryLocked, and what `Memory.open` raises.
    """
    with _open(memory, None) as store:
        removed = store.remove(ids)
        store.publish()
    return removed


@contextmanager
def _open(memory: Place, encoder: Encoder | None) -> Generator[PassageStore]:
    """The store, closed afterwards if it was opened here; with an encoder it is made if need be."""
    if not isinstance(memory, str | os.PathLike):
        must_fulfil(memory, PassageStore, "store")
        if encoder is not None:
            must_match(memory, encoder)
        yield memory
        return
    from ..memory.opening import create_memory, open_memory

    if encoder is None:
        store = open_memory(memory, write=True)
    else:
        store = create_memory(
            memory, encoder=encoder.name, dim=encoder.dim, prompts=encoder.prompts
        )
    with store:
        yield store


def _must_differ(documents: list[Document]) -> None:
    """Raise InputError for an id that two different documents have."""
    seen: dict[str, str] = {}
    for document in documents:
        if seen.setdefault(document.id, document.digest) != document.digest:
            raise InputError(
                f"two documents have the id {brief(document.id)} and different texts; give each "
                "its own"
            )


def as_document(value: Document | Mapping[str, Any], name: str = "document") -> Document:
    """A document as it was given to a call, checked. Raises InputError, which calls it `name`."""
    if not isinstance(value, Document):
        value = _from_mapping(value, name)
    if not value.id.strip():
        raise InputError(f"{name} has an empty id; give it one that it keeps")
    if not value.text.strip():
        raise InputError(f"{name} ({brief(value.id)}) has no text; leave it out, or give it one")
    metadata = {
        string(f"a key of the metadata of {name}", key): _scalar(f"{name}: {key!r}", scalar)
        for key, scalar in value.metadata.items()
    }
    return replace(value, metadata=metadata, source=value.source or value.id)


def _from_mapping(value: Mapping[str, Any], name: str) -> Document:
    for key in value:
        if key not in _KEYS:
            near = get_close_matches(str(key), _KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else "put it under 'metadata'"
            raise InputError(f"{name} has the unknown key {brief(key)}; {hint}")
    if lacking := [key for key in ("id", "text") if key not in value]:
        raise InputError(f"{name} has no {lacking[0]!r}; give it one")
    given = {key: string(f"{name}: {key}", value[key]) for key in _KEYS[:5] if key in value}
    metadata = value.get("metadata", {})
    if not isinstance(metadata, Mapping):
        raise InputError(f"{name}: metadata is {brief(metadata)}; give names with values")
    metadata = dict(cast("Mapping[str, Any]", metadata))
    url = given.pop("url", None)
    if url is not None:
        if not url.lower().startswith(("http://", "https://")):
            raise InputError(f"{name}: url is {brief(url)}; give one of http or https")
        metadata["url"] = url
    return Document(
        id=given["id"],
        text=given["text"],
        title=given.get("title", ""),
        source=given.get("source", ""),
        metadata=metadata,
    )


def _scalar(name: str, value: Any) -> str | int | float | bool:
    scalar = plain(value)
    if not isinstance(scalar, str | int | float) or (
        isinstance(scalar, float) and not isfinite(scalar)
    ):
        raise InputError(f"{name} is {brief(value)}; text, a number, true or false can be kept")
    return scalar
