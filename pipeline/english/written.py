"""A question with its numbers and codes as the passages write them. Pure.

A reader compares the pieces of a number, not its value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ...core.expressions import expression
from ...core.records import Passage
from .mentions import mentions
from .words import folded_passage

__all__ = ["as_written"]

_CHUNK = expression(r"[^\W_]{1,24}")
_JOINT = expression(r" ?[-./_]? ?")
_MOST_PIECES = 6


def as_written(question: str, passages: Sequence[Passage]) -> str:
    """The question with its large numbers and its codes as the passages write them.

    4500 becomes 4,500, and "ab 12 c" AB-12C.
    """
    fold = folded_passage(question)
    texts = [folded_passage(passage.text).text for passage in passages]
    texts += [folded_passage(passage.title.replace("_", " ")).text for passage in passages]
    question = _with_codes(fold.text, question, texts)
    fold = folded_passage(question)
    wanted = [m for m in mentions(fold.text) if any(len(k) > 5 and k[0] == "n" for k in m.keys)]
    for number in reversed(wanted):
        own = fold.text[number.start : number.end]
        if any(own in text for text in texts):
            continue
        forms = (
            text[m.start : m.end] for text in texts for m in mentions(text) if m.keys & number.keys
        )
        start, end = fold.span(number.start, number.end)
        question = f"{question[:start]}{next(forms, question[start:end])}{question[end:]}"
    return question


def _with_codes(folded_question: str, question: str, texts: Sequence[str]) -> str:
    """The question with what spells a code of the texts in pieces, or joined, as they write it."""
    pieces = list(_CHUNK.finditer(folded_question))
    if not any(any(c.isdigit() for c in piece[0]) for piece in pieces):
        return question
    codes = _codes(texts)
    fold = folded_passage(question)
    at = len(pieces)
    while at > 0:
        at -= 1
        for first in range(max(0, at - _MOST_PIECES + 1), at + 1):
            start, end = pieces[first].start(), pieces[at].end()
            if not _is_one_code(folded_question, pieces[first : at + 1]):
                continue
            form = codes.get(_joined(folded_question[start:end]), "")
            if form and form != folded_question[start:end]:
                begin, stop = fold.span(start, end)
                question = f"{question[:begin]}{form}{question[stop:]}"
                at = first
                break
    return question


def _codes(texts: Sequence[str]) -> dict[str, str]:
    """The codes and versions of texts by their letters and digits; "" where two are alike."""
    codes: dict[str, str] = {}
    for text in texts:
        for mention in mentions(text):
            form = text[mention.start : mention.end]
            if not mention.parted or " " in form:
                continue
            joined = _joined(form)
            if len(joined) > 2 and codes.setdefault(joined, form).lower() != form.lower():
                codes[joined] = ""
    return codes


def _joined(text: str) -> str:
    """The letters and digits of a code; a version keeps its points."""
    low = re.sub(r"^v(?:er)?(?=[ .]?\d)", "", re.sub(r"\s+", "", text.lower()))
    return low if re.fullmatch(r"\d+(?:\.\d+)+", low) else re.sub(r"[^a-z\d]", "", low)


def _is_one_code(text: str, pieces: Sequence[re.Match[str]]) -> bool:
    """Whether short pieces stand beside each other with nothing but signs that join them."""
    gaps = (text[a.end() : b.start()] for a, b in pairwise(pieces))
    return all(_JOINT.fullmatch(gap) for gap in gaps) and any(
        any(c.isdigit() for c in piece[0]) for piece in pieces
    )
