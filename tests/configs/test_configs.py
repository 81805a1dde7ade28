"""Packaged files: each is of one kind, told by its name, and nothing else can be read."""

from __future__ import annotations

import pytest
import yaml

from spanmem import configs
from tests.rooms import ROOT

KINDS = (configs.profiles, configs.grids, configs.recipes)


def test_each_packaged_file_is_of_one_kind() -> None:
    names = [name for kind in KINDS for name in kind()]
    assert sorted(names) == sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))
    for kind in KINDS:
        assert list(kind()) == sorted(kind())
    assert {"cpu", "gpu", "spanbert-base", "spanbert-large"} <= set(configs.profiles())
    assert "benchmark-grid" in configs.grids()
    assert {"train-reader", "train-retriever"} <= set(configs.recipes())


def test_each_packaged_file_is_a_table() -> None:
    for kind in KINDS:
        for name in kind():
            assert isinstance(yaml.safe_load(configs.read(name)), dict), name


@pytest.mark.parametrize("name", ["../pyproject", "cpu.yaml", "", "/etc/passwd"])
def test_nothing_else_can_be_read(name: str) -> None:
    with pytest.raises(KeyError):
        configs.read(name)
