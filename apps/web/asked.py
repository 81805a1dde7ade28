"""What was asked and how it was answered: the rows that feedback and corrections hang on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from ...core.errors import InputError
from ...core.records import Evidence
from ...core.times import now, utc
from ...memory.protocol import TurnStore
from ...pipeline.answers import Answer, Candidate
from ...pipeline.settings import ServiceSettings
from .database import Database
from .errors import NotFound

__all__ = ["Asked", "AskedRow", "Asking", "Level", "Log", "count", "forget", "level_of", "uncount"]

Level: TypeAlias = Literal["sure", "likely", "unsure", "unknown"]
_CHUNK = 500
_COUNTED = ("levels", "kinds", "doors", "verdicts", "judged")


def level_of(answer: Answer, settings: ServiceSettings) -> Level:
    """How sure an answer is, in one word; `unknown`: it was held back, or there is none."""
    if answer.abstained:
        return "unknown"
    if answer.confidence >= settings.sure:
        return "sure"
    return "likely" if answer.confidence >= settings.likely else "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One question, as a door of the service puts it to the engine."""

    question: str
    scope: str = ""
    """Whole, with the key's prefix; "": nothing is remembered in the memory."""
    history: tuple[tuple[str, str | None], ...] | None = None
    """The exchanges before it, oldest first; None: those of the scope."""
    where: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Conditions on documents, those of the key joined."""
    sees: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Those of the key alone: what it is told of a conversation rests on documents that meet them.
    """
    top_k: int | None = None
    as_of: str | None = None
    remember: bool = True
    timeout: float | None = None
    """Seconds in which it is to be answered; None: as the settings say."""
    key: str = ""
    """Id of the key that asks."""
    door: str = "api"
    """By which it came: `api`, `page`, `mcp` or `openai`."""
    of_a_program: bool = False
    """Whether nobody asks it: in vain, it is no unanswered question."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered, with the id by which feedback and corrections refer to it."""

    id: str
    memory: str
    scope: str
    level: Level
    answer: Answer
    urls: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of its documents, by their ids, those that have an address on the web."""


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A question that was answered, as it is kept."""

    id: str
    memory: str
    at: str
    key: str
    door: str
    scope: str
    turn: str | None
    question: str
    looked_up: str
    level: Level
    kind: str
    """Of the answer: passage, memory, confirmed or correction; "" where none was given."""
    confidence: float
    document: str
    """Of the best candidate, given or held back; "" where there is none."""
    stored: Mapping[str, Any]
    """What of the answer is needed to correct or confirm it."""
    where: Mapping[str, Any]
    total_ms: float
    gap: str | None
    """Id of the unanswered question that it belongs to."""

    @property
    def answer(self) -> Answer:
        """The answer with its best candidate.

        Raises InputError where the service keeps no questions.
        """
        if not self.stored:
            raise InputError(
                "this service keeps no questions (service.questions is 'counts'); give the "
                "question itself"
            )
        table = dict(self.stored)
        best = table.pop("best")
        candidates: tuple[Candidate, ...] = ()
        if best is not None:
            evidence = Evidence(**best.pop("evidence"))
            candidates = (Candidate(**best, evidence=evidence),)
        for name in ("carried", "wordings"):
            table[name] = tuple(table[name])
        return Answer(**table, answers=candidates)


