"""A document that is stored piece by piece: kept here until it is whole, then stored at once."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any

from ....core.errors import StorageError
from ....core.records import Document, Passage, Vectors
from ...documents import metadata_json
from . import words
from .connections import Connections
from .values import copied, must_fit
from .writing import Sizes, copy_rows, note_sizes, passage_rows, replace_documents, sum_of

__all__ = ["ServerStage"]

_IN_MEMORY = 32 << 20
"""Bytes of pieces beyond which they go to a file, which has no name and ends with its process."""
_LENGTH = struct.Struct(">q")


class ServerStage:
    """A document that is stored piece by piece, in one transaction when its block has ended well.

    The pieces are kept on this machine until then: so that transaction is short, and where its
    server goes it is carried out again, by the pieces that are here.
    """

    def __init__(self, connections: Connections, document: Document, dim: int) -> None:
        """Made by `ServerMemory.stage`."""
        self._db, self._document, self._dim = connections, document, dim
        self._pieces: SpooledTemporaryFile[bytes] | None = None

    def __enter__(self) -> ServerStage:
        metadata_json(self._document)  # what cannot be stored is told before the work
        self._pieces = SpooledTemporaryFile(_IN_MEMORY)
        self._size, self._terms = Sizes(), Counter[str]()
        return self

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Store more of the document.

        Raises ValueError for vectors of a wrong shape, and StorageError where this machine has no
        space to keep them until all are there.
        """
        must_fit(vectors, (len(passages), self._dim))
        if self._pieces is None:
            raise ValueError("use the stage in a `with` block")
        first = self._size.passages
        size, rows = passage_rows(self._document, passages, vectors, first, self._terms)
        data = copied(rows)
        with self._kept():
            self._pieces.write(_LENGTH.pack(len(data)) + data)
        self._size = sum_of([self._size, size])

    @contextmanager
    def _kept(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"document {self._document.id!r} cannot be kept on this machine until it is whole: "
                f"{error.strerror or error}; free some space, or name another place by TMPDIR"
            ) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pieces, self._pieces = self._pieces, None
        if pieces is None:
            return
        try:
            if kind is None:
                self._db.changed(lambda cursor, _again: self._store(cursor, pieces))
        finally:
            with suppress(OSError):  # what a full disk did not take is not wanted any more
                pieces.close()

    def _store(self, cursor: Any, pieces: SpooledTemporaryFile[bytes]) -> None:
        replace_documents(cursor, [self._document])
        for piece in self._all(pieces):
            copy_rows(cursor, piece)
        note_sizes(cursor, [(self._document.id, self._size)])
        words.note_change(cursor, self._size.totals(1), self._terms)

    def _all(self, pieces: SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
        """The pieces from the first on, whoever has read of them before."""
        with self._kept():
            pieces.seek(0)
        while length := pieces.read(_LENGTH.size):
            yield pieces.read(*_LENGTH.unpack(length))
