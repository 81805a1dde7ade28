"""Weights that are numbers: infinity and NaN are found at the cost of reading them once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..core.errors import InputError, ModelError

if TYPE_CHECKING:
    import torch

__all__ = ["check_loaded", "check_trained", "lost_tensors"]


def lost_tensors(tensors: Iterable[tuple[str, torch.Tensor]]) -> list[str]:
    """Names of those that hold an infinity or a NaN; whole numbers never do."""
    return [name for name, tensor in tensors if not _is_finite(tensor)]


def _is_finite(tensor: torch.Tensor) -> bool:
    import torch

    if not tensor.numel() or not (tensor.is_floating_point() or tensor.is_complex()):
        return True
    if tensor.is_meta:  # laid out only, without values
        return True
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    if tensor.itemsize < 2:  # eight bits: too few for what follows
        tensor = tensor.float()
    # A NaN goes through to both, in a fiftieth of the time that `isfinite` and its mask take.
    lowest, highest = torch.aminmax(tensor.detach())
    return bool(torch.isfinite(lowest) & torch.isfinite(highest))


def check_loaded(source: object, tensors: Iterable[tuple[str, torch.Tensor]]) -> None:
    """Raise ModelError where weights that were read from `source` are not finite."""
    tensors = list(tensors)
    if lost := lost_tensors(tensors):
        raise ModelError(
            f"{source}: {len(lost)} of its {len(tensors)} tensors hold weights that are not "
            f"finite, such as {lost[0]}, so that all it gives is void; fetch it again, or train it "
            "anew with a lower `learning_rate`"
        )


def check_trained(when: str, tensors: Iterable[tuple[str, torch.Tensor]]) -> None:
    """Raise InputError where a training has lost its weights; `when` says so: `after step 7`."""
    if lost := lost_tensors(tensors):
        raise InputError(
            f"{when} weights are not finite any more, such as those of {lost[0]}, so nothing was "
            "written of them; lower `learning_rate` and train anew"
        )
