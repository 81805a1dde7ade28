"""Where models run, in what precision and portions, and what identifies their weights."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import files
from ..core.errors import InputError
from .runtimes.kept import content_digest

if TYPE_CHECKING:
    import torch

__all__ = ["batch_tokens", "fingerprint", "placement"]


def placement(device: str, precision: str | None = None) -> tuple[torch.device, torch.dtype]:
    """Where torch runs, and in what precision: None is bfloat16 where the hardware multiplies it.

    `device` is `auto` or a name of torch's, `precision` as in `RuntimeOptions`. Raises InputError
    for a device that is not here, and for int8.
    """
    import torch

    if precision is not None:
        if precision not in ("float32", "bfloat16"):
            raise InputError(
                f"torch computes no {precision} here; install the engines that do with "
                "`pip install 'spanmem[fast]'`, for plain BERTs on the CPU, or choose float32 or "
                "bfloat16 as runtime.precision"
            )
        return placement(device)[0], getattr(torch, precision)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        place = torch.device(device)
    except RuntimeError as error:
        raise InputError(
            f"device {device} is not known; use cpu, cuda, cuda:N, mps or auto"
        ) from error
    if place.type == "cpu":
        cpu: Any = torch.cpu  # which has no public names for these
        fast = bool(cpu._is_avx512_bf16_supported() or cpu._is_amx_tile_supported())
        return place, torch.bfloat16 if fast else torch.float32
    cuda: Any = torch.cuda  # which has no public name for this
    if place.type == "cuda" and cuda._is_in_bad_fork():
        raise InputError(
            f"device {place} cannot be used in a process forked from one that has used it; start "
            "workers by `spawn`, or use --device cpu"
        )
    if place.type == "cuda":
        present = (place.index or 0) < torch.cuda.device_count()
    else:
        present = place.type == "mps" and torch.backends.mps.is_available()
    if not present:
        raise InputError(f"device {device} is not available here; use --device cpu")
    fast = place.type == "cuda" and torch.cuda.is_bf16_supported()
    return place, torch.bfloat16 if fast else torch.float32


def batch_tokens(device: torch.device) -> int:
    """Padded tokens computed at once: on a CPU few, so that they stay in its caches.

    On two Zen 4 cores 2,048 encoded half as many passages again as 8,192 did.
    """
    return 2048 if device.type == "cpu" else 32_768


def fingerprint(weights: Iterable[Path]) -> str:
    """First 12 hex digits of the SHA-256 over files of weights."""
    paths = list(weights)
    return (content_digest(paths[0]) if len(paths) == 1 else files.digest(*paths))[:12]
