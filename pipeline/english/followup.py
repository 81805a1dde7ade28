"""Follow-up questions: what to look up when a question leans on the turns before it. Pure.

`look_up` is the one door. Two things are read from the words alone, without a model: whether the
question leaves something out, and which words of the latest turns name it. A question that stands
alone comes back unchanged, so a change of subject is not dragged back to the old one. The cues are
English; a question in another language stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .lexicon import words as words_of
from .words import AUXILIARY, BEFORE_NOUN, HE, QUESTION, THEY, Word, stem, words_in

__all__ = ["LookUp", "depends_on_history", "look_up", "resolve"]

CARRIED_WORDS = 14
"""Words carried at most: more of them would drown the question's own."""
SHORT_ANSWER = 15
"""Words up to which an answer is carried whole; of a longer one only the names are."""
LONG_QUESTION = 60
"""Words from which a question is taken to say by itself what it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """How a question is to be searched."""

    text: str
    """The question, followed by what it leaves out; the question as it is where it stands alone."""
    carried: tuple[str, ...] = ()
    """Words and names taken from earlier turns, most recent turn first."""

    @property
    def standalone(self) -> bool:
        """Whether nothing was added."""
        return not self.carried


_JOINING = words_of(
    """when after before because if while since once that as until though although and"""
)
# Words that say little, and nouns that want an "of what": a question with none but these leans.
_VAGUE = words_of(
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
_OPENING = re.compile(
    r"(?:^|[.!?]\s)\W*(?:(?:and|but|or|so|also|then)\b(?! far)|"
    r"(?:what|how|where|who|when) (?:about|else)\b|"
    r"any(?:thing|one|where)? (?:else|other|more)\b|tell me more|more about|which ones?\b(?! of)|"
    r"(?:how so|why not|why|when|where|who|how|which|same)\W*$)",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"^\W*(?:(?:and|but|or)\b|(?:what|how) about\b)", re.IGNORECASE)
_LEANING = re.compile(
    r"\b(?:(?:any|some)(?:thing|one|where) else|(?:what|who|where|how|which \w+) else|back then|"
    r"the (?:others|latter|above)\b|the (?:first|second|third|last|next|previous) one|"
    r"(?:tell|know|say|learn|details?) more about)\b",
    re.IGNORECASE,
)
# What follows says of what else: "besides the Cubs, what else did Epstein win".
_SAYS_WHAT_ELSE = re.compile(
    r"\b(?:besides|apart from|aside from|other than|in addition to|along with|together with)\b",
    re.IGNORECASE,
)
# These lean only in a short question: "what is another example of a function problem" does not.
_LEANING_IF_SHORT = re.compile(
    r"\b(?:another\b(?! (?:term|name|word|way)\b)|other|the same|also|instead|"
    r"afterwards?|as well|too|the (?:former|rest)|at the time|"
    r"(?:first|second|third|last|next|previous) \w+\W*$)\b",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:cheaper|better|worse|faster|slower|bigger|larger|smaller|safer|stronger|older|newer|"
    r"longer|shorter|higher|lower|easier|harder|(?:more|less) (?!than)\w+)\b",
    re.IGNORECASE,
)
# "What time is it", "how long does it take to", "is it true that": an `it` that names nothing.
_IDLE_IT = re.compile(
    r"\bwhat (?:time|day|date|year) (?:is|was) it\b"
    r"|\b(?:does|did|will|would|can) it (?:take|cost|matter|help|hurt|mean|rain|snow|require)\b"
    r"(?=.* (?:to|if|when|that|for|in)\b)"
    r"|\b(?:is|was|isn't|be) it (?:\w+ ){1,3}?(?:to|that|if|for)\b"
    r"|\bit (?:is|was|takes?|took) (?:\w+ ){1,4}?(?:to|that|who)\b",
    re.IGNORECASE,
)
_LATIN = re.compile("[a-z]", re.IGNORECASE)


def look_up(question: str, history: Sequence[tuple[str, str | None]], *, turns: int = 3) -> str:
    """The question as it should be searched.

    `history` holds (question, answer) pairs, oldest first; an answer is None where there was none.
    At most `turns` of them are used, the latest and the one which brought the subject up. The
    result is the question itself, byte for byte, where it stands alone, else the question followed
    in parentheses by what it leaves out.
    """
    return resolve(question, history, turns=turns).text


def resolve(question: str, history: Sequence[tuple[str, str | None]], *, turns: int = 3) -> LookUp:
    """Like `look_up`, with the carried words by themselves."""
    if not history or turns < 1:
        return LookUp(text=question)
    words = words_in(question)
    if not (_leans(question, words) or _continues(words, history[-1])):
        return LookUp(text=question)
    if (again := _again(question, words, history[-1][0])) is not None:
        return again
    carried = _carry(question, history, turns)
    if not carried:
        return LookUp(text=question)
    return LookUp(text=f"{question.rstrip()} ({' '.join(carried)})", carried=carried)


def _again(question: str, words: Sequence[Word], last: str) -> LookUp | None:
    """What a question meant that is asked twice in a row, as after a correction; else None."""
    bare = question.rstrip()
    if not any(w.content for w in words) or last[: len(bare)].casefold() != bare.casefold():
        return None
    rest = re.fullmatch(r"(?: \((.+)\))?", last[len(bare) :].rstrip())
    carried = tuple((rest[1] or "").split()) if rest else ()
    if rest is None or len(carried) > CARRIED_WORDS:
        return None
    return LookUp(text=bare + rest[0] if carried else question, carried=carried)


def depends_on_history(question: str) -> bool:
    """Whether the words of a question, taken alone, leave out what it is about."""
    return _leans(question, words_in(question))


def _leans(question: str, words: Sequence[Word]) -> bool:
    content = [w for w in words if w.content]
    if len(words) > LONG_QUESTION or not _LATIN.search(question):
        return False
    if not content:
        return True
    if _SAYS_WHAT_ELSE.search(question) and any(w.named for w in words):
        return False
    if _OPENING.search(question) or _LEANING.search(question):
        return True
    if any(_points_back(words, i) for i in range(len(words))) and not _IDLE_IT.search(question):
        return True
    if any(w.named for w in words):
        return False
    if all(w.low in _VAGUE for w in content):
        return True
    lows = [w.low for w in words]
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
    for i in range(len(before) - 1, -1, -1):
        word, last = before[i], before[i - 1].low if i else ""
        if word.named:
            return True
        if word.content and word.low not in _VAGUE:
            subject = last in AUXILIARY and i + 1 < len(before)
            if subject or joined or last in ("a", "an") or (last == "the" and not person):
                return True
        joined = joined or word.low in _JOINING
    return False


def _continues(words: Sequence[Word], last: tuple[str, str | None]) -> bool:
    """Whether a question without a name speaks of something that the last turn spoke of."""
    if any(w.named for w in words):
        return False
    own = [w.low for w in words if w.content and w.low not in _VAGUE]
    spoken = {stem(w.low) for w in words_in(last[0]) if w.content}
    if len(own) <= 3 and any(stem(low) in spoken for low in own):
        return True
    spoken |= {stem(w.low) for w in words_in(last[1] or "") if w.content}
    definite = (noun for i, noun in enumerate(words) if i and words[i - 1].low == "the")
    return any(noun.low in own and stem(noun.low) in spoken for noun in definite)


def _carry(question: str, history: Sequence[tuple[str, str | None]], turns: int) -> tuple[str, ...]:
    """What the latest turns were about, most recent first, without the question's own words."""
    words = words_in(question)
    have = {stem(w.low) for w in words}
    if _INSTEAD.search(question):
        have |= {stem(w.low) for w in _replaced(words, words_in(history[-1][0]))}
    carried: list[str] = []
    for asked, answer in _chain(history, turns):
        for word in (*_subject(asked), *_names(answer or "")):
            if stem(word.low) not in have and len(carried) < CARRIED_WORDS:
                carried.append(word.raw)
                have.add(stem(word.low))
    return tuple(carried)


