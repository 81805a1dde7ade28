"""Feedback and proposals: what is said of answers by those who may not correct them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from ...core.times import now
from .asked import AskedRow, count, uncount
from .database import Database
from .errors import Conflict, NotFound
from .identifiers import new_id

__all__ = ["Feedback", "Proposal", "ProposalState", "Proposals", "Verdict"]

Verdict: TypeAlias = Literal["right", "wrong", "incomplete", "outdated", "off-topic"]
"""What is to be done: nothing; correct it; mark a longer span; mend the document; look at the
search."""
ProposalState: TypeAlias = Literal["open", "accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A correction that waits for somebody who may make it."""

    id: str
    memory: str
    at: str
    key: str
    name: str
    """Of the key, when it was proposed: it becomes the correction's author."""
    asked: str | None
    scope: str
    question: str
    text: str
    evidence: Mapping[str, Any] | None
    """Document, start and end of the place that says so."""
    document: str
    """That of the evidence; "" without."""
    state: ProposalState
    decided_at: str | None
    decided_by: str | None
    turn: str | None
    """The correction that it became."""

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        table = asdict(self)
        for name in ("memory", "document"):
            del table[name]
        return table


class Proposals:
    """The proposals of all memories, in the service's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        memory: str,
        *,
        key: str,
        name: str,
        asked: str | None,
        scope: str,
        question: str,
        text: str,
        evidence: Mapping[str, Any] | None,
    ) -> Proposal:
        """Keep a proposal, open."""
        identifier = new_id()
        row = (
            *(identifier, memory, now(), key, name, asked, scope, question, text),
            None if evidence is None else json.dumps(dict(evidence)),
            "" if evidence is None else str(evidence.get("document", "")),
            *("open", None, None, None),
        )
        with self._database.write() as connection:
            connection.execute(f"INSERT INTO proposals VALUES ({', '.join('?' * len(row))})", row)
        return self.get(memory, identifier)

    def get(self, memory: str, identifier: str) -> Proposal:
        """A proposal by its id. Raises NotFound."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM proposals WHERE id = ? AND memory = ?", (identifier, memory)
            ).fetchone()
        if row is None:
            raise NotFound(f"no proposal {identifier[:100]!r} here")
        return _proposal(dict(row))

    def listed(
        self, memory: str, *, state: ProposalState | None, before: str | None, limit: int
    ) -> list[Proposal]:
        """Newest first, at most `limit` of those before the id `before`."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM proposals WHERE memory = ?1 AND (?2 IS NULL OR state = ?2) "
                "AND id < ?3 ORDER BY id DESC LIMIT ?4",
                (memory, state, before or "~", limit),
            ).fetchall()
        return [_proposal(dict(row)) for row in rows]

    def decide(self, proposal: Proposal, state: ProposalState, *, by: str) -> Proposal:
        """Accept or reject a proposal that is open. Raises Conflict where it is not any more.

        Who accepts makes the correction next, and notes its turn; so two do not make it twice.
        """
        with self._database.write() as connection:
            decided = connection.execute(
                "UPDATE proposals SET state = ?, decided_at = ?, decided_by = ? "
                "WHERE id = ? AND state = 'open'",
                (state, now(), by, proposal.id),
            ).rowcount
        current = self.get(proposal.memory, proposal.id)
        if not decided:
            raise Conflict(
                f"proposal {proposal.id} was {current.state} by {current.decided_by} already; "
                "look at the list again"
            )
        return current

    def became(self, proposal: Proposal, turn: str | None) -> Proposal:
        """Note the correction that an accepted proposal became; None: it is open again."""
        with self._database.write() as connection:
            if turn is None:
                connection.execute(
                    "UPDATE proposals SET state = 'open', decided_at = NULL, decided_by = NULL "
                    "WHERE id = ?",
                    (proposal.id,),
                )
            else:
                connection.execute(
                    "UPDATE proposals SET turn = ? WHERE id = ?", (turn, proposal.id)
                )
        return self.get(proposal.memory, proposal.id)


class Feedback:
    """What was said of answers, in the service's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, asked: AskedRow, *, author: str, verdict: Verdict, comment: str) -> bool:
        """Keep a verdict, one of each author: the last counts. False: it took another's place."""
        with self._database.write() as connection:
            before = connection.execute(
                "SELECT verdict, at FROM feedback WHERE asked = ? AND author = ?",
                (asked.id, author),
            ).fetchone()
            connection.execute(
                "INSERT INTO feedback VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "verdict = excluded.verdict, comment = excluded.comment, at = excluded.at",
                (asked.id, author, verdict, comment, now()),
            )
            row = (asked.memory, asked.door, asked.level, asked.kind)
            if before is not None:
                uncount(connection, *row, before["verdict"], day=before["at"][:10])
            count(connection, *row, verdict)
        return before is None

    def doubted(self, asked: str, verdicts: Collection[str]) -> bool:
        """Whether any author's verdict on an answer is one of these."""
        return any(each["verdict"] in verdicts for each in self.of(asked))

    def of(self, asked: str) -> list[dict[str, Any]]:
        """The verdicts on one answer, by their authors."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT author, verdict, comment, at FROM feedback WHERE asked = ? ORDER BY author",
                (asked,),
            ).fetchall()
        return [dict(row) for row in rows]


def _proposal(table: dict[str, Any]) -> Proposal:
    evidence = table.pop("evidence")
    return Proposal(**table, evidence=None if evidence is None else json.loads(evidence))
