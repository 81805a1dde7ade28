"""Names -> the memories that are served, opened when they are first asked."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import InputError
from ...pipeline.settings import Settings
from .errors import NotFound

if TYPE_CHECKING:
    from ...indexer.encoders.encoder import Encoder
    from ...pipeline.qa import QA
    from ...reader.reader import Reader

__all__ = ["SUFFIX", "Memories", "checked_name"]

SUFFIX = ".memory"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NAMED = re.compile(rf"({_NAME.pattern})=(.+)", re.DOTALL)


def checked_name(name: str) -> str:
    """A memory's name, as it stands in addresses. Raises InputError for what can be none."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name[:100]!r} can be no memory's name: it has up to 100 letters, digits, dots, "
            "hyphens and underscores, a letter or digit first; name it by NAME=PLACE"
        )
    return name


class Memories:
    """The memories of a service. They share encoder and reader; safe from several threads."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Those in `folder`, `NAME.memory` each, and those that `service.memories` names.

        Raises InputError where a name is no name, or two have the same.
        """
        self.folder, self._settings = folder, settings
        self._named = _named_places(settings.service.memories)
        self._lock = threading.Lock()
        self._open: OrderedDict[str, QA] = OrderedDict()
        self._encoder: Encoder | None = None
        self._reader: Reader | None = None

    def names(self) -> tuple[str, ...]:
        """Names of all memories, sorted."""
        own = (path.name.removesuffix(SUFFIX) for path in self.folder.glob(f"*{SUFFIX}"))
        return tuple(sorted({*own, *self._named}))

    def place(self, name: str) -> str:
        """Folder or URL of a memory. Raises NotFound."""
        if name in self._named:
            return self._named[name]
        path = self.folder / f"{checked_name(name)}{SUFFIX}"
        if not path.exists():
            raise NotFound(f"no memory {name!r}")
        return str(path)

    def load_models(self) -> None:
        """Load encoder and reader, which takes seconds. Raises ModelError and InputError."""
        from ...pipeline.factory import load_encoder, load_reader

        self._encoder = self._encoder or load_encoder(self._settings)
        self._reader = self._reader or load_reader(self._settings)

    def qa(self, name: str) -> QA:
        """What answers from a memory. Raises NotFound, and what `QA` raises."""
        from ...pipeline.qa import QA

        place = self.place(name)
        with self._lock:
            if name not in self._open:
                self.load_models()
                self._open[name] = QA(
                    place, encoder=self._encoder, reader=self._reader, settings=self._settings
                )
            self._open.move_to_end(name)
            while len(self._open) > self._settings.service.open_memories:
                self._open.popitem(last=False)[1].close()
            return self._open[name]

    def close(self) -> None:
        """Close all of them; harmless when closed already."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()


def _named_places(places: list[str]) -> dict[str, str]:
    """Name -> folder or URL, of `PLACE` and `NAME=PLACE`."""
    named: dict[str, str] = {}
    for place in places:
        match = _NAMED.fullmatch(place)
        name, where = match.groups() if match else (Path(place).name.removesuffix(SUFFIX), place)
        if named.setdefault(checked_name(name), where) != where:
            raise InputError(
                f"two memories are named {name!r}: {named[name]} and {where}; name one by "
                "NAME=PLACE"
            )
    return named
