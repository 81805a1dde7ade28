"""The process that does the jobs, beside the one that serves: at low priority, one at a time.

It is begun when a job waits and ends after half a minute without one. While it lives it holds its
encoder; the writer's lock of a memory it holds for one job.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import MemoryLocked, SpanMemError
from ...pipeline.settings import Settings
from .database import FILE, Database
from .extraction import Limits
from .files import Files
from .jobs import Job, Jobs
from .uploads import Uploads
from .work import Cancelled, Interrupted, Work, do

if TYPE_CHECKING:
    from ...indexer.encoders.encoder import Encoder

__all__ = ["STOP", "Worker", "main"]

STOP = b"stop\n"
"""What the service writes to have the process end after the transaction at hand."""
_IDLE, _TICK, _LOCKED = 30.0, 0.1, 1.0
"""Seconds without a job after which it ends; between two looks; until a locked memory is tried."""
_NICE = 15


class Worker:
    """Does the jobs of a service, one after the other."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        files: Files,
        place: Callable[[str], str],
        claim: str,
        limits: Limits = Limits(),  # noqa: B008  frozen
    ) -> None:
        """`place` says where the memory of a name lies; `claim` tells this worker from others."""
        self._settings, self._database, self._files = settings, database, files
        self._place, self._claim, self._limits = place, claim, limits
        self._jobs, self._uploads = Jobs(database), Uploads(database, files)
        self._encoder: Encoder | None = None
        self.stopping = threading.Event()

    def run(self, idle: float = _IDLE) -> None:
        """Do jobs until there has been none for `idle` seconds, or `stopping` is set."""
        last = time.monotonic()
        while not self.stopping.is_set() and time.monotonic() - last <= idle:
            if self.step():
                last = time.monotonic()
            elif self._jobs.pending():
                last = time.monotonic()
                self.stopping.wait(_TICK)
            else:
                self.stopping.wait(_TICK)

    def step(self) -> bool:
        """Do one job, if one is due; says whether there was one."""
        job = self._jobs.claim(self._claim)
        if job is None:
            return False
        try:
            self._do(job)
        except MemoryLocked as error:
            waiting_for = f"the memory is being written by {error.holder}"
            self._jobs.put_back(job, seconds=_LOCKED, waiting_for=waiting_for)
        except Interrupted:
            self._jobs.put_back(job)
        except Cancelled:
            self._jobs.end(job, "cancelled")
        except SpanMemError as error:
            self._jobs.end(job, "failed", str(error))
        except Exception as error:
            traceback.print_exc()
            self._jobs.end(job, "failed", f"a fault of the service ({type(error).__name__})")
        else:
            self._jobs.end(job, "done")
        return True

    def _do(self, job: Job) -> None:
        from ...memory.store import Memory
        from ...pipeline.factory import folder

        with Memory.open(folder(self._place(job.memory)), write=True) as memory:
            do(
                Work(
                    job=job,
                    memory=memory,
                    encoder=self._load_encoder,
                    settings=self._settings,
                    database=self._database,
                    files=self._files,
                    jobs=self._jobs,
                    uploads=self._uploads,
                    limits=self._limits,
                    interrupted=self.stopping.is_set,
                )
            )

    def _load_encoder(self) -> Encoder:
        if self._encoder is None:
            from ...pipeline.factory import load_encoder

            self._encoder = load_encoder(self._settings)
        return self._encoder


def main(order: Mapping[str, Any]) -> None:
    """Work for the service that began this process, until it stops us or is gone.

    `order` holds the data folder, the settings and the claim.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal's: the service says when to end
    with suppress(OSError):
        os.nice(_NICE)
    settings, data = Settings.load(order["settings"]), Path(order["data"])
    from .memories import Memories

    database = Database(data / FILE)
    memories = Memories(data / "memories", settings)
    files = Files(data, clear=False)
    worker = Worker(settings, database, files, memories.place, order["claim"])
    threading.Thread(target=_listen, args=(worker,), daemon=True).start()
    worker.run()
    database.close()


def _listen(worker: Worker) -> None:
    """Stop when told to; end at once, with all that was begun here, when the service is gone."""
    said = b""
    while block := os.read(0, 64):
        said += block
        if STOP in said:
            worker.stopping.set()
    if not worker.stopping.is_set():
        os.killpg(0, signal.SIGKILL)
