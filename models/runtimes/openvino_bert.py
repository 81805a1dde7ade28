"""The backend `openvino`: plain BERTs by OpenVINO, in float32, bfloat16 and int8, without torch."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from ...core.errors import InputError
from . import cpu
from .bert_graph import INPUTS, OUTPUT
from .engines import ONNXRUNTIME, OPENVINO, check_engine, is_installed
from .graph_runtime import Engine, GraphRuntime, sentences_by, spans_by
from .protocol import Floats, Ids, Precision, RuntimeOptions
from .tokenized import TokenizedRuntime

__all__ = ["load_sentences", "load_spans"]


class _Request:
    def __init__(self, graph: Path | bytes, precision: Precision, threads: int) -> None:
        import openvino

        core: Any = openvino.Core()
        between = "bf16" if precision != "float32" and cpu.has_bfloat16() else "f32"
        # Threads that are not bound to cores leave the host's where they are.
        settings = {
            "INFERENCE_PRECISION_HINT": between,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,
        }
        model = core.read_model(graph if isinstance(graph, bytes) else str(graph))
        self._request: Any = core.compile_model(model, "CPU", settings).create_infer_request()
        self._lock = threading.Lock()

    def __call__(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
        inputs = dict(zip(INPUTS, (ids, mask, types), strict=True))
        with self._lock:  # the output is the request's own until it is copied
            output: Floats = self._request.infer(inputs)[OUTPUT].copy()
        return output


class _Opener:
    package = OPENVINO.package

    def check(self, options: RuntimeOptions) -> Precision:
        check_engine(OPENVINO, options)
        if options.precision == "bfloat16" and not cpu.has_bfloat16():
            raise InputError(
                f"{cpu.processor()} multiplies no bfloat16; choose float32 or int8 as "
                "runtime.precision"
            )
        return options.precision or ("bfloat16" if cpu.has_bfloat16() else "float32")

    def open(self, graph: Path | bytes, precision: Precision, threads: int) -> Engine:
        return _Request(graph, precision, threads)

    def open_in_child(self, graph: Path | bytes, precision: Precision) -> Engine:
        """By ONNX Runtime: OpenVINO's own pool of threads is one for the whole process."""
        from .onnxruntime_bert import Session

        if not is_installed(ONNXRUNTIME):
            raise InputError(
                "this process was forked from one that had loaded openvino, which cannot compute "
                "here; start workers by `spawn`, open the memory after forking alone, or install "
                "onnxruntime"
            )
        return Session(graph, 1)


def load_spans(
    folder: Path, source: str, options: RuntimeOptions, *, tokenizer: str | None
) -> GraphRuntime | None:
    """See `registry.Backend`."""
    return spans_by(_Opener(), folder, source, options, tokenizer)


def load_sentences(folder: Path, source: str, options: RuntimeOptions) -> TokenizedRuntime | None:
    """See `registry.Backend`."""
    return sentences_by(_Opener(), folder, source, options)