def _replaced(words: Sequence[Word], asked: Sequence[Word]) -> list[Word]:
    """The name in the last question whose place a new one takes: "And for the X-300?"."""
    new = [(w, _place(words, i)) for i, w in enumerate(words) if w.named][:1]
    old = [(w, _place(asked, i)) for i, w in enumerate(asked) if w.named]
    return [
        word
        for fresh, place in new
        for word, stood in old
        if _is_code(word.raw) == _is_code(fresh.raw) and (_is_code(word.raw) or place == stood)
    ]


def _place(words: Sequence[Word], i: int) -> str:
    """The preposition or other small word that a name hangs on; empty where there is none."""
    before = (w.low for w in reversed(words[:i]) if w.low not in ("the", "a", "an"))
    low = next(before, "")
    return low if low in BEFORE_NOUN else ""


def _is_code(raw: str) -> bool:
    return any(c.isdigit() for c in raw)


def _chain(
    history: Sequence[tuple[str, str | None]], turns: int
) -> Iterator[tuple[str, str | None]]:
    """The turns that a question may lean on, latest first: back to one that stands alone."""
    chain: list[tuple[str, str | None]] = []
    for turn in reversed(history):
        chain.append(turn)
        if not depends_on_history(turn[0]):
            break
    yield from chain if len(chain) <= turns else (*chain[: turns - 1], chain[-1])


def _subject(question: str) -> list[Word]:
    """The words of an earlier question that say what it was about."""
    return [w for w in words_in(question) if w.named or (w.content and w.low not in _VAGUE)]


def _names(answer: str) -> list[Word]:
    """A short answer's words, or the names in a longer one."""
    words = words_in(answer)
    short = len(words) <= SHORT_ANSWER
    return [w for w in words if w.named or (short and w.content)]
