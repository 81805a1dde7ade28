"""Whether a short sentence tells of another thing than a question is about. Pure.

    The deposit for the flat is 900 euros. For the garage a separate contract applies.
    Tim works in support. He came from Kiel. Noor draws the boxes.

Asked for the deposit for the garage, or where Noor came from, a reader gives what is told of the
flat and of Tim. A long sentence speaks of several things, and one that refers back speaks of what
was named before; but a short one that does not is about what it names, and a pronoun that opens a
sentence stands for the subject before it. So where such a sentence lacks the name, the subject or
the complement that the question has, though the passage speaks of it elsewhere, and has another in
that place, its answers are those of another thing.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from ...core.records import Passage
from .lexicon import words
from .sentences import sentences_of
from .speakers import is_talk
from .topic_parts import Joined, Part, WordAt, joined_in, names_of, parts_of, words_of
from .words import AUXILIARY, BE, BEFORE_NOUN, DETERMINERS, QUESTION, folded_passage

__all__ = ["Told", "Topics"]

_PERSONS = frozenset({"he", "she"})
_AHEAD = BEFORE_NOUN | words("up and")
"""What a question may begin with before its "which"."""


class Topics:
    """What one question is about: its names, its subject, and what prepositions join."""

    def __init__(self, question: str) -> None:
        found = words_of(folded_passage(question).text)
        self.keys = frozenset(word.key for word in found if word.key)
        """The plain forms of its words of meaning."""
        self.names = tuple(names_of(found))
        self.subject = _asked_subject(found)
        self.joined = tuple(joined_in(found))

    def __bool__(self) -> bool:
        return bool(self.names or self.subject or self.joined)

    def in_passage(self, passage: Passage) -> Told:
        """What the sentences of a passage tell of; made once for all answers in the passage."""
        return Told(self, passage)


class Told:
    """The sentences of one passage, looked at from the places of answers in it."""

    def __init__(self, asked: Topics, passage: Passage) -> None:
        self._asked = asked
        self._sentences = sentences_of(passage.text)
        self._parts = () if is_talk(self._sentences.text) else parts_of(self._sentences)
        title = folded_passage(passage.title.replace("_", " ")).text
        self._title = frozenset(word.key for word in words_of(title) if word.key)

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is told of another thing."""
        first, last = self._sentences.place(start, end)
        low = bisect(self._parts, first, key=lambda part: part.start) - 1
        high = bisect(self._parts, last - 1, key=lambda part: part.start)
        return any(self._is_another(at, first, last) for at in range(max(0, low), high))

    def _is_another(self, at: int, first: int, last: int) -> bool:
        part = self._parts[at]
        if not part.words:
            return False
        answer = self._may_be_asked_for(part, first, last)
        if len(self._asked.names) == 1 and self._has_another_name(at, answer):
            return True
        if not part.short or part.refers_back or part.keys.isdisjoint(self._asked.keys):
            return False
        return (
            self._has_namesake(at, first, last)
            or self._has_another_subject(at, answer)
            or self._has_another_complement(at, answer)
        )

    def _may_be_asked_for(self, part: Part, first: int, last: int) -> frozenset[str]:
        """The words of an answer that may be the thing itself; none of one that says what it does.

        "Anna Berg" may be who is asked for, "Anna Berg was first" is told of her.
        """
        within = [word for word in part.words if first <= word.start < last]
        keys = frozenset(word.key for word in within if word.key)
        says = any(word.low in AUXILIARY for word in within) or keys & self._asked.keys
        return frozenset() if says else keys

    # -- names

    def _has_another_name(self, at: int, answer: frozenset[str]) -> bool:
        """Whether the subject of a sentence, or what its pronoun stands for, is another name."""
        part, asked = self._parts[at], self._asked.names[0]
        if part.stands_for in _PERSONS:
            return part.keys.isdisjoint(asked) and self._is_another_person(at, asked)
        if part.stands_for == "it":
            return self._is_of_another(self._root(at, {"it"}), at, asked)
        if part.stands_for or not part.short or part.refers_back:
            return False
        return part.name.isdisjoint(answer) and self._is_of_another(at, at, asked)

    def _is_of_another(self, root: int, at: int, asked: frozenset[str]) -> bool:
        """Whether the name that is the subject of one sentence makes another about another."""
        if root < 0:
            return False
        name = self._parts[root].name
        more = asked - name
        return (
            bool(name and more and name - asked)
            and (not asked <= self._title or name <= self._title)
            and self._asked.keys.isdisjoint(name - asked)
            and self._parts[at].keys.isdisjoint(more)
            and self._speaks_of(more, besides=at)
        )

    def _is_another_person(self, at: int, asked: frozenset[str]) -> bool:
        """Whether "he" or "she" stands for another: the one named before, or one of the other sex
        than the pronouns right behind the name that is asked for."""
        root = self._root(at, {"he", "she", "they"})
        if root < 0:
            return False
        name = self._parts[root].name
        if name.isdisjoint(asked):
            known = self._asked.keys.isdisjoint(name) and self._speaks_of(asked, besides=at)
            near = any(part.keys & asked for part in self._parts[root:at])
            return bool(name) and known and not near
        between = [part.stands_for for part in self._parts[root + 1 : at]]
        behind = [pronoun for pronoun in between if pronoun in _PERSONS]
        return bool(behind) and behind[0] != self._parts[at].stands_for

    def _root(self, at: int, pronouns: set[str]) -> int:
        """The latest sentence before one that begins with none of the pronouns; -1: none."""
        while at >= 0 and self._parts[at].stands_for in pronouns:
            at -= 1
        return at

    def _has_namesake(self, at: int, first: int, last: int) -> bool:
        """Whether a sentence has a name that shares a word with the one asked for: another lake."""
        part = self._parts[at]
        outside = [word for word in part.words if not first <= word.start < last]
        for asked in self._asked.names:
            for name in names_of(outside):
                more = asked - name
                if (
                    asked & name
                    and more
                    and name - asked
                    and self._asked.keys.isdisjoint(name - asked)
                    and more.isdisjoint(part.keys | self._title)
                    and self._speaks_of(more, besides=at)
                ):
                    return True
        return False

    # -- things

    def _has_another_subject(self, at: int, answer: frozenset[str]) -> bool:
        """Whether a sentence begins with another thing than the question asks about."""
        subject, part = self._asked.subject, self._parts[at]
        own = part.subject
        if part.stands_for or part.words[0].low in BEFORE_NOUN:
            return False
        if not subject or not own or own[0] in self._asked.keys | answer:
            return False
        if subject in part.keys or subject in self._title:
            return False
        if not self._opened - {at}:
            return False
        # "The firm" may stand for what was named right before it.
        described = part.words[0].low == "the" and len(part.opening) == 1
        return not (described and at and subject in self._parts[at - 1].keys)

    def _has_another_complement(self, at: int, answer: frozenset[str]) -> bool:
        """Whether a preposition joins other things than in the question: "for the flat"."""
        part = self._parts[at]
        if part.stands_for or not part.subject or part.subject[0] in answer:
            return False
        return any(
            asked.keys[0] not in part.keys
            and asked.keys[0] not in self._title
            and self._speaks_of(frozenset(asked.keys[:1]), besides=at)
            and self._joins_others(asked, part, answer)
            for asked in self._asked.joined
        )

    def _joins_others(self, asked: Joined, part: Part, answer: frozenset[str]) -> bool:
        others = [other for other in part.joined if other.link == asked.link]
        return bool(others) and all(
            other.capital == asked.capital
            and not other.digits
            and not answer.issuperset(other.keys)
            and self._asked.keys.isdisjoint(set(other.keys) - set(asked.keys))
            and other.keys[0] not in self._asked.keys
            for other in others
        )

    @cached_property
    def _held(self) -> Counter[str]:
        """In how many sentences each word stands."""
        return Counter(key for part in self._parts for key in part.keys)

    @cached_property
    def _opened(self) -> frozenset[int]:
        """The numbers of the sentences that begin with what the question is about."""
        subject = self._asked.subject
        return frozenset(n for n, part in enumerate(self._parts) if subject in part.opening)

    def _speaks_of(self, keys: frozenset[str], *, besides: int) -> bool:
        """Whether other sentences than one hold all these words."""
        own = self._parts[besides].keys
        return all(self._held[key] > (key in own) for key in keys)


def _asked_subject(found: Sequence[WordAt]) -> str:
    """The first word of meaning right behind the auxiliary of a question: "does the lamp weigh".

    None of "what is the lamp", which asks for what it is, and of what begins with a statement.
    """
    opens = next((at for at, word in enumerate(found) if word.low not in _AHEAD), 0)
    if not found or found[opens].low not in QUESTION | AUXILIARY:
        return ""
    for at, word in enumerate(found):
        if word.low in AUXILIARY:
            behind = [w for w in found[at + 1 : at + 3] if w.low not in DETERMINERS]
            is_what = at == opens + 1 and word.low in BE
            return behind[0].key if behind and not is_what else ""
    return ""
