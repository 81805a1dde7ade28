"""Unanswered questions as a work list: asked in vain or answered wrongly, grouped by meaning.

A question joins the open group whose own question is most like it, of those that the rules call the
same; else it begins one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...pipeline.english.equivalence import same_question
from .database import Database
from .errors import NotFound
from .identifiers import new_id

if TYPE_CHECKING:
    from .memories import Memories

__all__ = ["Gap", "GapState", "Gaps"]

GapState: TypeAlias = Literal["open", "answered", "ignored"]
_ALIKE = 0.5
"""Cosine of two questions' vectors below which they are not compared."""
_ASKED = 5
"""Groups that a question is compared with, the most alike first."""
_COMPARED = 2000
"""Open groups that are looked at, the latest."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A group of questions that were asked in vain, or answered wrongly."""

    id: str
    memory: str
    question: str
    """That of the first, as it was looked up."""
    state: GapState
    note: str
    count: int
    """How often it was asked."""
    scopes: int
    """In how many conversations."""
    first_at: str
    last_at: str

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        table = asdict(self)
        del table["memory"]
        return table


_GROUPS = """
SELECT listed.*, asked.looked_up AS question FROM (
    SELECT gaps.id, gaps.memory, gaps.state, gaps.note, count(*) AS count,
        count(DISTINCT nullif(asked.scope, '')) AS scopes, min(asked.at) AS first_at,
        max(asked.at) AS last_at, min(asked.id) AS first
    FROM gaps JOIN asked ON asked.gap = gaps.id
    WHERE gaps.memory = :memory AND substr(asked.scope, 1, length(:prefix)) = :prefix
        AND (:state IS NULL OR gaps.state = :state) AND (:gap IS NULL OR gaps.id = :gap)
    GROUP BY gaps.id
) AS listed JOIN asked ON asked.id = first
WHERE last_at >= :since AND (last_at, listed.id) < (:at, :before)
ORDER BY last_at DESC, listed.id DESC LIMIT :limit
"""
"""The groups that were asked for in scopes with a prefix, by what was asked there."""


class Gaps:
    """The unanswered questions of all memories, in the service's database."""

    def __init__(self, database: Database, memories: Memories) -> None:
        self._database, self._memories = database, memories

    def place(self, memory: str, question: str) -> str:
        """Id of the open group that a question belongs to, made if there is none.

        The rules of equivalence decide, without the model that confirms them for answers: it would
        cost more than most answers do, and here a slip tells nobody anything wrong.
        """
        rows = self._open(memory)
        words = question.casefold()
        same = next((row["id"] for row in rows if row["question"].casefold() == words), None)
        if same is not None:
            return str(same)
        with self._memories.using(memory) as qa:
            vector: NDArray[np.float32] = qa.encoder.encode_queries([question])[0]
        for gap, other, cosine in self._alike(memory, vector, rows):
            verdict = same_question(question, other, cosine)
            if verdict.same or verdict.near:
                return gap
        gap = new_id()
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO gaps VALUES (?, ?, ?, ?, 'open', '')",
                (gap, memory, question, _packed(vector)),
            )
        return gap

    def _open(self, memory: str) -> list[sqlite3.Row]:
        with self._database.read() as connection:
            return connection.execute(
                "SELECT id, question, vector FROM gaps WHERE memory = ? AND state = 'open' "
                "ORDER BY id DESC LIMIT ?",
                (memory, _COMPARED),
            ).fetchall()

    def _alike(
        self, memory: str, vector: NDArray[np.float32], rows: Sequence[sqlite3.Row]
    ) -> list[tuple[str, str, float]]:
        """The groups whose questions are most like one: id, question, cosine."""
        groups = [(str(row["id"]), str(row["question"])) for row in rows]
        if not groups:
            return []
        stored = [row["vector"] for row in rows]
        vectors = [self._vector(memory, *g, v) for g, v in zip(groups, stored, strict=True)]
        cosines = np.stack(vectors) @ vector
        best = np.argsort(-cosines, kind="stable")[:_ASKED]
        return [(*groups[i], float(cosines[i])) for i in best if cosines[i] >= _ALIKE]

    def _vector(
        self, memory: str, gap: str, question: str, stored: bytes | None
    ) -> NDArray[np.float32]:
        """A group's vector; encoded anew where its question has changed."""
        if stored is not None:
            return np.frombuffer(stored, "<f2").astype(np.float32)
        with self._memories.using(memory) as qa:
            vector: NDArray[np.float32] = qa.encoder.encode_queries([question])[0]
        with self._database.write() as connection:
            connection.execute("UPDATE gaps SET vector = ? WHERE id = ?", (_packed(vector), gap))
        return vector

    # -- the work list

    def listed(
        self,
        memory: str,
        *,
        prefix: str = "",
        state: GapState | None,
        since: str = "",
        after: tuple[str, str] | None = None,
        limit: int,
    ) -> list[Gap]:
        """Groups asked last first, at most `limit` behind `after`: when it was asked last, and id.

        Those asked since a moment, as `core.times` writes it, in scopes that begin with `prefix`.
        """
        at, before = after or ("~", "~")
        return self._groups(
            memory=memory,
            prefix=prefix,
            state=state,
            gap=None,
            since=since,
            at=at,
            before=before,
            limit=limit,
        )

    def get(self, memory: str, gap: str, *, prefix: str = "") -> Gap:
        """A group by its id. Raises NotFound where it was not asked for in scopes of the prefix."""
        groups = self._groups(
            memory=memory,
            prefix=prefix,
            state=None,
            gap=gap,
            since="",
            at="~",
            before="~",
            limit=1,
        )
        if not groups:
            raise NotFound(f"no unanswered question {gap[:100]!r} here")
        return groups[0]

    def _groups(self, **values: str | int | None) -> list[Gap]:
        with self._database.read() as connection:
            rows = connection.execute(_GROUPS, values).fetchall()
        names = [field.name for field in fields(Gap)]
        return [Gap(**{name: row[name] for name in names}) for row in rows]

    def change(
        self, gap: Gap, *, state: GapState | None, note: str | None, prefix: str = ""
    ) -> Gap:
        """Set a group's state or note; None leaves it."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE gaps SET state = coalesce(?, state), note = coalesce(?, note) WHERE id = ?",
                (state, note, gap.id),
            )
        return self.get(gap.memory, gap.id, prefix=prefix)

    def settle(self, gap: str | None) -> None:
        """Count a group as answered, as its question has just been; None: there is none."""
        if gap is not None:
            with self._database.write() as connection:
                connection.execute("UPDATE gaps SET state = 'answered' WHERE id = ?", (gap,))

    def open_count(self, memory: str) -> int:
        """How many groups are open."""
        with self._database.read() as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM gaps WHERE memory = ? AND state = 'open'", (memory,)
            ).fetchone()
        return int(count)


def _packed(vector: NDArray[np.float32]) -> bytes:
    return vector.astype("<f2").tobytes()
