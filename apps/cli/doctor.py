"""`spanmem doctor`: what computes the models on this machine, and how quickly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from . import options as opt

if TYPE_CHECKING:
    from ...models.runtimes.choice import Measured
    from ...pipeline.diagnosis import Diagnosis, ModelDiagnosis

__all__ = ["doctor"]


def doctor(
    ctx: typer.Context,
    encoder: opt.EncoderModel = None,
    reader: opt.ReaderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """What computes the models here, measured where it was not yet, and what to install."""
    from ...pipeline.diagnosis import diagnose
    from .output import flat, print_json

    run = opt.invocation(ctx)
    diagnosis = diagnose(run.settings)
    if run.json_output:
        cache = diagnosis.cache and str(diagnosis.cache)
        print_json(asdict(diagnosis) | {"cache": cache, "advice": diagnosis.advice})
    else:
        for line in _lines(diagnosis):
            typer.echo(flat(line))


def _lines(diagnosis: Diagnosis) -> Iterator[str]:
    versions = [f"{name} {version}" for name, version in diagnosis.versions.items() if version]
    yield f"installed: {', '.join(versions)}"
    sets = ", ".join(diagnosis.instruction_sets) or "instruction sets unknown"
    yield f"processor: {diagnosis.processor}, {diagnosis.cores} cores for this process, {sets}"
    yield f"cache: {diagnosis.cache or 'none can be written'}"
    yield f"reader: {_model(diagnosis.reader)}"
    yield f"encoder: {_model(diagnosis.encoder)}"
    yield from diagnosis.advice


def _model(model: ModelDiagnosis) -> str:
    if model.backend is None:
        return f"{model.model}, which computes no model"
    chosen = f"{model.model} by {_way(model.backend, model.precision)}"
    if not model.measured:
        return chosen
    return f"{chosen}; passages of 160 tokens a second: {', '.join(map(_rate, model.measured))}"


def _rate(way: Measured) -> str:
    rate = "none, as it failed or gave other numbers" if way.rate is None else f"{way.rate:.1f}"
    return f"{_way(way.backend, way.precision)} {rate}"


def _way(backend: str, precision: str | None) -> str:
    return f"{backend} {precision}" if precision else backend
