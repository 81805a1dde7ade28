"""A graph as a runtime: without torch, as a guest of its host, and in forked children."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spanmem.core.errors import InputError, ModelError
from spanmem.models.runtimes.graph_runtime import GraphRuntime
from spanmem.models.runtimes.kept import CACHE_VARIABLE
from spanmem.models.runtimes.protocol import Precision, RuntimeOptions
from spanmem.models.runtimes.registry import load_sentences, load_spans
from tests.models.runtimes.fast import with_engine
from tests.rooms import ROOT
from tests.test_host import snapshot

ENGINES = [pytest.param(name, marks=with_engine(name)) for name in ("onnxruntime", "openvino")]
ROW = np.array([[2, 5, 6, 3]]), np.ones((1, 4), np.int64), np.zeros((1, 4), np.int64)


def reader(
    folder: Path, engine: str, *, threads: int = 2, precision: Precision = "float32"
) -> GraphRuntime:
    options = RuntimeOptions("cpu", threads, engine, precision)
    runtime = load_spans(folder, "tiny", options)
    assert isinstance(runtime, GraphRuntime)
    return runtime


@pytest.mark.parametrize("engine", ENGINES)
def test_a_forked_child_goes_on_with_one_thread(tiny_reader: Path, engine: str) -> None:
    runtime = reader(tiny_reader, engine)
    expected = runtime.run(*ROW)
    pid = os.fork()
    if pid == 0:  # pragma: no cover - measured in the parent alone
        same = np.allclose(runtime.run(*ROW), expected, atol=1e-5) and runtime.threads == 1
        same = same and reader(tiny_reader, engine).threads == 1
        os._exit(0 if same else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert runtime.threads == 2
    np.testing.assert_array_equal(runtime.run(*ROW), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_host_is_as_it_was(
    tiny_reader: Path, engine: str, capfd: pytest.CaptureFixture[str]
) -> None:
    reader(tiny_reader, engine).run(*ROW)  # what libraries do as they are imported is their own
    before = snapshot()
    reader(tiny_reader, engine, threads=1).run(*ROW)
    after = snapshot()
    assert [name for name in before if before[name] != after[name]] == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("engine", ENGINES)
def test_torch_is_not_loaded_once_the_graph_is_kept(
    tiny_reader: Path,
    tiny_encoder: Path,
    tmp_path: Path,
    engine: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    options = RuntimeOptions("cpu", 1, engine, "float32")
    reader(tiny_reader, engine)
    load_sentences(tiny_encoder, "tiny", options)
    code = f"""
import sys
from pathlib import Path
from spanmem.models.runtimes.protocol import RuntimeOptions
from spanmem.indexer.encoders.sentence import SentenceEncoder
from spanmem.models.runtimes.registry import load_spans
import spanmem.reader.reader
options = {{"backend": {engine!r}, "precision": "float32", "threads": 1}}
load_spans(Path({str(tiny_reader)!r}), "tiny", RuntimeOptions(**options))
SentenceEncoder({str(tiny_encoder)!r}, **options).encode_queries(["the river"])
print(sorted({{"torch", "onnx", "transformers"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("file", ["graph.onnx", "graph.bin"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_damaged_graph_is_told_with_the_way_out(
    tiny_reader: Path, tmp_path: Path, engine: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    reader(tiny_reader, engine)
    (graph,) = tmp_path.glob(f"*/{file}")
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(ModelError, match=f"{engine} cannot open .*remove the folder") as told:
        reader(tiny_reader, engine)
    assert "\n" not in str(told.value)


@with_engine("onnxruntime")
def test_a_precision_that_an_engine_lacks_is_refused(tiny_reader: Path) -> None:
    with pytest.raises(InputError, match="onnxruntime computes no bfloat16"):
        reader(tiny_reader, "onnxruntime", precision="bfloat16")


@with_engine("openvino")
def test_bfloat16_is_refused_where_the_processor_lacks_it(
    tiny_reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spanmem.models.runtimes.cpu.has_bfloat16", lambda: False)
    with pytest.raises(InputError, match="multiplies no bfloat16; choose float32 or int8"):
        reader(tiny_reader, "openvino", precision="bfloat16")


@with_engine("onnxruntime")
def test_a_tokenizer_of_another_folder_is_left_to_others(tiny_reader: Path) -> None:
    options = RuntimeOptions("cpu", 1, "onnxruntime")
    with pytest.raises(ModelError, match="cannot be run by the backend onnxruntime"):
        load_spans(tiny_reader, "tiny", options, tokenizer=str(tiny_reader))


@with_engine("openvino")
def test_a_child_without_what_can_be_forked_says_so(
    tiny_reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spanmem.models.runtimes.graph_runtime.lost_threads", lambda package: True)
    monkeypatch.setattr(
        "spanmem.models.runtimes.openvino_bert.is_installed",
        lambda engine: engine.package == "openvino",
    )
    with pytest.raises(InputError, match=r"forked from one that had loaded openvino.*`spawn`"):
        reader(tiny_reader, "openvino")
