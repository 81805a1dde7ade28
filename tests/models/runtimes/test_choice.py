"""The quickest way is measured once and kept; whatever speaks against measuring leaves torch."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from spanmem.core.errors import InputError, ModelError
from spanmem.models.runtimes import choice, cpu
from spanmem.models.runtimes.choice import (
    Choice,
    Measured,
    Run,
    candidates,
    choose,
    kept_choice,
)
from spanmem.models.runtimes.graph_runtime import GraphRuntime
from spanmem.models.runtimes.graphs import Head
from spanmem.models.runtimes.kept import CACHE_VARIABLE
from spanmem.models.runtimes.protocol import Floats, Ids, RuntimeOptions
from spanmem.models.runtimes.quantization import QUANTIZATION_FILE
from spanmem.models.runtimes.registry import AUTO, load_sentences, load_spans
from spanmem.models.runtimes.torch_runtime import TorchRuntime
from tests.models.runtimes.fast import with_engine, write_ranges

CPU = RuntimeOptions("cpu")


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both engines, as far as the choice can see, a cache, and models of any size."""
    monkeypatch.setattr(choice, "is_installed", lambda engine: True)
    monkeypatch.setattr(choice, "_LEAST_BYTES", 0)
    monkeypatch.setattr(cpu, "has_bfloat16", lambda: False)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


def loader(
    seconds: dict[str, float], *, wrong: tuple[str, ...] = (), broken: tuple[str, ...] = ()
) -> tuple[Callable[[RuntimeOptions], Run | None], list[str]]:
    """Runtimes that take so long, and the names of those that were opened."""
    loaded: list[str] = []

    def load(options: RuntimeOptions) -> Run | None:
        name = str(options.backend)
        loaded.append(name)
        if name in broken:
            raise ModelError("it is broken")

        def run(ids: Ids, mask: Ids, types: Ids) -> Floats:
            time.sleep(seconds[name])
            output: Floats = np.sin(ids * 0.7).astype(np.float32)
            return output + (5 if name in wrong else 0)

        return run

    return load, loaded


RATES = {"torch": 0.03, "openvino": 0.015, "onnxruntime": 0.001}


def test_the_quickest_is_taken_and_kept(tiny_reader: Path) -> None:
    load, loaded = loader(RATES)
    assert choose(tiny_reader, "spans", CPU, load).backend == "onnxruntime"
    assert loaded == ["torch", "openvino", "onnxruntime"]
    assert choose(tiny_reader, "spans", CPU, load).backend == "onnxruntime"
    assert len(loaded) == 3
    kept = kept_choice(tiny_reader, "spans", CPU)
    assert kept is not None
    assert [way.backend for way in kept.measured] == loaded
    rates = [way.rate or 0 for way in kept.measured]
    assert rates[-1] == max(rates)
    for other in (replace(CPU, threads=7), replace(CPU, precision="float32")):
        assert kept_choice(tiny_reader, "spans", other) is None
    assert kept_choice(tiny_reader, "sentences", CPU) is None


@pytest.mark.parametrize("fault", ["wrong", "broken"])
def test_one_that_fails_or_gives_other_numbers_is_not_taken(tiny_reader: Path, fault: str) -> None:
    load, _ = loader(RATES, **{fault: ("onnxruntime",)})
    assert choose(tiny_reader, "spans", CPU, load).backend == "openvino"
    kept = kept_choice(tiny_reader, "spans", CPU)
    assert kept is not None
    assert kept.measured[-1].rate is None


