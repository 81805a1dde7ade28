"""The door to a server's turns: what a memory has of `protocol.TurnStore` and `Conversations`."""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from ....core import arguments as kinds
from ....core.errors import InputError
from ....core.records import ScopeInfo, Turn, TurnHit, TurnKind
from .turns import TurnRows
from .values import must_fit

__all__ = ["ServerConversations"]

_TURN = kinds.instance(Turn, wanted="a Turn")


class ServerConversations:
    """What a memory on a server has of turns, but for forgetting them."""

    dim: int
    _turns: TurnRows

    @kinds.takes(turn=_TURN, vector=kinds.unit_vector, keep=kinds.optional(kinds.count(0)))
    def add_turn(self, turn: Turn, vector: NDArray[np.float32], *, keep: int | None = None) -> None:
        """Remember a turn, found again by its question's unit vector, shape (dim,).

        `keep` is that of `memory.protocol`. Raises ValueError for a vector of a wrong shape, and
        InputError for an id that another turn has.
        """
        must_fit(vector, (self.dim,))
        self._turns.add(turn, vector, keep=keep)

    @kinds.takes(old_id=kinds.string, new=_TURN, vector=kinds.unit_vector)
    def supersede(self, old_id: str, new: Turn, vector: NDArray[np.float32]) -> None:
        """Let `new` take the place of a turn of the same scope.

        Raises InputError if it cannot, and ValueError for a vector of a wrong shape.
        """
        must_fit(vector, (self.dim,))
        if not self._turns.supersede(old_id, new, vector):
            raise InputError(f"no live turn {old_id} in scope {new.scope!r} to supersede")

    @kinds.takes(new=_TURN, vector=kinds.unit_vector, answered=kinds.optional(_TURN))
    def correct(
        self, new: Turn, vector: NDArray[np.float32], *, answered: Turn | None = None
    ) -> Turn:
        """Let `new` take the place of what answers its question now; returns it as it is stored.

        In one step, as `memory.protocol` says. Raises ValueError for a vector of a wrong shape,
        InputError for an id that is taken and for an `answered` of another scope.
        """
        must_fit(vector, (self.dim,))
        return self._turns.correct(new, vector, answered)

    @kinds.takes(correction_id=kinds.string, withdrawal=_TURN)
    def withdraw(self, correction_id: str, withdrawal: Turn) -> Turn:
        """Take a correction or confirmation back; returns `withdrawal`, of that kind, as stored.

        Raises InputError where the scope has no such turn, or where it was superseded.
        """
        return self._turns.withdraw(correction_id, withdrawal)

    @kinds.takes(scope=kinds.text, turn_id=kinds.string)
    def turn(self, scope: str, turn_id: str) -> Turn | None:
        """A turn of the scope by its id, None where there is none (any more)."""
        return self._turns.by_id(scope, turn_id)

    @kinds.takes(
        scope=kinds.text,
        last=kinds.optional(kinds.count(0)),
        as_of=kinds.optional(kinds.instant),
        before=kinds.optional(kinds.count(0)),
        kind=kinds.optional(kinds.choice(*get_args(TurnKind))),
    )
    def turns(
        self,
        scope: str,
        *,
        last: int | None = None,
        as_of: str | None = None,
        before: int | None = None,
        kind: TurnKind | None = None,
    ) -> list[Turn]:
        """The scope's turns, oldest first; `as_of`, an ISO 8601 time in UTC, as known then.

        Of those with a sequence number below `before` and of that `kind`, None: of all, the `last`
        so many. Raises InputError for what is no time.
        """
        return self._turns.of(scope, last=last, as_of=as_of, before=before, kind=kind)

    @kinds.takes(
        prefix=kinds.text,
        after=kinds.optional(kinds.text),
        limit=kinds.optional(kinds.count(0)),
    )
    def scopes(
        self, *, prefix: str = "", after: str | None = None, limit: int | None = None
    ) -> list[ScopeInfo]:
        """The scopes that have turns and begin with `prefix`, by name in the order of code points.

        At most `limit` of those whose name comes behind `after`; None: from the first, and all.
        """
        return self._turns.listed(prefix, after, limit)

    @kinds.takes(
        scope=kinds.text,
        vector=kinds.unit_vector,
        k=kinds.count(0),
        as_of=kinds.optional(kinds.instant),
    )
    def search_turns(
        self, scope: str, vector: NDArray[np.float32], *, k: int, as_of: str | None = None
    ) -> list[TurnHit]:
        """The scope's `k` live turns that can answer whose questions are most alike, best first.

        `vector` is a question's unit vector, shape (dim,). Raises InputError for what is no time,
        ValueError for a vector of a wrong shape.
        """
        must_fit(vector, (self.dim,))
        return self._turns.search(scope, vector, k, as_of=as_of)
