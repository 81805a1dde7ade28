"""Errors of the driver, told as those of SpanMem: what is wrong, and the way out."""

from __future__ import annotations

import pytest

from spanmem.core.errors import InputError, MemoryDamaged, SpanMemError, StorageError
from spanmem.memory.backends.postgresql.driver import translated

psycopg = pytest.importorskip("psycopg")
SHOWN = "postgresql://reader@host/db?memory=support"


@pytest.mark.parametrize(
    ("raised", "message", "told", "way_out"),
    [
        ("InsufficientPrivilege", "permission denied", InputError, "let its owner grant them"),
        ("LockNotAvailable", "canceling statement due to lock timeout", StorageError, "let that"),
        ("QueryCanceled", "canceling statement", StorageError, "raise its statement_timeout"),
        ("SerializationFailure", "conflict with recovery", StorageError, "max_standby_streaming"),
        ("UndefinedTable", 'relation "turns" does not exist', MemoryDamaged, "a backup"),
        ("UndefinedColumn", 'column "x" does not exist', MemoryDamaged, "a backup"),
        ("ReadOnlySqlTransaction", "cannot execute INSERT", StorageError, "the primary's host"),
        ("OperationalError", "password authentication failed", InputError, "by PGPASSWORD"),
        ("OperationalError", "fe_sendauth: no password supplied", InputError, "by PGPASSWORD"),
        ("OperationalError", 'database "db" does not exist', InputError, "with `createdb`"),
        ("NumericValueOutOfRange", "integer out of range", InputError, "change that value"),
        ("CheckViolation", "violates check constraint", InputError, "change that value"),
    ],
)
def test_each_kind_has_its_way_out(
    raised: str, message: str, told: type[SpanMemError], way_out: str
) -> None:
    kind = getattr(psycopg.errors, raised, None) or getattr(psycopg, raised)
    error = translated(kind(f"{message}\nDETAIL: more"), SHOWN)
    assert type(error) is told
    assert message in str(error)
    assert way_out in str(error)
    assert "\n" not in str(error)
