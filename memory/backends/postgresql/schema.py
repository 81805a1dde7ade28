"""The tables of a memory on a server, and the numbered steps that lead to them.

A memory is a schema of one database. All steps that it lacks are carried out in one transaction,
so that a memory is made, or brought up to date, whole or not at all. Tables are keyed so that they
can be distributed over servers: documents, passages and facets by document, turns by scope.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ....core.errors import FormatTooNew, InputError, MemoryNotFound
from ....core.records import Prompts
from .connections import EXTENSION_SCHEMA, Connections
from .values import lock_number

__all__ = ["FORMAT", "MIGRATIONS", "create", "facts", "migrate", "must_suit", "number_of"]

_MOST_DIMENSIONS = 16_000
"""Of pgvector's halfvec."""
_INLINE = 3_000
"""Dimensions up to which a vector stays in its row: elsewhere, comparing it takes far longer."""
_LEAST_PGVECTOR = (0, 8)
"""It searches on in a graph where a filter lets little through."""

_TABLES = """
CREATE SEQUENCE stored_numbers;
CREATE SEQUENCE turn_numbers;
CREATE TABLE documents (
    document uuid PRIMARY KEY,
    stored bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    title text NOT NULL,
    source text NOT NULL,
    origin text NOT NULL,
    named text NOT NULL,
    digest text NOT NULL,
    metadata text NOT NULL,
    passages integer NOT NULL,
    text_words bigint NOT NULL,
    title_words bigint NOT NULL,
    pair_words bigint NOT NULL
);
CREATE INDEX documents_stored ON documents (stored);
CREATE INDEX documents_id ON documents (left(id, 200));
CREATE TABLE facets (
    document uuid NOT NULL REFERENCES documents (document) ON DELETE CASCADE,
    key uuid NOT NULL,
    type text NOT NULL,
    value text COLLATE "C",
    number numeric,
    number_in_text numeric,
    day_first_date text COLLATE "C",
    month_first_date text COLLATE "C",
    day_first boolean,
    PRIMARY KEY (document, key)
);
CREATE INDEX facets_number ON facets (key, number) WHERE number IS NOT NULL;
CREATE INDEX facets_value ON facets (key, left(value, 60)) WHERE value IS NOT NULL;
CREATE INDEX facets_day_first ON facets (key, day_first) WHERE day_first IS NOT NULL;
CREATE TABLE passages (
    document uuid NOT NULL REFERENCES documents (document) ON DELETE CASCADE,
    place integer NOT NULL,
    key text COLLATE "C" NOT NULL,
    start integer NOT NULL,
    words integer NOT NULL,
    text text NOT NULL,
    pages text,
    terms tsvector NOT NULL,
    vector halfvec({dim}) NOT NULL,
    PRIMARY KEY (document, place)
);
CREATE INDEX passages_key ON passages (key);
CREATE INDEX passages_terms ON passages USING gin (terms);
CREATE TABLE totals (
    documents bigint NOT NULL,
    passages bigint NOT NULL,
    text bigint NOT NULL,
    title bigint NOT NULL,
    pairs bigint NOT NULL
);
CREATE TABLE terms (term text COLLATE "C" PRIMARY KEY, passages bigint NOT NULL);
CREATE TABLE term_changes (term text COLLATE "C" NOT NULL, passages bigint NOT NULL);
CREATE INDEX term_changes_term ON term_changes (term);
CREATE TABLE turns (
    scope_key uuid NOT NULL,
    turn_key uuid NOT NULL,
    sequence bigint NOT NULL DEFAULT nextval('turn_numbers'),
    id text NOT NULL,
    scope text COLLATE "C" NOT NULL,
    question text NOT NULL,
    carried text NOT NULL,
    wordings text NOT NULL,
    answer text,
    kind text NOT NULL,
    confidence double precision NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    evidence text NOT NULL,
    author text NOT NULL,
    model text NOT NULL,
    supersedes text,
    superseded_by text,
    superseded_at text COLLATE "C",
    given bigint NOT NULL DEFAULT 0,
    answer_key uuid,
    words bigint NOT NULL,
    rests_on uuid[] NOT NULL,
    can_answer boolean NOT NULL,
    vector halfvec({dim}),
    PRIMARY KEY (scope_key, turn_key)
);
CREATE INDEX turns_sequence ON turns (scope_key, sequence);
CREATE INDEX turns_key ON turns (turn_key);
CREATE INDEX turns_words ON turns (scope_key, words);
CREATE INDEX turns_answer ON turns (scope_key, answer_key) WHERE kind = 'answer';
CREATE INDEX turns_rests_on ON turns USING gin (rests_on)
"""
"""`stored` orders documents, `sequence` turns, whatever the clock says; `given` is that of the turn
that gave the same answer last; `words` is the hash of what one was looked up by. `facets` are
documents' metadata as filters compare them. `totals`, and `term_changes` beside `terms`, add up to
what BM25 must know of all passages: rows come with each change, and are added up now and then, so
that no writer waits for another."""
_UNSAMPLED = {
    "documents": ("id", "title", "source", "origin", "named", "digest", "metadata"),
    "facets": ("value", "day_first_date", "month_first_date"),
    "passages": ("key", "text", "pages", "terms", "vector"),
    "terms": ("term",),
    "term_changes": ("term",),
    "turns": (
        *("id", "scope", "question", "carried", "wordings", "answer", "evidence", "author"),
        *("model", "supersedes", "superseded_by", "vector"),
    ),
}
"""Columns of which the planner keeps no samples: they would outlive what is forgotten."""


