"""Settings of the pipeline and of indexing, as one frozen, validated value.

They say how SpanMem behaves. What a single call is given (a scope, a file of questions, where a
report goes) is an argument of that call, and refused here with a word on where it belongs.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ..configs import profiles
from ..configs import read as read_profile
from ..core.arguments import brief, plain, refused, string
from ..core.arguments import path as path_of
from ..core.errors import InputError
from ..memory.fusion import Fusion, Mode

__all__ = [
    "AnswerSettings",
    "EncoderSettings",
    "IndexSettings",
    "MemorySettings",
    "ReaderSettings",
    "RetrieveSettings",
    "RuntimeSettings",
    "Section",
    "ServiceSettings",
    "Settings",
    "chosen",
    "explain",
    "override_key",
    "parse_yaml",
    "read_settings",
]

SPLIT = "train"
"""The split of a dataset that is read unless another is named."""
RESERVED_TOKENS = 84
"""Tokens of a window that question, title and marks may take: see `reader/windows.py`."""
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=10**9)]
PassageCount = Annotated[int, Field(ge=1, le=10**6)]
"""Room is made for so many passages."""
Name = Annotated[str, Field(min_length=1)]
_FUSION = Fusion()

_ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "memory.scope": "QA.ask(scope=...) and QA.session(...)",
        "memory.as_of": "QA.ask(as_of=...)",
        "memory.alone": "QA.ask(history=())",
        "index.skip_bad": "spanmem.index(skip_bad=...)",
        "index.prune": "spanmem.index(prune=...)",
        "index.workers": "spanmem.index(workers=...)",
        "index.dataset": "spanmem.index(dataset=...)",
        "index.split": "spanmem.index(split=...)",
        "benchmark": "spanmem.benchmark(...)",
        "runtime.json": "the commands (--json)",
    }
)
"""Key -> the call that takes it as an argument. Files for the commands may hold such keys."""


class Section(BaseModel):
    """Named values, checked as they are made: frozen, nothing unknown, no type converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """All dotted keys: `encoder.model`, `reader.model`, ..."""
        return tuple(_keys(cls))

    @classmethod
    def checked(cls, table: Mapping[str, object], where: str, *, known: Sequence[str] = ()) -> Self:
        """The values of a nested table; `where` names its source in messages.

        `known` are keys that a mistyped one may mean, besides those here. Raises InputError.
        """
        try:
            return cls.model_validate(_plain(table))
        except ValidationError as error:
            raise InputError(f"{where}: {explain(error, (*cls.keys(), *known))}") from error


class EncoderSettings(Section):
    """What turns texts into vectors."""

    model: Name | None = None
    """Folder or hub name; None: the bundled encoder; `hash-256`: no model, for trials and tests."""
    query_prompt: str | None = None
    """What is put before each question; None: what the model's own configuration says."""
    passage_prompt: str | None = None
    """What is put before each passage, likewise."""
    dimensions: Count | None = None
    """Numbers of a vector that are kept, its first; None: all."""


class ReaderSettings(Section):
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
        if self.overlap >= self.window - RESERVED_TOKENS:
            raise ValueError(
                f"overlap {self.overlap} must be less than window {self.window} without the "
                f"{RESERVED_TOKENS} tokens that question, title and marks may take"
            )
        return self


class IndexSettings(Section):
    """How documents become passages."""

    words: Count = 100
    overlap: Annotated[int, Field(ge=0)] = 20
    batch: Count = 256
    """Passages encoded and stored at once."""
    kind: Literal["auto", "flat", "hnsw", "ivfpq", "bits"] | None = None
    """The vector index that `spanmem memory compact` makes; None: as before, at first by size."""
    text_column: list[Name] = Field(default_factory=list[str])
    """Columns of rows and tables that are the text; none: told by their names."""

    @model_validator(mode="after")
    def _passages_advance(self) -> IndexSettings:
        if self.overlap >= self.words:
            raise ValueError(f"overlap {self.overlap} must be less than words {self.words}")
        return self


class RetrieveSettings(Section):
    """How passages are found."""

    mode: Mode = "hybrid"
    depth: PassageCount = _FUSION.depth
    """Candidates that each search contributes."""
    dense_weight: Share = _FUSION.dense_weight
    """Share of the dense search beside the lexical one in the fused score."""
    proximity_weight: Share = _FUSION.proximity_weight
    """Share of how near the question's words stand to each other in the passage, likewise."""
    title_boost: Annotated[float, Field(ge=0)] = _FUSION.title_boost
    """Weight of a title's words beside the text's, in the lexical search."""
    phrase_boost: Annotated[float, Field(ge=0)] = _FUSION.phrase_boost
    """Weight of words that are neighbors in question and text, in the lexical search."""
    passages: PassageCount = 20
    """Passages read per question, at most."""
    hops: Count = 1
    """Searches in a row at most, each for what the last one's best passage names."""
    where: dict[str, Any] = Field(default_factory=dict[str, Any])
    """Metadata a document must have."""


