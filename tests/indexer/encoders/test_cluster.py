"""Machines of a cluster: who encodes there, and what is told before anything is done.

`test_cluster_of_ray` has the rest, on a real one.
"""

from __future__ import annotations

import socket
import sys
from types import ModuleType
from typing import Any

import pytest

from spanmem.core.errors import InputError, StorageError
from spanmem.indexer.encoders.cluster import Place, must_answer, places


def _node(name: str, *, alive: bool = True, **resources: float) -> dict[str, Any]:
    return {
        "NodeID": name,
        "NodeManagerAddress": f"10.0.0.{name}",
        "Alive": alive,
        "Resources": {"memory": 1e9, f"node:10.0.0.{name}": 1.0, **resources},
    }


def test_a_machine_has_a_worker_for_each_gpu_or_one_for_its_cores() -> None:
    nodes = [
        _node("1"),
        _node("2", CPU=8.0),
        _node("3", CPU=9.0, GPU=2.0),
        _node("4", CPU=4.0, alive=False),
        _node("5", GPU=1.0),
    ]
    assert places(nodes) == [
        Place("2", "10.0.0.2", cpus=8, gpus=0),
        Place("3", "10.0.0.3", cpus=4, gpus=1),
        Place("3", "10.0.0.3", cpus=4, gpus=1),
        Place("5", "10.0.0.5", cpus=0, gpus=1),
    ]


def test_without_ray_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install 'spanmem\[ray\]'"):
        must_answer("ray")


def test_an_address_where_nobody_answers_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", ModuleType("ray"))  # it is not asked before that
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        must_answer(f"ray://{address}")
        monkeypatch.setenv("RAY_ADDRESS", address)
        must_answer("ray")
    for cluster in ("ray", f"ray://{address}"):
        with pytest.raises(StorageError, match=r"no Ray cluster answers at .*`ray start --head`"):
            must_answer(cluster)
    with pytest.raises(StorageError, match="no Ray cluster answers at"):
        must_answer("ray://127.0.0.1:99999")
