"""A runtime with a sentence head and its tokenizer: texts in, vectors out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .protocol import Floats, Runtime, Task

__all__ = ["TokenizedRuntime"]


class TokenizedRuntime:
    """A `TextRuntime` over a `Runtime` whose head gives a vector for each row.

    It takes the runtime's tokenizer for itself and sets how that one truncates and pads.
    """

    def __init__(self, runtime: Runtime, *, dim: int, max_length: int) -> None:
        """`max_length`: tokens of a text that are read, if the model can read as many."""
        self.runtime = runtime
        self.dim = dim
        self.max_length = min(max_length, runtime.max_length)
        self.batch_tokens = runtime.batch_tokens
        self._backend = runtime.tokenizer.backend_tokenizer
        self._backend.enable_truncation(self.max_length)
        self._backend.enable_padding(pad_id=runtime.tokenizer.pad_token_id or 0)

    def embed(self, texts: Sequence[str], *, prompt: str, task: Task) -> Floats:
        """See `TextRuntime.embed`; both sides of retrieval are computed alike."""
        encodings = self._backend.encode_batch([prompt + text for text in texts])
        return self.runtime.run(
            np.array([encoding.ids for encoding in encodings], np.int64),
            np.array([encoding.attention_mask for encoding in encodings], np.int64),
            np.array([encoding.type_ids for encoding in encodings], np.int64),
        )