class Log:
    """The questions of a service, in its database."""

    def __init__(self, database: Database, settings: ServiceSettings) -> None:
        self._database, self._settings = database, settings

    def add(self, asked: Asked, asking: Asking, *, gap: str | None = None) -> None:
        """Keep a question that was answered.

        The answer does not wait for the disk: what is told of it later does.
        """
        answer, best = asked.answer, next(iter(asked.answer.answers), None)
        texts = self._settings.questions == "text"
        kind = "" if answer.abstained or best is None else best.kind
        total = answer.timings_ms.get("queue", 0.0) + answer.timings_ms.get("total", 0.0)
        document = "" if best is None or not texts else best.evidence.document
        row = (
            *(asked.id, asked.memory, now(), asking.key, asking.door, asked.scope, answer.turn),
            *((answer.question, answer.looked_up) if texts else ("", "")),
            *(asked.level, kind, answer.confidence, document),
            json.dumps(_stored(answer) if texts else {}),
            *(json.dumps(dict(asking.where)), total, gap),
        )
        with self._database.write(waits=False) as connection:
            connection.execute(f"INSERT INTO asked VALUES ({', '.join('?' * len(row))})", row)
            count(connection, asked.memory, asking.door, asked.level, kind)

    def get(self, memory: str, asked: str) -> AskedRow:
        """A question by its id. Raises NotFound where the memory has none such."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM asked WHERE id = ? AND memory = ?", (asked, memory)
            ).fetchone()
        if row is None:
            raise NotFound(f"no question {asked[:100]!r} was asked here, or it is kept no more")
        return _row(row)

    def join(self, asked: str, gap: str | None) -> None:
        """Note the unanswered question that one belongs to; None: to none any more.

        One that nothing belongs to any more goes.
        """
        with self._database.write() as connection:
            connection.execute("UPDATE asked SET gap = ? WHERE id = ?", (gap, asked))
            if gap is None:
                drop_bare_gaps(connection)

    def of_scope(self, memory: str, scope: str, limit: int) -> list[AskedRow]:
        """The latest that were asked in a conversation, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM asked WHERE memory = ? AND scope = ? ORDER BY id DESC LIMIT ?",
                (memory, scope, limit),
            ).fetchall()
        return [_row(row) for row in rows]

    def of_gap(self, gap: str, *, prefix: str = "", limit: int) -> list[AskedRow]:
        """The latest that belong to an unanswered question, newest first, in scopes of a prefix."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM asked WHERE gap = ?1 AND substr(scope, 1, length(?2)) = ?2 "
                "ORDER BY id DESC LIMIT ?3",
                (gap, prefix, limit),
            ).fetchall()
        return [_row(row) for row in rows]

    def judged(self, memory: str, *, prefix: str = "") -> list[tuple[AskedRow, dict[str, Any]]]:
        """The questions of which something was said, each with one verdict, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT asked.*, verdict, comment, feedback.at AS judged_at "
                "FROM feedback JOIN asked ON asked.id = feedback.asked WHERE memory = ?1 "
                "AND substr(scope, 1, length(?2)) = ?2 ORDER BY asked.id, author",
                (memory, prefix),
            ).fetchall()
        judged: list[tuple[AskedRow, dict[str, Any]]] = []
        for row in map(dict, rows):
            said = {name: row.pop(name) for name in ("verdict", "comment", "judged_at")}
            judged.append((_row(row), said))
        return judged

    def days(self, memory: str, first: str, last: str) -> list[dict[str, Any]]:
        """Counts of each day (`2026-11-27`) from `first` to `last`, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT day, door, level, kind, verdict, count FROM daily "
                "WHERE memory = ? AND day BETWEEN ? AND ? ORDER BY day",
                (memory, first, last),
            ).fetchall()
        days: dict[str, dict[str, Any]] = {}
        for row in rows:
            empty: dict[str, Any] = {name: {} for name in _COUNTED}
            day = days.setdefault(row["day"], {"day": row["day"], "asked": 0, **empty})
            if row["verdict"]:
                _add(day["verdicts"], row["verdict"], row["count"])
                _add(day["judged"].setdefault(row["level"], {}), row["verdict"], row["count"])
                continue
            day["asked"] += row["count"]
            for name, value in (("levels", "level"), ("kinds", "kind"), ("doors", "door")):
                _add(day[name], row[value] or "none", row["count"])
        return list(days.values())

    # -- forgetting

    def expire(self) -> None:
        """Delete what is older than `service.keep_days`; the counts of its day stay."""
        try:
            oldest = datetime.now(UTC) - timedelta(days=self._settings.keep_days)
        except OverflowError:  # before the year 1: nothing is that old
            return
        with self._database.write() as connection:
            connection.execute("DELETE FROM asked WHERE at < ?", (utc(oldest),))
            drop_bare_gaps(connection)

    def lost(self, memory: str, store: TurnStore, scopes: Collection[str] | None) -> list[str]:
        """Ids of the questions of these scopes, None: of all, whose turn is forgotten by now."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, scope, turn FROM asked WHERE memory = ? AND turn IS NOT NULL", (memory,)
            ).fetchall()
        return [
            row["id"]
            for row in rows
            if (scopes is None or row["scope"] in scopes)
            and store.turn(row["scope"], row["turn"]) is None
        ]


