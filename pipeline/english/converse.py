"""Whether an answer is who stands at the other end of what a question asks. Pure.

Asked who bought the mill, a reader gives who sold it; asked whose son Bo Ek is, his son. In a
sentence about giving and taking the giver stands before the verb of giving, behind "by" of a
passive one and behind the "from" of taking; the taker behind "to", and before the verb of taking.
And who is the mother, the supervisor or the subsidiary of another is not so of themselves.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from ...core.expressions import expression
from ...core.records import Passage
from .lexicon import words
from .sentences import sentences_of
from .words import BE, DETERMINERS, EMPTY, folded_passage

__all__ = ["Converse", "Ends"]

_TOKEN = expression(r"[^\W_]+(?:[-'.&][^\W_]+){0,6}|[,;:.!?()|\n–—]")
_FORMS = {
    form: (role, verb)
    for role, verbs in {
        "giver": "sell:sells,sold,selling lend:lends,lent,lending give:gives,gave,given,giving "
        "donate:donates,donated,donating bequeath:bequeaths,bequeathed award:awards,awarded "
        "export:exports,exported",
        "taker": "buy:buys,bought,buying borrow:borrows,borrowed,borrowing "
        "purchase:purchases,purchased acquire:acquires,acquired inherit:inherits,inherited "
        "receive:receives,received,receiving import:imports,imported",
        "doer": "defeat:defeats,defeated beat:beats,beaten succeed:succeeds,succeeded "
        "hire:hires,hired employ:employs,employed teach:teaches,taught sue:sues,sued "
        "precede:precedes,preceded supervise:supervises,supervised appoint:appoints,appointed "
        "replace:replaces,replaced marry:marries kill:kills,killed murder:murders,murdered "
        "attack:attacks,attacked invade:invades,invaded conquer:conquers,conquered "
        "own:owns,owned call:calls,called arrest:arrests,arrested mentor:mentors,mentored "
        "train:trains,trained dismiss:dismisses,dismissed fire:fires,fired follow:follows,followed "
        "advise:advises,advised represent:represents,represented "
        "supply:supplies,supplied",
    }.items()
    for entry in verbs.split()
    for verb, forms in [entry.split(":")]
    for form in (verb, *forms.split(","))
}
_PAIRED = {
    "buy": "sell", "purchase": "sell", "acquire": "sell", "borrow": "lend", "inherit": "bequeath",
    "receive": "give", "donate": "give", "award": "give",
}  # fmt: skip
"""Verbs of giving and taking, each with the plain one of the same deed."""
_EITHER = words("lease leases leased leasing rent rents rented renting")
_RELATIONS = words(
    """mother father parent son daughter child brother sister husband wife uncle aunt nephew niece
    grandfather grandmother grandson granddaughter cousin supervisor boss teacher mentor pupil
    student successor predecessor deputy assistant subsidiary parent employer employee landlord
    tenant widow widower godfather stepfather stepmother stepson owner founder capital supplier
    customer client patron rival heir ancestor descendant"""
)
_RUN = 8
"""Words of a name, and before it, at most."""
_LONGEST = 1200
"""Characters of a sentence that is looked through."""
_ENDS_CLAUSE = words(", ; : ( ) . and but while whereas")


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    raw: str

    @property
    def low(self) -> str:
        return self.raw.lower()

    @property
    def is_name(self) -> bool:
        return self.raw[0].isupper() and self.low not in EMPTY


@dataclass(frozen=True, slots=True)
class _Relation:
    """Whose mother, supervisor or subsidiary somebody is."""

    start: int
    noun: str
    of: frozenset[str]


class Converse:
    """Who is asked for in one question: the giver, the taker, or whose relation."""

    def __init__(self, question: str) -> None:
        text = folded_passage(question).text
        tokens = _tokens(text)
        self._deed = _deed(tokens)
        self._relations = tuple(_relations(text)) if _asks_who(tokens) else ()

    def __bool__(self) -> bool:
        return self._deed is not None or bool(self._relations)

    def in_passage(self, passage: Passage) -> Ends:
        """The deeds and relations of a passage; made once for all answers in the passage."""
        return Ends(self._deed, self._relations, passage)


class Ends:
    """The deeds and relations of one passage, looked at from the places of answers in it."""

    def __init__(
        self, deed: _Deed | None, relations: Sequence[_Relation], passage: Passage
    ) -> None:
        self._deed, self._asked = deed, relations
        self._sentences = sentences_of(passage.text)
        text = self._sentences.text
        self._tokens = _tokens(text) if deed else ()
        self._starts = [token.start for token in self._tokens]
        self._relations = _relations(text) if relations else ()

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is who is at the other end."""
        first, last = self._sentences.place(start, end)
        begin, stop = self._sentences.around(first, first)
        if stop - begin > _LONGEST:
            return False
        return self._other_end(begin, stop, first, last) or self._of_another(begin, stop)

    def _of_another(self, begin: int, stop: int) -> bool:
        """Whether the sentence has the relation to another, and speaks of who is asked about."""
        held = [r for r in self._relations if begin <= r.start < stop]
        for asked in self._asked:
            same = [r for r in held if r.noun == asked.noun and r.of]
            if not same or any(asked.of <= r.of or r.of <= asked.of for r in same):
                continue
            text = self._sentences.text[begin:stop]
            said = {t.lower().removesuffix("'s") for t in _TOKEN.findall(text)}
            if asked.of <= said:
                return True
        return False

    def _other_end(self, begin: int, stop: int, first: int, last: int) -> bool:
        deed = self._deed
        if deed is None:
            return False
        low, high = bisect(self._starts, begin - 1), bisect(self._starts, stop - 1)
        tokens = self._tokens[low:high]
        if deed.names and _stands_across(deed, tokens, first, last):
            return True
        if not deed.wanted:
            return False
        roles: set[str] = set()
        for i, token in enumerate(tokens):
            role, verb = _form(tokens, i)
            if not role or (token.start < last and first < token.end):
                continue
            if deed.fits(role, verb):
                roles.add(_role_at(tokens, i, role, first, last))
        roles.discard("")
        if deed.object and roles:
            return _is_patient(deed, tokens, first, last)
        return bool(roles) and deed.wanted not in roles


