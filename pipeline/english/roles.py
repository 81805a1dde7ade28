"""Whether the words of two questions stand in other roles to each other. Pure.

"Which package requires numlib" has the words of "Which package does numlib require" and asks the
other way round. So of each question is read, as far as its small words tell, what part the asked
thing has in the deed and what each word hangs on: a preposition, a conjunction, the helping verb
before its subject, or nothing. Two words that exchanged what they hang on set two questions apart,
and so does an asked thing that does the deed in one and to which it is done in the other. Equal are
by rule a passive with "by" and its active, a phrase in front or behind, "Ada's car" and "the car of
Ada", "leave days" and "days of leave".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from ...core.expressions import expression
from .lexicon import IRREGULAR, words
from .parse import key_of
from .words import BE, DETERMINERS, EMPTY, Word, words_in

__all__ = ["Arrangement", "arrangement", "roles_apart"]


def _key(word: str) -> str:
    """One form for a word and its inflections, of "owe" and "succeed", too."""
    key = key_of(key_of(word))
    return key.removesuffix("e") if len(key) == 3 else key


_LONGEST = 40
"""Words of a question that are looked at."""
_PREPOSITIONS = words(
    """to from with without by for of than above below under over behind beside beneath opposite
    before after against about into onto toward towards in on at near through via per until since
    within between across inside outside like between as off during around among past along"""
)
_CONJUNCTIONS = words("if when while because unless once whether where why how although though")
_SAME = {"into": "to", "onto": "to", "toward": "to", "towards": "to", "without": "with"}
"""Prepositions that take the place of another; what excludes each other is told by `contrast`."""
_REVERSED = frozenset(
    frozenset(pair.split("/"))
    for pair in words(
        """to/from for/against before/after until/from until/since until/on until/in until/at
        since/in since/before since/on before/in before/on"""
    )
)
"""Prepositions that, before the same word, say another thing."""
_IDLE = words("in at on")
"""Prepositions that a question may leave away: "what floor is the bar on"."""
_DETERMINERS = DETERMINERS | words("this that these those any some every each no all")
_SUBJECTS = words("i you we he she they it one")
_PERSONS = {"you": "you", "i": "i", "me": "i", "we": "i", "us": "i"}
_ASKS = words("who whom what which")
_DO = words("do does did don't doesn't didn't")
_BE = BE | words("isn't aren't wasn't weren't am")
_MODAL = words(
    """have has had can could will would shall should may might must haven't hasn't hadn't can't
    cannot couldn't won't wouldn't shouldn't mustn't"""
)
_LINKS = words("and or")
_PARTICIPLES = words("hit cut put set read shut hurt let cast bet split")
"""Participles that are like their verb."""
_MUTUAL = frozenset(_key(word) for word in words("marry married meet border neighbor"))
_OF_ITSELF = frozenset(
    _key(word)
    for word in words(
        "change changed increase increased start begin end open close stop break improve happen"
    )
)
"""Verbs of which who does it and to whom it is done are one: "what changed", "what was changed"."""
_EITHER_WAY = expression(
    r"\b(?:how far|distances?|how many (?:kilomet(?:er|re)s?|km|miles?|met(?:er|re)s?)\b.{0,40}\b"
    r"(?:from|between))\b"
)
_NO_AGENT = words(
    """bus train car boat ship plane bike ferry taxi tram post mail email phone card cheque cash
    hand law default monday tuesday wednesday thursday friday saturday sunday when what which"""
)
_BARE = frozenset(("bare", "be", "subject"))


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The roles in one question, as far as its small words tell."""

    asked: str
    """What part the asked thing has: "subject", "object", "done" of a passive, "be" of what only
    is, "whose", or the preposition that it hangs on; empty where another kind of thing is asked."""
    verbs: frozenset[str]
    """Keys of the words among which the question's verb is."""
    deed: str
    """The key of the participle behind a helping verb, or of a verb at the end: it hangs on
    nothing. Empty where neither is told."""
    places: tuple[tuple[str, str], ...]
    """The key of each word of meaning, in order, with what it hangs on."""

    @property
    def keys(self) -> Counter[str]:
        """How often it has each word of meaning."""
        return Counter(key for key, _ in self.places if key not in _PERSONS.values())


def roles_apart(question: str, remembered: str) -> bool:
    """Whether the words that two questions share stand in other roles. Linear in their lengths, but
    for the shared words that hang on something else, of which each pair is looked at."""
    a, b = arrangement(question), arrangement(remembered)
    if _asked_apart(a, b) or _asked_apart(b, a):
        return True
    either = _EITHER_WAY.search(question.lower()) and _EITHER_WAY.search(remembered.lower())
    return not either and (_exchanged(a, b) or _turned(a, b))


