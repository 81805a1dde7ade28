"""What must hold of a memory for a score to mean anything: checked before a question is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from ..core.errors import InputError
from .datasets import Question

if TYPE_CHECKING:
    from ..indexer.encoders.encoder import Encoder
    from ..memory.filters import Where
    from ..memory.protocol import PassageStore

__all__ = ["NamedDocuments", "must_let_through", "named_documents"]

_EXAMPLES = 2
_AT_ONCE = 10_000
"""Ids that are looked up together."""


@dataclass(frozen=True, slots=True)
class NamedDocuments:
    """Documents that the questions name as right, each once."""

    named: int
    in_memory: int


def named_documents(
    memory: PassageStore, questions: Sequence[Question], *, must: bool
) -> NamedDocuments:
    """How many of the documents that questions name are in the memory.

    With `must` there is nothing else to judge by: raises InputError where none is there.
    """
    names = list(dict.fromkeys(name for q in questions for name in q.documents))
    present = sum(
        len(memory.known(names[at : at + _AT_ONCE])) for at in range(0, len(names), _AT_ONCE)
    )
    if must and names and not present:
        held = [document.id for document in islice(memory.documents(), _EXAMPLES)]
        raise InputError(
            f"the memory at {memory.path} has none of the {len(names):,} documents that the "
            f"questions name ({_some(names)}), and names its own otherwise ({_some(held)}); index "
            "the documents of this set, under the ids that its judgments use"
        )
    return NamedDocuments(len(names), present)


def must_let_through(memory: PassageStore, encoder: Encoder, where: Where) -> None:
    """Raise InputError where a filter lets no document through; an empty one lets all."""
    if not where:
        return
    text = "what is there"
    (vector,) = encoder.encode_queries([text])
    if memory.search(text, vector, k=1, mode="dense", where=where):
        return
    keys = sorted({key for document in memory.documents() for key in document.metadata})
    known = f"known keys are {_some(keys, 5)}" if keys else "no document has any metadata"
    raise InputError(
        f"--where lets no document of the memory at {memory.path} through ({where}), so that "
        f"there is nothing to measure; {known}"
    )


def _some(names: Sequence[str], count: int = _EXAMPLES) -> str:
    return ", ".join([*map(repr, names[:count]), *(["..."] if len(names) > count else [])])
