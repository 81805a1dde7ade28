"""The options that commands share, and what any option overrides: a key of a `--config` file."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.errors import InputError

if TYPE_CHECKING:
    from .arguments import Invocation

__all__ = ["invocation", "key_of", "parse_where"]

_KEYS = {
    "encoder": "encoder.model",
    "json_output": "runtime.json",
    "memory": "memory.path",
    "overlap": "index.overlap",
    "reader": "reader.model",
}
"""Parameter of a command -> the key that it overrides, where their names differ or are not unique.

Any other parameter overrides the key of its own name (`top_k`: `answer.top_k`), if there is one.
"""

MemoryFolder = Annotated[
    str | None, typer.Option("--memory", "-m", metavar="FOLDER", help="The memory's folder.")
]
ConfigSource = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="PROFILE|FILE",
        help="Settings: cpu, gpu, spanbert-base, spanbert-large, or a YAML file.",
    ),
]
JsonOutput = Annotated[
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
EncoderModel = Annotated[
    str | None,
    typer.Option(
        "--encoder", metavar="MODEL", help="Encoder: a folder or hub name; hash-256 for none."
    ),
]
ReaderModel = Annotated[
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


def invocation(ctx: typer.Context) -> Invocation:
    """The settings and arguments of the command at hand: its `--config`, and over it its options.

    Raises InputError.
    """
    from .arguments import Invocation

    overrides: dict[str, object] = {}
    for name, value in ctx.params.items():
        key = key_of(name)
        if key is not None and value not in (None, (), []):
            overrides[key] = parse_where(value) if name == "where" else value
    return Invocation.load(ctx.params.get("config"), overrides)


def key_of(parameter: str) -> str | None:
    """The key that a command's parameter overrides; None: it says what to do once."""
    from .arguments import keys

    if parameter in _KEYS:
        return _KEYS[parameter]
    leaves = Counter(key.rpartition(".")[2] for key in keys())
    if leaves[parameter] != 1:
        return None
    return next(key for key in keys() if key.rpartition(".")[2] == parameter)


def parse_where(pairs: list[str] | tuple[str, ...]) -> dict[str, list[str | int | float]]:
    """`["year=2020"]` -> `{"year": ["2020", 2020]}`. Raises InputError.

    Words of a command line have no type, so that both the text and what it may stand for are meant.
    """
    where: dict[str, list[str | int | float]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key.strip() and equals):
            raise InputError(f"--where {pair}: write KEY=VALUE, for example lang=en")
        where[key.strip()] = [value, *_untyped(value)]
    return where


def _untyped(value: str) -> list[int | float]:
    """The number or truth value that a text may stand for, if any."""
    if value.lower() in ("true", "false"):
        return [value.lower() == "true"]
    number = re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,18})?", value)
    return [] if number is None else [float(value) if number[1] else int(value)]