def arrangement(question: str) -> Arrangement:
    """The roles in a question."""
    spoken = words_in(question)[:_LONGEST]
    low = [word.low for word in spoken]
    at = next((i for i, word in enumerate(low) if word in (*_ASKS, "whose") or _counts(low, i)), -1)
    if any(word in _CONJUNCTIONS for word in low[: max(at, 0)]):
        at = -1
    agent = _agent(low)
    asked, verbs = _asked(spoken, low, at, agent)
    places = _places(spoken, low, agent, passive=agent >= 0 or asked == "done")
    pairs = pairwise(low)
    deed = next((_key(word) for be, word in pairs if be in _BE and _participle(word)), "")
    return Arrangement(asked, verbs, deed or _last_verb(spoken, low), tuple(places))


def _last_verb(spoken: Sequence[Word], low: Sequence[str]) -> str:
    """The key of a verb that ends a question behind a phrase: "the bus to the port leave"."""
    pairs = list(pairwise(low))
    helped = any(word in _DO and following not in _SUBJECTS for word, following in pairs)
    if not helped or spoken[-1].named or low[-1] in EMPTY or low[-2] in EMPTY:
        return ""
    return _key(low[-1])


def _counts(low: Sequence[str], at: int) -> bool:
    return low[at] == "how" and low[at + 1 : at + 2] in (["many"], ["much"])


def _agent(low: Sequence[str]) -> int:
    """Where the "by" of a passive stands, -1 where there is none."""
    for i, word in enumerate(low):
        if word != "by" or (low[i + 1 : i + 2] and low[i + 1] in _NO_AGENT - {"what", "which"}):
            continue
        fronted = i == 0 and any(other in _BE for other in low)
        behind = any(other in _BE for other in low[:i]) and any(map(_participle, low[:i]))
        if fronted or behind:
            return i
    return -1


def _participle(word: str) -> bool:
    irregular = word in IRREGULAR and word not in EMPTY and not word.endswith("ing")
    return word.endswith(("ed", "en")) or irregular or word in _PARTICIPLES


def _asked(
    spoken: Sequence[Word], low: Sequence[str], at: int, agent: int
) -> tuple[str, frozenset[str]]:
    """What part the asked thing has, and the keys among which the verb is."""
    if at < 0:
        return "", frozenset()
    if low[at] == "whose":
        return "whose", frozenset()
    fronted = low[at - 1] if at else ""
    helper = _helper(low, at)
    after = low[helper + 1 :] if helper >= 0 else low[at + 1 :]
    verbs = frozenset(_key(word) for word in after if word not in EMPTY)
    if (fronted == "by" or low[-1] == "by") and agent >= 0:
        return "subject", verbs
    if fronted in _PREPOSITIONS:
        return _SAME.get(fronted, fronted), verbs
    if helper < 0 or not after:
        return "subject", verbs
    stranded = _stranded(after)
    word, following = low[helper], spoken[helper + 1]
    if word in _BE:
        return _of_being(after, stranded), verbs
    inverted = word in _DO or (
        following.low in _DETERMINERS | _SUBJECTS
        or following.named
        or (len(after) > 2 and following.low.endswith("s") and after[1] not in EMPTY)
    )
    if not inverted:
        done = "be" in after[:2] or "been" in after[:2]
        return ("done" if done and any(map(_participle, after)) else "subject"), verbs
    return stranded or "object", verbs


def _helper(low: Sequence[str], at: int) -> int:
    """Where the helping verb behind the asked thing stands; -1 if its own verb follows at once."""
    named = False
    for i in range(at + 1, len(low)):
        if low[i] in _DO | _BE | _MODAL:
            return i
        if low[i] in _CONJUNCTIONS | _ASKS or (named and low[i] in _DETERMINERS):
            previous = low[i - 1]
            if previous != "of":
                return -1
        named = named or low[i] not in EMPTY
    return -1


def _stranded(after: Sequence[str]) -> str:
    """The preposition whose thing is the asked one: the last, or one before another preposition."""
    for i in range(1, len(after)):
        if after[i] not in _PREPOSITIONS:
            continue
        following = after[i + 1] if i + 1 < len(after) else ""
        if not following or (following in _PREPOSITIONS and i + 2 < len(after)):
            return _SAME.get(after[i], after[i])
    return ""


def _of_being(after: Sequence[str], stranded: str) -> str:
    if stranded:
        return stranded
    if _participle(after[0]):
        return "done"
    if after[0].endswith("ing"):
        return "subject"
    plain = after[0] in _DETERMINERS | _SUBJECTS
    return "object" if plain and len(after) > 2 and after[-1].endswith("ing") else "be"


