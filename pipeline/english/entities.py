"""Names, codes and numbers of a question, which a passage that answers it should hold. Pure.

A reader is easily sure that the price of one kettle answers a question about another one. So the
confidence counts what the question names and the passage does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from ...core.expressions import expression
from ...core.folding import fold
from ...core.records import Passage
from .lexicon import NUMBERS
from .mentions import mentions
from .words import Word, stem, words_in

__all__ = ["missing", "names_in", "renamed"]

_LETTERS = str.maketrans(
    {"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "ß": "ss", "ł": "l"}
)
_PART = expression(r"[^\W_]+")


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
    """Whether a name of the question stands neither in the passage nor in its title.

    Names are compared folded (`core.folding`) and without accents, numbers by their value.
    """
    names = names_in(_bare(question))
    if not names:
        return False
    text = _bare(f"{passage.title} {passage.text}".replace("_", " "))
    forms, values = _forms(text), _values(text)
    return not all(_stands_in(name, forms, values) for name in names)


def _bare(text: str) -> str:
    """The folded text without accents."""
    plain = fold(text)
    if plain.isascii():
        return plain
    parts = unicodedata.normalize("NFD", plain.translate(_LETTERS))
    return "".join(c for c in parts if unicodedata.category(c) != "Mn")


def _forms(text: str) -> frozenset[str]:
    """The words of a text in the forms that they are known by."""
    parts: list[str] = _PART.findall(text.lower())
    return frozenset(form for p in parts for form in (p, stem(p), NUMBERS.get(p, p)))


def _values(text: str) -> frozenset[str]:
    """The values of a text's numbers, codes and dates."""
    values: set[str] = set()
    for mention in mentions(text):
        values |= mention.keys
        if mention.date is not None:
            values.update(f"n:{n}" for n in _PART.findall(text[mention.start : mention.end]))
            if mention.date.years:
                values.update(f"n:{year}" for year in mention.date.years)
    return frozenset(values)


def _stands_in(name: Word, forms: frozenset[str], values: frozenset[str]) -> bool:
    """Whether a name is among the word forms of a text, or a number's value among its values."""
    if any(c.isdigit() for c in name.raw):
        own = _values(name.raw)
        if own & values:
            return True
        if own and not name.raw.isalnum():
            return False
    parts = _PART.findall(name.low.removesuffix("'s"))
    return all({part, stem(part), part.removesuffix("s")} & forms for part in parts)


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
