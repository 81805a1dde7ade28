"""Options of a runtime, and what is told of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.encoders.sentence import SentenceEncoder
from spanmem.models.runtimes.protocol import RuntimeOptions, computed_by
from spanmem.models.runtimes.registry import load_spans
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.reader import SpanReader
from spanmem.reader.windows import Windows
from tests.models.runtimes.fast import with_engine

WINDOWS = Windows(size=128, overlap=8)


@pytest.mark.parametrize("threads", [0, -2])
def test_fewer_threads_than_one_are_refused(threads: int) -> None:
    with pytest.raises(InputError, match=f"{threads} threads .* give 1 or more"):
        RuntimeOptions(threads=threads)


def test_options_are_values() -> None:
    assert RuntimeOptions() == RuntimeOptions("auto", None, None)
    assert len({RuntimeOptions("cpu", 1), RuntimeOptions("cpu", 1), RuntimeOptions("cpu", 2)}) == 2


def test_what_computes_a_model_is_told(tiny_reader: Path, tiny_encoder: Path) -> None:
    assert computed_by(SpanReader.load(tiny_reader, device="cpu", windows=WINDOWS)) in {
        "torch float32",
        "torch bfloat16",
    }
    by_library = SentenceEncoder(tiny_encoder, device="cpu", backend="transformers")
    assert str(computed_by(by_library)).startswith("transformers ")
    assert computed_by(OverlapReader()) is None


@with_engine("onnxruntime")
def test_an_engine_is_told_with_its_precision(tiny_reader: Path) -> None:
    options = RuntimeOptions("cpu", backend="onnxruntime", precision="float32")
    reader = SpanReader(load_spans(tiny_reader, "tiny", options), name="tiny", windows=WINDOWS)
    assert computed_by(reader) == "onnxruntime float32"
