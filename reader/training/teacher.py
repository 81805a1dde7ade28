"""A teacher's marks: the logits of a large reader on the windows of a small one, kept or made anew.

Both may have different tokenizers: what the teacher marks is mapped by characters.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...core import files
from ...core.errors import InputError, first_line
from ...models.runtimes.protocol import Floats
from ..reader import SpanReader
from ..windows import MAX_QUESTION, Window
from .cut_windows import CutPlan, CutWindow

__all__ = ["Marks", "Teacher", "onto"]

log = logging.getLogger(__name__)

Marks: TypeAlias = NDArray[np.float16]
"""Start and end logits in a window, shape (1 + passage tokens, 2): the null's, then each token's;
-inf where the teacher marks nothing."""
_SHARD = 4096
"""Windows of a file."""


class Teacher:
    """What a reader marks in the windows of a plan."""

    def __init__(self, reader: SpanReader, plan: CutPlan, labels: Path | None = None) -> None:
        """With `labels`, a folder, marks are kept there, and each is computed once: see `keep`.

        Files lie in a folder named by the digest of the teacher and of all windows.
        """
        self.reader, self.plan = reader, plan
        rows = [window.row for window in plan.windows]
        self._at = [0, *accumulate(1 + row.until - row.at for row in rows)]
        self._folder = None if labels is None else labels / self._digest()
        self._shards: dict[int, Marks] = {}

    def _digest(self) -> str:
        """Of the teacher, and of what it reads and what for."""
        tokenizer = self.reader.runtime.tokenizer.backend_tokenizer.to_str()
        sha256 = hashlib.sha256(f"{self.reader.name}\0{tokenizer}".encode())
        for window in self.plan.windows:
            row = window.row
            texts = "\0".join((window.question, window.title, window.passage))
            sha256.update(f"{texts}\0{row.first}\0{row.at}\0".encode("utf-8", "surrogatepass"))
            sha256.update(np.asarray(row.ids, np.int32).tobytes())
        return sha256.hexdigest()[:16]

    def keep(self, process: int = 0, processes: int = 1) -> None:
        """Compute what is not kept yet, as one of so many processes; nothing without a folder.

        A file appears when it is whole: a run that was killed goes on behind the last one. Raises
        StorageError where one cannot be written.
        """
        if self._folder is None:
            return
        with files.guarded("make", self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        count = len(self.plan.windows)
        for shard in range(process, -(-count // _SHARD), processes):
            path = self._path(shard)
            if path.is_file():
                continue
            numbers = range(shard * _SHARD, min((shard + 1) * _SHARD, count))
            marks = np.concatenate(self._compute(numbers))
            with files.draft(path) as draft, draft.open("wb") as file:
                np.save(file, marks)
            log.info("the teacher has marked %d of %d windows", numbers[-1] + 1, count)

    def marks(self, numbers: Sequence[int]) -> list[Marks]:
        """Of the windows with these numbers. Raises InputError where kept ones are unusable."""
        if self._folder is None:
            return self._compute(numbers)
        return [self._kept(number) for number in numbers]

    def _path(self, shard: int) -> Path:
        assert self._folder is not None
        return self._folder / f"{shard:05}.npy"

    def _kept(self, number: int) -> Marks:
        shard = number // _SHARD
        begin = self._at[shard * _SHARD]
        if shard not in self._shards:
            self._shards[shard] = self._opened(shard)
        return self._shards[shard][self._at[number] - begin : self._at[number + 1] - begin]

    def _opened(self, shard: int) -> Marks:
        """The marks of a file, which stays on disk."""
        path = self._path(shard)
        end = min((shard + 1) * _SHARD, len(self.plan.windows))
        try:
            marks: Marks = np.load(path, mmap_mode="r")
            if marks.shape != (self._at[end] - self._at[shard * _SHARD], 2):
                raise ValueError(f"its shape is {marks.shape}")
        except (OSError, ValueError, EOFError) as error:
            raise InputError(
                f"{path}: holds no marks of these windows ({first_line(error)}); remove it, and "
                "the teacher makes them anew"
            ) from error
        return marks

    def _compute(self, numbers: Sequence[int]) -> list[Marks]:
        cuts = [self.plan.windows[number] for number in numbers]
        pairs = [self._window(cut) for cut in cuts]
        logits = self.reader.logits([window for window, _ in pairs])
        return [
            _marks(window, offsets, start, end)
            for (window, offsets), (start, end) in zip(pairs, logits, strict=True)
        ]

    def _window(self, cut: CutWindow) -> tuple[Window, NDArray[np.int64]]:
        """The teacher's window over the characters of a student's, and where its tokens stand:
        (tokens, 2).
        """
        row, ours = cut.row, self.plan.featurizer.tokenize(cut.passage).offsets
        offsets = np.array(ours[row.first : row.first + row.until - row.at], np.int64)
        offsets = offsets.reshape(-1, 2)
        featurizer = self.reader.featurizer
        head = featurizer.head(featurizer.tokenize(cut.question).ids[:MAX_QUESTION])
        lead = (*head, *featurizer.title(cut.title))
        tokens = featurizer.tokenize(cut.passage)
        first = last = 0
        if len(offsets):
            theirs = np.array(tokens.offsets, np.int64).reshape(-1, 2)
            inside = (theirs[:, 0] < offsets[-1, 1]) & (theirs[:, 1] > offsets[0, 0])
            (places,) = inside.nonzero()
            room = featurizer.size - len(lead) - len(featurizer.template.after)
            if len(places):
                first, last = int(places[0]), min(int(places[-1]) + 1, int(places[0]) + room)
        return featurizer.window(0, head, lead, tokens, first, last), offsets


def _marks(window: Window, offsets: NDArray[np.int64], start: Floats, end: Floats) -> Marks:
    """What a teacher marked in its `window`, on a student's tokens at `offsets` (tokens, 2)."""
    n = window.last - window.first
    theirs = np.array(window.tokens.offsets[window.first : window.last], np.int64).reshape(-1, 2)
    inner = slice(window.at, window.at + n)
    mapped = onto(offsets, theirs, start[inner], end[inner])
    null = np.array([[start[window.null], end[window.null]]], np.float32)
    limit = float(np.finfo(np.float16).max)
    marks = np.concatenate([null, mapped])
    return np.where(np.isinf(marks), marks, marks.clip(-limit, limit)).astype(np.float16)


def onto(
    ours: NDArray[np.int64], theirs: NDArray[np.int64], start: Floats, end: Floats
) -> NDArray[np.float32]:
    """Logits of one tokenizer's tokens on those of another: (our tokens, 2), start and end.

    `ours` and `theirs` hold the characters of the tokens, shape (tokens, 2), ascending; `start` and
    `end` are logits of theirs. A start is that of our token which holds its first character, or
    the next one; an end that of our token which holds its last character, or the one before.
    Probabilities that fall on one token add up; a token that none falls on has -inf.
    """
    if np.array_equal(ours, theirs):
        return np.stack([start, end], axis=1)
    out = np.full((len(ours), 2), -np.inf, np.float32)
    if len(ours):
        first = np.searchsorted(ours[:, 1], theirs[:, 0], side="right").clip(max=len(ours) - 1)
        last = (np.searchsorted(ours[:, 0], theirs[:, 1], side="left") - 1).clip(min=0)
        np.logaddexp.at(out[:, 0], first, start)
        np.logaddexp.at(out[:, 1], last, end)
    return out
