"""The engines beside torch that may be installed, without loading any of them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from ...core.errors import InputError, missing_extra
from .protocol import Precision, RuntimeOptions

__all__ = ["ENGINES", "ONNXRUNTIME", "OPENVINO", "EngineInfo", "check_engine", "is_installed"]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """An engine as packages have it; the backend has the same name."""

    package: str
    precisions: tuple[Precision, ...]
    """What it computes where the processor does."""


ONNXRUNTIME = EngineInfo("onnxruntime", ("float32", "int8"))
OPENVINO = EngineInfo("openvino", ("float32", "bfloat16", "int8"))
ENGINES = (OPENVINO, ONNXRUNTIME)


def is_installed(engine: EngineInfo) -> bool:
    """Whether it can be loaded, together with what writes its graphs."""
    return find_spec(engine.package) is not None and find_spec("onnx") is not None


def check_engine(engine: EngineInfo, options: RuntimeOptions) -> None:
    """Raise InputError where an engine cannot do what is asked, whatever the model."""
    if not is_installed(engine):
        raise missing_extra("fast", f"the backend {engine.package} needs {engine.package} and onnx")
    if options.device not in ("auto", "cpu"):
        raise InputError(
            f"the backend {engine.package} computes on the CPU alone, not on {options.device}; set "
            "runtime.device to cpu, or runtime.backend to torch"
        )
