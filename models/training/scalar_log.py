"""The course of a training for TensorBoard, written as it comes.

TensorBoard's own writer writes in a thread, whose traceback is all that is seen of a full disk.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

__all__ = ["ScalarLog"]


class ScalarLog:
    """Appends scalars to an event file of its own; called like torch's `SummaryWriter`."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError where nothing can be written to `folder`, as `add_scalar` does."""
        from tensorboard.compat.proto import event_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns()}.{os.getpid()}"
        events: Any = event_pb2  # its classes are made as it is loaded
        self._event: Any = events.Event
        self._file = (folder / name).open("wb")
        self._records: Any = RecordWriter(self._file)
        self._append(self._event(wall_time=time.time(), file_version="brain.Event:2"))

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """One point of the curve `tag`."""
        summary = {"value": [{"tag": tag, "simple_value": float(value)}]}
        self._append(self._event(wall_time=time.time(), step=step, summary=summary))

    def _append(self, event: Any) -> None:
        self._records.write(event.SerializeToString())
        self._file.flush()

    def add_text(self, *_: Any, **__: Any) -> None:
        """Nothing: a recipe stands in the result's `spanmem.json`."""

    def flush(self) -> None:
        """Nothing waits to be written."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()
