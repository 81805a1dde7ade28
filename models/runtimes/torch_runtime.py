"""A torch module as a runtime: on its device, in its precision, with its number of threads."""

from __future__ import annotations

import os

import torch
from torch import nn

from ..device import batch_tokens
from .protocol import Floats, Ids, Tokenizer
from .threads import computing

__all__ = ["TorchRuntime", "precision_of"]


def precision_of(module: nn.Module) -> str:
    """The type of a module's first weights, such as `float32`; "" where it has none."""
    weights = next(module.parameters(), None)
    return "" if weights is None else str(weights.dtype).removeprefix("torch.")


class TorchRuntime:
    """A `Runtime` over a module that takes ids, mask and types and gives what `run` does."""

    def __init__(
        self,
        module: nn.Module,
        tokenizer: Tokenizer,
        *,
        max_length: int,
        device: torch.device,
        threads: int | None = None,
        backend: str = "torch",
    ) -> None:
        """`module`, loaded by `backend`, is on `device`; `threads` as in `RuntimeOptions`."""
        self.backend = backend
        self.module = module.eval()
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.device = device
        self.batch_tokens = batch_tokens(device)
        self.threads = threads or torch.get_num_threads()
        self._process = os.getpid()

    @property
    def precision(self) -> str:
        """That of its weights, such as `float32`."""
        return precision_of(self.module)

    def run(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
        """See `Runtime.run`."""
        with computing(self.threads, self.device, self._process):
            inputs = (torch.from_numpy(array).to(self.device) for array in (ids, mask, types))
            output: Floats = self.module(*inputs).float().cpu().numpy()
        return output
