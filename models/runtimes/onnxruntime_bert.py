"""The backend `onnxruntime`: plain BERTs by ONNX Runtime, in float32 and int8, without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...core.errors import InputError
from .bert_graph import INPUTS, OUTPUT
from .engines import ONNXRUNTIME, check_engine
from .graph_runtime import Engine, GraphRuntime, sentences_by, spans_by
from .protocol import Floats, Ids, Precision, RuntimeOptions
from .tokenized import TokenizedRuntime

__all__ = ["Session", "load_sentences", "load_spans"]

_ERRORS_ALONE = 3
"""What it writes to standard error of its own accord: nothing but errors."""


class Session:
    """A graph opened by ONNX Runtime. One with a single thread has no pool: it can be forked."""

    def __init__(self, graph: Path | bytes, threads: int) -> None:
        import onnxruntime

        options: Any = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = _ERRORS_ALONE
        # What it would keep for each shape that it has met, it has no use for: most are new.
        options.enable_mem_pattern = False
        # Its threads would go on turning for a while after each call, while the search needs them.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        source = graph if isinstance(graph, bytes) else str(graph)
        self._session: Any = onnxruntime.InferenceSession(
            source, options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
        inputs = dict(zip(INPUTS, (ids, mask, types), strict=True))
        output: Floats = self._session.run([OUTPUT], inputs)[0]
        return output


class _Opener:
    package = ONNXRUNTIME.package

    def check(self, options: RuntimeOptions) -> Precision:
        check_engine(ONNXRUNTIME, options)
        if options.precision == "bfloat16":
            raise InputError(
                "onnxruntime computes no bfloat16 on a CPU; choose float32 or int8 as "
                "runtime.precision, or openvino or torch as runtime.backend"
            )
        return options.precision or "float32"

    def open(self, graph: Path | bytes, precision: Precision, threads: int) -> Engine:
        return Session(graph, threads)

    def open_in_child(self, graph: Path | bytes, precision: Precision) -> Engine:
        return Session(graph, 1)


def load_spans(
    folder: Path, source: str, options: RuntimeOptions, *, tokenizer: str | None
) -> GraphRuntime | None:
    """See `registry.Backend`."""
    return spans_by(_Opener(), folder, source, options, tokenizer)


def load_sentences(folder: Path, source: str, options: RuntimeOptions) -> TokenizedRuntime | None:
    """See `registry.Backend`."""
    return sentences_by(_Opener(), folder, source, options)
