"""Who may do what: kinds of keys, rights, and what of a memory a key is shown.

Kinds are a ladder: each may do all that the one below it may. Only the key for metrics stands
beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["CONDITIONAL", "EVERY_MEMORY", "EVERY_SCOPE", "RIGHTS", "Kind", "Right"]

EVERY_MEMORY = "*"
"""What a key's list of memories holds if it sees all."""
EVERY_SCOPE = "*"
"""The prefix to make a key with that shall name every scope."""


class Kind(StrEnum):
    """For whom a key is."""

    ADMIN = "admin"
    EDITOR = "editor"
    AGENT = "agent"
    ASK = "ask"
    METRICS = "metrics"

    @property
    def letter(self) -> str:
        """How a key of this kind begins after `sm_`."""
        return "k" if self is Kind.ASK else "g" if self is Kind.AGENT else self.value[0]


class Right(StrEnum):
    """What an operation asks of the key."""

    ANY = "any"
    """Any valid key: what the service is, and what the key may."""
    ASK = "ask"
    """Ask, search, say what is wrong with an answer, propose another."""
    READ = "read"
    """See documents, conversations, corrections, unanswered questions and figures."""
    CORRECT = "correct"
    """Correct and confirm in conversations."""
    EDIT = "edit"
    """Change documents, correct for everyone, decide on proposals, erase, export."""
    ADMIN = "admin"
    """Keys and the audit log."""
    METRICS = "metrics"
    """Figures for monitoring."""


_ASK = frozenset({Right.ANY, Right.ASK})
_AGENT = _ASK | {Right.READ, Right.CORRECT}
_EDITOR = _AGENT | {Right.EDIT}
RIGHTS: Mapping[Kind, frozenset[Right]] = MappingProxyType(
    {
        Kind.ADMIN: _EDITOR | {Right.ADMIN, Right.METRICS},
        Kind.EDITOR: _EDITOR,
        Kind.AGENT: _AGENT,
        Kind.ASK: _ASK,
        Kind.METRICS: frozenset({Right.ANY, Right.METRICS}),
    }
)
CONDITIONAL = frozenset({Kind.ASK, Kind.AGENT})
"""Kinds of keys that may have conditions on documents: what the others change, export and decide
belongs to all documents of a memory."""