@dataclass(frozen=True, slots=True)
class _Deed:
    verb: str
    role: str
    wanted: str
    """Who is asked for: the giver, the taker, the doer, or who it is done to; empty: what is done
    by a name, as by "Vela" of "whom did Vela beat"."""
    object: frozenset[str] = frozenset()
    """The name that the asked for did it to: "Vela" of "who defeated Vela"."""
    names: frozenset[str] = frozenset()
    """The one name behind the verb of an active question; before it where nobody is wanted."""

    def fits(self, role: str, verb: str) -> bool:
        if (role == "doer") != (self.role == "doer"):
            return False
        pair = {_PAIRED.get(v, v) for v in (verb, self.verb)}
        return len(pair) == 1


def _deed(tokens: Sequence[_Token]) -> _Deed | None:
    low = [t.low for t in tokens]
    if not low or not _asks_who(tokens):
        return None
    at = next((i for i in range(1, len(low)) if _form(tokens, i)[0]), None)
    if at is None:
        return None
    role, verb = _form(tokens, at)
    who = next(i for i, word in enumerate(low) if word in ("who", "whom", "which", "what"))
    before = low[who + 1 : at]
    opening = low[who - 1] if who else ""
    helped = any(word in ("did", "does", "do", "has", "had", "can", "will") for word in before)
    passive = any(word in BE for word in before)
    if role == "doer":
        if opening == "by" or passive:
            return None
        if helped:
            return _deed_of(tokens[who + 1 : at], verb, role) if _ends(low, at) else None
        names = frozenset(t.low.removesuffix("'s") for t in tokens[at + 1 :] if t.is_name)
        return _Deed(verb, role, "doer", names) if names else None
    if opening in ("from", "by", "to") or low[-1:] in (["from"], ["to"], ["by"]):
        link = opening if opening in ("from", "by", "to") else low[-1]
        wanted = {"from": "giver", "to": "taker", "by": role}[link]
        return _Deed(verb, role, wanted)
    if passive:
        return None
    if helped:
        return _deed_of(tokens[who + 1 : at], verb, role) if _ends(low, at) else None
    return _Deed(verb, role, role, names=_name_run(tokens[at + 1 :]))


def _deed_of(before: Sequence[_Token], verb: str, role: str) -> _Deed | None:
    """What a name is said to do: "which company did Vela acquire"."""
    did = next((i for i, t in enumerate(before) if t.low in ("did", "does", "do")), len(before))
    names = _name_run(before[did + 1 :])
    return _Deed(verb, role, "", names=names) if names else None


def _ends(low: Sequence[str], at: int) -> bool:
    """Whether nothing but a circumstance follows a verb."""
    return low[at + 1] in ("?", "in", "at", "on") if at + 1 < len(low) else True


def _name_run(tokens: Sequence[_Token]) -> frozenset[str]:
    """The words of a name that alone stands there, with an article; empty where more does."""
    words = [t for t in tokens if t.raw[0].isalnum() and t.low not in DETERMINERS]
    return _parts(words) if words and all(t.is_name for t in words) else frozenset()


def _form(tokens: Sequence[_Token], at: int) -> tuple[str, str]:
    """Who does the deed of a verb, and its plain form; to lease is to give to or to take from."""
    low = tokens[at].low
    if low in _EITHER:
        links = (t.low for t in tokens[at + 1 : at + 9] if t.low in ("to", "from"))
        link = next(links, "")
        return ({"to": "giver", "from": "taker"}[link], "lend") if link else ("", "")
    return _FORMS.get(low, ("", ""))


