"""A document that is stored piece by piece, and seen only when it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from ..core.records import Document, Passage, Vectors
from .documents import DocumentRows


class Stage:
    """A document that is stored piece by piece; made by `Memory.stage`."""

    def __init__(self, rows: DocumentRows, document: Document, dim: int) -> None:
        self._rows, self._document, self._dim = rows, document, dim
        self._number: int | None = None

    def __enter__(self) -> Stage:
        self._number = self._rows.stage(self._document)
        return self

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Store more of the document. Raises ValueError for vectors of a wrong shape."""
        if vectors.shape != (len(passages), self._dim):
            wanted = (len(passages), self._dim)
            raise ValueError(f"vectors must have shape {wanted}, not {vectors.shape}")
        if self._number is None:
            raise ValueError("use the stage in a `with` block")
        self._rows.add_staged(self._number, passages, vectors)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._number is None:
            return
        if kind is None:
            self._rows.unveil(self._number, self._document.id)
        else:
            self._rows.drop_staged(self._number)