class AnswerSettings(Section):
    """How spans become answers."""

    top_k: Count = 5
    """Answers returned, the best one included."""
    max_answer_tokens: Count = 30
    read: Literal["enough", "all"] = "enough"
    """Passages are read until what is unread can hardly change the answer, or all in any case."""
    abstain_below: Share = 0.5
    """Confidence under which the answer is "I do not know"."""
    retrieval_weight: Annotated[float, Field(ge=0)] | None = None
    """Logits that one unit of fused retrieval score is worth; None: what the reader came with."""
    distribution: Literal["question", "passage"] = "question"
    """Spans are normalized once over all passages read, or in each passage, for comparison."""


class MemorySettings(Section):
    """Which memory is asked, and how past turns are used."""

    path: Name | None = None
    """What `QA.open` opens."""
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


class RuntimeSettings(Section):
    """What the models run on."""

    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    """CPU threads of the models; None: what torch chooses."""
    backend: Literal["auto", "torch", "transformers", "openvino", "onnxruntime"] = "auto"
    """What computes the models; auto: what was measured to be quickest here, of what is installed
    (see docs/runtimes.md)."""
    precision: Literal["float32", "bfloat16", "int8"] | None = None
    """What they are computed in; None: what is quickest and hardly less exact."""


def _address(url: str) -> str:
    """The address of a host or a path there, whose last slash counts nothing. Raises ValueError."""
    plain = url.removesuffix("/")
    if not re.fullmatch(r"https?://[^/?#\s]+(/[A-Za-z0-9._~-]+)*", plain):
        raise ValueError(
            "is no address of http or https, such as https://help.example or https://acme.example/qa"
        )
    return plain


class ServiceSettings(Section):
    """How `spanmem serve` serves: where, for whom, and how much at once."""

    data: Name | None = None
    """Folder of all that the service keeps; None: `spanmem-data` in the working folder."""
    memories: list[Name] = Field(default_factory=list[str])
    """Memories served beside those in `data`, each `PLACE` or `NAME=PLACE`: folders or URLs."""
    host: Name = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8477
    """Port that is listened on; 0: any that is free."""
    hosts: list[Name] = Field(default_factory=list[str])
    """Names by which the service may be called, besides those of this machine itself."""
    public_url: Annotated[str, AfterValidator(_address)] | None = None
    """By which address people reach it, such as https://help.example or https://acme.example/qa."""
    tls_cert: Name | None = None
    tls_key: Name | None = None
    behind_proxy: bool = False
    """Whether a proxy in front of it does the encryption."""
    proxies: list[Name] = Field(default_factory=lambda: ["127.0.0.1", "::1"])
    """Addresses or networks of proxies whose word on the caller's address is taken."""
    auth: bool = True
    """Whether keys are asked for; without them only this machine itself is served."""
    open_memories: Count = 32
    """Memories held open at once; of more, those are closed that were asked longest ago."""
    workers: Annotated[int, Field(ge=1, le=64)] = 8
    """Requests that are worked on at once, besides those that wait for the reader."""
    queue: Count = 32
    """Questions that wait for the reader at most; more are turned away."""
    batch: Annotated[int, Field(ge=1, le=64)] = 1
    """Questions that are read at once, of those that wait. On two cores several took as long as
    one after the other (see docs/service.md), and all wait for the last of them."""
    deadline: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """Seconds in which a question is answered or turned away."""
    batch_deadline: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """Seconds for a batch of questions."""
    drain: Annotated[float, Field(ge=0, le=3600)] = 10.0
    """Seconds that questions under way have when the service is stopped."""
    sure: Share = 0.85
    """Confidence from which an answer is called sure."""
    likely: Share = 0.65
    """Confidence from which one is called likely."""
    ask_rate: Count = 120
    """Questions a minute and key, on average."""
    ask_burst: Count = 30
    """Questions that a key may ask in one go."""
    write_rate: Count = 60
    """Changes a minute and key, on average."""
    body_bytes: Count = 256 * 1024
    """Size of a request's body, other than an upload's."""
    upload_bytes: Count = 500 * 10**6
    """Size of an upload."""
    file_bytes: Count = 100 * 10**6
    """Size of one of its files."""
    upload_files: Count = 200
    keep_days: Annotated[float, Field(gt=0)] = 90.0
    """Age from which questions are deleted from the service's own tables."""
    questions: Literal["text", "counts"] = "text"
    """Whether these keep what was asked, or count only."""
    log: Literal["auto", "json", "text"] = "auto"
    """Form of the log: a JSON object a line, or text; auto: text on a terminal."""
    mcp_corrections: bool = False
    """Whether assistants may propose corrections by MCP."""
    log_questions: bool = False
    """Whether the log holds what was asked."""
    metrics_from: list[Name] = Field(default_factory=lambda: ["127.0.0.1", "::1"])
    """Addresses or networks that may read /metrics without a key."""

    @model_validator(mode="after")
    def _fits(self) -> ServiceSettings:
        if self.likely > self.sure:
            raise ValueError(f"likely {self.likely} must not be above sure {self.sure}")
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key belong together; give both or none")
        return self


