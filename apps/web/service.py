"""The service behind its doors: data folder, settings, database, keys, memories.

It knows nothing of HTTP. API, page and other doors ask the same object.
"""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

from ...core import files
from ...pipeline.settings import Settings
from .database import FILE, Database
from .errors import Loading, Stopping
from .keys import Keys
from .memories import Memories

__all__ = ["Service", "data_folder"]

_DATA = "spanmem-data"


def data_folder(settings: Settings) -> Path:
    """The folder of all that a service keeps."""
    return files.absolute(settings.service.data or _DATA)


class Service:
    """All that serves, built from settings and a data folder, started and closed once.

    What it is made of is made here, in the order of what needs what, begins to work in `start`,
    ends what is under way in `drain`, and is closed in `close`.
    """

    def __init__(self, settings: Settings, data: Path | None = None) -> None:
        """Open the data folder, made if need be, for its owner alone.

        `data` is None for the folder that the settings name. Raises StorageError, FormatTooNew and
        InputError.
        """
        self.settings = settings
        self.data = data or data_folder(settings)
        with files.guarded("make", self.data):
            for folder in (self.data, self.data / "memories", self.data / "files"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.database = Database(self.data / FILE)
        try:
            self.keys = Keys(self.database)
            self.memories = Memories(self.data / "memories", settings)
        except BaseException:
            self.database.close()
            raise
        self.state = "starting"
        """`starting`, `ready` or `stopping`."""
        self._closing = threading.Lock()

    def start(self) -> None:
        """Load the models and answer one question, so that the first is not slower; then ready.

        Raises what stands in the way, such as ModelError.
        """
        self.memories.load_models()
        for name in self.memories.names()[: self.settings.service.open_memories]:
            self.memories.qa(name).search("what is this about?")
        self.state = "ready"

    def require_ready(self) -> None:
        """Raise Loading or Stopping unless questions are taken now."""
        if self.state == "starting":
            raise Loading("the service is loading its models; try again", retry_after=2)
        if self.state == "stopping":
            raise Stopping("the service is being stopped; try again", retry_after=5)

    def drain(self) -> None:
        """Take nothing new, and end what is under way, in `service.drain` seconds at most."""
        self.state = "stopping"

    def close(self) -> None:
        """Close all of it; harmless when closed already."""
        with self._closing:
            self.state = "stopping"
            self.memories.close()
            self.database.close()

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
