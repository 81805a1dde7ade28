"""What a memory is asked through, wherever it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

__all__ = ["AsyncClient", "Client", "History", "Table"]

Table: TypeAlias = dict[str, Any]
"""A JSON object."""
History: TypeAlias = Sequence[tuple[str, str | None]]
"""(question, answer) pairs, oldest first."""


class AsyncClient(Protocol):
    """Asks one memory from coroutines.

    Every method raises InputError for what cannot be asked, and other errors of the family where
    the memory, or the service before it, refuses.
    """

    async def aname(self) -> str:
        """What the memory is called."""
        ...

    async def aask(
        self,
        question: str,
        *,
        scope: str = "",
        history: History | None = None,
        where: Mapping[str, Any] | None = None,
        top_k: int | None = None,
    ) -> Table:
        """The object of `spanmem ask --json`, with `text` (None: abstained), `confidence` and
        `level`: "sure", "likely", "unsure", or "unknown" where nothing is given.

        `history` comes in the place of the scope's turns.
        """
        ...

    async def asearch(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        """The `limit` passages that the question would be read in first, best first."""
        ...

    async def asimilar(self, question: str, *, limit: int = 5) -> list[Table]:
        """Remembered questions that all may see and that resemble this one, with their answers."""
        ...

    async def apropose(self, question: str, text: str, *, author: str = "") -> Table:
        """Say that `text` is the right answer; `state` tells what became of it.

        "proposed": a person decides; "corrected": it counts from now on.
        """
        ...

    async def adocument(self, key: str) -> str:
        """The text of the document with this key (see `core.records.document_key`)."""
        ...


class Client(AsyncClient, Protocol):
    """Asks one memory, from coroutines or, by the names without `a`, otherwise.

    Safe to use from several threads.
    """

    @property
    def name(self) -> str:
        """See `aname`."""
        ...

    def ask(
        self,
        question: str,
        *,
        scope: str = "",
        history: History | None = None,
        where: Mapping[str, Any] | None = None,
        top_k: int | None = None,
    ) -> Table:
        """See `aask`."""
        ...

    def search(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        """See `asearch`."""
        ...

    def similar(self, question: str, *, limit: int = 5) -> list[Table]:
        """See `asimilar`."""
        ...

    def propose(self, question: str, text: str, *, author: str = "") -> Table:
        """See `apropose`."""
        ...

    def document(self, key: str) -> str:
        """See `adocument`."""
        ...

    def close(self) -> None:
        """Let go of everything; harmless when closed already."""
        ...