class Settings(Section):
    """All sections; `Settings()` is the packaged `cpu` profile."""

    encoder: EncoderSettings = EncoderSettings()
    reader: ReaderSettings = ReaderSettings()
    index: IndexSettings = IndexSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    answer: AnswerSettings = AnswerSettings()
    memory: MemorySettings = MemorySettings()
    runtime: RuntimeSettings = RuntimeSettings()
    service: ServiceSettings = ServiceSettings()

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
        where, table = read_settings(source)
        for key, value in _overrides({} if overrides is None else overrides).items():
            override_key(table, key, value)
        return cls.checked(table, where)

    def override(self, overrides: Mapping[str, object]) -> Settings:
        """These settings with other values under some dotted keys. Raises InputError."""
        table = self.model_dump()
        for key, value in _overrides(overrides).items():
            override_key(table, key, value)
        return self.checked(table, "settings")


def chosen(name: str, settings: object) -> Settings | None:
    """Settings as they are given to a call; None: the defaults. Raises ArgumentError.

    A profile's name or a file is not read here: by then a memory may be open that needs others.
    """
    if settings is not None and not isinstance(settings, Settings):
        raise refused(name, settings, "Settings: Settings.load reads a profile, file or mapping")
    return settings


def _overrides(overrides: object) -> Mapping[str, object]:
    if not isinstance(overrides, Mapping):
        raise refused("overrides", overrides, 'a mapping of keys, such as {"answer.top_k": 3}')
    for key in overrides:
        string("a key of overrides", key)
    return overrides


def _plain(value: Any) -> Any:
    """Nested values as validation takes them: numbers of NumPy's, paths and tuples made plain."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else plain(value)


def read_settings(source: str | Path | Mapping[str, object] | None) -> tuple[str, dict[str, Any]]:
    """Where settings come from, for messages, and their nested table, not checked yet.

    `source` as in `Settings.load`. Raises InputError for what cannot be read.
    """
    if source is None:
        return "settings", {}
    if isinstance(source, Mapping):
        for key in source:
            string("a key of the settings", key)
        return "settings", {k: dict(v) if isinstance(v, Mapping) else v for k, v in source.items()}
    if isinstance(source, str) and source in profiles():
        return f"profile {source}", _sections(read_profile(source), f"profile {source}")
    path = Path(path_of("settings", source))
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
    import yaml

    try:
        table: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{where}: not valid YAML: {' '.join(str(error).split())}") from error
    if table is None:
        return {}
    if not isinstance(table, dict):
        raise InputError(f"{where}: holds {type(table).__name__}, but settings are keys and values")
    return {str(key): value for key, value in table.items()}


def override_key(table: dict[str, Any], dotted: str, value: object) -> None:
    """Put `value` under a dotted key of a nested table: ``answer.top_k``."""
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
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from _keys(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{field.alias or name}"


def explain(error: ValidationError, known: Sequence[str]) -> str:
    """One problem, in one line: an unknown key first, with where it belongs or what it may mean."""
    problems = error.errors()
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        value = first["input"]
        detail = "" if isinstance(value, dict) else f" (it is {brief(value)})"
        return f"{key}: {first['msg'].removeprefix('Value error, ')}{detail}"
    if key in _ELSEWHERE:
        return f"{key} is not a setting, but an argument; give it to {_ELSEWHERE[key]}"
    leaf = key.rpartition(".")[2]
    sections = {name.partition(".")[0] for name in known}
    near = [name for name in known if name.rpartition(".")[2] == leaf][:1] or (
        difflib.get_close_matches(key, [*known, *sections], n=1, cutoff=0.5)
    )
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(sections))}"
    return f"{key} is not a setting; {hint}"
