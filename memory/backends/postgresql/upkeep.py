"""Looking after a memory on a server: sizes, contradictions, and forgetting down to the bytes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ....core.errors import InputError, StorageError
from ...maintenance.forget import Request
from .connections import PATIENCE, Connections
from .driver import in_our_words, psycopg
from .passages import PassageRows
from .schema import facts, number_of
from .turns import TurnRows
from .values import lock_number
from .words import fold
from .writing import remove

__all__ = ["compact", "forget", "problems", "publish", "stats"]

_OF_DOCUMENTS = ("documents", "facets", "passages", "terms", "term_changes", "totals", "turns")
_OF_TURNS = ("turns",)
_WAIT = 0.05
_CHECKS = {
    "passages are not as many as their documents say": "SELECT count(*) FROM documents AS d "
    "WHERE d.passages <> (SELECT count(*) FROM passages AS p WHERE p.document = d.document)",
    "vectors are not of length 1": "SELECT count(*) FROM passages "
    "WHERE NOT coalesce(abs(l2_norm(vector) - 1) < 0.01, false)",
    "turns lack their vector": "SELECT count(*) FROM turns WHERE can_answer AND vector IS NULL",
    "turns' vectors belong to no turn that can answer": "SELECT count(*) FROM turns "
    "WHERE vector IS NOT NULL AND NOT can_answer",
    "turns supersede one that is not there": "SELECT count(*) FROM turns AS t "
    "WHERE t.supersedes IS NOT NULL AND NOT EXISTS (SELECT 1 FROM turns AS old "
    "WHERE old.scope_key = t.scope_key AND old.id = t.supersedes)",
    "totals do not agree with what is stored": "SELECT (coalesce(sum(documents), 0) <> "
    "(SELECT count(*) FROM documents))::int + (coalesce(sum(passages), 0) <> "
    "(SELECT count(*) FROM passages))::int FROM totals",
    "terms are not in as many passages as is noted": "SELECT count(*) FROM ("
    "SELECT lexeme, count(*) AS passages FROM passages, unnest(tsvector_to_array(terms)) "
    "AS lexeme WHERE left(lexeme, 1) IN ('t', 'h', 'p') GROUP BY lexeme) AS counted "
    "FULL JOIN (SELECT term, sum(passages) AS passages FROM ("
    "SELECT * FROM terms UNION ALL SELECT * FROM term_changes) AS noted GROUP BY term "
    'HAVING sum(passages) <> 0) AS noted ON noted.term = counted.lexeme COLLATE "C" '
    "WHERE noted.passages IS DISTINCT FROM counted.passages",
}


def publish(connections: Connections) -> None:
    """Add up what changes came to, unless another process is doing it, and put words in order."""
    lock = lock_number("fold", connections.address.name)

    def add_up(cursor: Any, _again: bool) -> None:
        (free,) = cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (lock,)).fetchone()
        if free:
            fold(cursor)

    connections.changed(add_up)
    with suppress(InputError):  # for want of rights: the owner alone may put words in order
        connections.outside(["SELECT gin_clean_pending_list('passages_terms'::regclass)"])


def compact(connections: Connections) -> None:
    """Give space back, and let the planner know the sizes. Searches go on meanwhile."""
    publish(connections)
    connections.outside([f"VACUUM (ANALYZE) {table}" for table in _OF_DOCUMENTS])


def stats(connections: Connections, rows: PassageRows, turns: TurnRows) -> dict[str, Any]:
    """Sizes and kinds, ready for JSON."""
    known = facts(connections)
    documents, passages = rows.counts()
    scopes = turns.scopes()
    (size,) = connections.one(
        "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class AS c "
        "JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relkind = 'r'",
        (connections.address.name,),
    )
    return {
        "documents": documents,
        "passages": passages,
        "turns": sum(scopes.values()),
        "scopes": len(scopes),
        "bytes": size,
        "format": number_of(known, "format"),
        "index": {
            "wanted": known.get("wanted", "auto"),
            "kind": known.get("index", "flat"),
            "effort": number_of(known, "effort"),
            "recall_at_10": float(known.get("recall", "1")),
        },
    }


def problems(connections: Connections, rows: PassageRows, turns: TurnRows) -> list[str]:
    """What is wrong, one line each; empty when sound."""
    lines: list[str] = []
    for what, sql in _CHECKS.items():
        if count := connections.one(sql)[0]:
            lines.append(f"{count} {what}")
    altered = sum(key != passage.key for key, passage in rows.keyed())
    if altered:
        lines.append(f"{altered} passages are not what their key says")
    unreadable = turns.unreadable()
    if unreadable:
        lines.append(f"{len(unreadable)} turns cannot be read, the first is {unreadable[0]!r}")
    return lines


def forget(
    connections: Connections, rows: PassageRows, turns: TurnRows, request: Request
) -> tuple[tuple[int, int], list[str]]:
    """Erase what is requested; numbers of documents and turns, and what a person should know.

    Rows are deleted in one transaction. Their bytes go when the tables are written anew, and the
    log when the server starts another one and puts all on its disk.
    """
    if request.scope is None and (request.turn is not None or request.before is not None):
        raise InputError("whose turns? name their scope as well")
    if not request.documents and request.scope is None:
        raise InputError("nothing to forget; name documents or a scope")
    known = rows.known(request.documents)
    if missing := [name for name in request.documents if name not in known]:
        raise InputError(f"no document {missing[0]!r} here, so nothing was forgotten")
    erased = [(0, 0)]  # a try that was stored left the next one less to forget

    def erase(cursor: Any, _again: bool) -> int:
        forgotten = documents = 0
        if request.scope is not None:
            forgotten += turns.forget(
                cursor, request.scope, turn=request.turn, before=request.before
            )
        if request.documents:
            forgotten += turns.forget_quoting(cursor, set(request.documents))
            documents = remove(cursor, dict.fromkeys(request.documents))
            fold(cursor)
        erased.append((documents, forgotten))
        (change,) = cursor.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        return int(change)

    change = connections.changed(erase)
    tables = _OF_DOCUMENTS if request.documents else _OF_TURNS
    return max(erased), _erase_bytes(connections, tables, change)


def _erase_bytes(connections: Connections, tables: Sequence[str], change: int) -> list[str]:
    """Write tables anew without what was deleted, and let the log go that still holds it."""
    shown = connections.address.shown
    again = f"run `spanmem memory compact --memory {shown}` when they have ended"
    if not _nobody_looks_back(connections, change):
        raise StorageError(
            f"it is forgotten at {shown}, but other transactions, begun before, still run in that "
            f"database, so that its bytes remain; {again}"
        )
    # At once: each by itself would leave what the next one still refers to.
    connections.outside([f"VACUUM (FULL, ANALYZE) {table}" for table in tables])
    return _renew_log(connections)


def _nobody_looks_back(connections: Connections, change: int) -> bool:
    """Whether no transaction may still see what a change deleted, after some patience."""
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND datname = current_database() AND backend_xmin IS NOT NULL "
        "AND age(backend_xmin) >= age(%s::text::xid)"
    )
    until = time.monotonic() + PATIENCE
    while connections.one(sql, (str(change % (1 << 32)),))[0]:
        if time.monotonic() > until:
            return False
        time.sleep(_WAIT)
    return True


def _renew_log(connections: Connections) -> list[str]:
    """Let the server begin a new log and drop the old one; what it could not do, in a line."""
    errors = psycopg().errors
    notices: list[str] = []
    try:
        connections.outside_raw(["SELECT pg_switch_wal()", "CHECKPOINT"])
    except errors.InsufficientPrivilege:
        notices.append(
            "what was forgotten may remain in the server's log until it is overwritten: this user "
            "may not begin a new one; let a superuser run SELECT pg_switch_wal() and CHECKPOINT"
        )
    with in_our_words(connections.address.shown):
        (recycled,) = connections.one("SHOW wal_recycle")
    if recycled == "on":
        notices.append(
            "the server uses files of its log again, in which bytes of what was forgotten may "
            "remain for a while; wal_recycle = off in postgresql.conf lets them go"
        )
    return notices
