"""What encodes passages on a machine of a cluster: see `cluster`."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence

from ...core.records import Prompts, Vectors
from .encoder import Encoder

__all__ = ["ClusterWorker"]


class ClusterWorker:
    """Holds an encoder; an actor of Ray."""

    def __init__(self) -> None:
        self._encoder: Encoder | None = None

    def load(self, pickled: bytes) -> tuple[str, int, Prompts]:
        """Load the encoder; `pickled` calls what loads it. Returns its name, dim and prompts."""
        make: Callable[[], Encoder] = pickle.loads(pickled)
        self._encoder = encoder = make()
        return encoder.name, encoder.dim, encoder.prompts

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`; after `load`."""
        assert self._encoder is not None
        return self._encoder.encode_passages(texts)
