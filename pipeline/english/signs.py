"""The words of meaning of a text, each with its sign: what is affirmed, and what is denied. Pure.

"Not included", "excluded" and "non-refundable" deny; "included" and "refunded" affirm. A "not"
reaches the words right behind it; beside "only", "hardly" or "unless" it is not plain what is
affirmed, and the sign is None.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from ...core.expressions import expression
from .lexicon import words
from .parse import key_of
from .words import BEFORE_NOUN, DETERMINERS, EMPTY, VERBAL, Token, is_not, tokens_in

__all__ = ["DOUBTFUL", "MAY", "Signed", "signed"]

MAY = "may"
"""The key of "may" and "can": they allow, but a question with one is not about what is allowed."""
_SIGNED = {
    word: (concept, sign)
    for concept, affirming, denying in (
        ("include", "include includes included including cover covers covered insured",
         "exclude excludes excluded excluding exclusion exclusions uninsured"),
        ("allow", "allow allows allowed permit permits permitted authorised authorized",
         "forbid forbids forbade forbidden prohibit prohibits prohibited ban bans banned disallow "
         "disallows disallowed"),
        ("accept", "accept accepts accepted",
         "reject rejects rejected refuse refuses refused decline declines declined"),
        ("entitle", "eligible entitle entitles entitled qualify qualifies qualified",
         "ineligible disqualified disqualifies"),
        ("attend", "attend attends attended attending", "absent"),
        ("open", "open", "closed"),
        ("pay", "paid", "unpaid"),
        ("oblige", "mandatory compulsory obligatory", "optional voluntary"),
    )
    for sign, told in ((True, affirming), (False, denying))
    for word in told.split()
}  # fmt: skip
"""Words that affirm or deny one thing, each with that thing and whether it affirms."""
_BY_CONTRARY = words(
    """valid eligible complete correct active legal regular sufficient visible accurate appropriate
    adequate edible secure dependent consistent accessible"""
)
"""Adjectives that "in-", "il-", "im-" or "ir-" turns round."""
_CONTRARY = expression(r"(?P<prefix>non-?|un-?|in|il|im|ir)(?P<rest>[a-z][a-z-]{2,})")
_EXEMPT = expression(r"(?P<rest>[a-z]{3,})-(?:exempt|free)")
_ABLE = expression(r"(?P<rest>[a-z]{3,})[ai]bl[ey]")
_ADJECTIVES = ("ed", "able", "ible", "en", "safe", "ful", "fit", "known", "sold", "lit")
DOUBTFUL = words(
    """no other others nobody none nothing neither nor few little hardly rarely seldom without
    except excepting unless only apart instead rather however exception exceptions lack lacks
    lacked lacking fail fails failed failing unable avoid avoids avoided avoiding stop stops
    stopped neglect neglects neglected forget forgets forgot prevent prevents prevented
    proscribe proscribes refuse refused refuses refusal deny denies disagree disagrees disagreed
    oppose opposes opposed less denied restrict restricts illegal unlike exempt exempted"""
)
"""Words beside which it is not plain what is affirmed."""
_BETWEEN = VERBAL | words(
    """yet usually normally currently necessarily considered to being also generally ever
    longer any more need needs been"""
)
"""Words between a "not" and what it denies."""
_BEFORE_NOUN = words("from of the a under for insurance")
_ARTICLES = DETERMINERS | words("this that these those any")
_PARTLY = words("always only just merely entirely all every everyone everything quite")
"""Words behind a "not" that leaves open what is denied."""
_ALL = words("all everyone everybody everything anyone anything every none nobody nothing")
_DENIED = 2
"""Words of meaning that a "not" reaches."""
_REACH = 7
_Reading: TypeAlias = tuple[str, bool, bool]
"""What a word speaks of, whether it affirms that, and whether it is known to do either."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A word of meaning at `start`, and whether it affirms; None where that is not plain."""

    start: int
    key: str
    sign: bool | None
    marked: bool
    """Whether it has its sign from itself or a "not", and not by lack of one."""
    own: bool = False
    """Whether from itself."""
    head: str = ""
    """The word behind it, where it may belong to that: "leave" of "unpaid leave"."""

    @property
    def attributive(self) -> bool:
        return bool(self.head)


