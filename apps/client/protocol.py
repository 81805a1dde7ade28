"""What a memory is asked through, wherever it is, and which of the two clients serves."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ...core.errors import InputError

if TYPE_CHECKING:
    from ...memory.protocol import Store
    from ...pipeline.qa import QA
    from ...pipeline.settings import Settings

__all__ = ["Client", "History", "Table", "connect"]

Table: TypeAlias = dict[str, Any]
"""A JSON object."""
History: TypeAlias = Sequence[tuple[str, str | None]]
"""(question, answer) pairs, oldest first."""

KEY_VARIABLE = "SPANMEM_API_KEY"
"""Environment variable that holds the key where none is passed."""


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


def connect(
    memory: str | Path | Store | QA | None = None,
    *,
    url: str | None = None,
    api_key: str | None = None,
    settings: Settings | None = None,
) -> Client:
    """The client of a memory in this process, or of one behind the service at `url`.

    In this process `memory` is a folder, a store, its URL or a `QA`, and `settings` are those of
    `QA`. Behind a service it is a name, which may be left out where the key sees one memory alone;
    the key is `api_key`, or the environment variable SPANMEM_API_KEY. Raises InputError where
    neither or both are told, and what the clients raise.
    """
    if url is None:
        if memory is None:
            raise InputError("which memory? pass memory=FOLDER, or url= and api_key= of a service")
        from .local import LocalClient

        return LocalClient(memory, settings=settings)
    if not isinstance(memory, str | None):
        raise InputError(
            f"memory is of type {type(memory).__name__}, and the service at url knows memories by "
            "name; pass that, or leave url out"
        )
    if settings is not None:
        raise InputError(
            "settings are those of the service at url; leave them out, or leave url out"
        )
    from .http import HttpClient

    key = api_key if api_key is not None else os.environ.get(KEY_VARIABLE, "")
    return HttpClient(url, key, memory=memory)
