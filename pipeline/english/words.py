"""Tokens with their case, function words and plural stems: what follow-ups and names go by. Pure.

English alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ...core.expressions import expression
from ...core.folding import Folded, folded
from .lexicon import words

__all__ = [
    "AUXILIARY",
    "BE",
    "BEFORE_NOUN",
    "CLAUSE",
    "DETERMINERS",
    "EMPTY",
    "HE",
    "JOINING",
    "NEGATIONS",
    "QUESTION",
    "THEY",
    "VERBAL",
    "Token",
    "Word",
    "folded_passage",
    "is_not",
    "stem",
    "tokens_in",
    "words_in",
]

HE = words("he she him his her hers himself herself")
THEY = words("they them their theirs themselves it its itself")
QUESTION = words("who whom whose what which when where why how")
AUXILIARY = words(
    """am is are was were be been being do does did have has had can could will would shall
    should may might must isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't
    can't couldn't won't wouldn't shouldn't what's who's where's when's how's that's it's
    there's"""
)
BEFORE_NOUN = words(
    """of in on at to for from with without by about into onto over under between among during
    before after since until like as than per via within through across against besides"""
)
SMALL = words(
    """a an the and or but nor so if because while not no any some all both each every either
    neither more most less least much many few other others another else own same too also very
    just only even ever still yet again now please ok okay yes well thanks thank up down out off
    i i'm i'd i've me my mine we us our ours you your yours let let's really actually this that
    these those such one ones there here then former latter"""
)
EMPTY = HE | THEY | QUESTION | AUXILIARY | BEFORE_NOUN | SMALL
BE = words("is are was were be been being")
DETERMINERS = words("the a an my your our their his her its")
JOINING = words("for in at on from of to with by per under over")
"""Prepositions that join a thing to what it is told of: "4 euros for children"."""
NEGATIONS = words("not no never neither nor without none")
CLAUSE = expression(r"[,;:]\s|\b(?:and|but|while|whereas|or)\b")
"""Where clauses begin that may each speak of something else."""
VERBAL = words(
    """do does did can could may might must shall should will would is are was were be has have
    had"""
)
_NOT = words("not cannot never dont doesnt didnt isnt arent wasnt cant wont shouldnt")
_WORD = expression(r"[^\W_]+(?:[-'’.&][^\W_]+)*")
_TOKEN = expression(r"[^\W_]+(?:[-'][^\W_]+){0,4}|[,;:.!?()|\n–—-]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: as it stands and in lower case, with plain apostrophes."""

    raw: str
    low: str
    first: bool
    """Whether it opens a sentence, where a capital says nothing."""

    @property
    def content(self) -> bool:
        """Whether it is no function word, so that it carries meaning."""
        return self.low not in EMPTY

    @property
    def named(self) -> bool:
        """A capital inside a sentence, or a code such as X-200 anywhere."""
        if any(c.isdigit() for c in self.raw) and any(c.isalpha() for c in self.raw):
            return True
        capital = any(c.isupper() for c in self.raw[1:]) or (
            self.raw[0].isupper() and not self.first
        )
        return capital and self.content


class Token(NamedTuple):
    """A word or a mark at `start:end` of a text, in small letters."""

    start: int
    end: int
    low: str

    @property
    def is_word(self) -> bool:
        return self.low[0].isalnum()


@lru_cache(maxsize=256)
def tokens_in(text: str) -> tuple[Token, ...]:
    """The words and marks of a text, in order; the latest texts are remembered."""
    return tuple([Token(*m.span(), m[0].lower()) for m in _TOKEN.finditer(text)])


def is_not(low: str) -> bool:
    """Whether a word denies by itself: "not", "never", "doesn't"."""
    return low in _NOT or low.endswith("n't")


@lru_cache(maxsize=128)
def folded_passage(text: str) -> Folded:
    """`core.folding.folded` of a question or passage; the latest are remembered, since each is
    looked at by several rules."""
    return folded(text)


def words_in(text: str) -> list[Word]:
    """The words of a text, in order."""
    tokens: list[Word] = []
    end = 0
    for match in _WORD.finditer(text):
        raw, gap = match.group(), text[end : match.start()]
        first = not tokens or any(c in gap for c in ".!?:\n")
        tokens.append(Word(raw, raw.lower().replace("’", "'"), first))
        end = match.end()
    return tokens


def stem(low: str) -> str:
    """A word without possessive and plural endings, enough to see that two are the same."""
    low = low.removesuffix("'s").removesuffix("'")
    if len(low) > 4 and low.endswith("ies"):
        return low[:-3] + "y"
    if len(low) > 3 and low.endswith("s") and not low.endswith("ss"):
        return low[:-1]
    return low
