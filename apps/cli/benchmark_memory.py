"""`spanmem benchmark memory`: how rightly a memory remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as opt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...evaluation.remembering import Models, Step
    from ...evaluation.remembering_data import Talk
    from ...pipeline.settings import Settings

__all__ = ["memory_command"]


NearMisses = Annotated[
    str | None,
    typer.Option(
        "--near-misses",
        metavar="FILE",
        help="Pairs that must not be taken for one another, JSON lines of a, b; else our own.",
    ),
]
Paraphrases = Annotated[
    str | None,
    typer.Option(
        "--paraphrases",
        metavar="FILE",
        help="Pairs that ask the same: JSON lines of original, other, context, answers.",
    ),
]
Conversations = Annotated[
    str | None,
    typer.Option(
        "--conversations",
        metavar="FILE",
        help="JSON lines of question, history, rewrite, context, answers.",
    ),
]


def memory_command(
    near_misses: NearMisses = None,
    paraphrases: Paraphrases = None,
    conversations: Conversations = None,
    memory: opt.Memory = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", help="Only N pairs and questions are read."),
    ] = None,
    encoder: opt.Encoder = None,
    reader: opt.Reader = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.Config = None,
    json_output: opt.Json = None,
) -> None:
    """Reuse on near misses and paraphrases, corrections, edited sources, follow-ups. Percent.

    Conversations are looked up in --memory, if given, else in a memory of their own texts. No turn
    is remembered there.
    """
    settings = opt.chosen(
        config,
        near_misses=near_misses,
        paraphrases=paraphrases,
        conversations=conversations,
        memory=memory,
        limit=limit,
        encoder=encoder,
        reader=reader,
        device=device,
        threads=threads,
        json=json_output,
    )
    table = _measured(settings)
    from .output import print_json, rows

    if settings.runtime.json_output:
        print_json(table)
    else:
        typer.echo("\n".join(rows(table)))


def _measured(settings: Settings) -> dict[str, Any]:
    """Everything that the files at hand allow. What is wrong with them is told first."""
    from ...evaluation.remembering_data import packaged_pairs, read_pairs, read_talks

    chosen = settings.benchmark
    near = read_pairs(chosen.near_misses) if chosen.near_misses else packaged_pairs("near_misses")
    same = read_pairs(chosen.paraphrases) if chosen.paraphrases else packaged_pairs("paraphrases")
    talks = read_talks(chosen.conversations) if chosen.conversations else ()
    told = [pair for pair in same if pair.context and pair.answers]

    from ...evaluation.datasets import evenly
    from ...evaluation.remembering import Models, measure_corrections, measure_reuse, measure_stale
    from ...pipeline.factory import load_encoder, load_reader
    from .progress import CountProgress

    models = Models(load_encoder(settings), load_reader(settings))
    table: dict[str, Any] = {
        "benchmark": "memory",
        "encoder": models.encoder.name,
        "reader": models.reader.name,
        "reuse": measure_reuse(models.encoder, near, same),
    }
    with CountProgress("questions") as shown:

        def step(what: str, done: int, of: int) -> None:
            shown.step(done, of, f", {what}")

        if told:
            few = evenly(told, chosen.limit)
            table["corrections"] = measure_corrections(
                few, models=models, settings=settings, step=step
            )
            table["edited_sources"] = measure_stale(
                few, models=models, settings=settings, step=step
            )
        if talks:
            table["follow_ups"] = _follow_ups(talks, models, settings, step)
    return table


def _follow_ups(
    talks: Sequence[Talk], models: Models, settings: Settings, step: Step
) -> dict[str, Any]:
    from ...evaluation.datasets import evenly
    from ...evaluation.remembering import measure_follow_ups, memory_of
    from ...pipeline.qa import QA

    few = evenly(talks, settings.benchmark.limit)
    if settings.memory.path is not None:
        with QA(
            settings.memory.path, reader=models.reader, encoder=models.encoder, settings=settings
        ) as qa:
            return measure_follow_ups(qa, few, step=step)
    with (
        memory_of(talks, models.encoder) as folder,
        QA(folder, reader=models.reader, encoder=models.encoder, settings=settings) as qa,
    ):
        return measure_follow_ups(qa, few, step=step)
