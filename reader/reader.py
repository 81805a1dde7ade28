"""Reads passages with a model: questions in, candidate spans with their places out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from ..core.arguments import choice, count, instance, instances, optional, string, takes
from ..core.arguments import path as path_of
from ..core.records import Passage
from ..models import bundled
from ..models.device import fingerprint
from ..models.hub import fetch, say_licence
from ..models.runtimes.protocol import PRECISIONS, Floats, Precision, Runtime, RuntimeOptions
from ..models.runtimes.registry import load_spans
from ..models.weights import weights_files
from .calibration import Calibration
from .provenance import Provenance
from .spans import Reading, Span, decode
from .windows import Featurizer, Window, Windows, pad_batch

__all__ = ["REQUESTS", "ReadRequest", "Reader", "Reading", "Span", "SpanReader"]


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One question and the passages to look for its answer in."""

    question: str
    passages: tuple[Passage, ...]


REQUESTS = instances(ReadRequest, "a list of ReadRequests")
"""The kind of argument that `Reader.read` takes: see `core.arguments`."""
_WINDOWS = optional(instance(Windows, wanted="Windows"))


class Reader(Protocol):
    """Finds answer spans; `reader.contract` is what each must pass."""

    @property
    def name(self) -> str:
        """Identifies the weights; remembered with every answer."""
        ...

    @property
    def calibration(self) -> Calibration:
        """How its scores become confidences."""
        ...

    @property
    def provenance(self) -> Provenance:
        """What it was trained on, as far as that is known."""
        ...

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """One reading per request, in order; an empty one where no passage holds a token."""
        ...


class SpanReader:
    """A span head over token windows, run by any `Runtime`.

    Windows of all requests are sorted by length and batched by token budget, so short passages
    never wait on long ones. Safe to call from several threads.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        name: str,
        calibration: Calibration | None = None,
        provenance: Provenance | None = None,
        windows: Windows | None = None,
    ) -> None:
        """`runtime` has a span head. Raises InputError for windows without room for a passage."""
        self.runtime = runtime
        self.name = name
        self.calibration = calibration or Calibration()
        self.provenance = provenance or Provenance()
        self.windows = windows or Windows()
        self.featurizer = Featurizer(
            runtime.tokenizer,
            size=min(self.windows.size, runtime.max_length),
            overlap=self.windows.overlap,
        )

    @classmethod
    @takes(
        source=optional(path_of),
        tokenizer=optional(string),
        device=string,
        threads=optional(count(1)),
        backend=optional(string),
        precision=optional(choice(*PRECISIONS)),
        windows=_WINDOWS,
    )
    def load(
        cls,
        source: str | Path | None = None,
        *,
        tokenizer: str | None = None,
        device: str = "auto",
        threads: int | None = None,
        backend: str | None = None,
        precision: Precision | None = None,
        windows: Windows | None = None,
    ) -> SpanReader:
        """Load a fine-tuned reader: a folder, a hub name, or None for the bundled one.

        `device`, `threads`, `backend` and `precision` as in `RuntimeOptions`; `tokenizer` names
        another one than the model's own. Raises ModelError where the model cannot be had, has no
        trained span head, or its tokenizer does not fit; InputError for a device that is not here.
        """
        folder = bundled("reader") if source is None else fetch(str(source))
        options = RuntimeOptions(device, threads, backend, precision)
        name = str(source or "the bundled reader")
        runtime = load_spans(folder, name, options, tokenizer=tokenizer)
        say_licence(str(source), folder)
        weights = fingerprint(weights_files(folder))
        return cls(
            runtime,
            name=f"{folder.name}@{weights}",
            calibration=Calibration.load(folder, weights=weights),
            provenance=Provenance.load(folder, weights=weights),
            windows=windows,
        )

    def with_windows(self, windows: Windows) -> SpanReader:
        """A reader over the same model that reads in other windows; this one stays as it is."""
        return SpanReader(
            self.runtime,
            name=self.name,
            calibration=self.calibration,
            provenance=self.provenance,
            windows=windows,
        )

    @takes(requests=REQUESTS)
    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """See `Reader.read`."""
        grouped = [self.featurizer.windows(r.question, r.passages) for r in requests]
        logits = iter(self.logits([w for windows in grouped for w in windows]))
        readings: list[Reading] = []
        for request, windows in zip(requests, grouped, strict=True):
            pairs = [next(logits) for _ in windows]
            readings.append(
                decode(
                    windows,
                    [start for start, _ in pairs],
                    [end for _, end in pairs],
                    request.passages,
                    max_tokens=self.windows.max_answer_tokens,
                )
            )
        return readings

    def logits(self, windows: Sequence[Window]) -> list[tuple[Floats, Floats]]:
        """Start and end logits of each window, each of the window's own length.

        The windows are of this reader's tokenizer, and as long as its model can read.
        """
        empty = np.empty(0, np.float32)
        logits: list[tuple[Floats, Floats]] = [(empty, empty)] * len(windows)
        order = sorted(range(len(windows)), key=lambda i: -len(windows[i].ids))
        at = 0
        while at < len(order):
            width = len(windows[order[at]].ids)
            rows = order[at : at + max(1, self.runtime.batch_tokens // width)]
            batch = pad_batch([windows[i] for i in rows], self.featurizer.pad)
            output = self.runtime.run(batch.ids, batch.mask, batch.types)
            for row, i in enumerate(rows):
                n = len(windows[i].ids)
                logits[i] = (output[row, :n, 0], output[row, :n, 1])
            at += len(rows)
        return logits
