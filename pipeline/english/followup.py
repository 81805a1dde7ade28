"""Follow-up questions: which words of the conversation before complete a question. Pure.

`look_up` is the one door. Two things are read from the words alone, without a model: whether the
question leaves something out, and which words of the latest exchanges name it. Nothing is carried
to a question that stands alone, so a change of subject is not dragged back to the old one. The cues
are English; a question in another language stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import takewhile

from ...core.expressions import expression
from ...core.records import looked_up
from ..history import Exchange
from .lexicon import words as words_of
from .words import AUXILIARY, BEFORE_NOUN, HE, QUESTION, THEY, Word, stem, words_in

__all__ = [
    "SHORT_ANSWER",
    "VAGUE",
    "LookUp",
    "depends_on_history",
    "fragment_of",
    "latest_for",
    "look_up",
]

CARRIED_WORDS = 14
"""Words carried at most: more of them would drown the question's own."""
SHORT_ANSWER = 15
"""Words up to which an answer is carried whole; of a longer one only the names are."""
LONG_QUESTION = 60
"""Words from which a question is taken to say by itself what it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """How a question is to be searched."""

    question: str
    """As it was asked."""
    carried: tuple[str, ...] = ()
    """Words and names taken from earlier exchanges, most recent first; none where the question
    stands alone."""

    @property
    def text(self) -> str:
        """The question followed in parentheses by what was carried; as it is if nothing was."""
        return looked_up(self.question, self.carried)


_JOINING = words_of(
    """when after before because if while since once that as until though although and"""
)
# Words that say little, and nouns that want an "of what": a question with none but these leans.
VAGUE = words_of(
    """tell know give show find get got make made go went come came say said think like want
    need happen happens happened happening mean means thing things something anything way ways
    kind kinds sort sorts type types part parts example examples detail details information
    aspect aspects article fact facts interesting important notable significant popular common
    famous main major first last next later earlier early new old good bad big large long far
    high call called work works worked use used uses using take takes took taken time times
    reason reasons result results difference differences cause causes caused effect effects
    symptom symptoms treatment treatments benefit benefits advantage advantages disadvantage
    disadvantages impact consequence consequences significance importance purpose role origin
    origins definition meaning outcome argument arguments alternative alternatives option
    options member members feature features relationship describe explain compare start started
    begin began end ended done doing else become became different similar better worse best
    there soon often lot bit reaction response problem problems success successful pros cons
    characteristics side sides cost costs price size shape color name named year years day date
    place people person"""
)
_OPENING = expression(
    r"(?:^|[.!?]\s)\W*(?:(?:and|but|or|so|also|then)\b(?! far)|"
    r"(?:what|how|where|who|when) (?:about|else)\b|"
    r"any(?:thing|one|where)? (?:else|other|more)\b|tell me more(?! (?:about|on)\b)|"
    r"which ones?\b(?! of)|"
    r"(?:how so|why not|why|when|where|who|how|which|same)\W*$)",
    re.IGNORECASE,
)
_INSTEAD = expression(r"^\W*(?:(?:and|but|or)\b|(?:what|how) about\b)", re.IGNORECASE)
_LEANING = expression(
    r"\b(?:(?:any|some)(?:thing|one|where) else|(?:what|who|where|how|which \w+) else|back then|"
    r"the (?:others|latter|above)\b|the (?:first|second|third|last|next|previous) one|"
    r"(?:tell|know|say|learn|details?)(?: \w{1,20})? more about"
    r"(?=\W*$| (?:the|this|that|these|those|such)\b))",
    re.IGNORECASE,
)
# What follows says of what else: "besides the Cubs, what else did Epstein win".
_SAYS_WHAT_ELSE = expression(
    r"\b(?:besides|apart from|aside from|other than|in addition to|along with|together with)\b",
    re.IGNORECASE,
)
# These lean only in a short question: "what is another example of a function problem" does not.
_LEANING_IF_SHORT = expression(
    r"\b(?:another\b(?! (?:term|name|word|way)\b)|other|the same|also|instead|"
    r"afterwards?|as well|too|the (?:former|rest)|at the time|"
    r"(?:first|second|third|last|next|previous) \w+\W*$)\b",
    re.IGNORECASE,
)
_COMPARED = expression(
    r"\b(?:cheaper|better|worse|faster|slower|bigger|larger|smaller|safer|stronger|older|newer|"
    r"longer|shorter|higher|lower|easier|harder|(?:more|less) (?!(?:than|about|on)\b)\w+)\b",
    re.IGNORECASE,
)
# "What time is it", "how long does it take to", "is it true that": an `it` that names nothing.
_IDLE_IT = expression(
    r"\bwhat (?:time|day|date|year) (?:is|was) it\b"
    r"|\b(?:does|did|will|would|can) it (?:take|cost|matter|help|hurt|mean|rain|snow|require)\b"
    r"(?=.* (?:to|if|when|that|for|in)\b)"
    r"|\b(?:is|was|isn't|be) it (?:\w+ ){1,3}?(?:to|that|if|for)\b"
    r"|\bit (?:is|was|takes?|took) (?:\w+ ){1,4}?(?:to|that|who)\b",
    re.IGNORECASE,
)
_BEFORE_FRAGMENT = expression(
    r"^\W*(?:(?:and|but|or|so|also|then|ok|okay|thanks)\b\W*){0,3}(?:(?:what|how) about\b)?\W*",
    re.IGNORECASE,
)
_NAME = 4
"""Words of a name at most."""
_OF = words_of("of for from to with without in")
"""Between a noun and what says which one it is."""
_ARTICLES = words_of("the a an my your our this that")
_LATIN = expression("[a-z]", re.IGNORECASE)


def look_up(question: str, history: Sequence[Exchange], *, turns: int = 3) -> LookUp:
    """The question with the words that complete it, if it is a follow-up.

    `history` is oldest first. At most `turns` of it are used, the latest and the one which brought
    the subject up.
    """
    if not history or turns < 1:
        return LookUp(question=question)
    words, latest = words_in(question), history[-1]
    if not (_leans(question, words) or _continues(words, latest) or _renames(words, latest)):
        return LookUp(question=question)
    if _repeats(question, words, latest):
        return LookUp(question=question, carried=latest.carried)
    return LookUp(question=question, carried=_carry(question, history, turns))


def latest_for(question: str, history: Sequence[Exchange]) -> Sequence[Exchange]:
    """The latest exchange, if any, as it serves a reader of the question.

    A fragment asks the question before of another thing: the answer for the first would draw the
    reader back to it.
    """
    latest = history[-1:]
    if fragment_of(question) is None:
        return latest
    return [exchange._replace(answer=None) for exchange in latest]


def _repeats(question: str, words: Sequence[Word], latest: Exchange) -> bool:
    """Whether it is asked twice in a row, as after a correction, and so means the same as before.

    Not where none of its words says anything: two times "Why?" are two questions.
    """
    return (
        any(word.content for word in words)
        and latest.question.rstrip().casefold() == question.rstrip().casefold()
    )


def depends_on_history(question: str) -> bool:
    """Whether the words of a question, taken alone, leave out what it is about."""
    return _leans(question, words_in(question))


def fragment_of(question: str) -> str | None:
    """The piece that is all a follow-up says, "for a child" of "And for a child?"; else None.

    A piece has no verb and asks for nothing by itself, and comes with "and", "what about" or the
    like, with a preposition, or alone in up to four words.
    """
    piece = question[_BEFORE_FRAGMENT.match(question).end() :]  # type: ignore[union-attr]
    words = words_in(piece)
    lows = {word.low for word in words}
    if not words or lows & (AUXILIARY | QUESTION) or not any(word.content for word in words):
        return None
    if lows & (HE | THEY) or len(words) > 8:
        return None
    introduced = len(piece) < len(question) and bool(_INSTEAD.search(question))
    return piece if introduced or words[0].low in BEFORE_NOUN or len(words) <= 4 else None


def _leans(question: str, words: Sequence[Word]) -> bool:
    content = [word for word in words if word.content]
    if len(words) > LONG_QUESTION or not _LATIN.search(question):
        return False
    if not content:
        return True
    if _SAYS_WHAT_ELSE.search(question) and any(word.named for word in words):
        return False
    if _OPENING.search(question) or _LEANING.search(question):
        return True
    if any(_points_back(words, i) for i in range(len(words))) and not _IDLE_IT.search(question):
        return True
    if any(word.named for word in words):
        return False
    if all(word.low in VAGUE for word in content):
        return True
    lows = [word.low for word in words]
    if not AUXILIARY.intersection(lows) and _fragment(lows, len(content)):
        return True
    if len(content) <= 2 and _LEANING_IF_SHORT.search(question):
        return True
    compared = bool(_COMPARED.search(question)) and not {"than", "or"}.intersection(lows)
    return compared and len(content) <= 3


def _fragment(lows: Sequence[str], content: int) -> bool:
    """Whether words without a verb are but a piece of a question: "How many awards?"."""
    if lows[0] in QUESTION | BEFORE_NOUN:
        return content <= 1 and len(lows) <= 4
    return len(lows) <= 2


def _points_back(words: Sequence[Word], i: int) -> bool:
    """Whether word `i` stands for something that nothing before it in the question names."""
    low, before = words[i].low, words[:i]
    last = words[i - 1].low if i else ""
    following = words[i + 1].low if i + 1 < len(words) else ""
    if low in HE:
        return not _antecedent(before, person=True)
    if low in THEY or low == "it's":
        return not _antecedent(before, person=False)
    if low in ("this", "these", "those", "such"):
        return following not in ("who", "that", "as", "of", "a") and not _antecedent(
            before, person=False
        )
    if low in ("that", "that's"):
        bare = not last or last in AUXILIARY | BEFORE_NOUN | QUESTION or not following
        return bare and not _antecedent(before, person=False)
    if low == "there":
        return not {last, following} & AUXILIARY and not _antecedent(before, person=False)
    if low in ("one", "ones"):
        return last in ("which", "that", "this", "another", "other", "first", "second", "last")
    return low == "then" and not following


def _antecedent(before: Sequence[Word], *, person: bool) -> bool:
    """Whether something that a pronoun can stand for was named before it in the same question."""
    joined = False
    # Who writes capitals gives one to a person: "Is religion a part of his life?" names nobody.
    capitals = bool(before) and before[0].raw[0].isupper()
    for i in range(len(before) - 1, -1, -1):
        word, last = before[i], before[i - 1].low if i else ""
        if word.named:
            return True
        if word.content and word.low not in VAGUE:
            subject = last in AUXILIARY and i + 1 < len(before) and not (person and capitals)
            if subject or joined or last in ("a", "an") or (last == "the" and not person):
                return True
        joined = joined or word.low in _JOINING
    return False


def _continues(words: Sequence[Word], latest: Exchange) -> bool:
    """Whether a question without a name speaks on of something that the last exchange spoke of.

    It does so by a noun phrase with an article of which the last exchange had the first word ("the
    ticket" after "an adult ticket"). A phrase with a word of its
    own, before its noun or behind it, names another thing: "the child ticket", "the ticket to
    Hven", "the capital of spain".
    """
    if any(word.named for word in words):
        return False
    spoken = {stem(word.low) for word in words_in(latest.looked_up) if word.content}
    spoken |= {stem(word.low) for word in words_in(latest.answer or "") if word.content}
    return any(
        word.low == "the" and _is_spoken(words[i + 1 :], spoken) for i, word in enumerate(words)
    )


def _renames(words: Sequence[Word], latest: Exchange) -> bool:
    """Whether a question is but a name that shares a word with one of the question before.

    "Peter Marsh?" after a question about Helen Marsh.
    """
    if not 1 < len(words) <= _NAME or not all(word.raw[0].isupper() for word in words):
        return False
    ours = {stem(word.low) for word in words}
    theirs = {stem(word.low) for word in words_in(latest.question) if word.named}
    return bool(ours & theirs) and not ours <= theirs


def _is_spoken(following: Sequence[Word], spoken: Set[str]) -> bool:
    """Whether the noun phrase that begins here, after its article, is one that was spoken of."""
    phrase = list(takewhile(lambda word: word.content, following))
    said = [word for word in phrase if word.low not in VAGUE]
    if len(list(takewhile(lambda word: stem(word.low) in spoken, said))) != 1:
        return False  # of two words, such as "the adult ticket", it says by itself which one it is
    behind = following[len(phrase) :]
    if not behind or behind[0].low not in _OF or len(phrase) > len(said[:1]) + 1:
        return True
    what = takewhile(lambda word: word.content or word.low in _ARTICLES, behind[1:])
    return all(stem(word.low) in spoken for word in what if word.content)


def _carry(question: str, history: Sequence[Exchange], turns: int) -> tuple[str, ...]:
    """What the latest exchanges were about, most recent first, without the question's own words."""
    words = words_in(question)
    stems = {stem(word.low) for word in words}
    if _INSTEAD.search(question):
        replaced = _replaced(words, words_in(history[-1].looked_up))
        stems |= {stem(word.low) for word in replaced}
    carried: list[str] = []
    for exchange in _chain(history, turns):
        for word in (*_subject(exchange.looked_up), *_names(exchange.answer or "")):
            if stem(word.low) not in stems and len(carried) < CARRIED_WORDS:
                carried.append(word.raw)
                stems.add(stem(word.low))
    return tuple(carried)


def _replaced(words: Sequence[Word], earlier: Sequence[Word]) -> list[Word]:
    """The name in the last question whose place a new one takes: "And for the X-300?"."""
    new = [(word, _place(words, i)) for i, word in enumerate(words) if word.named][:1]
    old = [(word, _place(earlier, i)) for i, word in enumerate(earlier) if word.named]
    return [
        old_name
        for new_name, new_place in new
        for old_name, old_place in old
        if _is_code(old_name.raw) == _is_code(new_name.raw)
        and (_is_code(old_name.raw) or new_place == old_place)
    ]


def _place(words: Sequence[Word], i: int) -> str:
    """The preposition or other small word that a name hangs on; empty where there is none."""
    before = (word.low for word in reversed(words[:i]) if word.low not in ("the", "a", "an"))
    low = next(before, "")
    return low if low in BEFORE_NOUN else ""


def _is_code(raw: str) -> bool:
    return any(c.isdigit() for c in raw)


def _chain(history: Sequence[Exchange], turns: int) -> Iterator[Exchange]:
    """What a question may lean on, latest first: back to an exchange that stands alone."""
    chain: list[Exchange] = []
    for exchange in reversed(history):
        chain.append(exchange)
        if not depends_on_history(exchange.looked_up):
            break
    yield from chain if len(chain) <= turns else (*chain[: turns - 1], chain[-1])


def _subject(question: str) -> list[Word]:
    """The words of an earlier question that say what it was about."""
    return [
        word
        for word in words_in(question)
        if word.named or (word.content and word.low not in VAGUE)
    ]


def _names(answer: str) -> list[Word]:
    """A short answer's words, or the names in a longer one."""
    words = words_in(answer)
    short = len(words) <= SHORT_ANSWER
    return [word for word in words if word.named or (short and word.content)]