def _first_tables(cursor: Any, dim: int) -> None:
    """Make all tables."""
    for statement in _TABLES.format(dim=dim).split(";\n"):
        cursor.execute(statement)
    inline = "PLAIN" if dim <= _INLINE else "EXTERNAL"
    for table, columns in _UNSAMPLED.items():
        changes = [f"ALTER COLUMN {column} SET STATISTICS 0" for column in columns]
        changes += [f"ALTER COLUMN vector SET STORAGE {inline}"] if "vector" in columns else []
        cursor.execute(f"ALTER TABLE {table} {', '.join(changes)}")


MIGRATIONS: dict[int, Callable[[Any, int], None]] = {1: _first_tables}
"""Number of a step -> what it does, given a connection in a transaction and the vectors' length."""
FORMAT = max(MIGRATIONS)


def create(connections: Connections, *, encoder: str, dim: int, prompts: Prompts) -> dict[str, str]:
    """Make the memory's tables where there are none; the facts of the memory that is there then.

    Raises InputError where other tables are in the way, the server lacks what is needed, or the
    user the right to make it.
    """
    if dim > _MOST_DIMENSIONS:
        raise InputError(
            f"vectors of {dim:,} dimensions are too long for PostgreSQL, which keeps up to "
            f"{_MOST_DIMENSIONS:,}; keep fewer by encoder.dimensions, or index into a folder"
        )
    name, shown = connections.address.name, connections.address.shown
    known = {
        "encoder": encoder,
        "dim": str(dim),
        "prompts": json.dumps(asdict(prompts)),
        "format": "0",
        "wanted": "auto",
        "index": "flat",
        "effort": "0",
        "recall": "1.0",
    }

    def make(cursor: Any, _again: bool) -> None:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (lock_number("create"),))
        tables = _tables(cursor, name)
        if tables and "facts" in tables:
            return
        _must_serve(cursor, shown)
        if tables:
            raise InputError(
                f"the schema {name!r} at {shown} holds other tables, such as {sorted(tables)[0]}; "
                "name a new memory, by memory=NAME"
            )
        _make_schema(cursor, name, there=tables is not None)
        cursor.execute("CREATE TABLE facts (name text PRIMARY KEY, value text NOT NULL)")
        cursor.cursor().executemany("INSERT INTO facts VALUES (%s, %s)", list(known.items()))
        cursor.execute(
            "CREATE TABLE migrations (number integer PRIMARY KEY, applied_at timestamptz NOT NULL)"
        )
        _apply(cursor, 0, dim)

    connections.changed(make)
    return facts(connections)


def _make_schema(cursor: Any, name: str, *, there: bool) -> None:
    """A schema, unless it is there, in which tables are made from now on."""
    (own,) = cursor.execute("SELECT quote_ident(%s)", (name,)).fetchone()
    if not there:
        cursor.execute(f"CREATE SCHEMA {own}")
    (outside,) = cursor.execute(EXTENSION_SCHEMA).fetchone()
    path = f"{own}, {outside}"
    # Of the session: the extension may have been made just now.
    cursor.execute("SELECT set_config('search_path', %s, false)", (path,))


