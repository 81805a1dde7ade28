"""The options that commands share, and what any option overrides: a key of a `--config` file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import InputError

if TYPE_CHECKING:
    from .arguments import Invocation

__all__ = ["invocation", "key_of", "parse_where"]

_KEYS = {
    "data": "benchmark.data",
    "encoder": "encoder.model",
    "json_output": "runtime.json",
    "memory": "memory.path",
    "overlap": "index.overlap",
    "reader": "reader.model",
    "service_data": "service.data",
    "workers": "index.workers",
}
"""Parameter of a command -> the key that it overrides, where their names differ or are not unique.

Any other parameter overrides the key of its own name (`top_k`: `answer.top_k`), if there is one.
"""

MemoryFolder = Annotated[
    str | None,
    typer.Option(
        "--memory",
        "-m",
        metavar="FOLDER|URL",
        help="The memory's folder, or postgresql://USER@HOST/DATABASE?memory=NAME.",
    ),
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
_SIGN = re.compile("[<>!=]=|[=<>]")
_SIGNS = {"=": "in", "==": "in", "!=": "ne", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_LISTS = ("in", "ne")
ServiceData = Annotated[
    str | None,
    typer.Option("--data", metavar="FOLDER", help="The folder of all that the service keeps."),
]
TopK = Annotated[int | None, typer.Option("--top-k", metavar="N", help="Answers returned at most.")]
Passages = Annotated[
    int | None, typer.Option("--passages", metavar="N", help="Passages read per question, at most.")
]
Read = Annotated[
    str | None,
    typer.Option(
        "--read",
        metavar="enough|all",
        help="Leave passages unread that can hardly change the answer, or none.",
    ),
]
Mode = Annotated[
    str | None, typer.Option("--mode", metavar="MODE", help="Search: hybrid, dense or lexical.")
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="CONDITION",
        help="Only documents with this metadata: lang=en, lang!=de, 'year>=2020', 'price<500'; may "
        "be given several times.",
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


def invocation(ctx: typer.Context, environment: Mapping[str, str] | None = None) -> Invocation:
    """The settings and arguments of the command at hand: its `--config`, and over it its options.

    Between the two come variables of the `environment`, for commands of the service. Raises
    InputError.
    """
    from .arguments import Invocation

    overrides: dict[str, object] = {}
    if environment is not None:
        from ...pipeline.environment import from_environment

        overrides.update(from_environment(environment))
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


def parse_where(conditions: list[str] | tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """`["year>=2020", "lang=en"]` -> `{"year": {"gte": "2020"}, "lang": {"in": ["en"]}}`.

    All keys must hold. Of one key, values after several `=` are allowed each, those after several
    `!=` are all excluded, and other operators bound a range. Words of a command line have no type:
    `memory.filters` takes a text for the number, date or truth value that it is. Raises InputError.
    """
    where: dict[str, dict[str, Any]] = {}
    for text in conditions:
        key, sign, value = _parts(text)
        if not key:
            raise InputError(
                f"--where {text}: write KEY=VALUE, for example lang=en, or KEY>=VALUE; "
                "!=, <, <= and > do as well"
            )
        if sign in ("=", "==") and value[:1] in ("<", ">"):
            raise InputError(
                f"--where {text}: write {value[0]}= for a range, and a value that begins with "
                f'{value[0]} in quotation marks, as in key="{value}"'
            )
        name, comparisons = _SIGNS[sign], where.setdefault(key, {})
        if name in _LISTS:
            comparisons.setdefault(name, []).extend(_unquoted(value))
        elif name in comparisons:
            raise InputError(f"--where {text}: {key} has a bound by {sign} already; give one")
        else:
            comparisons[name] = _unquoted(value)[0]
    return where


def _parts(text: str) -> tuple[str, str, str]:
    """Key, operator and value of a condition; no key where it is none."""
    quoted, end, rest = (
        text.lstrip()[1:].partition('"') if text.lstrip()[:1] == '"' else ("", "", text)
    )
    sign = _SIGN.search(rest)
    if sign is None:
        return "", "", ""
    key = quoted if end else rest[: sign.start()].strip()
    return key, sign[0], rest[sign.end() :].strip()


def _unquoted(value: str) -> list[str]:
    """A value without quotation marks around it, and as it stands, which may be meant, too."""
    within = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return [value[1:-1], value] if within else [value]
