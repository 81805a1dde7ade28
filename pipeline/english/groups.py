"""The groups that prepositions name, and whether a sentence lacks the one that is asked for. Pure.

"45 days on the primary node and 9 days on the standby node" says nothing of the third node.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from ...core.expressions import expression
from .list_parts import WORD
from .parse import key_of
from .words import DETERMINERS, EMPTY, JOINING

__all__ = ["Group", "groups_in", "lacks_group"]

_BROKEN = expression(r"[,;:.()]")
Group: TypeAlias = tuple[str, str, str]
"""A preposition and the plain forms of two words behind it."""


@lru_cache(maxsize=512)
def groups_in(text: str) -> frozenset[Group]:
    """What prepositions join to a word with one before it: "on the standby node"."""
    tokens = list(WORD.finditer(text))
    low = [token[0].lower() for token in tokens]
    groups: set[Group] = set()
    for i, word in enumerate(low[:-2]):
        if word not in JOINING:
            continue
        j = i + 1 + (low[i + 1] in DETERMINERS)
        pair = low[j : j + 2]
        joined = len(pair) == 2 and not _BROKEN.search(text, tokens[i].end(), tokens[j + 1].start())
        if joined and all(part.isalpha() and part not in EMPTY for part in pair):
            groups.add((word, key_of(pair[0]), key_of(pair[1])))
    return frozenset(groups)


def lacks_group(sentence: str, asked: frozenset[Group]) -> bool:
    """Whether a sentence has several groups of the kind that is asked for, and not that one."""
    held = groups_in(sentence)
    said = {key_of(word[0].lower()) for word in WORD.finditer(sentence)}
    return any(
        word not in said and sum((link, head) == (other[0], other[2]) for other in held) > 1
        for link, word, head in asked
    )
