"""Beginning, watching and ending the process that does the jobs."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...core.times import now, utc
from ...pipeline.settings import Settings
from .child import STOP
from .jobs import Job, Jobs

__all__ = ["Runner"]

_PROGRAM = (
    "import json, sys; order = json.loads(sys.stdin.buffer.raw.readline()); "
    "sys.path[:] = order['path']; from spanmem.apps.web.child import main; main(order)"
)
"""Its settings come over the pipe: arguments are seen by everyone on the machine."""
_TICK = 0.2
"""Seconds between two looks at a process that works."""
_PATIENCE = 4.0
"""Seconds that a cancelled job has to end by itself; then its process is ended."""
_SLACK = 2.0
"""Seconds that a transaction may have taken to be seen."""
_PAUSE = 5.0
"""Seconds after which a process is begun in place of one that ended at once."""


class Runner:
    """Has one process at a time that does jobs, as long as there are any."""

    def __init__(
        self,
        settings: Settings,
        data: Path,
        jobs: Jobs,
        ended: Callable[[Job], None] = lambda _job: None,
    ) -> None:
        """`ended` takes each job that has ended, soon after."""
        self._settings, self._data, self._jobs, self._ended = settings, data, jobs, ended
        self._told: set[str] = set()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._claim = ""
        self._seen, self._rest = now(), 0.0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Queue again what an earlier service could not end, and begin to look for jobs."""
        self._jobs.release(None, "the service ended each time")
        self._thread = threading.Thread(target=self._watch, name="jobs", daemon=True)
        self._thread.start()
        self.wake()

    def wake(self) -> None:
        """Say that there is a job."""
        self._wake.set()

    @property
    def process(self) -> int | None:
        """Id of the process, None while there is none."""
        child = self._child
        return None if child is None or child.poll() is not None else child.pid

    def stop(self, seconds: float) -> None:
        """Let the process put its job back and end; after so many seconds it is ended."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        child = self._child
        if child is None:
            return
        self._say(child, STOP)
        with suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
        self._end(child)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(None if self._child is None else _TICK)
            self._wake.clear()
            child = self._child
            if (child is not None and child.poll() is not None) or (
                child is not None and self._jobs.overdue(_PATIENCE)
            ):
                self._end(child)
            self._tell()
            if self._child is None and self._jobs.pending() and not self._stopping.is_set():
                if time.monotonic() < self._rest:
                    self._stopping.wait(_TICK)
                    self._wake.set()
                else:
                    self._begin()

    def _begin(self) -> None:
        self._claim = secrets.token_hex(8)
        self._rest = time.monotonic() + _PAUSE
        order = {
            "path": [os.path.abspath(place) for place in sys.path],  # noqa: PTH100
            "data": str(self._data.absolute()),
            "settings": self._settings.model_dump(mode="json"),
            "claim": self._claim,
        }
        environment = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
        self._child = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=os.environ | environment,
            start_new_session=True,
        )
        self._say(self._child, json.dumps(order).encode() + b"\n")

    @staticmethod
    def _say(child: subprocess.Popen[bytes], words: bytes) -> None:
        """Write to the process, which may have ended."""
        with suppress(OSError, ValueError):
            if child.stdin is not None:
                child.stdin.write(words)
                child.stdin.flush()

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """End the process and all that it began, and take its job back."""
        if child.poll() is None:
            with suppress(OSError):
                os.killpg(child.pid, signal.SIGKILL)
        code = child.wait()
        if child.stdin is not None:
            with suppress(OSError):
                child.stdin.close()
        if code == 0:
            self._rest = 0.0
        self._child = None
        why = f"by signal {-code}" if code < 0 else f"with status {code}"
        self._jobs.release([self._claim], f"the process that worked on it ended {why}")

    def _tell(self) -> None:
        """Say which jobs have ended since the last look."""
        since, self._seen = self._seen, utc(datetime.now(UTC) - timedelta(seconds=_SLACK))
        ended = {job.id: job for job in self._jobs.ended_since(since)}
        for job in ended.values():
            if job.id not in self._told:
                self._ended(job)
        self._told = set(ended)
