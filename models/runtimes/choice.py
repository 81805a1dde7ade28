"""What is quickest here: the engines that are installed are measured once on each model.

The result is kept, with all that it depends on in its name: weights, versions, processor, threads.
Where nothing can be kept, or another process is measuring, torch computes as it does without them:
to measure in each process would cost more than it gains.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ...core.forks import lost_threads
from ..device import fingerprint
from . import cpu
from .engines import ENGINES, is_installed
from .graphs import WEIGHTS, Head, installed_version
from .kept import cache_folder, keep, key_of
from .plain import is_plain, read_pooling
from .protocol import Floats, Ids, Precision, RuntimeOptions
from .quantization import QUANTIZATION_FILE, Quantization

__all__ = ["Choice", "Measured", "Run", "candidates", "choose", "kept_choice"]

Run: TypeAlias = Callable[[Ids, Ids, Ids], Floats]
"""A model as it is measured: `Runtime.run`."""

_FORMAT = 1
_LEAST_BYTES = 4_000_000
"""A model with smaller files of weights is computed by torch: there is nothing to gain."""
_ROWS, _LENGTH, _ROUNDS = 6, 160, 3
"""What is computed to measure: so many windows of passages, of so many tokens, so many times."""
_GPUS = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
"""Of NVIDIA, of Windows below Linux, of AMD."""
_TOLERANCES: dict[Precision, float] = {"float32": 0.01, "bfloat16": 0.1, "int8": 0.5}
"""How far outputs may be from torch's, relative to the largest, in the middle of all numbers."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One way to compute a model, and how quick it was."""

    backend: str
    precision: Precision | None
    """None: what torch chooses by itself."""
    rate: float | None
    """Windows of 160 tokens a second; None: it failed, or gave other numbers."""

    @property
    def options(self) -> dict[str, object]:
        """What of `RuntimeOptions` asks for it."""
        return {"backend": self.backend, "precision": self.precision}


@dataclass(frozen=True, slots=True)
class Choice:
    """All that were measured, in the order of `candidates`."""

    measured: tuple[Measured, ...]

    @property
    def best(self) -> Measured:
        """The quickest; torch where none could be measured."""
        return max(self.measured, key=lambda way: way.rate or 0.0)


def candidates(folder: Path, options: RuntimeOptions) -> tuple[Measured, ...]:
    """The ways to compute a plain BERT in a folder that come into question here; torch first.

    With a precision that is asked for, those in it alone. int8 is among them without being asked
    for where it was measured to be cheap.
    """
    ways = [Measured("torch", options.precision, None)] if options.precision != "int8" else []
    for engine in ENGINES:
        if not is_installed(engine):
            continue
        for precision in engine.precisions:
            if options.precision not in (None, precision):
                continue
            if precision == "bfloat16" and not cpu.has_bfloat16():
                continue
            if precision == "int8" and not options.precision and not _is_cheap(folder):
                continue
            ways.append(Measured(engine.package, precision, None))
    return tuple(ways)


def choose(
    folder: Path, head: Head, options: RuntimeOptions, load: Callable[[RuntimeOptions], Run | None]
) -> Measured:
    """The quickest way to compute the model in `folder`, measured now if that was never done.

    `load` opens it in one way; what it raises speaks against that way.
    """
    torch = Measured("torch", options.precision, None)
    if not any(map(is_installed, ENGINES)) or not _is_worth_it(folder, head):
        return torch
    if options.device not in ("auto", "cpu") or (options.device == "auto" and _has_gpu()):
        return torch
    path = _path(folder, head, options)
    if path is None:
        return torch
    choice = _read(path)
    if choice is None and not _is_forked():
        choice = _measured_once(path, folder, options, load)
    return torch if choice is None else choice.best


def kept_choice(folder: Path, head: Head, options: RuntimeOptions) -> Choice | None:
    """What was measured on this model, if it was."""
    path = _path(folder, head, options)
    return None if path is None else _read(path)


