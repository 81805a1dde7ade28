"""What a runtime is: a model that is computed, whoever computes it. Arrays are NumPy's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from ...core.errors import InputError

if TYPE_CHECKING:
    import tokenizers

__all__ = [
    "PRECISIONS",
    "Floats",
    "Ids",
    "Precision",
    "Runtime",
    "RuntimeOptions",
    "Task",
    "TextRuntime",
    "Tokenizer",
    "computed_by",
]

Ids: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float32]
Task: TypeAlias = Literal["query", "document"]
"""Which side of retrieval a text is on; models with a route for each take their way by it."""

Precision: TypeAlias = Literal["float32", "bfloat16", "int8"]
"""What layers are computed in; int8 is of linear layers alone, inputs and weights."""
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """Where and by what a model is computed; each runtime keeps to its own.

    Raises InputError for a number of threads below 1.
    """

    device: str = "auto"
    """`auto` or a name of torch's: `cpu`, `cuda`, `cuda:1`, `mps`."""
    threads: int | None = None
    """Threads of the CPU; None: as many as torch uses when the model is loaded."""
    backend: str | None = None
    """A key of `registry.BACKENDS`; None: torch, or `transformers` where the model needs it;
    `auto`: what is quickest here, where there is a choice (see `choice`)."""
    precision: Precision | None = None
    """None: what the backend is quickest in without being less exact than bfloat16 is."""

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise InputError(f"{self.threads} threads compute nothing; give 1 or more")


class Tokenizer(Protocol):
    """What is needed of a tokenizer, under the names that `transformers` has for it."""

    @property
    def backend_tokenizer(self) -> tokenizers.Tokenizer:
        """Texts -> token ids with their offsets."""
        ...

    @property
    def pad_token_id(self) -> int | None:
        """What short rows are filled up with."""
        ...

    @property
    def cls_token_id(self) -> int | None:
        """What each row begins with."""
        ...

    @property
    def sep_token_id(self) -> int | None:
        """What ends each part of a row."""
        ...

    def __len__(self) -> int:
        """Number of tokens it knows."""
        ...


class Runtime(Protocol):
    """One model with its head; `contract.py` is what each must pass. Safe in several threads."""

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's own."""
        ...

    @property
    def max_length(self) -> int:
        """Tokens that a row may have."""
        ...

    @property
    def batch_tokens(self) -> int:
        """Padded tokens that are best computed at once."""
        ...

    def run(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
        """The head's output, float32, from three arrays of shape (rows, length).

        `mask` is 1 at tokens and 0 at the padding on their right; `types` is 0 in the first
        segment and 1 in the second. A span head gives the start and the end logit of each token,
        shape (rows, length, 2), where those of padding mean nothing; a sentence head gives a unit
        vector for each row, shape (rows, dim).
        """
        ...


class TextRuntime(Protocol):
    """One sentence encoder with its tokenizer: texts in, vectors out. Safe in several threads."""

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        ...

    @property
    def max_length(self) -> int:
        """Tokens of a text that are read; what comes after them is left out."""
        ...

    @property
    def batch_tokens(self) -> int:
        """Padded tokens that are best computed at once."""
        ...

    def embed(self, texts: Sequence[str], *, prompt: str, task: Task) -> Floats:
        """Unit vectors of one batch of texts, each behind `prompt`, shape (len(texts), dim).

        There is at least one text, and none holds a lone surrogate.
        """
        ...


def computed_by(model: object) -> str | None:
    """What computes a reader or an encoder, such as `onnxruntime int8`; None: unknown here."""
    runtime = getattr(model, "runtime", None)
    runtime = getattr(runtime, "runtime", runtime)  # that of a text runtime's rows of tokens
    names = (getattr(runtime, "backend", None), getattr(runtime, "precision", None))
    return " ".join(filter(None, names)) or None
