"""Passages encoded by several processes on one machine.

Each of them holds the model. This process does its share as well, reads, cuts and stores, so that a
memory has one writer and the same rows however many encode. `worker` is what the others run.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from ...core.errors import StorageError
from ...core.records import Vectors
from .encoder import Encoder, checked_vectors
from .shared import SharedEncoder

__all__ = ["EncoderPool"]

_PROGRAM = f"{__package__}.worker"
_PATIENCE = 10.0
"""Seconds that a process may take to end when there is nothing left to do."""


class EncoderPool(SharedEncoder):
    """An encoder with processes that encode passages beside it; a context manager.

    What `load` gives in them, which is pickled, must be an encoder equal to `encoder`.
    """

    def __init__(self, encoder: Encoder, load: Callable[[], Encoder], others: int) -> None:
        super().__init__(encoder)
        self._others = [_Other(load) for _ in range(others)]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`. Raises StorageError where one of the processes is gone."""
        others = self._others[: max(0, len(texts) - 1)]
        shares = 1 + len(others)
        vectors = np.empty((len(texts), self.dim), np.float32)
        for at, other in enumerate(others, 1):
            other.ask(texts[at::shares])
        own = texts[::shares]
        vectors[::shares] = checked_vectors(self._own, self._own.encode_passages(own), len(own))
        for at, other in enumerate(others, 1):
            vectors[at::shares] = other.answer()
        return vectors

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for other in self._others:
            other.end(at_once=error is not None)


class _Other:
    """One process that encodes; it ends where this one ends, or closes what it reads."""

    def __init__(self, load: Callable[[], Encoder]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._send(load)

    def ask(self, texts: Sequence[str]) -> None:
        """Let it encode texts; it is asked again only after its answer."""
        self._send(list(texts))

    def answer(self) -> Vectors:
        """What it made of them, shape (len(texts), dim)."""
        try:
            vectors: Vectors = pickle.load(self._process.stdout)  # type: ignore[arg-type]
        except (EOFError, pickle.UnpicklingError):
            raise self._gone() from None
        return vectors

    def end(self, *, at_once: bool) -> None:
        """Let it end, and wait for it."""
        if at_once:
            self._process.kill()
        try:
            self._process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def _send(self, value: Any) -> None:
        try:
            pickle.dump(value, self._process.stdin)  # type: ignore[arg-type]
            self._process.stdin.flush()  # type: ignore[union-attr]
        except BrokenPipeError:
            raise self._gone() from None

    def _gone(self) -> StorageError:
        code = self._process.wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return StorageError(
            f"a process that encoded passages {how}, as where memory is short; what was stored is "
            "whole, run it again with fewer --workers, or without, to go on"
        )
