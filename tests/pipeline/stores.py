"""Stores for tests of the pipeline: a memory's passages, with turns that are kept in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from spanmem.core.errors import InputError
from spanmem.core.records import Prompts, Turn, TurnHit, TurnKind
from spanmem.memory.protocol import Store
from spanmem.memory.store import Memory


@dataclass(frozen=True)
class _Row:
    turn: Turn
    vector: NDArray[np.float32]


class TurnList:
    """What `TurnStore` promises of turns, but for `keep` and `forget`, done the plain way."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []

    def add_turn(self, turn: Turn, vector: NDArray[np.float32], *, keep: int | None = None) -> None:
        self._rows.append(_Row(replace(turn, sequence=len(self._rows) + 1), vector))

    def supersede(self, old_id: str, new: Turn, vector: NDArray[np.float32]) -> None:
        (place,) = (i for i, row in enumerate(self._rows) if row.turn.id == old_id)
        old = self._rows[place]
        if old.turn.superseded_by is not None:
            raise InputError("superseded already")
        marked = replace(old.turn, superseded_by=new.id, superseded_at=new.created_at)
        self._rows[place] = replace(old, turn=marked)
        self.add_turn(replace(new, supersedes=old_id), vector)

    def correct(
        self, new: Turn, vector: NDArray[np.float32], *, answered: Turn | None = None
    ) -> Turn:
        live = [
            turn
            for turn in self.turns(new.scope)
            if turn.superseded_by is None and turn.looked_up.casefold() == new.looked_up.casefold()
        ]
        if not live and answered is not None:
            self.add_turn(answered, vector)
            live = [answered]
        if not live:
            self.add_turn(new, vector)
        else:
            old = max(live, key=lambda t: (t.kind == "correction", bool(t.evidence), t.sequence))
            self.supersede(old.id, new, vector)
        return self._rows[-1].turn

    def withdraw(self, correction_id: str, withdrawal: Turn) -> Turn:
        correction = self.turn(withdrawal.scope, correction_id)
        assert correction is not None
        (place,) = (i for i, row in enumerate(self._rows) if row.turn.id == correction_id)
        self.supersede(correction_id, withdrawal, self._rows[place].vector)
        for i, row in enumerate(self._rows):
            if row.turn.id == correction.supersedes:
                revived = replace(row.turn, superseded_by=None, superseded_at=None)
                self._rows[i] = replace(row, turn=revived)
        return self._rows[-1].turn

    def turn(self, scope: str, turn_id: str) -> Turn | None:
        return next((turn for turn in self.turns(scope) if turn.id == turn_id), None)

    def turns(
        self,
        scope: str,
        *,
        last: int | None = None,
        as_of: str | None = None,
        before: int | None = None,
        kind: TurnKind | None = None,
    ) -> Sequence[Turn]:
        turns = [row.turn for row in self._rows if row.turn.scope == scope]
        turns = [turn for turn in turns if before is None or turn.sequence < before]
        turns = [turn for turn in turns if kind in (None, turn.kind)]
        turns = [turn for turn in turns if as_of is None or turn.created_at <= as_of]
        return turns if last is None else turns[-last:]

    def search_turns(
        self, scope: str, vector: NDArray[np.float32], *, k: int, as_of: str | None = None
    ) -> Sequence[TurnHit]:
        hits = [
            TurnHit(turn=row.turn, similarity=float(row.vector @ vector))
            for row in self._rows
            if row.turn.scope == scope and _can_answer(row.turn, as_of)
        ]
        hits.sort(key=lambda h: (-h.similarity, h.turn.kind != "correction", -h.turn.sequence))
        return hits[:k]


def _can_answer(turn: Turn, as_of: str | None) -> bool:
    knows = turn.answer is not None and (turn.kind != "answer" or bool(turn.evidence))
    if as_of is None:
        return knows and turn.superseded_by is None
    return knows and turn.created_at <= as_of < (turn.superseded_at or "9999")


class _Mixed:
    """Asks the turn list for what it has, and the memory for the rest."""

    def __init__(self, memory: Memory, turns: TurnList, prompts: Prompts) -> None:
        self._memory, self._turns, self.prompts = memory, turns, prompts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._turns if hasattr(self._turns, name) else self._memory, name)


def with_turn_list(
    memory: Memory, turns: TurnList | None = None, *, prompts: Prompts | None = None
) -> Store:
    """A store that is no `Memory`: its passages, and turns that live as long as the store."""
    return cast(Store, _Mixed(memory, turns or TurnList(), prompts or Prompts()))
