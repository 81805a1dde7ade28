"""Connections to one server, or to several of which one is the primary, and transactions on them.

Each call borrows a connection that nobody else uses meanwhile. A server that is gone for a moment,
as while a standby takes over, is waited for some seconds by whoever was connected before.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from math import inf
from typing import Any, TypeVar

from ....core.errors import InputError, MemoryNotFound
from ....core.forks import on_fork
from ...address import Address
from .driver import in_our_words, psycopg
from .primaries import commit_within, newest, timeline

__all__ = ["EXTENSION_SCHEMA", "PATIENCE", "Connections"]

PATIENCE = 30.0
"""Seconds that a server which was there is waited for, and another process's lock."""
_AT_REST = 0
"""The status of a connection that is in no transaction."""
_IDLE = 8
"""Connections kept open for the calls to come."""
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 1.0
_CONFIRMED = 10.0
"""Seconds after which a commit that is not confirmed is carried out anew, where there are several
hosts: another one may have become the primary."""
_PARAMETERS = {
    "application_name": "spanmem",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "20000",
}
"""Of a connection, unless the address says otherwise: a machine that is gone without a word is
given up after seconds, not hours."""
_TRANSIENT = ("57P01", "57P02", "57P03", "40001", "40P01")
"""States of a server that ends, starts or was in the way: the same may succeed a moment later."""
_READ_ONLY = "25006"
_SETTINGS = {
    "search_path": None,
    "client_encoding": "UTF8",
    "lock_timeout": f"{int(1000 * PATIENCE)}",
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
    "hnsw.iterative_scan": "strict_order",
    "hnsw.max_scan_tuples": "50000",
}
"""Of a session. Compiling a statement takes longer than ours run; a filter looks on in a graph."""
EXTENSION_SCHEMA = """
SELECT quote_ident(n.nspname) FROM pg_extension AS e
JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'vector'
"""
_left_to_parents: list[Any] = []
"""Connections of parents, which a forked child must not close: that would end them there."""

T = TypeVar("T")