def _asks_who(tokens: Sequence[_Token]) -> bool:
    """Whether a person, a company or a place is asked for."""
    low = [t.low for t in tokens[:3]]
    if any(word in ("who", "whom") for word in low):
        return True
    opening = next((i for i, word in enumerate(low) if word in ("which", "what")), None)
    return opening is not None and any(
        t.low in words("company firm bank team country club person man woman family city state")
        for t in tokens[opening + 1 : opening + 3]
    )


def _role_at(tokens: Sequence[_Token], verb: int, role: str, first: int, last: int) -> str:
    """The part that an answer has in the deed of a verb; empty where its place tells none."""
    passive = any(t.low in BE for t in tokens[max(0, verb - 3) : verb])
    other = {"giver": "taker", "taker": "giver", "doer": "done to"}[role]
    if last <= tokens[verb].start:
        link = next((t.low for t in reversed(tokens[:verb]) if t.end <= first), "")
        if link in ("to", "from", "by", "of", "in", "with", "for"):
            return ""
        return "" if passive and role != "doer" else other if passive else role
    inner = [t for t in tokens[verb + 1 :] if t.end <= first]
    links = [t.low for t in inner if t.low in ("to", "from", "by", ";")]
    if ";" in links:
        return ""
    link = links[-1] if links else ""
    if link == "by":
        return role if passive else ""
    if role == "giver" and link == "to":
        return "taker"
    if role == "taker" and link == "from":
        return "giver"
    return "done to" if role == "doer" and not passive and not link else ""


def _stands_across(deed: _Deed, tokens: Sequence[_Token], first: int, last: int) -> bool:
    """Whether a clause has the answer and the name of the question in each other's place.

    "Kell bought Brig" tells neither who bought Kell nor what Brig bought.
    """
    for i in range(len(tokens)):
        role, verb = _form(tokens, i)
        if not role or not deed.fits(role, verb) or role != deed.role:
            continue
        clause = _clause(tokens, i)
        if not clause[0].start <= first < clause[-1].end:
            continue
        names = [t for t in clause if t.low.removesuffix("'s") in deed.names]
        places = [t for t in names if not first <= t.start < last or clause[-1].end < last]
        sides = {t.start > tokens[i].start for t in places}
        answers = first > tokens[i].start
        if len(sides) != 1 or answers in sides or first <= tokens[i].start < last:
            continue
        if frozenset(t.low.removesuffix("'s") for t in places) != deed.names:
            continue
        passive = any(t.low in BE for t in tokens[max(0, i - 3) : i])
        return answers == (bool(deed.wanted) != passive)
    return False


def _clause(tokens: Sequence[_Token], at: int) -> Sequence[_Token]:
    begin, end = at, at + 1
    while begin and tokens[begin - 1].low not in _ENDS_CLAUSE:
        begin -= 1
    while end < len(tokens) and tokens[end].low not in _ENDS_CLAUSE:
        end += 1
    return tokens[begin:end]


def _is_patient(deed: _Deed, tokens: Sequence[_Token], first: int, last: int) -> bool:
    """Whether the sentence has the asked about as the doer: "Kron defeated Vela" of Kron's."""
    for i in range(len(tokens)):
        role, verb = _form(tokens, i)
        if role != "doer" or not deed.fits(role, verb):
            continue
        places = [t for t in tokens if t.low.removesuffix("'s") in deed.object]
        parts = {_role_at(tokens, i, role, t.start, t.end) for t in places}
        if parts and parts <= {"doer"} and _role_at(tokens, i, role, first, last) == "done to":
            return True
    return False


@lru_cache(maxsize=512)
def _tokens(text: str) -> tuple[_Token, ...]:
    return tuple(_Token(*m.span(), m[0]) for m in _TOKEN.finditer(text))


@lru_cache(maxsize=512)
def _relations(text: str) -> tuple[_Relation, ...]:
    """The relations that a folded text tells with whose they are: "B's mother", "mother of B"."""
    return tuple(_relations_in(_tokens(text)))


def _relations_in(tokens: Sequence[_Token]) -> Iterator[_Relation]:
    for i, token in enumerate(tokens):
        noun = token.low.removesuffix("s") if token.low not in _RELATIONS else token.low
        if noun not in _RELATIONS:
            continue
        if i and tokens[i - 1].low.endswith("'s") and tokens[i - 1].is_name:
            run = list(takewhile(lambda t: t.is_name, reversed(tokens[max(0, i - _RUN) : i])))
            yield _Relation(token.start, noun, _parts(run))
        elif i + 2 < len(tokens) and tokens[i + 1].low == "of":
            behind = tokens[i + 2 : i + 2 + _RUN]
            while behind and behind[0].low in DETERMINERS:
                behind = behind[1:]
            run = list(takewhile(lambda t: t.is_name, behind))
            if run:
                yield _Relation(token.start, noun, _parts(run))


def _parts(run: Sequence[_Token]) -> frozenset[str]:
    return frozenset(t.low.removesuffix("'s") for t in run)