def _places(
    spoken: Sequence[Word], low: Sequence[str], agent: int, *, passive: bool
) -> list[tuple[str, str]]:
    """The words of meaning, each with what it hangs on."""
    places: list[tuple[str, str]] = []
    hangs, fresh, verb_next, named = "bare", True, False, False
    keys = _keys(low)
    for i, word in enumerate(low):
        if word in _DO | _MODAL:
            hangs, fresh = ("subject" if not passive else "bare"), True
        elif word in _BE:
            hangs, fresh = ("be" if not passive else "bare"), True
        elif i == agent:
            hangs, fresh = "subject", True
        elif word == "how" and _counts(low, i):
            hangs, fresh = hangs if fresh else "bare", True
        elif word in _PREPOSITIONS or word in _CONJUNCTIONS or word in ("who", "which", "that"):
            if word == "that" and fresh:
                continue
            opening = word in _CONJUNCTIONS | _ASKS and not places
            hangs, fresh = ("bare" if opening else _SAME.get(word, word)), True
        elif word in _DETERMINERS:
            if not fresh:
                hangs, fresh = "bare", True
        elif word in _PERSONS or word in _SUBJECTS:
            if word in _PERSONS:
                places.append((_PERSONS[word], hangs))
            verb_next = word in _SUBJECTS and hangs in ("subject", "if", "when")
        elif word not in EMPTY and word not in _LINKS:
            owner = word.endswith("'s") or word.endswith("s'")
            verb = hangs == "subject" and not fresh and named and not spoken[i].named
            places.append((keys[i], hangs))
            fresh, named = False, spoken[i].named
            if owner:
                _possess(places, spoken, i)
            if verb_next or verb:
                hangs, verb_next = "bare", False
    return places


def _keys(low: Sequence[str]) -> list[str]:
    """The key of each word; the word itself where two have one key: "http" and "https"."""
    plain = [word.removesuffix("'s").removesuffix("'") for word in low]
    forms: dict[str, set[str]] = {}
    for word in plain:
        forms.setdefault(_key(word), set()).add(word)
    return [word if len(forms[_key(word)]) > 1 else _key(word) for word in plain]


def _possess(places: list[tuple[str, str]], spoken: Sequence[Word], at: int) -> None:
    """Hang an owner, with the names before it, on "of"."""
    back = 1
    while back < len(places) and back <= at and spoken[at - back].named and spoken[at].named:
        back += 1
    for i in range(len(places) - back, len(places)):
        places[i] = (places[i][0], "of")


def _asked_apart(a: Arrangement, b: Arrangement) -> bool:
    """Whether what is asked does the deed in the one question alone."""
    if not a.asked or not b.asked or a.asked == b.asked:
        return False
    mine, theirs = a.keys, b.keys
    if (a.verbs | b.verbs) & _MUTUAL:
        return False
    if a.asked == "whose":
        return mine == theirs
    shared = a.verbs & b.verbs
    if a.asked == "subject" and b.asked not in ("be", "whose", "in", "at"):
        alike = not (mine - theirs) or not (theirs - mine)
        itself = b.asked in ("object", "done") and bool(shared & _OF_ITSELF)
        return bool(shared) and alike and not itself
    # Where one thing hangs on the preposition here, another hangs on it there.
    others = {hangs for _, hangs in b.places}
    return (
        a.asked in _PREPOSITIONS - {"in", "at"}
        and mine == theirs
        and (a.asked in others or frozenset((a.asked, b.asked)) in _REVERSED)
    )


def _exchanged(a: Arrangement, b: Arrangement) -> bool:
    """Whether two shared words hang on what the other did, or one on the reverse."""
    here, there = _hangs(a), _hangs(b)
    deeds = (a.deed, b.deed)
    shared = [key for key in here if key in there and key not in deeds and here[key] != there[key]]
    moved = [(here[key], there[key]) for key in shared if len(here[key]) == len(there[key])]
    alike = a.keys == b.keys
    for was, now in moved:
        if any(frozenset(pair) in _REVERSED for pair in zip(was, now, strict=True)):
            return True
    for (was, now), (other_was, other_now) in combinations(moved, 2):
        if was == other_now and now == other_was:
            return True
        if alike and _crossed(was, now, other_was, other_now):
            return True
    return False


def _hangs(arrangement: Arrangement) -> dict[str, tuple[str, ...]]:
    hangs: dict[str, list[str]] = {}
    for key, place in arrangement.places:
        hangs.setdefault(key, []).append(place)
    return {key: tuple(sorted(several)) for key, several in hangs.items()}


def _crossed(
    was: Sequence[str], now: Sequence[str], other_was: Sequence[str], other_now: Sequence[str]
) -> bool:
    """Whether of two words one lost its preposition and the other got one."""
    kinds = [{*several} <= _BARE for several in (was, now, other_was, other_now)]
    return kinds in ([True, False, False, True], [False, True, True, False])


def _turned(a: Arrangement, b: Arrangement) -> bool:
    """Whether the same words stand in the same order but for two, around another, exchanged."""
    first, second = [key for key, _ in a.places], [key for key, _ in b.places]
    if len(first) != len(second) or Counter(a.places) != Counter(b.places):
        return False
    moved = [i for i, pair in enumerate(zip(first, second, strict=True)) if len({*pair}) > 1]
    return len(moved) == 2 and moved[1] - moved[0] > 1