def _is_worth_it(folder: Path, head: Head) -> bool:
    """Whether other engines can compute a model, and it is large enough to gain by them."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        large = (folder / WEIGHTS).stat().st_size >= _LEAST_BYTES
        plain = is_plain(config)
    except (OSError, ValueError, AttributeError):
        return False
    return large and plain and (head == "spans" or read_pooling(folder) is not None)


def _is_cheap(folder: Path) -> bool:
    if not (folder / QUANTIZATION_FILE).is_file():
        return False
    ranges = Quantization.load(folder, weights=fingerprint([folder / WEIGHTS]))
    return ranges is not None and ranges.is_cheap


def _has_gpu() -> bool:
    """Whether torch would take one by itself; it is not loaded to be asked where there is none."""
    if (installed_version("torch") or "").endswith("+cpu"):
        return False
    if sys.platform == "linux" and not any(Path(node).exists() for node in _GPUS):
        return False
    import torch

    return torch.cuda.is_available()


def _is_forked() -> bool:
    return any(lost_threads(package) for package in ("torch", *(e.package for e in ENGINES)))


def _path(folder: Path, head: Head, options: RuntimeOptions) -> Path | None:
    """Where the choice is kept, with all that it depends on in its name."""
    place = cache_folder()
    if place is None:
        return None
    packages = ("spanmem", "torch", "onnx", *(engine.package for engine in ENGINES))
    facts = ("choice", _FORMAT, head, options.precision)
    threads = options.threads or cpu.default_threads()
    machine = cpu.processor(), *cpu.instruction_sets(), cpu.usable_cores(), threads
    contents = [folder / name for name in (WEIGHTS, "config.json", QUANTIZATION_FILE)]
    try:
        name = key_of(*facts, *machine, *map(installed_version, packages), contents=contents)
    except OSError:
        return None
    return place / f"{name}.json"


def _read(path: Path) -> Choice | None:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["measured"]
        measured = tuple(Measured(**row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Choice(measured) if measured else None


def _measured_once(
    path: Path,
    folder: Path,
    options: RuntimeOptions,
    load: Callable[[RuntimeOptions], Run | None],
) -> Choice | None:
    """Measure and keep it; None where another process is at it, or it cannot be kept."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_suffix(".lock"), timeout=0):
            choice = _read(path)
            if choice is None:
                choice = Choice(
                    _measure(candidates(folder, options), options, _inputs(folder), load)
                )
                rows = [asdict(way) for way in choice.measured]
                keep(path, json.dumps({"measured": rows}, indent=1).encode())
            return choice
    except (Timeout, OSError, ValueError, KeyError, TypeError):  # or no such config.json
        return None


def _measure(
    ways: Sequence[Measured],
    options: RuntimeOptions,
    inputs: tuple[Ids, Ids, Ids],
    load: Callable[[RuntimeOptions], Run | None],
) -> tuple[Measured, ...]:
    """The ways with their rates. They take turns, so that what else runs here slows all alike."""
    runs: list[Run | None] = []
    expected: Floats | None = None
    for way in ways:
        run, output = _first(replace(options, **way.options), inputs, load)  # type: ignore[arg-type]
        if output is not None and expected is not None:
            scale = float(np.abs(expected).max())
            apart = float(np.median(np.abs(output - expected)))
            if not apart <= _TOLERANCES[way.precision or "bfloat16"] * scale:
                run = None
        expected = output if expected is None else expected
        runs.append(run)
    best = [float("inf")] * len(ways)
    for _ in range(_ROUNDS):
        for at, run in enumerate(runs):
            if run is not None:
                begun = time.perf_counter()
                run(*inputs)
                best[at] = min(best[at], time.perf_counter() - begun)
    return tuple(
        replace(way, rate=None if run is None else _ROWS / seconds)
        for way, run, seconds in zip(ways, runs, best, strict=True)
    )


def _first(
    options: RuntimeOptions,
    inputs: tuple[Ids, Ids, Ids],
    load: Callable[[RuntimeOptions], Run | None],
) -> tuple[Run | None, Floats | None]:
    """A model opened in one way, and what it gives; None for a way that fails."""
    try:
        run = load(options)
        return run, None if run is None else run(*inputs)
    except Exception:  # whatever an engine raises: it is not taken, and others are there
        return None, None


def _inputs(folder: Path) -> tuple[Ids, Ids, Ids]:
    """Rows that look like windows: a question, a passage, no padding; ids that the model has."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    length = min(_LENGTH, int(config["max_position_embeddings"]))
    ids = np.random.default_rng(3).integers(0, int(config["vocab_size"]), (_ROWS, length))
    types = np.zeros_like(ids)
    types[:, 14:] = min(1, int(config["type_vocab_size"]) - 1)
    return ids, np.ones_like(ids), types
