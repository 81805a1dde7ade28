"""Every setting of SpanMem in one frozen, validated value; unknown keys are refused."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..configs import profiles
from ..configs import read as read_profile
from ..core.errors import InputError

__all__ = [
    "AnswerSettings",
    "BenchmarkSettings",
    "EncoderSettings",
    "IndexSettings",
    "MemorySettings",
    "ReaderSettings",
    "RetrieveSettings",
    "RuntimeSettings",
    "Settings",
    "explain",
    "parse_yaml",
]

BESIDE = 84
"""Tokens of a window that question, title and marks may take: see `reader/windows.py`."""
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Found = Annotated[int, Field(ge=1, le=10**6)]
"""Passages: room is made for so many."""
Name = Annotated[str, Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class EncoderSettings(_Section):
    """What turns texts into vectors."""

    model: Name | None = None
    """Folder or hub name; None: the bundled encoder; `hash-256`: no model, for trials and tests."""
    query_prompt: str | None = None
    """What is put before each question; None: what the model's own configuration says."""
    passage_prompt: str | None = None
    """What is put before each passage, likewise."""


class ReaderSettings(_Section):
    """What reads answers out of passages."""

    model: Name | None = None
    """Folder or hub name; None: the bundled reader; `overlap`: no model, for trials and tests."""
    tokenizer: Name | None = None
    window: Annotated[int, Field(ge=32)] = 256
    """Tokens read at once, question included."""
    overlap: Annotated[int, Field(ge=0)] = 64
    """Tokens that two windows of one passage share."""

    @model_validator(mode="after")
    def _windows_advance(self) -> ReaderSettings:
        if self.overlap >= self.window - BESIDE:
            raise ValueError(
                f"overlap {self.overlap} must be less than window {self.window} without the "
                f"{BESIDE} tokens that question, title and marks may take"
            )
        return self


class IndexSettings(_Section):
    """How documents become passages."""

    words: Count = 100
    overlap: Annotated[int, Field(ge=0)] = 20
    batch: Count = 256
    """Passages encoded and stored at once."""
    skip_bad: bool = False
    prune: bool = False
    dataset: Name | None = None
    """`NAME[:CONFIG]` for the `datasets` library."""
    split: Name = "train"

    kind: Literal["auto", "flat", "hnsw", "ivfpq"] | None = None
    """The vector index that `spanmem memory compact` makes; None: as before, at first by size."""

    @model_validator(mode="after")
    def _passages_advance(self) -> IndexSettings:
        if self.overlap >= self.words:
            raise ValueError(f"overlap {self.overlap} must be less than words {self.words}")
        return self


class RetrieveSettings(_Section):
    """How passages are found."""

    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"
    depth: Found = 100
    """Candidates that each search contributes."""
    dense_weight: Share = 0.85
    """Share of the dense search beside the lexical one in the fused score."""
    proximity_weight: Share = 0.33
    """Share of how near the question's words stand to each other in the passage, likewise."""
    title_boost: Annotated[float, Field(ge=0)] = 0.3
    """Weight of a title's words beside the text's, in the lexical search."""
    phrase_boost: Annotated[float, Field(ge=0)] = 0.2
    """Weight of words that are neighbors in question and text, in the lexical search."""
    passages: Found = 20
    """Passages read per question."""
    hops: Count = 1
    """Searches in a row at most, each for what the last one's best passage names."""
    where: dict[str, Any] = Field(default_factory=dict[str, Any])
    """Metadata a document must have."""


class AnswerSettings(_Section):
    """How spans become answers."""

    top_k: Count = 5
    """Answers returned, the best one included."""
    max_answer_tokens: Count = 30
    abstain_below: Share = 0.5
    """Confidence under which the answer is "I do not know"."""
    retrieval_weight: Annotated[float, Field(ge=0)] | None = None
    """Logits that one unit of fused retrieval score is worth; None: what the reader came with."""
    distribution: Literal["question", "passage"] = "question"
    """Spans are normalized once over all passages read, or in each passage, for comparison."""


class MemorySettings(_Section):
    """What is remembered, and for whom."""

    path: Name | None = None
    scope: str = ""
    as_of: Name | None = None
    """Time, ISO 8601 in UTC, at which remembered turns are taken as known; None: now."""
    reuse: bool = True
    """Answer from remembered turns where that is safe."""
    reuse_above: Share = 0.5
    """Confidence under which an answer is kept for the conversation, but not as knowledge."""
    expire_days: Annotated[float, Field(gt=0)] | None = None
    """Age from which an answer is read afresh; None: never. What people told does not age."""
    follow_up_turns: Annotated[int, Field(ge=0)] = 3
    """Earlier turns that a follow-up question may lean on; 0: each question stands alone."""
    keep_turns: Count = 1000
    """Answers kept per scope; corrections and imported turns are kept besides."""


