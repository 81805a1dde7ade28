"""One call of a command: settings of the pipeline, and arguments that are none of its behaviour.

Both may stand in one file for `--config`, under the keys that the options override.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from ...core.errors import InputError
from ...evaluation.settings import BenchmarkSettings
from ...pipeline.settings import SPLIT, Name, Section, Settings, override_key, read_settings
from ...pipeline.workers import Workers, workers_of

__all__ = ["Arguments", "BenchmarkArguments", "Invocation", "keys"]


def _workers(value: object) -> Workers:
    """As `workers_of` checks them, in the words of validation."""
    try:
        return workers_of("workers", value)
    except InputError as error:
        raise ValueError(str(error).partition("; ")[2]) from None


class MemoryArguments(Section):
    """Whose turns, and as of when."""

    scope: str = ""
    as_of: Name | None = None
    """Time, ISO 8601 in UTC, at which remembered turns are taken as known; None: now."""
    alone: bool = False
    """Whether a question is taken as it is, and not as a follow-up of the scope's turns."""


class IndexArguments(Section):
    """What is indexed besides paths, and what becomes of what is bad or gone."""

    skip_bad: bool = False
    prune: bool = False
    workers: Annotated[Workers, PlainValidator(_workers)] = 1
    """Processes that encode, or the cluster whose machines do."""
    dataset: Name | None = None
    """`NAME[:CONFIG]` for the `datasets` library."""
    split: Name = SPLIT


class BenchmarkArguments(BenchmarkSettings):
    """The options of a benchmark, what it asks, and where the result goes."""

    data: Name | None = None
    near_misses: Name | None = None
    """Pairs of questions that must not be taken for one another; None: those that come along."""
    paraphrases: Name | None = None
    """Pairs of questions that ask the same; None: those that come along, which have no texts."""
    conversations: Name | None = None
    """Questions with the turns before them."""
    report: Name | None = None
    compare: Name | None = None
    """Report of an earlier run on the same questions."""
    predictions: Name | None = None
    trec: Name | None = None
    qrels: Name | None = None
    kilt: Name | None = None
    dpr: Name | None = None


class McpArguments(Section):
    """What an assistant is served, and what it may do."""

    url: Name | None = None
    """Of a running service; None: a memory of this machine."""
    corrections: bool = False
    """Whether the assistant may correct answers, or propose it to a service."""


class RuntimeArguments(Section):
    """The form of the output."""

    json_output: Annotated[bool, Field(alias="json")] = False


class Arguments(Section):
    """What a command is told that is no behaviour of the pipeline."""

    memory: MemoryArguments = MemoryArguments()
    index: IndexArguments = IndexArguments()
    benchmark: BenchmarkArguments = BenchmarkArguments()
    mcp: McpArguments = McpArguments()
    runtime: RuntimeArguments = RuntimeArguments()


@dataclass(frozen=True, slots=True)
class Invocation:
    """The settings and the arguments of one call of a command."""

    settings: Settings
    arguments: Arguments

    @classmethod
    def load(
        cls,
        config: str | Path | Mapping[str, object] | None = None,
        overrides: Mapping[str, object] | None = None,
    ) -> Invocation:
        """From a profile's name or a file, and dotted keys that win, as `Settings.load` takes them.

        Raises InputError.
        """
        where, table = read_settings(config)
        for key, value in (overrides or {}).items():
            override_key(table, key, value)
        behaviour, arguments = _split(table)
        return cls(
            Settings.checked(behaviour, where, known=Arguments.keys()),
            Arguments.checked(arguments, where, known=Settings.keys()),
        )

    @property
    def json_output(self) -> bool:
        """Whether one JSON object is printed instead of text."""
        return self.arguments.runtime.json_output


@cache
def keys() -> frozenset[str]:
    """All dotted keys that a file for `--config` may hold."""
    return frozenset((*Settings.keys(), *Arguments.keys()))


def _split(table: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings and the arguments that a nested table holds. Unknown keys go to the settings."""
    own = set(Arguments.keys())
    behaviour: dict[str, Any] = {}
    arguments: dict[str, Any] = {}
    for section, values in table.items():
        if section in Arguments.model_fields and section not in Settings.model_fields:
            arguments[section] = values
        elif isinstance(values, Mapping):
            mine = {key for key in values if f"{section}.{key}" in own}
            arguments[section] = {key: values[key] for key in mine}
            behaviour[section] = {key: v for key, v in values.items() if key not in mine}
        else:
            behaviour[section] = values
    return behaviour, {section: values for section, values in arguments.items() if values != {}}
