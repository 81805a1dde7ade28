"""Question equivalence: the rules by which a remembered answer may be given again. Pure.

`same_question` is one half of the built-in verifier (`pipeline.witness`). An embedding alone
cannot tell: "enable" and "disable" lie closer than "enable" and "turn on". So the embeddings must
be close, and word by word the questions must agree in kind, polarity, time, numbers, names, roles
and in everything that carries meaning. Whatever has no counterpart on the other side counts
against: a wrong "no" costs one more reading of the passages, a wrong "yes" costs a wrong answer.
The rules are English; in other languages only questions of the very same words are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import takewhile

from ...core.expressions import expression
from ..verifier import Verdict
from .frames import frames_apart
from .lexicon import words
from .parse import NARROWING, OPPOSED, ROLES, TOKEN, Wording, marked, read_wording
from .roles import roles_apart

__all__ = ["SIMILARITY_BAR", "Comparison", "compare", "same_question"]

SIMILARITY_BAR = 0.7
"""Cosine similarity of the two questions that must be reached besides equal wording."""
DETAILED = 4
"""Shared content words from which on a correction may reach a question with a word more."""
LONG_SHARED = 7
"""Shared content words beside which one in another's place is left to another witness."""
DATED = 6
"""Content words from which on the tense of a question's verb need not agree: the rest says when."""
RICH = 6
"""Shared content words beside which one more that narrows may be an accident of wording."""
NEAR, NEAR_BARELY = 0.85, 0.95
"""Cosine similarities from which two questions are near; the higher one where little is shared, or
one of them is narrowed."""
LONG_QUESTION = 80
"""Words from which only the very same wording counts: the rules are made for one sentence."""