class BenchmarkSettings(_Section):
    """What is measured, and where the result goes."""

    data: Name | None = None
    near_misses: Name | None = None
    """Pairs of questions that must not be taken for one another; None: those that come along."""
    paraphrases: Name | None = None
    """Pairs of questions that ask the same; None: those that come along, which have no texts."""
    conversations: Name | None = None
    """Questions with the turns before them."""
    limit: Count | None = None
    """Questions, spread evenly over the file; None: all."""
    regex: bool = False
    """The answers are regular expressions."""
    training_data: Literal["refuse", "leave-out", "allow"] = "refuse"
    """What becomes of questions that the reader was trained on."""
    answerable: bool = False
    """Score the questions that any passage of the memory answers apart, too."""
    remember: bool = False
    """Ask under one scope, over a copy of the memory, where earlier answers are reused."""
    report: Name | None = None
    compare: Name | None = None
    """Report of an earlier run on the same questions."""
    predictions: Name | None = None
    trec: Name | None = None
    qrels: Name | None = None
    kilt: Name | None = None
    dpr: Name | None = None
    hits: Found = 100
    """Passages looked at for recall."""
    null_margin: float = 0.0
    """Logits by which a reader alone must prefer a span to "no answer here"."""
    seed: int = Field(default=13, ge=0)
    """Of the bootstrap intervals and the randomization tests."""


class RuntimeSettings(_Section):
    """The machine, and the form of the output."""

    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    """CPU threads of the models; None: what torch chooses."""
    json_output: Annotated[bool, Field(alias="json")] = False


class Settings(_Section):
    """All sections; `Settings()` is the packaged `cpu` profile."""

    encoder: EncoderSettings = EncoderSettings()
    reader: ReaderSettings = ReaderSettings()
    index: IndexSettings = IndexSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    answer: AnswerSettings = AnswerSettings()
    memory: MemorySettings = MemorySettings()
    benchmark: BenchmarkSettings = BenchmarkSettings()
    runtime: RuntimeSettings = RuntimeSettings()

    @classmethod
    def load(
        cls,
        source: str | Path | Mapping[str, object] | None = None,
        overrides: Mapping[str, object] | None = None,
    ) -> Settings:
        """Settings from a packaged profile's name, a YAML file or a mapping; None: the defaults.

        `overrides` are dotted keys that win: ``{"answer.top_k": 3}``. Raises InputError for what
        cannot be read, an unknown key (naming the nearest one) and an impossible value.
        """
        where, table = _read(source)
        for key, value in (overrides or {}).items():
            _put(table, key, value)
        return cls._checked(table, where)

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """All dotted keys: `encoder.model`, `reader.model`, ..."""
        return tuple(_keys(cls))

    def override(self, overrides: Mapping[str, object]) -> Settings:
        """These settings with other values under some dotted keys. Raises InputError."""
        table = self.model_dump(by_alias=True)
        for key, value in overrides.items():
            _put(table, key, value)
        return self._checked(table, "settings")

    @classmethod
    def _checked(cls, table: Mapping[str, object], where: str) -> Settings:
        try:
            return cls.model_validate(table)
        except ValidationError as error:
            raise InputError(f"{where}: {explain(error, cls.keys())}") from error


def _read(source: str | Path | Mapping[str, object] | None) -> tuple[str, dict[str, Any]]:
    """Where the settings come from, for messages, and their nested table."""
    if source is None:
        return "settings", {}
    if isinstance(source, Mapping):
        return "settings", {k: dict(v) if isinstance(v, Mapping) else v for k, v in source.items()}
    if isinstance(source, str) and source in profiles():
        return f"profile {source}", _sections(read_profile(source), f"profile {source}")
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = ", ".join(profiles())
        near = difflib.get_close_matches(str(source), profiles(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(
            f"{source}: neither a settings file nor a packaged profile ({known}){hint}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{source}: settings cannot be read: {error}") from error
    return str(source), _sections(text, str(source))


def _sections(text: str, where: str) -> dict[str, Any]:
    """Settings of a YAML text; a section with all its keys commented out is an empty one."""
    return {k: {} if v is None else v for k, v in parse_yaml(text, where).items()}


def parse_yaml(text: str, where: str) -> dict[str, Any]:
    """The table of a YAML text; `where` names it in messages. Raises InputError."""
    try:
        table: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{where}: not valid YAML: {' '.join(str(error).split())}") from error
    if table is None:
        return {}
    if not isinstance(table, dict):
        raise InputError(f"{where}: holds {type(table).__name__}, but settings are keys and values")
    return {str(key): value for key, value in table.items()}


def _put(table: dict[str, Any], dotted: str, value: object) -> None:
    section, _, key = dotted.partition(".")
    inner = table.setdefault(section, {})
    if not key:
        table[section] = value
    elif isinstance(inner, dict):
        inner[key] = value
    # Else what stands there is no section, which validation says.


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, _Section):
            yield from _keys(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{field.alias or name}"


def explain(error: ValidationError, known: Sequence[str]) -> str:
    """One problem, in one line: an unknown key first, with its nearest neighbor."""
    problems = error.errors()
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        given = first["input"]
        shown = "" if isinstance(given, dict) else f" (it is {given!r})"
        return f"{key}: {first['msg'].removeprefix('Value error, ')}{shown}"
    leaf = key.rpartition(".")[2]
    sections = {name.partition(".")[0] for name in known}
    near = (
        difflib.get_close_matches(key, [*known, *sections], n=1, cutoff=0.75)
        or [name for name in known if name.rpartition(".")[2] == leaf][:1]
        or difflib.get_close_matches(key, [*known, *sections], n=1, cutoff=0.5)
    )
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(sections))}"
    return f"{key} is not a setting; {hint}"
