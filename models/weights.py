"""Files of weights: one, or parts with an index, and what stands where there are none to read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..core.errors import ModelError, first_line

if TYPE_CHECKING:
    import torch

    State: TypeAlias = dict[str, torch.Tensor]

__all__ = ["check_kind", "check_no_adapter", "check_readable", "load_tensors", "weights_files"]

_INDEX = ".index.json"
"""How the name of the list of parts ends, behind the name of the whole."""
_WRAPPERS = ("module.", "_orig_mod.")
"""What `DataParallel` and `torch.compile` put before the names of a model's weights."""
_ELSEWHERE = {
    "ONNX": ("*.onnx", "onnx/*.onnx"),
    "OpenVINO": ("openvino*.xml", "openvino/*.xml"),
    "TensorFlow": ("tf_model*.h5",),
    "Flax": ("flax_model*.msgpack",),
    "GGUF": ("*.gguf",),
}
"""Kinds of weights that are not read, and their files."""


def _safetensors(path: Path) -> State:
    from safetensors.torch import load_file

    return load_file(path)


def _pickled_tensors(path: Path) -> State:
    import torch

    return dict(torch.load(path, map_location="cpu", weights_only=True))


_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
"""Files that hold all weights, the best first."""
_READERS: Mapping[str, Callable[[Path], State]] = {
    ".safetensors": _safetensors,
    ".bin": _pickled_tensors,
}
"""How such files, or parts of them, end, and what reads them."""


def weights_files(folder: Path) -> tuple[Path, ...]:
    """The file with all weights, or the parts that an index beside them names, by name.

    Raises ModelError where there is none, a part is missing, or one may not be read.
    """
    try:
        for name in _WEIGHTS:
            if (folder / name).is_file():
                paths: tuple[Path, ...] = (folder / name,)
            elif (folder / f"{name}{_INDEX}").is_file():
                paths = _parts(folder / f"{name}{_INDEX}")
            else:
                continue
            check_readable(*paths)
            return paths
    except PermissionError as error:
        raise _unreadable(folder) from error
    check_kind(folder)
    raise ModelError(
        f"{folder} is no model: it has neither {' nor '.join(_WEIGHTS)}; give the folder that "
        "`save_pretrained` writes"
    )


def check_readable(*paths: Path) -> None:
    """Raise ModelError for files that may not be read, of which libraries say "no such file"."""
    for path in paths:
        try:
            path.open("rb").close()
        except PermissionError as error:
            raise _unreadable(path) from error
        except OSError:
            continue  # what reads it says more


def _unreadable(path: Path) -> ModelError:
    return ModelError(
        f"{path} cannot be read: permission denied; give this user the right to read it"
    )


def _parts(index: Path) -> tuple[Path, ...]:
    """The files that an index names. Raises ModelError where one is missing."""
    check_readable(index)
    try:
        table: Any = json.loads(index.read_text(encoding="utf-8"))
        names = sorted({str(name) for name in table["weight_map"].values()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{index} is no list of the parts of weights ({first_line(error)}); fetch it again"
        ) from error
    if not names or any(Path(n).name != n or Path(n).suffix not in _READERS for n in names):
        raise ModelError(f"{index} names no parts of weights beside it; fetch it again")
    missing = [name for name in names if not (index.parent / name).is_file()]
    if missing:
        raise ModelError(
            f"{index.parent} lacks {len(missing)} of the {len(names)} parts of its weights, such "
            f"as {missing[0]}; fetch it again"
        )
    return tuple(index.parent / name for name in names)


def check_kind(folder: Path) -> None:
    """Raise ModelError for a folder whose weights are of a kind that is not read."""
    check_no_adapter(folder, str(folder))
    for kind, patterns in _ELSEWHERE.items():
        if any(path for pattern in patterns for path in folder.glob(pattern)):
            raise ModelError(
                f"{folder} has its weights for {kind} alone, which are not read; name the model "
                "that they were exported from, with its model.safetensors"
            )


def check_no_adapter(folder: Path, source: str) -> None:
    """Raise ModelError for a folder with an adapter (LoRA), which is no model by itself."""
    path = folder / "adapter_config.json"
    if not path.is_file():
        return
    try:
        base = json.loads(path.read_text(encoding="utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError, TypeError):
        base = None
    raise ModelError(
        f"{source} holds an adapter (LoRA) alone, without the model that it changes"
        f"{f', {base}' if base else ''}; merge both with peft's `merge_and_unload`, save that, "
        "and give its folder"
    )


def load_tensors(folder: Path) -> State:
    """All tensors of a checkpoint, on the CPU, by the names that its model has for them.

    Raises ModelError as `weights_files` does, and for what cannot be read as tensors.
    """
    import pickle

    from safetensors import SafetensorError

    state: State = {}
    for path in weights_files(folder):
        try:
            state |= _READERS[path.suffix](path)
        except (OSError, SafetensorError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
            raise ModelError(
                f"{path} cannot be read as tensors ({first_line(error)}); fetch it again"
            ) from error
    while state and (wrapper := next((w for w in _WRAPPERS if _all_begin(state, w)), None)):
        state = {name.removeprefix(wrapper): tensor for name, tensor in state.items()}
    return state


def _all_begin(state: State, prefix: str) -> bool:
    return all(name.startswith(prefix) for name in state)
