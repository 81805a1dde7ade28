"""A Ray cluster of several machines on this one: they encode what one process would.

Run by `make ray`, in an environment that has Ray.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from spanmem.memory.store import Memory
from tests.rooms import ROOT

pytest.importorskip("ray", reason="Ray is not installed; `make ray` makes an environment with it")
pytestmark = pytest.mark.slow

RAY = [sys.executable, "-m", "ray.scripts.scripts"]
DOCUMENTS = 240
_PATIENCE = 120


def _free_ports(count: int) -> list[int]:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


class Cluster:
    """A head that computes nothing, and machines of one core each with an address of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        port, client = _free_ports(2)
        self.address, self.clients = f"127.0.0.1:{port}", f"ray://127.0.0.1:{client}"
        self._machines: dict[int, subprocess.Popen[bytes]] = {}
        self._begin(
            1,
            "--head",
            f"--port={port}",
            f"--ray-client-server-port={client}",
            "--num-cpus=0",
            "--include-dashboard=false",
            f"--temp-dir={folder}",
        )

    def add(self, number: int, *, cores: int = 1, **environment: str) -> None:
        """A machine at 127.0.0.`number`."""
        where = (f"--address={self.address}", f"--num-cpus={cores}")
        self._begin(number, *where, **environment)

    def kill(self, number: int) -> None:
        """All processes of a machine at once."""
        machine = self._machines.pop(number)
        for process in (int(path.name) for path in Path("/proc").glob("[0-9]*")):
            with suppress(ProcessLookupError):
                if os.getsid(process) == machine.pid:  # their groups are several
                    os.kill(process, signal.SIGKILL)
        machine.wait(20)

    def close(self) -> None:
        for number in (*self._machines,):
            self.kill(number)

    def _begin(self, number: int, *options: str, **environment: str) -> None:
        log = self._folder / f"machine-{number}.log"
        ports = ("--min-worker-port=0", "--max-worker-port=0")
        memory = ("--object-store-memory=100000000", "--disable-usage-stats", "--block")
        with log.open("wb") as out:
            self._machines[number] = subprocess.Popen(
                [*RAY, "start", f"--node-ip-address=127.0.0.{number}", *options, *ports, *memory],
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self._folder,
                env=os.environ | environment,
            )
        until = time.monotonic() + _PATIENCE
        while "runtime started" not in (told := log.read_text(errors="replace")):
            assert self._machines[number].poll() is None, told
            assert time.monotonic() < until, told
            time.sleep(0.2)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A short path: Ray's sockets lie below it."""
    folder = Path("/tmp") / f"spanmem-ray-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    try:
        for number in (2, 3, 4, 5):
            cluster.add(number)
        yield cluster
    finally:
        cluster.close()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(DOCUMENTS):
        parts = (f"Mill {number} has {n} wheels of oak, made in {1700 + n}." for n in range(12))
        (folder / f"{number:03}.txt").write_text("\n\n".join(parts), encoding="utf-8")
    (folder / "config.yaml").write_text(
        "{encoder: {model: hash-64}, index: {batch: 4}}", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def expected(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    into = tmp_path_factory.mktemp("one") / "m"
    _done(_begun(corpus, into))
    return _rows(into)


def _begun(
    corpus: Path, into: Path, *options: str, cwd: Path = ROOT, **where: Any
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "spanmem", "index", *map(str, sorted(corpus.glob("*.txt")))]
    config = ("--config", str(corpus / "config.yaml"))
    return subprocess.Popen(
        [*command, "--memory", str(into), "--json", *config, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        **where,
    )


def _done(run: subprocess.Popen[str]) -> dict[str, Any]:
    out, error = run.communicate(timeout=600)
    assert run.returncode == 0, error
    report: dict[str, Any] = json.loads(out)
    return report


def _refusal(run: subprocess.Popen[str]) -> str:
    out, error = run.communicate(timeout=300)
    assert (run.returncode, out) == (2, ""), error
    told = [line for line in error.splitlines() if line.startswith("spanmem: ")]
    assert len(told) == 1, error
    assert "Traceback" not in error
    return told[0]


def _rows(into: Path) -> list[object]:
    with Memory.open(into) as memory:
        assert memory.verify() == []
        return [
            (info, list(memory.passages(info.id)), memory.contents.vectors(info.id).tolist())
            for info in memory.documents()
        ]


def _stored(into: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{into / 'rows.sqlite'}?mode=ro", uri=True)) as rows:
            return int(rows.execute("SELECT count(*) FROM documents").fetchone()[0])
    except sqlite3.Error:
        return 0


def _until_some_are_stored(into: Path, run: subprocess.Popen[str]) -> int:
    """A moment in the first half of the run."""
    some = random.randint(1, DOCUMENTS // 2)
    while (stored := _stored(into)) < some:
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    return stored


@pytest.mark.parametrize("direct", [False, True])
def test_machines_store_what_one_process_does(
    cluster: Cluster,
    corpus: Path,
    expected: list[object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    direct: bool,
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    workers = ("--workers", "ray" if direct else cluster.clients)
    first = _done(_begun(corpus, tmp_path / "m", *workers))
    assert first["added"] == DOCUMENTS
    assert _rows(tmp_path / "m") == expected
    again = _done(_begun(corpus, tmp_path / "m", *workers))
    assert (again["added"], again["replaced"], again["unchanged"]) == (0, 0, DOCUMENTS)


def test_what_a_lost_machine_had_is_done_by_another(
    cluster: Cluster, corpus: Path, expected: list[object], tmp_path: Path
) -> None:
    lost = random.choice((2, 3, 4, 5))
    run = _begun(corpus, tmp_path / "m", "--workers", cluster.clients)
    _until_some_are_stored(tmp_path / "m", run)
    cluster.kill(lost)
    assert _done(run)["added"] == DOCUMENTS
    assert _rows(tmp_path / "m") == expected
    cluster.add(lost)


def test_after_the_storing_process_was_killed_only_the_rest_is_written(
    cluster: Cluster, corpus: Path, expected: list[object], tmp_path: Path
) -> None:
    run = _begun(corpus, tmp_path / "m", "--workers", cluster.clients)
    _until_some_are_stored(tmp_path / "m", run)
    run.kill()
    run.communicate()
    stored = _stored(tmp_path / "m")
    assert 0 < stored < DOCUMENTS
    report = _done(_begun(corpus, tmp_path / "m", "--workers", cluster.clients))
    assert (report["unchanged"], report["added"]) == (stored, DOCUMENTS - stored)
    assert _rows(tmp_path / "m") == expected


def test_when_all_machines_are_gone_what_was_stored_is_whole_and_nothing_is_pruned(
    folder: Path, corpus: Path, tmp_path: Path
) -> None:
    (folder / "alone").mkdir()
    cluster = Cluster(folder / "alone")
    try:
        cluster.add(6)
        run = _begun(corpus, tmp_path / "m", "--workers", cluster.clients, "--prune")
        stored = _until_some_are_stored(tmp_path / "m", run)
        cluster.kill(6)
        assert "all machines of the cluster" in _refusal(run)
        with Memory.open(tmp_path / "m") as memory:
            assert memory.verify() == []
            assert stored <= memory.counts()[0] < DOCUMENTS
        nobody = _begun(corpus, tmp_path / "n", "--workers", cluster.clients)
        assert "no machine of the cluster" in _refusal(nobody)
        assert not (tmp_path / "n").exists()
    finally:
        cluster.close()


def test_another_release_or_encoder_is_refused_before_anything_is_written(
    cluster: Cluster, corpus: Path, folder: Path, tmp_path: Path
) -> None:
    encoder = tmp_path / "encoder"
    shutil.copytree(ROOT / "models" / "encoder", encoder)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    relative = ("--workers", cluster.clients, "--encoder", "encoder")
    run = _begun(corpus, tmp_path / "m", *relative, cwd=tmp_path, env=environment)
    told = _refusal(run)
    assert "cannot load the encoder" in told
    old = folder / "old"
    (old / "spanmem-0.0.1.dist-info").mkdir(parents=True)
    (old / "spanmem-0.0.1.dist-info" / "METADATA").write_text("Name: spanmem\nVersion: 0.0.1\n")
    cluster.add(7, PYTHONPATH=str(old))
    told = _refusal(_begun(corpus, tmp_path / "m", "--workers", cluster.clients))
    cluster.kill(7)
    assert "127.0.0.7 of the cluster has SpanMem 0.0.1" in told
    assert not (tmp_path / "m").exists()


def test_what_is_no_cluster_is_told(corpus: Path, cluster: Cluster, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        silent = _refusal(_begun(corpus, tmp_path / "m", "--workers", f"ray://127.0.0.1:{port}"))
    nobody = _refusal(_begun(corpus, tmp_path / "m", "--workers", f"ray://127.0.0.1:{port}"))
    for told in (silent, nobody):
        assert f"no Ray cluster answers at ray://127.0.0.1:{port}" in told
    assert not (tmp_path / "m").exists()
