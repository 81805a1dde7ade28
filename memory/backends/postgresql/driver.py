"""psycopg, and what it raises in our words."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from ....core.errors import (
    InputError,
    MemoryDamaged,
    SpanMemError,
    StorageError,
    first_line,
    missing_extra,
)

__all__ = ["in_our_words", "psycopg"]


def psycopg() -> Any:
    """The driver. Raises InputError where it is not installed."""
    try:
        import psycopg as driver
    except ImportError as error:
        raise missing_extra("postgres", "a memory on a PostgreSQL server needs psycopg") from error
    return driver


@contextmanager
def in_our_words(shown: str) -> Generator[None]:
    """What the driver raises as errors of the family; `shown` is the address without a password."""
    driver = psycopg()
    try:
        yield
    except SpanMemError:
        raise
    except driver.Error as error:
        raise translated(error, shown) from error


def translated(error: Any, shown: str) -> SpanMemError:
    """The error of the family for one of the driver's."""
    errors = psycopg().errors
    what = first_line(error)
    if isinstance(error, errors.InsufficientPrivilege):
        return InputError(
            f"no rights at {shown}: {what}; connect as the user who made the memory, or let its "
            "owner grant them"
        )
    if isinstance(error, errors.LockNotAvailable):
        return StorageError(
            f"what is asked of {shown} waits for another process, which holds it: {what}; let that "
            "one end, and run it again"
        )
    if isinstance(error, errors.QueryCanceled):
        return StorageError(
            f"{shown} stopped what it was asked: {what}; raise its statement_timeout, which an "
            "address does by options=-c%20statement_timeout%3D0, or ask less"
        )
    if isinstance(error, errors.SerializationFailure):
        return StorageError(
            f"{shown} stopped what it was asked for the sake of other changes: {what}; ask again, "
            "and let a replica that does so often wait longer by max_standby_streaming_delay"
        )
    if isinstance(error, (errors.UndefinedTable, errors.UndefinedColumn)):
        return MemoryDamaged(
            shown, what, way_out="restore it from a backup, or index into another memory"
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StorageError(
            f"{shown} only reads, as replicas do: {what}; name the primary's host, or all hosts "
            "with commas between them"
        )
    if re.search("authentication failed|no password supplied", what):
        return InputError(
            f"{shown} does not let us in: {what}; give the password by PGPASSWORD, PGPASSFILE or "
            "~/.pgpass, and name the right user"
        )
    if re.search('database "[^"]*" does not exist', what):
        return InputError(f"cannot use {shown}: {what}; make it with `createdb`, or name another")
    if isinstance(error, errors.DataError | errors.NotNullViolation | errors.CheckViolation):
        return InputError(f"{shown} cannot keep what it was given: {what}; change that value")
    return StorageError(
        f"cannot use {shown}: {what}; what was stored before is unharmed, see that the server runs "
        "and has space, and run it again"
    )
