"""The options that commands share. Each but `--config` stands for a key of the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.errors import InputError

if TYPE_CHECKING:
    from ...pipeline.settings import Settings

__all__ = ["KEYS", "Json", "chosen", "parse_where"]

KEYS: Mapping[str, str] = {
    "--answerable": "benchmark.answerable",
    "--as-of": "memory.as_of",
    "--compare": "benchmark.compare",
    "--config": "",
    "--conversations": "benchmark.conversations",
    "--data": "benchmark.data",
    "--dataset": "index.dataset",
    "--device": "runtime.device",
    "--dpr": "benchmark.dpr",
    "--encoder": "encoder.model",
    "--json": "runtime.json",
    "--kilt": "benchmark.kilt",
    "--kind": "index.kind",
    "--limit": "benchmark.limit",
    "--memory": "memory.path",
    "--mode": "retrieve.mode",
    "--near-misses": "benchmark.near_misses",
    "--overlap": "index.overlap",
    "--paraphrases": "benchmark.paraphrases",
    "--passages": "retrieve.passages",
    "--predictions": "benchmark.predictions",
    "--prune": "index.prune",
    "--qrels": "benchmark.qrels",
    "--reader": "reader.model",
    "--regex": "benchmark.regex",
    "--report": "benchmark.report",
    "--scope": "memory.scope",
    "--skip-bad": "index.skip_bad",
    "--split": "index.split",
    "--threads": "runtime.threads",
    "--top-k": "answer.top_k",
    "--training-data": "benchmark.training_data",
    "--trec": "benchmark.trec",
    "--where": "retrieve.where",
    "--words": "index.words",
}
"""Option -> the settings key that it overrides; `--config` is where the settings come from."""

Memory = Annotated[
    str | None, typer.Option("--memory", "-m", metavar="FOLDER", help="The memory's folder.")
]
Config = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="PROFILE|FILE",
        help="Settings: cpu, gpu, spanbert-base, spanbert-large, or a YAML file.",
    ),
]
Json = Annotated[
    bool | None, typer.Option("--json", help="Print one JSON object to standard output.")
]
Scope = Annotated[
    str | None,
    typer.Option("--scope", metavar="NAME", help="Whose turns are remembered and seen."),
]
TopK = Annotated[int | None, typer.Option("--top-k", metavar="N", help="Answers returned at most.")]
Passages = Annotated[
    int | None, typer.Option("--passages", metavar="N", help="Passages read per question.")
]
Mode = Annotated[
    str | None, typer.Option("--mode", metavar="MODE", help="Search: hybrid, dense or lexical.")
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="KEY=VALUE",
        help="Only documents with this metadata; may be given several times.",
    ),
]
Encoder = Annotated[
    str | None,
    typer.Option(
        "--encoder", metavar="MODEL", help="Encoder: a folder or hub name; hash-256 for none."
    ),
]
Reader = Annotated[
    str | None,
    typer.Option(
        "--reader", metavar="MODEL", help="Reader: a folder or hub name; overlap for none."
    ),
]
Device = Annotated[
    str | None, typer.Option("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.")
]
Threads = Annotated[
    int | None, typer.Option("--threads", metavar="N", help="CPU threads of the models.")
]


def chosen(config: str | None, **options: object) -> Settings:
    """The settings of a run: `config`, and over it every option that was given.

    `options` are named like the command line's, with `_` for `-`. Raises InputError.
    """
    from ...pipeline.settings import Settings

    given = {KEYS["--" + k.replace("_", "-")]: v for k, v in options.items() if v is not None}
    return Settings.load(config, given)


def parse_where(pairs: list[str] | None) -> dict[str, list[str | int | float]] | None:
    """`["year=2020"]` -> `{"year": ["2020", 2020]}`. Raises InputError.

    Words of a command line have no type, so that both the text and what it may stand for are meant.
    """
    if pairs is None:
        return None
    found: dict[str, list[str | int | float]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key.strip() and equals):
            raise InputError(f"--where {pair}: write KEY=VALUE, for example lang=en")
        found[key.strip()] = [value, *_untyped(value)]
    return found


def _untyped(value: str) -> list[int | float]:
    """The number or truth value that a text may stand for, if any."""
    if value.lower() in ("true", "false"):
        return [value.lower() == "true"]
    number = re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,18})?", value)
    return [] if number is None else [float(value) if number[1] else int(value)]
