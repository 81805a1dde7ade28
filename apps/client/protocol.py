"""What a memory is asked through, wherever it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

__all__ = ["Client", "History", "Table"]

Table: TypeAlias = dict[str, Any]
"""A JSON object."""
History: TypeAlias = Sequence[tuple[str, str | None]]
"""(question, answer) pairs, oldest first."""


class Client(Protocol):
    """Asks one memory. Safe to use from several threads; the methods with `a` are coroutines.

    Every method raises InputError for what cannot be asked, and other errors of the family where
    the memory, or the service before it, refuses.
    """

    @property
    def name(self) -> str:
        """What the memory is called."""
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
        """The object of `spanmem ask --json`, with `text` (None: abstained) and `confidence`.

        `history` comes in the place of the scope's turns.
        """
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
        """See `ask`."""
        ...

    def search(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        """The `limit` passages that the question would be read in first, best first."""
        ...

    async def asearch(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        """See `search`."""
        ...

    def similar(self, question: str, *, limit: int = 5) -> list[Table]:
        """Remembered questions that all may see and that resemble this one, with their answers."""
        ...

    def propose(self, question: str, text: str, *, author: str = "") -> Table:
        """Say that `text` is the right answer; `state` tells what became of it.

        "proposed": a person decides; "corrected": it counts from now on.
        """
        ...

    def document(self, key: str) -> str:
        """The text of the document with this key (see `core.records.document_key`)."""
        ...

    def close(self) -> None:
        """Let go of everything; harmless when closed already."""
        ...
