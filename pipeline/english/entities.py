"""Names, codes and numbers of a question, which a passage that answers it should hold. Pure.

A reader is easily sure that the price of one kettle answers a question about another one. So the
confidence counts what the question names and the passage does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ...core.records import Passage
from .lexicon import NUMBERS
from .words import Word, stem, words_in

__all__ = ["missing", "names_in", "renamed"]

_PART = re.compile(r"[^\W_]+")


def names_in(question: str) -> list[Word]:
    """Words of a question that stand for one thing: capitals inside it, codes, numbers.

    Where all words have capitals, those tell nothing.
    """
    words = words_in(question)
    capitals = not all(word.raw[0].isupper() for word in words if word.raw[0].isalpha())
    return [
        word for word in words if (word.named and capitals) or any(c.isdigit() for c in word.raw)
    ]


def missing(question: str, passage: Passage) -> bool:
    """Whether a name of the question stands neither in the passage nor in its title."""
    names = names_in(question)
    if not names:
        return False
    text = f"{passage.title} {passage.text}".lower().replace("_", " ")
    parts = _PART.findall(text)
    forms = {form for part in parts for form in (part, stem(part), NUMBERS.get(part, part))}
    letters = "".join(parts)
    return not all(_stands_in(name, forms, letters) for name in names)


def _stands_in(name: Word, forms: set[str], letters: str) -> bool:
    """Whether a name is among the word forms of a text, or a code among its letters."""
    parts = _PART.findall(name.low.removesuffix("'s"))
    if all({part, stem(part), part.removesuffix("s")} & forms for part in parts):
        return True
    code = "".join(parts)  # "HK-210S" may be written "HK210 S"
    return not (code.isdigit() or code.isalpha()) and code in letters


def renamed(question: str, names: Sequence[str], rng: np.random.Generator) -> str | None:
    """The question with one of its names exchanged: numbers by chance, words for one of `names`.

    None where it has no name, or nothing to exchange it for. What it asks about then is, as a rule,
    in no document.
    """
    own = names_in(question)
    if not own:
        return None
    name = own[int(rng.integers(len(own)))]
    if any(c.isdigit() for c in name.raw):
        new = re.sub(r"[0-9]", lambda d: str((int(d[0]) + int(rng.integers(1, 10))) % 10), name.raw)
    else:
        pool = [candidate for candidate in names if candidate.lower() != name.low]
        if not pool:
            return None
        new = pool[int(rng.integers(len(pool)))]
    return re.sub(rf"(?<!\w){re.escape(name.raw)}(?!\w)", lambda _: new, question, count=1)
