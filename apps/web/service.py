"""The service behind its doors: data folder, settings, database, keys, memories.

It knows nothing of HTTP. API, page and other doors ask the same object.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from ...core import files
from ...core.errors import SpanMemError
from ...core.times import utc
from ...pipeline.settings import Settings
from . import logs
from .asked import Log
from .audit import Audit
from .database import FILE, Database, data_folder
from .engine import Engine
from .errors import Loading, Stopping
from .files import Files
from .idempotency import Idempotency
from .jobs import Job, Jobs
from .keys import Keys
from .limits import Limits
from .memories import Memories
from .metrics import Metrics
from .proposals import Feedback, Proposals
from .runner import Runner
from .sessions import Sessions
from .unanswered import Gaps
from .uploads import Uploads

__all__ = ["Service"]

_FIRST = "main"
"""The memory that a service makes which has none."""
_CHORES = 3600.0
"""Seconds between two rounds of deleting what is too old."""


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
            self.sessions = Sessions(self.database, self.keys)
            self.audit = Audit(self.database)
            self.idempotency = Idempotency(self.database)
            self.limits = Limits(settings.service)
            self.metrics = Metrics()
            self.memories = Memories(self.data / "memories", settings)
            self.log = Log(self.database, settings.service)
            self.gaps = Gaps(self.database, self.memories)
            self.feedback, self.proposals = Feedback(self.database), Proposals(self.database)
            self.engine = Engine(self.memories, self.log, self.gaps, settings.service, self.metrics)
            self.files = Files(self.data)
            self.uploads = Uploads(self.database, self.files)
            self.jobs = Jobs(self.database)
            self.runner = Runner(settings, self.data, self.jobs, self._note_job)
        except BaseException:
            self.database.close()
            raise
        self.state = "starting"
        """`starting`, `ready` or `stopping`."""
        self.failure: Exception | None = None
        """Why it could not start."""
        self.on_failure: Callable[[], None] = lambda: None
        """Called, once, where it could not."""
        self.chores: list[Callable[[], None]] = [
            self.sessions.expire,
            self.idempotency.expire,
            self.audit.expire,
            self.log.expire,
            self._expire_jobs,
        ]
        """What deletes what is too old; done at the start and every hour."""
        self.metrics.watch(self.memories)
        self._closing, self._closed = threading.Lock(), threading.Event()

    def start(self) -> None:
        """Load the models and search each memory once, so that no first question is slow.

        Where there is no memory, an empty one is made.

        Raises what stands in the way, such as ModelError.
        """
        self.memories.load_models()
        if not self.memories.names():
            self.memories.create(_FIRST)
        for name in self.memories.names()[: self.settings.service.open_memories]:
            self._warm(name)
        self.memories.warm_reader()
        self.engine.start()
        self.runner.start()
        threading.Thread(target=self._do_chores, name="chores", daemon=True).start()
        if self.state == "starting":
            self._enter("ready")

    def _warm(self, name: str) -> None:
        """Search a memory once.

        One of the data folder that cannot be used costs no other: its own operations, and the log,
        tell what is wrong. One that the settings name was meant to be served.
        """
        try:
            self.memories.qa(name).search("what is this about?")
        except SpanMemError as error:
            if self.memories.is_named(name):
                raise
            logs.event("unusable", level=logging.ERROR, memory=name, said=str(error))

    def _do_chores(self) -> None:
        while True:
            for chore in self.chores:
                try:
                    chore()
                except Exception as error:  # the others must go on, and so must the service
                    logs.fault(error, chore=chore.__qualname__)
            if self._closed.wait(_CHORES):
                return

    def _note_job(self, job: Job) -> None:
        """Count a job that has ended, and let its memory's views be opened anew."""
        if job.started_at is not None and job.ended_at is not None:
            spent = datetime.fromisoformat(job.ended_at) - datetime.fromisoformat(job.started_at)
            self.metrics.job_seconds.labels(job.kind, job.state).observe(spent.total_seconds())
        for state, number in job.files.items():
            self.metrics.job_files.labels(job.kind, state).inc(number)
        logs.event("job", memory=job.memory, job=job.id, kind=job.kind, state=job.state)
        if job.memory in self.memories.open_names():
            with suppress(SpanMemError):  # its own operations tell what is wrong with it
                self.memories.qa(job.memory).search("what is this about?")

    def _expire_jobs(self) -> None:
        """Forget old jobs, and the files that nothing refers to any more."""
        kept = timedelta(days=self.settings.service.keep_days)
        self.jobs.drop_before(utc(datetime.now(UTC) - kept))
        self.uploads.sweep()

    def _enter(self, state: str) -> None:
        self.state = state
        self.metrics.ready.set(state == "ready")
        logs.event(state)

    def require_ready(self) -> None:
        """Raise Loading or Stopping unless questions are taken now."""
        if self.state == "starting":
            raise Loading("the service is loading its models; try again", retry_after=2)
        if self.state == "stopping":
            raise Stopping("the service is being stopped; try again", retry_after=5)

    def stop(self) -> None:
        """Take nothing new from now on; harmless when stopping already, and in a signal handler."""
        self.state = "stopping"

    def drain(self) -> None:
        """Take nothing new, and end what is under way, in `service.drain` seconds at most."""
        self._enter("stopping")
        seconds = self.settings.service.drain
        jobs = threading.Thread(target=self.runner.stop, args=(seconds,))
        jobs.start()
        self.engine.drain(seconds)
        jobs.join()

    def close(self) -> None:
        """Close all of it; harmless when closed already."""
        with self._closing:
            self.state = "stopping"
            self._closed.set()
            self.engine.close()
            self.runner.stop(0.0)
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