class Connections:
    """Connections to where an address leads. Safe to use from several threads and after forks."""

    def __init__(self, address: Address, *, balanced: bool = True) -> None:
        """Connect for the first time; not `balanced`, all is read at the primary.

        Raises InputError or StorageError.
        """
        self.address = address
        self._closed, self._seen = False, False
        self._several = any(k == "host" and "," in v for k, v in address.parameters)
        self._balanced = self._several and balanced
        self._timeline, self._doubted = 0, False
        self.found, self._neighbor = False, False
        """Whether the memory was seen there; whether where the extension lies is one, too."""
        self._begin()
        on_fork(self, Connections._leave_to_parent)
        with in_our_words(address.shown), self._borrowed(anywhere=True):
            self._seen = True

    def _begin(self) -> None:
        self._guard = threading.Lock()
        self._idle: dict[bool, list[Any]] = {True: [], False: []}

    def _leave_to_parent(self) -> None:
        _left_to_parents.extend(c for idle in self._idle.values() for c in idle)
        self._begin()

    def close(self) -> None:
        """Let go of the server; harmless when done already."""
        with self._guard:
            self._closed = True
            idle = [c for connections in self._idle.values() for c in connections]
            self._begin()
        for connection in idle:
            connection.close()

    # -- statements

    def all(
        self, sql: str, values: Any = (), *, anywhere: bool = False, binary: bool = False
    ) -> list[tuple[Any, ...]]:
        """All rows of one query; `anywhere`: of a replica, too. Raises errors of the family."""

        def read(connection: Any) -> list[tuple[Any, ...]]:
            rows: list[tuple[Any, ...]] = connection.execute(sql, values, binary=binary).fetchall()
            return rows

        return self.reading(read, anywhere=anywhere)

    def one(self, sql: str, values: Any = (), *, anywhere: bool = False) -> tuple[Any, ...]:
        """The first row of a query that has one."""
        return self.all(sql, values, anywhere=anywhere)[0]

    def reading(self, read: Callable[[Any], T], *, anywhere: bool = False) -> T:
        """What `read` makes of a connection; once more where that broke, for `PATIENCE` seconds."""
        return self._patiently(read, anywhere=anywhere)

    def changed(self, change: Callable[[Any, bool], T]) -> T:
        """What `change` makes of a transaction, all or nothing, on the server's disk on return.

        Once more where the connection broke, for `PATIENCE` seconds: `change` is told whether the
        try before may have been stored, and must come to the same then. Raises errors of the
        family.
        """
        perhaps = False

        def work(connection: Any) -> T:
            nonlocal perhaps
            with self._committed(connection):
                made = change(connection, perhaps)
                perhaps = True
            return made

        return self._patiently(work, begin=True)

    def _patiently(
        self, work: Callable[[Any], T], *, anywhere: bool = False, begin: bool = False
    ) -> T:
        driver = psycopg()
        until, wait = inf, 0.0
        with in_our_words(self.address.shown):
            while True:
                connection: Any = None
                try:
                    with self._borrowed(anywhere=anywhere, begin=begin) as connection:
                        return self._or_let_go(work, connection)
                except driver.Error:
                    lost = connection is not None and connection.closed
                    now = time.monotonic()
                    until = min(until, now + PATIENCE)  # since it was lost: work may take longer
                    if not lost or now + wait > until:
                        raise
                self._drop_idle(anywhere)
                time.sleep(wait)
                wait = min(2 * wait or _FIRST_WAIT, _LONGEST_WAIT)

    def _or_let_go(self, work: Callable[[Any], T], connection: Any) -> T:
        """What `work` makes of a connection, which is closed where another one may do better."""
        try:
            return work(connection)
        except psycopg().Error as error:
            demoted = self._several and error.sqlstate == _READ_ONLY
            if demoted or error.sqlstate in _TRANSIENT:
                connection.close()
            raise

    def _drop_idle(self, anywhere: bool) -> None:
        """Let go of connections to where one was lost."""
        kind = anywhere and self._balanced
        with self._guard:
            idle, self._idle[kind] = self._idle[kind], []
        for connection in idle:
            connection.close()

    @contextmanager
    def _committed(self, connection: Any) -> Generator[None]:
        """A transaction that was begun is committed on a clean exit, and else rolled back."""
        try:
            yield
            if self._several:
                self._commit(connection)
            else:
                connection.execute("COMMIT")
        except BaseException:
            if not connection.closed:
                connection.execute("ROLLBACK")
            raise

    def _commit(self, connection: Any) -> None:
        try:
            commit_within(connection, _CONFIRMED)
        except psycopg().OperationalError:
            self._doubted = True
            raise

    def outside(self, statements: Sequence[str]) -> None:
        """Carry out statements that take no transaction, such as VACUUM.

        Where the connection broke all of them once more, for `PATIENCE` seconds.
        """
        self._patiently(lambda connection: _each(connection, statements))

    def outside_raw(self, statements: Sequence[str]) -> None:
        """Like `outside`, once, with the driver's errors as they are."""
        with self._borrowed() as connection:
            _each(connection, statements)

    # -- connections

    @contextmanager
    def _borrowed(self, *, anywhere: bool = False, begin: bool = False) -> Generator[Any]:
        """A connection that nobody else uses meanwhile, with `begin` in a new transaction."""
        anywhere = anywhere and self._balanced
        connection, process = self._ready(anywhere, begin), os.getpid()
        try:
            if self.found and self._neighbor:
                self._must_be_own(connection)
            yield connection
        finally:
            if os.getpid() == process:
                self._give_back(connection, anywhere)
            else:
                _left_to_parents.append(connection)

    def _must_be_own(self, connection: Any) -> None:
        """A schema that is gone, or may be used no more, is passed over without a word: the
        statement would then be of the memory behind it."""
        (first,) = connection.execute("SELECT current_schema()").fetchone()
        if first != self.address.name:
            what = f"the schema {self.address.name!r} is gone, or you may use it no more"
            raise MemoryNotFound(self.address.shown, what)

    def _give_back(self, connection: Any, anywhere: bool) -> None:
        clean = not connection.closed and connection.info.transaction_status == _AT_REST
        with self._guard:
            idle = self._idle[anywhere]
            if clean and not self._closed and len(idle) < _IDLE:
                idle.append(connection)
                return
        connection.close()

    def _ready(self, anywhere: bool, begin: bool) -> Any:
        """A connection that answers. One that was idle may have lost its server meanwhile."""
        driver = psycopg()
        while True:
            with self._guard:
                if self._closed:
                    raise InputError(f"the memory at {self.address.shown} is closed; open it again")
                idle = self._idle[anywhere]
                connection = idle.pop() if idle else None
            fresh = connection is None
            connection = connection or self._connected(anywhere)
            if not begin:
                return connection
            try:
                connection.execute("BEGIN")
                return connection
            except driver.OperationalError:
                connection.close()
                if fresh:
                    raise

    def _connected(self, anywhere: bool) -> Any:
        """A new connection, after some patience where the server was there before."""
        driver = psycopg()
        until = time.monotonic() + (PATIENCE if self._seen else 0)
        wait = _FIRST_WAIT
        while True:
            try:
                return self._connect(anywhere)
            except driver.OperationalError as error:
                passes = error.sqlstate is None or error.sqlstate in _TRANSIENT
                if time.monotonic() + wait > until or not passes:
                    raise
                time.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)

    def _connect(self, anywhere: bool) -> Any:
        parameters: dict[str, Any] = _PARAMETERS | dict(self.address.parameters)
        if not self._several:
            return self._connect_to(parameters)
        if anywhere:
            anyone = {"target_session_attrs": "any", "load_balance_hosts": "random"}
            return self._connect_to(anyone | parameters)
        parameters = {"target_session_attrs": "read-write", **parameters}
        if not self._doubted:
            connection = self._connect_to(parameters)
            number = timeline(connection)
            if number >= self._timeline:
                self._timeline = number
                return connection
            connection.close()
        connection, self._timeline = newest(self._connect_to, parameters, self._timeline)
        self._doubted = False
        return connection

    def _connect_to(self, parameters: dict[str, Any]) -> Any:
        connection = psycopg().connect(**parameters, autocommit=True, prepare_threshold=None)
        try:
            self._set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: Any) -> None:
        (outside,) = connection.execute(EXTENSION_SCHEMA).fetchone() or ("public",)
        (own,) = connection.execute("SELECT quote_ident(%s)", (self.address.name,)).fetchone()
        sql = "SELECT to_regclass(%s) IS NOT NULL AND %s <> %s"
        (self._neighbor,) = connection.execute(sql, (f"{outside}.facts", own, outside)).fetchone()
        values = {**_SETTINGS, "search_path": f"{own}, {outside}"}
        calls = ", ".join(["set_config(%s, %s, false)"] * len(values))
        connection.execute(f"SELECT {calls}", [part for pair in values.items() for part in pair])


def _each(connection: Any, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(statement)
