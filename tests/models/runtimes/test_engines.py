"""What an engine cannot do is said before anything is read, with the way out."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from spanmem.core.errors import InputError
from spanmem.models.runtimes import engines
from spanmem.models.runtimes.engines import ENGINES, check_engine, is_installed
from spanmem.models.runtimes.protocol import RuntimeOptions


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: str(engine.package))
def test_an_absent_one_is_told_with_the_extra_that_brings_it(
    engine: engines.EngineInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None if name == "onnx" else object())
    assert not is_installed(engine)
    with pytest.raises(InputError, match=rf"{engine.package} and onnx; .*spanmem\[fast\]"):
        check_engine(engine, RuntimeOptions())


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: str(engine.package))
def test_it_computes_on_the_cpu_alone(
    engine: engines.EngineInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _: object())
    check_engine(engine, RuntimeOptions("auto"))
    with pytest.raises(InputError, match=r"not on cuda:1; set runtime\.device to cpu"):
        check_engine(engine, RuntimeOptions("cuda:1"))


def test_installed_is_what_can_be_imported() -> None:
    for engine in ENGINES:
        both = find_spec(engine.package) is not None and find_spec("onnx") is not None
        assert is_installed(engine) == both
