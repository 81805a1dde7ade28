"""The first backend that can run a model does; a named one does or says that it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.core.errors import InputError, ModelError
from spanmem.models.runtimes.protocol import RuntimeOptions
from spanmem.models.runtimes.registry import BACKENDS, load_sentences, load_spans
from spanmem.models.runtimes.tokenized import TokenizedRuntime
from spanmem.models.runtimes.torch_bert import SpanHead
from spanmem.models.runtimes.torch_runtime import TorchRuntime
from spanmem.models.runtimes.transformers import SentenceTransformerRuntime
from tests.models.tiny import write_encoder

CPU = RuntimeOptions("cpu")


def test_plain_models_are_run_by_torch_alone(tiny_reader: Path, tiny_encoder: Path) -> None:
    spans = load_spans(tiny_reader, "tiny", CPU)
    assert isinstance(spans, TorchRuntime)
    assert isinstance(spans.module, SpanHead)
    assert spans.backend == "torch"
    assert isinstance(load_sentences(tiny_encoder, "tiny", CPU), TokenizedRuntime)


def test_others_are_run_by_the_libraries(tiny_reader: Path, tmp_path: Path) -> None:
    spans = load_spans(tiny_reader, "tiny", CPU, tokenizer=str(tiny_reader))
    assert isinstance(spans, TorchRuntime)
    assert not isinstance(spans.module, SpanHead)
    assert spans.backend == "transformers"
    folder = write_encoder(tmp_path / "cls", include_prompt=False)
    assert isinstance(load_sentences(folder, "cls", CPU), SentenceTransformerRuntime)


def test_a_named_backend_that_cannot_says_so(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "cls", include_prompt=False)
    only = RuntimeOptions("cpu", backend="torch")
    with pytest.raises(ModelError, match="cls cannot be run by the backend torch"):
        load_sentences(folder, "cls", only)
    with pytest.raises(ModelError, match=r"the backend torch, .* to auto or transformers"):
        load_spans(folder, "cls", only)


@pytest.mark.parametrize("backend", [None, "auto", "torch", "transformers"])
def test_int8_of_others_than_plain_models_is_refused_without_advice_that_does_not_help(
    tmp_path: Path, backend: str | None
) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "roberta"}')
    wanted = RuntimeOptions("cpu", backend=backend, precision="int8")
    for load in (load_spans, load_sentences):
        with pytest.raises(InputError, match="in int8, which is for plain BERTs alone; choose"):
            load(tmp_path, "it", wanted)


def test_an_unknown_backend_is_refused_with_those_that_are_known(tiny_reader: Path) -> None:
    with pytest.raises(InputError, match=f"cuda-graphs is not known; use {', '.join(BACKENDS)}"):
        load_spans(tiny_reader, "tiny", RuntimeOptions(backend="cuda-graphs"))


def test_an_absent_device_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not available here"):
        load_spans(tmp_path, "nothing", RuntimeOptions("cuda:99"))
    with pytest.raises(InputError, match="not available here"):
        load_sentences(tmp_path, "nothing", RuntimeOptions("cuda:99"))