def forget(
    connection: sqlite3.Connection,
    memory: str,
    *,
    asked: Sequence[str] = (),
    documents: Sequence[str] = (),
    scope: str | None = None,
) -> None:
    """Delete questions by their ids, those answered from these documents, and all of a scope.

    With them go their feedback, proposals, and unanswered questions that nobody else asked.
    """
    for column, names in (("id", asked), ("document", documents)):
        for at in range(0, len(names), _CHUNK):
            _delete(connection, memory, column, names[at : at + _CHUNK])
    if scope is not None:
        _delete(connection, memory, "scope", [scope])
    drop_bare_gaps(connection)


def count(
    connection: sqlite3.Connection,
    memory: str,
    door: str,
    level: str,
    kind: str,
    verdict: str = "",
) -> None:
    """Count a question, or what was said of one, for its day."""
    connection.execute(
        "INSERT INTO daily VALUES (?, ?, ?, ?, ?, ?, 1) "
        "ON CONFLICT DO UPDATE SET count = count + 1",
        (memory, now()[:10], door, level, kind, verdict),
    )


def uncount(
    connection: sqlite3.Connection,
    memory: str,
    door: str,
    level: str,
    kind: str,
    verdict: str,
    *,
    day: str,
) -> None:
    """Take back what `count` did on a day."""
    place = (memory, day, door, level, kind, verdict)
    where = "memory = ? AND day = ? AND door = ? AND level = ? AND kind = ? AND verdict = ?"
    connection.execute(f"UPDATE daily SET count = count - 1 WHERE {where}", place)
    connection.execute(f"DELETE FROM daily WHERE {where} AND count < 1", place)


def drop_bare_gaps(connection: sqlite3.Connection) -> None:
    """Delete the unanswered questions whose own question is kept no more.

    One that others asked, too, takes the words of the earliest that is left.
    """
    connection.execute(
        "DELETE FROM gaps WHERE id NOT IN (SELECT gap FROM asked WHERE gap IS NOT NULL)"
    )
    connection.execute(
        "UPDATE gaps SET question = (SELECT looked_up FROM asked WHERE gap = gaps.id "
        "ORDER BY id LIMIT 1), vector = NULL WHERE question NOT IN "
        "(SELECT looked_up FROM asked WHERE gap = gaps.id)"
    )


def _delete(connection: sqlite3.Connection, memory: str, column: str, names: Sequence[str]) -> None:
    among = f"memory = ? AND {column} IN ({', '.join('?' * len(names))})"
    if column != "id":  # with a question go the proposals that name it
        connection.execute(f"DELETE FROM proposals WHERE {among}", (memory, *names))
    connection.execute(f"DELETE FROM asked WHERE {among}", (memory, *names))


def _stored(answer: Answer) -> dict[str, Any]:
    best = next(iter(answer.answers), None)
    table: dict[str, Any] = {
        name: getattr(answer, name)
        for name in ("question", "text", "confidence", "carried", "wordings", "turn")
    }
    table["best"] = None
    if best is not None:
        table["best"] = {
            name: getattr(best, name) for name in ("text", "confidence", "score", "kind", "turn")
        } | {"evidence": asdict(best.evidence)}
    return table


def _row(row: sqlite3.Row | dict[str, Any]) -> AskedRow:
    table = dict(row)
    stored, where = json.loads(table.pop("answer")), json.loads(table.pop("conditions"))
    return AskedRow(**table, stored=stored, where=where)


def _add(counts: dict[str, int], name: str, number: int) -> None:
    counts[name] = counts.get(name, 0) + number