def facts(connections: Connections) -> dict[str, str]:
    """What the memory says of itself. Raises MemoryNotFound where there is none."""
    name, shown = connections.address.name, connections.address.shown
    tables = connections.reading(lambda cursor: _tables(cursor, name), anywhere=True)
    if tables is None:
        raise MemoryNotFound(shown, f"the database has no schema {name!r}")
    if "facts" not in tables:
        what = f"the schema {name!r} holds other tables" if tables else f"{name!r} is empty"
        raise MemoryNotFound(shown, what)
    sql = "SELECT has_schema_privilege(%s, 'USAGE')"
    if not connections.one(sql, (name,), anywhere=True)[0]:
        raise InputError(
            f"this user may not use the memory at {shown}; let its owner run GRANT USAGE ON SCHEMA "
            "and GRANT SELECT ON ALL TABLES, or connect as its owner"
        )
    connections.found = True
    return dict(connections.all("SELECT name, value FROM facts", anywhere=True))


def migrate(connections: Connections, known: dict[str, str]) -> None:
    """Bring an older memory up to date. Raises FormatTooNew for a newer one."""
    version = number_of(known, "format")
    if version > FORMAT:
        raise FormatTooNew(connections.address.shown, found=version, known=FORMAT)
    if version == FORMAT:
        return

    def step_up(cursor: Any, _again: bool) -> None:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (lock_number("create"),))
        (now,) = cursor.execute("SELECT value FROM facts WHERE name = 'format'").fetchone()
        _apply(cursor, int(now), number_of(known, "dim"))

    connections.changed(step_up)


def _apply(cursor: Any, version: int, dim: int) -> None:
    for number, step in sorted(MIGRATIONS.items()):
        if number > version:
            step(cursor, dim)
            cursor.execute("INSERT INTO migrations VALUES (%s, now())", (number,))
    cursor.execute("UPDATE facts SET value = %s WHERE name = 'format'", (str(max(MIGRATIONS)),))


def number_of(known: dict[str, str], name: str) -> int:
    """A fact that is a number, 0 where it is none: what opens the memory refuses that."""
    value = known.get(name, "")
    return int(value) if value.isdecimal() else 0


def must_suit(known: dict[str, str], shown: str) -> None:
    """Raise MemoryNotFound where the facts are not those of a memory that was made whole."""
    if not known.get("encoder") or not number_of(known, "dim") or not number_of(known, "format"):
        raise MemoryNotFound(shown, "what is there was not made by SpanMem, or not to its end")


def _tables(cursor: Any, schema: str) -> set[str] | None:
    """Tables of a schema; None where there is no such schema."""
    sql = (
        "SELECT c.relname FROM pg_namespace AS n LEFT JOIN pg_class AS c "
        "ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') WHERE n.nspname = %s"
    )
    rows = cursor.execute(sql, (schema,)).fetchall()
    return {name for (name,) in rows if name is not None} if rows else None


def _must_serve(cursor: Any, shown: str) -> None:
    """Raise InputError where the server or its database lacks what a memory needs."""
    (encoding,) = cursor.execute("SHOW server_encoding").fetchone()
    if encoding != "UTF8":
        raise InputError(
            f"the database at {shown} has the encoding {encoding}, in which not every text can be "
            "kept; make one with `createdb --encoding=UTF8 --template=template0`"
        )
    sql = "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
    available = cursor.execute(sql).fetchone()
    installed = cursor.execute(
        "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
    ).fetchone()
    if installed is None and available is None:
        raise InputError(
            f"the server at {shown} has no pgvector; install that extension of PostgreSQL on it "
            "(Debian: postgresql-NN-pgvector), or use a folder"
        )
    if installed is None:
        _make_extension(cursor, shown)
        installed = available
    version = installed[0] if installed else ""
    if tuple(int(n) for n in version.split(".")[:2] if n.isdecimal()) < _LEAST_PGVECTOR:
        raise InputError(
            f"pgvector {version} at {shown} is too old, 0.8 is the least; update it on the server "
            "and run ALTER EXTENSION vector UPDATE"
        )


def _make_extension(cursor: Any, shown: str) -> None:
    from .driver import psycopg

    try:
        with cursor.transaction():
            cursor.execute("CREATE EXTENSION vector")
    except psycopg().errors.InsufficientPrivilege:
        raise InputError(
            f"the database at {shown} lacks the extension vector, and this user may not make it; "
            "let its owner run CREATE EXTENSION vector"
        ) from None
