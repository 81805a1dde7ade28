"""The database's schema, and the named steps that lead to it from older formats.

Each migration is a function that is applied once and noted in the table `migrations`. All that a
database lacks are applied in one transaction together with its new `user_version`: it is migrated
whole or left as it was. The next one is appended to `MIGRATIONS`, changes `SCHEMA` alike, and
raises `FORMAT`, so that older releases refuse what they would not understand.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

from ..core.records import looked_up

__all__ = [
    "FORMAT",
    "MIGRATIONS",
    "create_schema",
    "hash_of_words",
    "migrate",
    "migrate_in_private",
    "note_given",
    "note_words",
    "set_carried_apart",
]

FORMAT = 3

_MIGRATIONS_TABLE = (
    "CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL) WITHOUT ROWID"
)
_TURNS = """
CREATE TABLE turns (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    question TEXT NOT NULL,
    carried TEXT NOT NULL,
    wordings TEXT NOT NULL,
    answer TEXT,
    kind TEXT NOT NULL,
    confidence REAL NOT NULL,
    created_at TEXT NOT NULL,
    author TEXT NOT NULL,
    model TEXT NOT NULL,
    supersedes TEXT,
    superseded_by TEXT,
    superseded_at TEXT,
    given INTEGER NOT NULL DEFAULT 0,
    evidence TEXT NOT NULL,
    can_answer INTEGER GENERATED ALWAYS AS (
        answer IS NOT NULL AND (kind <> 'answer' OR evidence <> '[]')
    ) VIRTUAL
);
CREATE TABLE turn_vectors (
    sequence INTEGER PRIMARY KEY REFERENCES turns (sequence) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    correction INTEGER NOT NULL,
    live INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    vector BLOB NOT NULL
)
"""
"""`sequence` orders turns, whatever the clock says; `given` is that of the turn that gave the same
answer last. `turn_vectors` holds all that a search of turns looks at, for those that can answer;
`changed` is the generation of the turns at which one was added, superseded or revived."""
_TURN_INDEXES = """
CREATE INDEX turns_scope ON turns (scope);
CREATE INDEX turns_answer ON turns (scope, answer) WHERE kind = 'answer';
CREATE INDEX turns_supersedes ON turns (supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX turn_vectors_changed ON turn_vectors (scope, changed)
"""
_WORDS = """
CREATE TABLE turn_words (
    sequence INTEGER PRIMARY KEY REFERENCES turns (sequence) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    words INTEGER NOT NULL
);
CREATE INDEX turn_words_words ON turn_words (scope, words)
"""
"""`words` is `hash_of_words`, by which a turn that was looked up by the same words is found."""
_PAGES = """
CREATE TABLE passage_pages (
    passage INTEGER PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
    pages TEXT NOT NULL
)
"""
"""`Passage.pages` as JSON, for the passages that have some."""
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    origin TEXT NOT NULL,
    digest TEXT NOT NULL,
    metadata TEXT NOT NULL,
    staged INTEGER NOT NULL,
    UNIQUE (id, staged)
);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents (number),
    key TEXT NOT NULL,
    start INTEGER NOT NULL,
    text TEXT NOT NULL,
    vector BLOB NOT NULL,
    generation INTEGER NOT NULL
);
CREATE INDEX passages_document ON passages (document);
CREATE INDEX passages_key ON passages (key);
CREATE INDEX passages_generation ON passages (generation);
CREATE TABLE removed (number INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
{_PAGES.strip()};
{_TURNS.strip()};
{_TURN_INDEXES.strip()};
{_WORDS.strip()};
{_MIGRATIONS_TABLE}
"""

_KEPT = (
    "id, scope, question, answer, kind, confidence, created_at, evidence, author, model, "
    "supersedes, superseded_by, superseded_at"
)
"""Columns of a turn in format 1 that format 2 has, too."""
_GIVEN = """
UPDATE turns SET given = coalesce((
    SELECT max(same.sequence) FROM turns AS same
    WHERE same.scope = turns.scope AND same.answer = turns.answer AND same.kind = 'answer'
), sequence)
"""
_AT_THE_END = re.compile(r"(.*\S) \(([^()]+)\)", re.DOTALL)
"""How format 1 kept a follow-up: the question, and what was carried to it in parentheses."""
_WORD = re.compile(r"[^\W_]+(?:[-'’.&][^\W_]+)*")
"""What a follow-up of format 1 took for a word."""


def create_schema(cursor: sqlite3.Cursor) -> None:
    """Make the tables of the newest format in an empty database."""
    _execute_all(cursor, SCHEMA)
    _note(cursor, list(MIGRATIONS))


def migrate(cursor: sqlite3.Cursor) -> list[str]:
    """Apply the migrations that a database lacks, within the caller's transaction.

    Returns their names. Raises sqlite3.DatabaseError where the database cannot be read or written.
    """
    (version,) = cursor.execute("PRAGMA user_version").fetchone()
    applied: set[str] = set()
    if version < 2:
        cursor.execute(_MIGRATIONS_TABLE)
    else:
        applied = {name for (name,) in cursor.execute("SELECT name FROM migrations")}
    lacking = [name for name in MIGRATIONS if name not in applied]
    for name in lacking:
        MIGRATIONS[name](cursor)
    _note(cursor, lacking)
    return lacking


def migrate_in_private(cursor: sqlite3.Cursor) -> None:
    """Let a connection to a database of format 1 that nobody can write see one of format 2.

    Its turns are copied into the connection's temporary database, whose tables come before those
    of the same name in the file.
    """
    _execute_all(cursor, _TURNS.replace("CREATE TABLE", "CREATE TEMP TABLE"))
    _execute_all(cursor, _PAGES.replace("CREATE TABLE", "CREATE TEMP TABLE"))
    _fill_turns(cursor, "main.turns")
    _execute_all(cursor, _TURN_INDEXES)
    note_given(cursor)
    set_carried_apart(cursor)


# -- the migrations


def _number_turns(cursor: sqlite3.Cursor) -> None:
    """Number the turns in the order they were made, and store their vectors apart."""
    cursor.execute("ALTER TABLE turns RENAME TO turns_1")
    _execute_all(cursor, _TURNS)
    _fill_turns(cursor, "turns_1")
    cursor.execute("DROP TABLE turns_1")  # and its index, whose name is taken until then
    _execute_all(cursor, _TURN_INDEXES)
    note_given(cursor)
    cursor.execute("INSERT INTO meta VALUES ('turns', '0')")


def set_carried_apart(cursor: sqlite3.Cursor) -> None:
    """Move words that were carried to a follow-up out of the parentheses at its question's end.

    Only where each of them occurs in an earlier turn of the scope: a follow-up takes them from
    there, and whoever wrote parentheses of their own keeps them.
    """
    sql = "SELECT sequence, scope, question, answer FROM turns ORDER BY scope, sequence"
    scope: object = None
    seen: set[str] = set()
    moved: list[tuple[str, str, int]] = []
    for sequence, own, question, answer in cursor.execute(sql):
        if own != scope:
            scope, seen = own, set()
        texts = [text for text in (question, answer) if isinstance(text, str)]
        ends = _AT_THE_END.fullmatch(question) if isinstance(question, str) else None
        carried = ends[2].split() if ends is not None else []
        # Put together again it must be the same, or it would be searched differently.
        if ends and seen.issuperset(carried) and looked_up(ends[1], carried) == question:
            moved.append((ends[1], json.dumps(carried), sequence))
        for text in texts:
            seen.update(_WORD.findall(text))
    cursor.executemany("UPDATE turns SET question = ?, carried = ? WHERE sequence = ?", moved)


def _keep_pages(cursor: sqlite3.Cursor) -> None:
    """Make room for the pages of passages."""
    _execute_all(cursor, _PAGES)


def _find_by_words(cursor: sqlite3.Cursor) -> None:
    """Let turns be found by what they were looked up by."""
    _execute_all(cursor, _WORDS)
    note_words(cursor)


MIGRATIONS: dict[str, Callable[[sqlite3.Cursor], None]] = {
    "number turns": _number_turns,
    "set carried words apart": set_carried_apart,
    "keep pages": _keep_pages,
    "find turns by their words": _find_by_words,
}


# -- their parts


def note_given(cursor: sqlite3.Cursor) -> None:
    """Work out for each answer when it was given last."""
    cursor.execute(_GIVEN)


def hash_of_words(text: str) -> int:
    """64 bits of the SHA-256 over what a question was looked up by, in any case; signed."""
    digest = hashlib.sha256(text.casefold().encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def note_words(cursor: sqlite3.Cursor) -> None:
    """Work out for each turn by which words it is found."""
    rows = cursor.execute("SELECT sequence, scope, question, carried FROM turns").fetchall()
    cursor.executemany(
        "INSERT OR REPLACE INTO turn_words VALUES (?, ?, ?)",
        [(s, scope, hash_of_words(_as_looked_up(q, carried))) for s, scope, q, carried in rows],
    )


def _as_looked_up(question: object, carried: object) -> str:
    """A stored question with what was carried to it; what cannot be read is taken as nothing."""
    text = question.decode("utf-8", "surrogatepass") if isinstance(question, bytes) else question
    try:
        words = json.loads(carried) if isinstance(carried, str | bytes) else []
    except (ValueError, RecursionError):
        words = []
    known = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return looked_up(str(text), words if known else ())


def _fill_turns(cursor: sqlite3.Cursor, source: str) -> None:
    """Copy the turns of format 1, oldest first, and the vectors of those that can answer."""
    cursor.execute(
        f"INSERT INTO turns ({_KEPT}, carried, wordings) "
        f"SELECT {_KEPT}, '[]', '[]' FROM {source} ORDER BY created_at, id"
    )
    cursor.execute(
        "INSERT INTO turn_vectors SELECT t.sequence, t.scope, t.kind = 'correction', "
        "t.superseded_by IS NULL, 0, old.vector "
        f"FROM turns AS t JOIN {source} AS old ON old.id = t.id WHERE t.can_answer"
    )


def _note(cursor: sqlite3.Cursor, names: list[str]) -> None:
    """Note migrations as applied, and the format that this makes."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    cursor.executemany("INSERT INTO migrations VALUES (?, ?)", [(name, now) for name in names])
    cursor.execute(f"PRAGMA user_version = {FORMAT}")


def _execute_all(cursor: sqlite3.Cursor, statements: str) -> None:
    for statement in statements.split(";\n"):
        cursor.execute(statement.strip())
