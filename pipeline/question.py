"""What a question must be to be asked."""

from __future__ import annotations

import re

from ..core.arguments import string
from ..core.errors import InputError
from ..core.records import encodable

__all__ = ["MAX_WORDS", "clean_question"]

MAX_WORDS = 300
"""A longer question is refused: a reader sees a few hundred tokens, question and passage both."""

MAX_CHARACTERS = 3000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")


def clean_question(text: str) -> str:
    """The question with single spaces, no control characters and no lone surrogates.

    Raises InputError where nothing can be looked up: no letter or digit, or too long;
    ArgumentError for what is no text.
    """
    clean = encodable(_CONTROL.sub(" ", string("question", text)).strip())
    if not clean:
        raise InputError("the question is empty; ask with at least one word")
    if not any(c.isalnum() for c in clean):
        raise InputError(
            f"the question {clean[:20]!r} has no word in it; ask with at least one word"
        )
    count = len(clean.split())
    if count > MAX_WORDS or len(clean) > MAX_CHARACTERS:
        raise InputError(
            f"the question has {count:,} words and {len(clean):,} characters, and at most "
            f"{MAX_WORDS:,} and {MAX_CHARACTERS:,} can be asked; index the text and ask shorter"
        )
    return clean
