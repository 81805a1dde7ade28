"""Which of several hosts is the primary, and how long its answer is waited for.

A primary whose guard was killed may go on beside the one that was promoted in its place. It takes
changes, and waits without an end for a replica to confirm them: whoever asks no other host stands
still. The number of a server's timeline grows with each promotion and tells them apart.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .driver import psycopg

__all__ = ["commit_within", "each_host", "newest", "timeline"]

_PER_HOST = ("host", "hostaddr", "port")
_TIMELINE = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"


def each_host(parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The parameters of a connection to several hosts, for each host alone."""
    lists = {key: str(parameters[key]).split(",") for key in _PER_HOST if key in parameters}
    for at in range(max(map(len, lists.values()))):
        own = {key: values[at if len(values) > 1 else 0] for key, values in lists.items()}
        yield {**parameters, **own}


def timeline(connection: Any) -> int:
    """How often a server before this primary was followed by another one, in some way."""
    (digits,) = connection.execute(_TIMELINE).fetchone()
    return int(digits, 16)


def newest(
    connect: Callable[[dict[str, Any]], Any], parameters: Mapping[str, Any], known: int
) -> tuple[Any, int]:
    """A connection to the primary that was promoted last, and its timeline, at least `known`.

    Raises the driver's OperationalError where there is none.
    """
    driver = psycopg()
    best, number, why = None, known, None
    for own in each_host(parameters):
        try:
            connection = connect(own)
        except driver.Error as error:
            why = error
            continue
        try:
            found = timeline(connection)
        except driver.Error as error:
            why = error
            connection.close()
            continue
        if found < number or (best is not None and found == number):
            connection.close()
            why = why or driver.OperationalError("only a primary of the past answers")
            continue
        if best is not None:
            best.close()
        best, number = connection, found
    if best is None:
        raise driver.OperationalError(f"no host is the primary: {why}")
    return best, number


def commit_within(connection: Any, seconds: float) -> None:
    """Commit; a server that does not answer is let go, and may have committed or not.

    Nothing is cancelled: the server would take that for leave to tell of a change, as if it were
    safe, that no replica has.
    """
    driver, libpq = psycopg(), connection.pgconn
    libpq.send_query(b"COMMIT")
    with selectors.DefaultSelector() as answers:
        answers.register(libpq.socket, selectors.EVENT_READ)
        if not answers.select(seconds):
            connection.close()
            raise driver.OperationalError(f"a commit was not confirmed for {seconds:.0f} seconds")
    errors = []
    while (result := libpq.get_result()) is not None:
        if result.status != driver.pq.ExecStatus.COMMAND_OK:
            errors.append(driver.errors.error_from_result(result))
    if errors:
        raise errors[0]