def signed(
    text: str, *, asks: bool = False, keys: Container[str] | None = None
) -> tuple[Signed, ...]:
    """The words of meaning of a folded text with their signs, in order; linear in its length.

    Those with one of `keys` alone, if these are given. A question `asks`: its "not" may stand
    before the subject.
    """
    tokens = tokens_in(text)
    readings = [
        (i, reading)
        for i, token in enumerate(tokens)
        for reading in _readings(token.low)
        if keys is None or reading[0] in keys
    ]
    if not readings:
        return ()
    denied, unclear = _reached(tokens, asks=asks)
    return tuple(_words(tokens, readings, denied, unclear))


def _words(
    tokens: Sequence[Token],
    readings: Sequence[tuple[int, _Reading]],
    denied: dict[int, bool],
    unclear: frozenset[int],
) -> Iterator[Signed]:
    for i, (key, affirms, own) in readings:
        token = tokens[i]
        if key == MAY:
            outright = i + 1 < len(tokens) and is_not(tokens[i + 1].low)
            sign = False if outright else None if i in unclear else True
            yield Signed(token.start, MAY, sign, marked=False)
            continue
        if token.low == "cover" and i and tokens[i - 1].low in _BEFORE_NOUN:
            continue
        turned = i in denied
        sign = affirms != turned
        denies = own and not affirms
        if denied.get(i) is False or (i in unclear and not denies and not turned):
            sign = None
        head = _head(tokens, i) if denies or _is_adjective(token.low) else ""
        yield Signed(token.start, key, sign, turned or denies, own, head)


@lru_cache(maxsize=1 << 14)
def _readings(low: str) -> tuple[_Reading, ...]:
    """What a word or mark may be read as; nothing where it carries no meaning."""
    may: list[_Reading] = [(MAY, True, False)] if low in ("may", "can") else []
    if not low[0].isalnum() or low in EMPTY or is_not(low):
        return tuple(may)
    key, affirms, own = _reading(low)
    described = not own and _is_adjective(low)
    return (*may, (key, affirms, own), *([(f"~{key}", affirms, own)] if described else ()))


def _head(tokens: Sequence[Token], i: int) -> str:
    """The word of meaning right behind one; "" where none stands there."""
    after = tokens[i + 1].low if i + 1 < len(tokens) else ""
    return key_of(after) if after[:1].isalpha() and after not in EMPTY else ""


def _is_adjective(low: str) -> bool:
    return low in _SIGNED or low in _BY_CONTRARY or low.endswith(_ADJECTIVES)


def _reading(low: str) -> _Reading:
    if low in _SIGNED:
        return (*_SIGNED[low], True)
    contrary = _contrary(low)
    if contrary:  # of what is described alone: an unused disk says nothing of using it
        return f"~{contrary}", False, True
    return _plain(low), True, False


def _contrary(low: str) -> str:
    """What a word such as "unpaid", "non-refundable" or "tax-exempt" is the contrary of."""
    if exempt := _EXEMPT.fullmatch(low):
        return _plain(exempt["rest"])
    match = _CONTRARY.fullmatch(low)
    if match is None or low.startswith(("under", "uni")):
        return ""
    bare = match["rest"].removeprefix("-")
    if match["prefix"] in ("in", "il", "im", "ir"):
        return _plain(bare) if bare in _BY_CONTRARY else ""
    return _plain(bare) if bare.endswith(_ADJECTIVES) else ""


