"""What computes the models here, how quickly, and what would make it quicker: `spanmem doctor`."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..models import bundled
from ..models.hub import fetch
from ..models.runtimes import cpu
from ..models.runtimes.choice import Measured, kept_choice
from ..models.runtimes.engines import ENGINES, is_installed
from ..models.runtimes.graphs import Head, installed_version
from ..models.runtimes.kept import CACHE_VARIABLE, cache_folder
from ..models.runtimes.protocol import RuntimeOptions

if TYPE_CHECKING:
    from .settings import Settings

__all__ = ["Diagnosis", "ModelDiagnosis", "diagnose"]


@dataclass(frozen=True, slots=True)
class ModelDiagnosis:
    """What computes one model."""

    model: str
    """Its folder, or what stands in the settings instead of one."""
    backend: str | None
    """None: no model is computed."""
    precision: str | None
    """None: what the backend chooses by itself."""
    measured: tuple[Measured, ...] = ()
    """The ways that were compared; none: there was no choice, or it was made by the settings."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The machine, what is installed on it, and what computes the models."""

    versions: dict[str, str | None]
    """Distribution -> its version; None: not installed."""
    processor: str
    instruction_sets: tuple[str, ...]
    cores: int
    """Those that this process may use."""
    cache: Path | None
    """Where graphs and measurements are kept; None: nowhere."""
    reader: ModelDiagnosis
    encoder: ModelDiagnosis

    @property
    def advice(self) -> tuple[str, ...]:
        """What would make it quicker, a sentence each."""
        return tuple(_advice(self))


def diagnose(settings: Settings) -> Diagnosis:
    """Find out, and measure what was not measured yet, which takes some seconds for each model.

    Raises what `load_reader` and `load_encoder` raise.
    """
    names = ("spanmem", "torch", "openvino", "onnxruntime", "onnx")
    return Diagnosis(
        versions={
            "python": platform.python_version(),
            **{name: installed_version(name) for name in names},
        },
        processor=cpu.processor(),
        instruction_sets=cpu.instruction_sets(),
        cores=cpu.usable_cores(),
        cache=cache_folder(),
        reader=_model("spans", settings),
        encoder=_model("sentences", settings),
    )


def _model(head: Head, settings: Settings) -> ModelDiagnosis:
    from .factory import load_encoder, load_reader

    loaded: Any = load_reader(settings) if head == "spans" else load_encoder(settings)
    part = settings.reader.model if head == "spans" else settings.encoder.model
    runtime = getattr(loaded, "runtime", None)
    if runtime is None:
        return ModelDiagnosis(str(part), None, None)
    wanted = settings.runtime
    # As `registry` asks for it: of a backend that is named there is nothing to choose.
    options = RuntimeOptions(wanted.device, wanted.threads, None, wanted.precision)
    folder = _folder(part, head)
    choice = kept_choice(folder, head, options) if wanted.backend == "auto" else None
    computed = getattr(runtime, "runtime", runtime)
    backend = getattr(computed, "backend", "torch")
    precision = getattr(computed, "precision", wanted.precision)
    return ModelDiagnosis(str(folder), backend, precision, choice.measured if choice else ())


def _folder(model: str | None, head: Head) -> Path:
    if model is not None:
        return fetch(model) if head == "spans" else fetch(model, owner="sentence-transformers")
    return bundled("reader" if head == "spans" else "encoder")


def _advice(diagnosis: Diagnosis) -> Iterator[str]:
    absent = [engine.package for engine in ENGINES if not is_installed(engine)]
    if absent:
        yield (
            f"{' and '.join(absent)} may be quicker than torch here: pip install 'spanmem[fast]', "
            "and run this again"
        )
    if diagnosis.cache is None:
        yield (
            f"nothing can be kept, so torch computes: name a folder by {CACHE_VARIABLE} that can "
            "be written"
        )
