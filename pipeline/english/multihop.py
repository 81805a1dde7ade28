"""Multi-hop retrieval: the next search, where the answer lies one document further. Pure.

"Where was the director of Alien born?" finds the film first; where its director was born stands in
another document, which the question does not name. So the next hop asks for what the best passage
names, in place of what the question named it by.
"""

from __future__ import annotations

import re

from ...core.expressions import expression
from ...core.records import Passage

__all__ = ["next_hop"]

NAMES = 3
"""Names followed at most: the first ones in a passage are what it is about."""

_NAME = expression(
    r"\b[A-Z][\w'’.-]*\w(?:,? (?:(?:of|de|von|van|da|di|the|la|le) )?(?:[A-Z][\w'’.-]*\w|[IVX]+))*"
)
_NO_NAME = frozenset(
    {"A", "An", "At", "He", "Her", "His", "In", "It", "Its", "On", "She", "The", "They"}
)


def next_hop(question: str, passage: Passage) -> str | None:
    """The text of the next search, or None where there is nothing to follow.

    A hop starts only from a passage whose title the question names: that part of the question is
    settled then, and gives way to the first names in the passage that the question does not have.
    """
    title = re.sub(r"\s*\([^)]*\)$", "", passage.title).strip()
    if not title:
        return None
    mention = re.compile(rf"(?<!\w){re.escape(title)}(?!\w)", re.IGNORECASE)
    if not mention.search(question):
        return None
    names = _new_names(question, passage.text)
    if not names:
        return None
    rest = " ".join(mention.sub(" ", question).split())
    return f"{rest} {' '.join(names)}"


def _new_names(question: str, text: str) -> list[str]:
    """Names with a word that the question lacks, in the order of the text, each once."""
    own = {word.lower() for word in re.findall(r"[\w'’.-]+", question)}
    names: list[str] = []
    for match in _NAME.finditer(text):
        name = match.group()
        new = any(word.lower() not in own and word not in _NO_NAME for word in name.split())
        if new and name not in names:
            names.append(name)
        if len(names) == NAMES:
            break
    return names