def _plain(low: str) -> str:
    """A word without endings; what can be refunded is what a refund is of."""
    low = low.removesuffix("'s")
    if low in _SIGNED:
        return _SIGNED[low][0]
    match = _ABLE.fullmatch(low)
    return key_of(match["rest"] + "ed") if match else key_of(low)


def _reached(tokens: Sequence[Token], *, asks: bool) -> tuple[dict[int, bool], frozenset[int]]:
    """The tokens that a "not" reaches, whether for certain, and those in unclear clauses."""
    denied: dict[int, bool] = {}
    unclear: set[int] = set()
    begin = 0
    doubtful = False
    for i, token in enumerate(tokens):
        if not token.is_word:
            if doubtful:
                unclear.update(range(begin, i))
            begin, doubtful = i + 1, False
        elif is_not(token.low):
            if asks and _stands_before_subject(tokens, i):
                _deny_verb(tokens, i, denied)
            elif i and tokens[i - 1].low in BEFORE_NOUN:
                continue  # "of not being there": no sentence says so
            elif _opens_line(tokens, i) or any(
                _is_finite(t.low) for t in tokens[max(0, i - 5) : i + 1]
            ):
                _deny(tokens, i, denied, certain=asks or _is_certain(tokens, i))
        elif token.low in DOUBTFUL or (token.low == "but" and _is_all(tokens, i)):
            doubtful = True
    if doubtful:
        unclear.update(range(begin, len(tokens)))
    return denied, frozenset(unclear)


def _is_finite(low: str) -> bool:
    return low in VERBAL or _is_joined(low) or low in ("cannot", "need", "needs", "never")


def _opens_line(tokens: Sequence[Token], at: int) -> bool:
    """Whether a "not" stands first, as in a heading: "Not included:"."""
    return not at or tokens[at - 1].low in ("\n", ".", "|")


def _is_joined(low: str) -> bool:
    """Whether a "not" is one word with its verb: "doesn't", with or without the apostrophe."""
    return is_not(low) and low.endswith(("n't", "nt"))


def _stands_before_subject(tokens: Sequence[Token], at: int) -> bool:
    """Whether a question goes on with its subject: "what doesn't the plan cover"."""
    return _is_joined(tokens[at].low) and 0 < at <= 4 and at + 2 < len(tokens)


def _deny_verb(tokens: Sequence[Token], at: int, denied: dict[int, bool]) -> None:
    """Note the verb behind the subject: the last of the first words in a row."""
    latest = None
    for i in range(at + 1, min(len(tokens), at + 1 + _REACH)):
        low = tokens[i].low
        if low in _ARTICLES or low in VERBAL:
            if latest is not None and low in _ARTICLES:
                break
            continue
        if not tokens[i].is_word or (low in EMPTY and latest is not None):
            break
        if low not in EMPTY:
            latest = i
    if latest is not None:
        denied[latest] = True


def _is_certain(tokens: Sequence[Token], at: int) -> bool:
    """Whether a "not" denies outright, as "must never" does and "had never" may not."""
    return tokens[at].low != "never" or tokens[max(0, at - 1)].low in ("must", "should", "shall")


def _is_all(tokens: Sequence[Token], at: int) -> bool:
    """Whether a "but" takes out of all: "everyone laughed but he"."""
    return any(t.low in _ALL for t in tokens[max(0, at - 4) : at])


def _deny(tokens: Sequence[Token], at: int, denied: dict[int, bool], *, certain: bool) -> None:
    """Note the words behind the "not" at a place: the first for certain, the next perhaps."""
    reached = 0
    for i in range(at + 1, min(len(tokens), at + 1 + _REACH)):
        low = tokens[i].low
        if not tokens[i].is_word:
            return
        if low in _PARTLY:
            return
        if low in _BETWEEN or low in _ARTICLES:
            continue
        if low in EMPTY and low not in _SIGNED:
            return
        denied[i] = certain and not reached
        reached += 1
        if reached == _DENIED:
            return