# What may tell "C" from "C++", "5" from "-5" or "$5", and in Indic scripts one vowel from another.
_SIGN = expression(r"""[^\w\s?!.,:;'"’‘“”„«»()\[\]…–—/&%-]|(?<!\w)-(?=\d)""")
_TOKEN_OR_SIGN = expression(f"{TOKEN.pattern}|{_SIGN.pattern}")
_FOREIGN = expression("[^\u0000-\u024f\u2010-\u201f\u20ac]")
_COUNTS = {"how many", "how much"}
_STRICT = words("from by against before after without until since than with over under through")
_TAILS = frozenset(
    ["", "e", "al", "ally", "ly", "ment", "ement", "ion", "ation", "ition", "ance", "at", "ity"]
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the rules say of two questions, and what they leave to another witness."""

    verdict: Verdict
    certain: bool = False
    """Whether the questions have the very same words, so that nobody else need be asked."""
    open: bool = False
    """Whether a plain word has no counterpart and all else agrees: not the same, but a witness that
    reads the whole question may be sure that it is."""


def same_question(question: str, remembered: str, similarity: float) -> Verdict:
    """Whether the remembered answer to one question also answers the other: see `Verifier`.

    `similarity` is the cosine of the two questions' vectors, -1..1. The verdict does not depend on
    which of the two questions comes first.
    """
    return compare(question, remembered, similarity).verdict


def compare(question: str, remembered: str, similarity: float) -> Comparison:
    """The verdict of `same_question`, and what it leaves open."""
    first, second = marked(question), marked(remembered)
    tokens = _lower_tokens(first)
    if question == remembered or (tokens and tokens == _lower_tokens(second)):
        return Comparison(Verdict(same=True, why="the same words"), certain=True)
    if Counter(_SIGN.findall(first)) != Counter(_SIGN.findall(second)):
        return _no("other signs")
    if similarity < SIMILARITY_BAR:
        return _no(f"similarity {similarity:.2f} is below {SIMILARITY_BAR}")
    for text in (question, remembered):
        if len(TOKEN.findall(text)) > LONG_QUESTION or _FOREIGN.search(text):
            return _no("other words, which the rules cannot compare")
    a, b = read_wording(first), read_wording(second)
    comparison = _compare(a, b)
    near = not comparison.verdict.same and _near(a, b, similarity)
    if comparison.verdict.same or comparison.open or near:
        why = frames_apart(question, remembered)
        if why or roles_apart(question, remembered):
            return _no(f"another {why}" if why else "other roles")
    return replace(comparison, verdict=replace(comparison.verdict, near=near))


def _no(why: str, *, open: bool = False) -> Comparison:
    return Comparison(Verdict(same=False, why=why), open=open)


def _compare(a: Wording, b: Wording) -> Comparison:
    checks = (
        ("kind", a.kind != b.kind),
        ("negation", a.negations % 2 != b.negations % 2),
        ("numbers", a.numbers != b.numbers),
        ("time", _times_differ(a, b)),
        ("modality", a.modal != b.modal),
        ("person", _persons_differ(a, b)),
    )
    for name, differs in checks:
        if differs:
            return _no(f"another {name}")
    left = Counter(key for key, _ in a.content)
    right = Counter(key for key, _ in b.content)
    only_a, only_b = sorted((left - right).elements()), sorted((right - left).elements())
    derived = _derived(only_a, only_b)
    if derived is None:
        unmatched = [key.removeprefix("=") for key in sorted(only_a + only_b)]
        open = _left_open(a, b, only_a, only_b)
        return _no(f"no counterpart for {', '.join(unmatched)}", open=open)
    if not left:
        return _no("nothing to compare")
    # A word beside one that derives from it: which of them is which cannot be told.
    if not (left & right).keys().isdisjoint({*derived, *derived.values()}):
        return _no("other roles")
    if _roles_differ(a, b, derived):
        return _no("other roles")
    return Comparison(Verdict(same=True, why="the same in other words"))


def _left_open(a: Wording, b: Wording, only_a: Sequence[str], only_b: Sequence[str]) -> bool:
    """Whether but for a plain word or two too many on one side all agrees.

    Or for one word in the place of another, in a long question.
    """
    unmatched = [key.removeprefix("=") for key in (*only_a, *only_b)]
    keys = {key for key, _ in a.content} & {key for key, _ in b.content} - {*only_a, *only_b}
    exchanged = bool(only_a and only_b)
    return (
        len(keys) >= (LONG_SHARED if exchanged else DETAILED)
        and len(unmatched) <= 2
        and all(map(str.isalpha, unmatched))
        and _plain_words(unmatched)
        and OPPOSED.isdisjoint(unmatched)
        and not _negated(unmatched)
        and not {*a.names, *b.names} & {*only_a, *only_b}
        and not (_beside_name(a, only_a) or _beside_name(b, only_b))
        and not _roles_differ(_kept(a, keys), _kept(b, keys), {})
    )


def _beside_name(wording: Wording, keys: Sequence[str]) -> bool:
    """Whether one of these words stands by a name or a number, of which it may be a part."""
    content = [key for key, _ in wording.content]
    return any(
        near in wording.names or any(map(str.isdigit, near))
        for i, key in enumerate(content)
        if key in keys
        for near in (*content[max(0, i - 2) : i], *content[i + 1 : i + 2])
    )


def _kept(wording: Wording, keys: Set[str]) -> Wording:
    """A wording with the content words among `keys` alone, each once."""
    places = {key: i for i, (key, _) in enumerate(wording.content) if key in keys}
    return replace(
        wording,
        content=tuple(wording.content[i] for i in sorted(places.values())),
        loose=tuple(wording.loose[i] for i in sorted(places.values())),
    )


def _near(a: Wording, b: Wording, similarity: float) -> bool:
    """Whether nothing contradicts: no kind, count, opposite, name or role.

    The less is shared, the less may differ.
    """
    left = Counter(key for key, _ in a.content)
    right = Counter(key for key, _ in b.content)
    shared = (left & right).total()
    only_a = [key.removeprefix("=") for key in (left - right).elements()]
    only_b = [key.removeprefix("=") for key in (right - left).elements()]
    unmatched = only_a + only_b
    narrowed = any(word in NARROWING for word in unmatched)
    short = shared < DETAILED
    return (
        similarity >= (NEAR_BARELY if narrowed or short else NEAR)
        and shared >= (RICH if narrowed else 1)
        and not (short and not _mere_words(a, b, unmatched))
        and (a.kind == b.kind or "" in (a.kind, b.kind) or {a.kind, b.kind} == _COUNTS)
        and a.negations % 2 == b.negations % 2
        and a.numbers == b.numbers
        and not any(_is_code(word) for word in unmatched)
        and not {*a.names, *b.names} & {*(left - right), *(right - left)}
        and (OPPOSED.isdisjoint(only_a) or OPPOSED.isdisjoint(only_b))
        and not _negated(unmatched)
        and not _roles_contradict(a, b)
    )


def _mere_words(a: Wording, b: Wording, unmatched: Sequence[str]) -> bool:
    """Whether only plain words differ, and neither time, person nor the place of the others."""
    both = {key for key, _ in a.content} & {key for key, _ in b.content}
    return (
        (a.kind, a.tense, a.persons, a.numbers) == (b.kind, b.tense, b.persons, b.numbers)
        and _only(a, both) == _only(b, both)
        and _plain_words(unmatched)
        and OPPOSED.isdisjoint(unmatched)
    )


def _only(wording: Wording, keys: Set[str]) -> list[tuple[str, str]]:
    """The content words among `keys`, in order, each with its role word."""
    return [word for word in wording.content if word[0] in keys]


def _plain_words(words: Sequence[str]) -> bool:
    """Whether none of these words narrows what is asked, gives it a place or counts it."""
    return all(
        word.replace("-", "").isalpha() and word not in NARROWING and word not in ROLES
        for word in words
    )


def _is_code(word: str) -> bool:
    """Whether it is a name with figures in it: "hk-210s", not "1893"."""
    return not word.isdigit() and any(map(str.isdigit, word))


def _negated(words: Sequence[str]) -> bool:
    """Whether one of these words negates another by its prefix."""
    prefixes = ("un", "in", "im", "dis", "non", "non-", "mis", "ir", "il")
    return any(prefix + word in words for word in words for prefix in prefixes)


def _persons_differ(a: Wording, b: Wording) -> bool:
    """Whether others speak or are spoken of. Whether I get something, or whether it is got at all,
    is one question."""
    if a.persons == b.persons:
        return False
    impersonal = {a.persons, b.persons} in ({(), ("i",)}, {(), ("we",)})
    return not (impersonal and a.kind == "yes or no" and "past" not in (a.tense, b.tense))


def _times_differ(a: Wording, b: Wording) -> bool:
    """Whether one asks of what was and the other of what is; a number or much detail settles it."""
    if "" in (a.tense, b.tense) or a.tense == b.tense:
        return False
    return not a.numbers and max(len(a.content), len(b.content)) < DATED


def _derived(left: Sequence[str], right: Sequence[str]) -> dict[str, str] | None:
    """The words of `right` under those of `left` that they derive from; None where one is alone."""
    if len(left) != len(right):
        return None
    sources: dict[str, str] = {}
    for word, counterpart in zip(left, right, strict=True):
        same = sum(takewhile(bool, (x == y for x, y in zip(word, counterpart, strict=False))))
        if same < 4 or not {word[same:], counterpart[same:]} <= _TAILS:
            return None
        if sources.setdefault(counterpart, word) != word:
            return None
    return sources if len({*sources.values()}) == len(sources) else None


def _roles_differ(a: Wording, b: Wording, derived: Mapping[str, str]) -> bool:
    """Whether the shared words stand in other relations to each other."""
    content_b = [(derived.get(key, key), role) for key, role in b.content]
    roles_a, roles_b = dict(a.content), dict(content_b)
    for key, role_a in roles_a.items():
        role_b = roles_b[key]
        if role_a != role_b and ((role_a and role_b) or {role_a, role_b} & _STRICT):
            return True
    if _places_differ(a, b, derived):
        return True
    short = len(a.content) < DETAILED
    if short and a.kind in ("who", "what") and a.subject_asked != b.subject_asked:
        return True
    order_a, order_b = [key for key, _ in a.content], [key for key, _ in content_b]
    if order_a == order_b:
        return False
    # A phrase moved to the front or the end leaves the rest in its order.
    rotations = (order_a[i:] + order_a[:i] for i in range(1, len(order_a)))
    if len(order_a) >= 3 and order_b in rotations:
        return False
    return not (
        _compounded(order_a, order_b, a.loose, b.loose)
        or _compounded(order_b, order_a, b.loose, a.loose)
    )


def _compounded(
    phrase: Sequence[str], compound: Sequence[str], loose: Sequence[str], fewer: Sequence[str]
) -> bool:
    """Whether one order is the other's with "days of leave" as "leave days": one "of" less."""
    if sum(map(bool, loose)) <= sum(map(bool, fewer)):
        return False
    at = next(i for i, (x, y) in enumerate(zip(phrase, compound, strict=True)) if x != y)
    for middle in range(at + 1, min(at + 5, len(phrase))):
        if not loose[middle]:
            continue
        for end in range(middle + 1, min(middle + 4, len(phrase)) + 1):
            moved = [*phrase[:at], *phrase[middle:end], *phrase[at:middle], *phrase[end:]]
            if moved == list(compound):
                return True
    return False


def _places_differ(a: Wording, b: Wording, derived: Mapping[str, str]) -> bool:
    """Whether something is in it in one question, and on it in the other."""
    keys_b = [derived.get(key, key) for key, _ in b.content]
    loose_a = dict(zip((key for key, _ in a.content), a.loose, strict=True))
    loose_b = dict(zip(keys_b, b.loose, strict=True))
    return any({loose, loose_b[key]} == {"in", "on"} for key, loose in loose_a.items())


def _roles_contradict(a: Wording, b: Wording) -> bool:
    """Whether shared words hang on other prepositions, or two have changed their places.

    Two neighbors that change places are one word that moved.
    """
    roles_a, roles_b = dict(a.content), dict(b.content)
    shared = roles_a.keys() & roles_b.keys()
    for key in shared:
        roles = {roles_a[key], roles_b[key]}
        if len(roles) > 1 and "" not in roles and roles & _STRICT:
            return True
    order_a = [key for key, _ in a.content if key in shared]
    order_b = [key for key, _ in b.content if key in shared]
    if len(order_a) != len(order_b):
        return False
    moved = [i for i, pair in enumerate(zip(order_a, order_b, strict=True)) if len({*pair}) > 1]
    return len(moved) == 2 and moved[1] - moved[0] > 1


def _lower_tokens(text: str) -> list[str]:
    return _TOKEN_OR_SIGN.findall(text.lower())
