"""Names -> the memories that are served, opened when they are first asked."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import InputError
from ...pipeline.settings import Settings
from .errors import Conflict, NotFound, Stopping
from .priority import giving_way

if TYPE_CHECKING:
    from ...indexer.encoders.encoder import Encoder
    from ...pipeline.qa import QA
    from ...pipeline.verifier import Verifier
    from ...reader.reader import Reader

__all__ = ["SUFFIX", "Lease", "Memories", "checked_name"]

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


@dataclass(eq=False)
class Lease:
    """An open memory, and how many use it now."""

    qa: QA
    users: int = 0
    out: bool = False
    """Whether it is to be closed when nobody uses it any more."""


class Memories:
    """The memories of a service. They share encoder and reader; safe from several threads."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Those in `folder`, `NAME.memory` each, and those that `service.memories` names.

        Raises InputError where a name is no name, or two have the same.
        """
        self.folder, self._settings = folder, settings
        self._named = _named_places(settings.service.memories)
        self._lock, self._opening = threading.Lock(), threading.Lock()
        self._open: OrderedDict[str, Lease] = OrderedDict()
        self._closed = False
        self._encoder: Encoder | None = None
        self._reader: Reader | None = None
        self._verifier: Verifier | None = None

    def names(self) -> tuple[str, ...]:
        """Names of all memories, sorted."""
        own = (path.name.removesuffix(SUFFIX) for path in self.folder.glob(f"*{SUFFIX}"))
        return tuple(sorted({*own, *self._named}))

    def is_named(self, name: str) -> bool:
        """Whether the settings name it; else it lies in the data folder."""
        return name in self._named

    def open_names(self) -> tuple[str, ...]:
        """Names of those that are open now."""
        with self._lock:
            return tuple(self._open)

    def place(self, name: str) -> str:
        """Folder or URL of a memory. Raises NotFound."""
        if name in self._named:
            return self._named[name]
        path = self.folder / f"{checked_name(name)}{SUFFIX}"
        if not path.exists():
            raise NotFound(f"no memory {name!r}")
        return str(path)

    def create(self, name: str) -> None:
        """Make an empty memory. Raises InputError for a bad name, Conflict for one that is taken.

        And what `Memory.create` raises.
        """
        from ...memory.store import Memory

        if checked_name(name) in self.names():
            raise Conflict(f"there is a memory {name!r} already; choose another name")
        self.load_models()
        encoder = self._encoder
        if encoder is not None:
            path = self.folder / f"{name}{SUFFIX}"
            Memory.create(
                path, encoder=encoder.name, dim=encoder.dim, prompts=encoder.prompts
            ).close()

    def load_models(self) -> None:
        """Load encoder and reader, which takes seconds. Raises ModelError and InputError."""
        from ...models.runtimes.protocol import RuntimeOptions
        from ...pipeline.factory import load_encoder, load_reader
        from ...pipeline.witness import RulesAndWitness

        runtime = self._settings.runtime
        self._encoder = self._encoder or load_encoder(self._settings)
        self._reader = self._reader or giving_way(lambda: load_reader(self._settings))
        self._verifier = self._verifier or RulesAndWitness(
            RuntimeOptions(runtime.device, runtime.threads)
        )

    def warm_reader(self) -> None:
        """Let the reader read something, so that the first question is not the slowest."""
        from ...core.records import Passage
        from ...reader.reader import ReadRequest

        text = "This is read once, before anybody asks."
        passage = Passage(document="warm", start=0, end=len(text), text=text)
        if self._reader is not None:
            self._reader.read([ReadRequest("When is this read?", (passage,))])

    def qa(self, name: str) -> QA:
        """What answers from a memory, for a short use: see `lease`. Raises as that does."""
        with self.using(name) as qa:
            return qa

    @contextmanager
    def using(self, name: str) -> Generator[QA]:
        """What answers from a memory, open as long as the block. Raises as `lease` does."""
        lease = self.lease(name)
        try:
            yield lease.qa
        finally:
            self.release(lease)

    def lease(self, name: str) -> Lease:
        """What answers from a memory, held open until it is released.

        Raises NotFound, and what `QA` raises.
        """
        from ...pipeline.qa import QA

        if (lease := self.leased(name)) is not None:
            return lease
        place = self.place(name)
        with self._opening:  # others are given back meanwhile
            if (lease := self.leased(name)) is not None:
                return lease
            self.load_models()
            qa = QA(
                place,
                encoder=self._encoder,
                reader=self._reader,
                verifier=self._verifier,
                settings=self._settings,
            )
            with self._lock:
                lease = self._open[name] = Lease(qa, users=1)
                while len(self._open) > self._settings.service.open_memories:
                    self._close(self._open.popitem(last=False)[1])
            return lease

    def leased(self, name: str) -> Lease | None:
        """A memory that is open, leased once more; None where it is not open."""
        with self._lock:
            if self._closed:
                raise Stopping("the service is being stopped; try again", retry_after=5)
            lease = self._open.get(name)
            if lease is not None:
                lease.users += 1
                self._open.move_to_end(name)
            return lease

    def release(self, lease: Lease) -> None:
        """Give a leased memory back; one that was put out meanwhile is closed by its last user."""
        with self._lock:
            lease.users -= 1
            if lease.out:
                self._close(lease)

    def close(self) -> None:
        """Close all of them, and open none any more; harmless when closed already."""
        with self._opening, self._lock:
            self._closed = True
            while self._open:
                self._close(self._open.popitem()[1])

    @staticmethod
    def _close(lease: Lease) -> None:
        lease.out = True
        if not lease.users:
            lease.qa.close()


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
