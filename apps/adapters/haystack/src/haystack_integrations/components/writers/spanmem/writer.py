"""Documents of a pipeline -> passages of a memory, in the place of a DocumentWriter."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from haystack import Document, component, default_from_dict, default_to_dict

import spanmem

if TYPE_CHECKING:
    from spanmem.indexer.encoders.encoder import Encoder

_LOADING = threading.Lock()
"""Of the module: pipelines copy their components, which may hold none."""


@component
class SpanMemWriter:
    """Stores documents in a memory's folder, made if need be, in place of those of the same ids.

    They are split and encoded there: neither a splitter nor an embedder belongs before it.
    """

    def __init__(self, memory: str, settings: dict[str, Any] | None = None) -> None:
        """`settings` are dotted keys of `spanmem.Settings`, such as `encoder.model`."""
        self.memory, self.settings = str(memory), settings
        self._loaded: tuple[spanmem.Settings, Encoder] | None = None

    def to_dict(self) -> dict[str, Any]:
        """For a pipeline's YAML."""
        return default_to_dict(self, memory=self.memory, settings=self.settings)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SpanMemWriter:
        """From a pipeline's YAML."""
        made: SpanMemWriter = default_from_dict(cls, data)
        return made

    def warm_up(self) -> None:
        """Load the encoder, as the first call does otherwise. Raises SpanMemError."""
        self._ready()

    def _ready(self) -> tuple[spanmem.Settings, Encoder]:
        """Settings and encoder; of several calls at once, one loads them."""
        from spanmem.pipeline.factory import load_encoder

        with _LOADING:
            if self._loaded is None:
                settings = spanmem.Settings.load(overrides=self.settings or {})
                self._loaded = settings, load_encoder(settings)
            return self._loaded

    @component.output_types(documents_written=int)
    def run(self, documents: list[Document]) -> dict[str, Any]:
        """Store the documents that have a text; equal ones stay as they are, and count.

        Of their `meta`, `title` and `url` are taken as such, and texts, numbers and truth values
        as metadata; the rest has no place there. Raises SpanMemError, of which MemoryLocked tells
        that another process is writing.
        """
        settings, encoder = self._ready()
        rows = [row_of(document) for document in documents if (document.content or "").strip()]
        if rows:
            spanmem.add(self.memory, rows, encoder=encoder, settings=settings)
        return {"documents_written": len(rows)}


def row_of(document: Document) -> dict[str, Any]:
    """A document as `spanmem.add` takes it."""
    meta = {k: v for k, v in document.meta.items() if isinstance(v, str | int | float | bool)}
    row: dict[str, Any] = {"id": document.id, "text": document.content}
    for name in ("title", "url"):
        if isinstance(meta.get(name), str):
            row[name] = meta.pop(name)
    return {**row, "metadata": meta}
