"""Every runtime passes the contract, and so does one of another make: BERT in NumPy."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.models.runtimes.contract import (
    SentenceRuntimeContract,
    SpanRuntimeContract,
    TextRuntimeContract,
)
from spanmem.models.runtimes.protocol import Precision, Runtime, RuntimeOptions, TextRuntime
from spanmem.models.runtimes.registry import load_sentences, load_spans
from spanmem.models.runtimes.tokenized import TokenizedRuntime
from tests.models.runtimes.fast import with_engine, write_ranges
from tests.models.runtimes.numpy_bert import NumpyBert
from tests.models.tiny import SIZES, write_encoder, write_reader


@pytest.fixture(scope="module", autouse=True)
def folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Models for `make`, which takes no fixture."""
    _FOLDERS["reader"] = write_reader(tmp_path_factory.mktemp("contract") / "reader")
    _FOLDERS["encoder"] = write_encoder(tmp_path_factory.mktemp("contract") / "encoder")
    for folder in _FOLDERS.values():
        write_ranges(folder)


_FOLDERS: dict[str, Path] = {}


def spans(backend: str, precision: Precision | None = None) -> Runtime:
    options = RuntimeOptions("cpu", backend=backend, precision=precision)
    return load_spans(_FOLDERS["reader"], "tiny", options)


def sentences(backend: str, precision: Precision | None = None) -> TextRuntime:
    options = RuntimeOptions("cpu", backend=backend, precision=precision)
    return load_sentences(_FOLDERS["encoder"], "tiny", options)


class TestTorchSpans(SpanRuntimeContract):
    def make(self) -> Runtime:
        return spans("torch")


class TestTransformersSpans(SpanRuntimeContract):
    def make(self) -> Runtime:
        return spans("transformers")


class TestNumpySpans(SpanRuntimeContract):
    tolerance = 1e-5

    def make(self) -> Runtime:
        return NumpyBert(_FOLDERS["reader"])


class TestTorchSentences(SentenceRuntimeContract):
    def make(self) -> Runtime:
        runtime = sentences("torch")
        assert isinstance(runtime, TokenizedRuntime)
        return runtime.runtime


class TestNumpySentences(SentenceRuntimeContract):
    tolerance = 1e-5

    def make(self) -> Runtime:
        return NumpyBert(_FOLDERS["encoder"])


class TestTorchTexts(TextRuntimeContract):
    def make(self) -> TextRuntime:
        return sentences("torch")


class TestSentenceTransformers(TextRuntimeContract):
    def make(self) -> TextRuntime:
        return sentences("transformers")


class TestNumpyTexts(TextRuntimeContract):
    tolerance = 1e-5

    def make(self) -> TextRuntime:
        runtime = NumpyBert(_FOLDERS["encoder"])
        return TokenizedRuntime(runtime, dim=SIZES["hidden_size"], max_length=48)


@with_engine("onnxruntime")
class TestOnnxRuntimeSpans(SpanRuntimeContract):
    tolerance = 1e-5

    def make(self) -> Runtime:
        return spans("onnxruntime", "float32")


@with_engine("onnxruntime")
class TestOnnxRuntimeSentences(SentenceRuntimeContract):
    tolerance = 1e-5

    def make(self) -> Runtime:
        runtime = sentences("onnxruntime", "float32")
        assert isinstance(runtime, TokenizedRuntime)
        return runtime.runtime


@with_engine("onnxruntime")
class TestOnnxRuntimeInt8Spans(SpanRuntimeContract):
    tolerance = 0.1

    def make(self) -> Runtime:
        return spans("onnxruntime", "int8")


@with_engine("onnxruntime")
class TestOnnxRuntimeInt8Sentences(SentenceRuntimeContract):
    tolerance = 0.1

    def make(self) -> Runtime:
        runtime = sentences("onnxruntime", "int8")
        assert isinstance(runtime, TokenizedRuntime)
        return runtime.runtime


@with_engine("onnxruntime")
class TestOnnxRuntimeTexts(TextRuntimeContract):
    tolerance = 1e-5

    def make(self) -> TextRuntime:
        return sentences("onnxruntime", "float32")


@with_engine("openvino")
class TestOpenVinoSpans(SpanRuntimeContract):
    tolerance = 1e-5

    def make(self) -> Runtime:
        return spans("openvino", "float32")


@with_engine("openvino")
class TestOpenVinoSentences(SentenceRuntimeContract):
    tolerance = 1e-5

    def make(self) -> Runtime:
        runtime = sentences("openvino", "float32")
        assert isinstance(runtime, TokenizedRuntime)
        return runtime.runtime


@with_engine("openvino")
class TestOpenVinoInt8Spans(SpanRuntimeContract):
    tolerance = 0.1

    def make(self) -> Runtime:
        return spans("openvino", "int8")


@with_engine("openvino")
class TestOpenVinoInt8Sentences(SentenceRuntimeContract):
    tolerance = 0.1

    def make(self) -> Runtime:
        runtime = sentences("openvino", "int8")
        assert isinstance(runtime, TokenizedRuntime)
        return runtime.runtime


@with_engine("openvino")
class TestOpenVinoTexts(TextRuntimeContract):
    tolerance = 1e-5

    def make(self) -> TextRuntime:
        return sentences("openvino", "float32")
