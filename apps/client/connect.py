"""Which of the clients serves: it is told by what is passed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import InputError
from .protocol import Client

if TYPE_CHECKING:
    from ...memory.protocol import Store
    from ...pipeline.qa import QA
    from ...pipeline.settings import Settings

__all__ = ["KEY_VARIABLE", "connect"]

KEY_VARIABLE = "SPANMEM_API_KEY"
"""Environment variable that holds the key where none is passed."""


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