@pytest.mark.parametrize("why", ["small", "no cache", "no engine", "measured elsewhere", "cls"])
def test_torch_computes_where_nothing_is_gained(
    tiny_reader: Path, tiny_encoder: Path, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, loaded = loader(RATES)
    folder = tiny_reader
    if why == "small":
        monkeypatch.setattr(choice, "_LEAST_BYTES", 1 << 30)
    elif why == "no cache":
        monkeypatch.setenv(CACHE_VARIABLE, os.devnull)
    elif why == "no engine":
        monkeypatch.setattr(choice, "is_installed", lambda engine: False)
    elif why == "cls":
        folder = tiny_reader / "nothing"
    if why == "measured elsewhere":
        path = choice._path(folder, "spans", CPU)
        assert path is not None
        with FileLock(path.with_suffix(".lock")):
            assert choose(folder, "spans", CPU, load).backend == "torch"
    else:
        assert choose(folder, "spans", CPU, load) == Measured("torch", None, None)
    assert loaded == []
    assert kept_choice(tiny_reader, "spans", CPU) is None


def test_a_damaged_measurement_is_made_anew(tiny_reader: Path) -> None:
    load, loaded = loader(RATES)
    choose(tiny_reader, "spans", CPU, load)
    path = choice._path(tiny_reader, "spans", CPU)
    assert path is not None
    for text in ("", "[]", json.dumps({"measured": []}), json.dumps({"measured": [{"rate": 1}]})):
        path.write_text(text, encoding="utf-8")
        loaded.clear()
        assert choose(tiny_reader, "spans", CPU, load).backend == "onnxruntime"
        assert len(loaded) == 3


def ways(folder: Path, options: RuntimeOptions = CPU) -> list[tuple[str, str | None]]:
    return [(way.backend, way.precision) for way in candidates(folder, options)]


def test_int8_is_a_candidate_where_it_was_measured_to_be_cheap(
    tiny_reader: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(tiny_reader, folder)
    floats = {("torch", None), ("openvino", "float32"), ("onnxruntime", "float32")}
    whole = {("openvino", "int8"), ("onnxruntime", "int8")}
    for loss, expected in ((None, floats), (0.9, floats), (0.1, floats | whole)):
        write_ranges(folder, loss=loss)
        assert set(ways(folder)) == expected
    (folder / QUANTIZATION_FILE).unlink()
    assert ways(folder, replace(CPU, precision="int8")) == [
        ("openvino", "int8"),
        ("onnxruntime", "int8"),
    ]
    assert ways(folder, replace(CPU, precision="float32"))[0] == ("torch", "float32")


def test_bfloat16_is_one_where_the_processor_multiplies_it(
    tiny_reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu, "has_bfloat16", lambda: True)
    assert ("openvino", "bfloat16") in ways(tiny_reader)


def test_of_none_that_could_be_measured_the_first_is_best() -> None:
    ways = Measured("torch", None, None), Measured("openvino", "int8", None)
    assert Choice(ways).best == ways[0]


@with_engine("openvino")
@with_engine("onnxruntime")
def test_auto_opens_what_was_chosen(
    tiny_reader: Path, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto = RuntimeOptions("cpu", 1, AUTO)
    monkeypatch.setattr(Choice, "best", property(lambda self: self.measured[-1]))
    assert isinstance(load_spans(tiny_reader, "tiny", auto), GraphRuntime)
    monkeypatch.setattr(Choice, "best", property(lambda self: self.measured[0]))
    assert isinstance(load_spans(tiny_reader, "tiny", auto), TorchRuntime)
    own = load_spans(tiny_reader, "tiny", auto, tokenizer=str(tiny_reader))
    assert isinstance(own, TorchRuntime)
    assert load_sentences(tiny_encoder, "tiny", auto).dim == 32
    heads: dict[Head, Path] = {"spans": tiny_reader, "sentences": tiny_encoder}
    for head, folder in heads.items():
        kept = kept_choice(folder, head, RuntimeOptions("cpu", 1))
        assert kept is not None
        assert [way.backend for way in kept.measured if way.rate] == [
            "torch",
            "openvino",
            "onnxruntime",
        ]


def test_int8_without_ranges_is_refused_by_auto_too(tiny_reader: Path) -> None:
    options = RuntimeOptions("cpu", 1, AUTO, "int8")
    with pytest.raises(InputError, match="int8"):
        load_spans(tiny_reader, "tiny", options)
