"""A follow-up put in full: the stand-alone questions that it may be short for. Pure.

"And for a child?" after "How much is an adult ticket?" is short for "How much is a child ticket?".
No model writes it: the words of a fragment are set in each place of the question before where they
may belong, and a pronoun is replaced by the one thing it can stand for. What comes out may be
nonsense that nobody asks ("How much is an adult child?"); it serves to hear that a question in full
was asked before in short, never to be searched or shown. The rules are English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from ...core.expressions import expression
from ..history import Exchange
from .designated import designates, named_runs, runs
from .followup import SHORT_ANSWER, VAGUE, depends_on_history, fragment_of
from .lexicon import MONTHS, words
from .opposite_words import POLES
from .parse import read_wording
from .words import AUXILIARY, BEFORE_NOUN, HE, QUESTION, THEY, Word, stem, words_in

__all__ = ["MOST_WORDINGS", "covers", "in_full", "own_words", "wordings"]

MOST_WORDINGS = 8
"""Stand-alone forms of one follow-up at most."""
_LONGEST = 3
"""Words of the question before whose place a fragment takes at most."""
_FEW = 2
"""Words of meaning up to which a question without a pronoun may want an "of what"."""
_BEFORE_VERB = frozenset(("do", "does", "did", "can", "could", "will", "would", "should", "must"))
"""A question with one of these has a verb at its end, if no noun phrase stands there."""
_DEPTH = 3
"""Earlier follow-ups that are put in full themselves, so that this one can be."""
_BARE = frozenset(("it", "this", "that", "these", "those", "they", "them", "he", "she", "him"))
_POINTING = ("this", "that", "these", "those")
"""These point at a noun right behind them, as in "this lamp"."""
_OWN = frozenset(("its", "their", "his"))
_TIMES = words(
    """weekend weekends holiday holidays morning mornings afternoon evening evenings night nights
    summer winter spring autumn christmas easter future past rest others"""
)
_TAIL = expression(r"[\s?!.]+$")


def wordings(question: str, history: Sequence[Exchange]) -> tuple[str, ...]:
    """The questions that a follow-up may be short for, likelier ones first.

    `history` is oldest first. None where it cannot be told what is left out.
    """
    earlier = [e for e in history if e.question.casefold() != question.casefold()]
    base = _base(earlier, _DEPTH)
    if base is None:
        return ()
    sure = in_full(question, history)
    forms = (*(() if sure is None else (sure,)), *_forms(question, base))
    return tuple(islice(dict.fromkeys(forms), MOST_WORDINGS))


def in_full(question: str, history: Sequence[Exchange]) -> str | None:
    """The one question that a fragment is short for; None where it may be short for several.

    What it replaces must be of its kind: a year for a year, a code or number for another, what
    stands behind its own preposition, what differs from it in one word, the only name, or the only
    thing with such an article: "And in 2024?", "And of 3.12?", "What about the X-300?", "And Peter
    Marsh?" after Helen Marsh, "And a service?" after a change of tyres.
    """
    fragment = fragment_of(question)
    earlier = [e for e in history if e.question.casefold() != question.casefold()]
    base = _base(earlier, _DEPTH)
    if base is None:
        return None
    if (thing := _numbered_thing(question, base)) is not None:
        return _of_thing(question, fragment, thing)
    if fragment is None:
        return None
    new, old = words_in(fragment), words_in(base.question)
    content = [word for word in new if word.content]
    shapes = [_shape(word) for word in content]
    if not content or len(content) > _LONGEST:
        return None
    head = new[0].low if new[0].low in BEFORE_NOUN else ""
    spots = [
        (start, stop)
        for elsewhere, other, _, start, stop in _places(old, [word.raw for word in content], head)
        if [_shape(word) for word in old[start:stop]] == shapes
        and (all(shapes) or (any(shapes) and not other) or (head and not elsewhere))
    ]
    if not any(shapes):
        others = spots or _variants(content, old) or _named_in_place(content, old)
        spots = _on_other_sides(content, old) or others or _of_its_article(new, old)
    if len(spots) != 1:
        return None
    ((start, stop),) = spots
    raw = [word.raw for word in content]
    if old[stop - 1].low.endswith("'s") and not raw[-1].lower().endswith(("'s", "’s", "s'")):
        raw[-1] += "'s"
    return _question([*_before(old[:start], raw[0]), *raw, *(w.raw for w in old[stop:])])


def _numbered_thing(question: str, base: Exchange) -> str | None:
    """The thing with a number of which alone was spoken, and of which a question goes on to ask;
    else None.

    An answer with a name in it may be what is spoken of now, but no person is an "it".
    """
    old, words = words_in(base.question), words_in(question)
    names = named_runs(old)
    if len(names) != 1 or not any(designates(old, i) for i in range(*names[0])):
        return None
    person = any(word.low in ("who", "whom") for word in old) and any(
        word.low in ("it", "its") for word in words
    )
    answer = [] if person else words_in(base.answer or "")
    named = any(word.named and word.low not in MONTHS for word in (*words, *answer))
    if named or any(_shape(word) or word.low in HE for word in words):
        return None
    return _text(old, *names[0])


def _of_thing(question: str, fragment: str | None, thing: str) -> str | None:
    """The question with a thing in the place of its pronoun, or behind its noun phrase."""
    words = words_in(fragment or question)
    if not any(word.content for word in words):
        return None
    if fragment is None:
        if full := next(_with_thing(words, thing), None):
            return full
        words = words[1:] if words[0].low in ("and", "but", "so") else words
    size = len(list(takewhile(lambda word: word.content, reversed(words))))
    before = [word.low for word in words[: len(words) - size]]
    opening = [] if before != ["the"] else ["What", "is"]
    asked = before[-2:] in (["is", "the"], ["was", "the"]) and before[0] in ("what", "how", "who")
    if not 0 < size <= _LONGEST or not (opening or asked):
        return None
    return _question([*opening, *(word.raw for word in words), "of", thing])


def _variants(new: Sequence[Word], old: Sequence[Word]) -> list[tuple[int, int]]:
    """Where the question before has what a fragment differs from in one word: "the week ticket"
    from "the day ticket", Peter Marsh from Helen Marsh."""
    size = len(new)
    if size < 2:
        return []
    spots: list[tuple[int, int]] = []
    for start in range(len(old) - size + 1):
        run = old[start : start + size]
        same = [stem(a.low) == stem(b.low) for a, b in zip(run, new, strict=True)]
        whole = all(word.content for word in run)
        if whole and same.count(False) == 1 and _begins_there(old, start):
            spots.append((start, start + size))
    return spots


def _on_other_sides(new: Sequence[Word], old: Sequence[Word]) -> list[tuple[int, int]]:
    """Where a word stands that excludes a fragment's one: "adult" for "And for children?"."""
    if len(new) != 1:
        return []
    ours = POLES.get(new[0].low, ())
    return [
        (at, at + 1)
        for at, word in enumerate(old)
        if any(
            a.group == b.group and a.parts.isdisjoint(b.parts)
            for a in ours
            for b in POLES.get(word.low, ())
        )
    ]


def _begins_there(old: Sequence[Word], start: int) -> bool:
    """Whether no word of the same thing stands before: the child ticket, not the half child one."""
    return not start or not (old[start - 1].content and not old[start - 1].named)


def _named_in_place(new: Sequence[Word], old: Sequence[Word]) -> list[tuple[int, int]]:
    """Where a name of the question before stands that another takes the place of."""
    # What opens a fragment alone has a capital that says nothing.
    if not all(word.named or word.raw[0].isupper() for word in new):
        return []
    names = named_runs(old)
    ours = {stem(word.low) for word in new}
    akin = [(a, b) for a, b in names if ours & {stem(word.low) for word in old[a:b]}]
    others = [(a, b) for a, b in akin or names if {stem(w.low) for w in old[a:b]} - ours]
    return others if len(others) == 1 else []


def _of_its_article(new: Sequence[Word], old: Sequence[Word]) -> list[tuple[int, int]]:
    """Where the question before has a thing with an article such as the fragment's has: "a change
    of tyres" for "a service", a thing without a name for such a one."""
    article = _article(new[0])
    timed = any(word.low in _TIMES for word in new)  # "And the weekend?" asks when, not of what
    if not article or timed or not all(word.content for word in new[1:]):
        return []
    named = any(word.named for word in new[1:])
    spots: list[tuple[int, int]] = []
    for start, stop in _noun_runs(old):
        if _article(old[start - 1]) != article or any(w.named for w in old[start:stop]) != named:
            continue
        part = stop + 1 < len(old) and old[stop].low == "of" and old[stop + 1].content
        while part and stop + 1 < len(old) and old[stop + 1].content:
            stop += 1
        spots.append((start, stop + bool(part)))
    return spots


def _article(word: Word) -> str:
    return "a" if word.low in ("a", "an") else "the" if word.low == "the" else ""


def _shape(word: Word) -> str:
    """What kind of thing a word is by its look; empty for a plain word."""
    low = word.low
    if low in MONTHS:
        return "month"
    if low.isdigit():
        return "year" if len(low) == 4 and low[:2] in ("18", "19", "20", "21") else "number"
    if any(map(str.isdigit, low)):
        return "number" if all(c.isdigit() or c in ".,:" for c in low) else "code"
    return ""


def covers(full: str, short: str, carried: Sequence[str]) -> bool:
    """Whether a question may be what a follow-up with its carried words asks, word by word.

    It has all of the follow-up's own words, and none of meaning but those and the carried ones; and
    it asks for the same kind of thing, where the follow-up says which.
    """
    a, b = read_wording(full), read_wording(short)
    if (b.kind and a.kind != b.kind) or a.negations % 2 != b.negations % 2:
        return False
    said, own = _stems(full), _stems(short)
    known = own | {stem(word.low) for text in carried for word in words_in(text)}
    return bool(said) and bool(own or b.kind) and own <= said <= known


def own_words(question: str) -> frozenset[str]:
    """What a question says in words of meaning: one key for those that mean the same."""
    return frozenset(key for key, _ in read_wording(question).content)


def _stems(text: str) -> set[str]:
    """The words that say something."""
    return {stem(w.low) for w in words_in(text) if w.content and w.low not in VAGUE}


def _base(history: Sequence[Exchange], depth: int) -> Exchange | None:
    """The latest exchange with its question in full; None where it cannot be told."""
    if not history:
        return None
    latest = history[-1]
    if not depends_on_history(latest.question):
        return latest
    if depth < 1 or (before := _base(history[:-1], depth - 1)) is None:
        return None
    question = in_full(latest.question, [before])
    question = question or next(_forms(latest.question, before), None)
    return None if question is None else Exchange(question, latest.answer)


def _forms(question: str, base: Exchange) -> Iterator[str]:
    fragment = fragment_of(question)
    if fragment is not None:
        yield from _with_fragment(words_in(fragment), words_in(base.question))
        return
    asked = words_in(question)
    things = list(dict.fromkeys(_things(asked, base)))
    if len(things) == 1:
        yield from _with_thing(asked, things[0])


# -- fragments: "And for a child?"


def _with_fragment(new: Sequence[Word], old: Sequence[Word]) -> Iterator[str]:
    """The earlier question with a fragment in each place where it may belong."""
    content = [word for word in new if word.content]
    if not content or not old:
        return
    head = new[0].low if new[0].low in BEFORE_NOUN else ""
    raw = [word.raw for word in content]
    places = list(_places(old, raw, head))
    places.sort(key=lambda place: place[:3])
    for _, _, _, start, stop in places:
        yield _question([*_before(old[:start], raw[0]), *raw, *(w.raw for w in old[stop:])])
    names = named_runs(old)
    plain = not (named_runs(new) or any(map(_shape, content)))
    if len(names) == 1 and plain and not head:
        yield f"What is the {' '.join(raw)} of {_text(old, *names[0])}?"


def _places(
    old: Sequence[Word], raw: Sequence[str], head: str
) -> Iterator[tuple[bool, bool, int, int, int]]:
    """Runs of words of meaning that the fragment may replace, with what they are sorted by.

    First those behind the fragment's own preposition, then those that share a word with it, then
    those of its length.
    """
    stems = {stem(text.lower()) for text in raw}
    closes = any(word.low in _BEFORE_VERB for word in old)
    led = [word.low in BEFORE_NOUN or word.low in ("a", "an", "the") for word in old]
    for start in range(len(old)):
        for stop in range(start + 1, min(start + _LONGEST, len(old)) + 1):
            run = old[start:stop]
            if not all(word.content for word in run):
                break
            dated = bool(_shape(run[-1]))
            if (
                closes
                and stop == len(old)
                and not dated
                and (len(run) > 1 or start == 0 or not led[start - 1])
            ):
                break  # the verb stays: "How much does it cost?"
            before = (w.low for w in reversed(old[:start]) if w.low not in ("a", "an", "the"))
            if stems.issuperset(stem(word.low) for word in run):
                continue  # nothing would be replaced, and the earlier question only narrowed
            behind = bool(head) and next(before, "") == head
            if not _keeps_names(old, start, stop, raw, behind=behind):
                continue
            shares = any(stem(word.low) in stems for word in run)
            if head and len(run) > 1 and not behind:
                break  # "for a child" says what kind of thing it is, and the thing stays
            yield not behind, not shares, abs(stop - start - len(raw)), start, stop


def _keeps_names(
    old: Sequence[Word], start: int, stop: int, raw: Sequence[str], *, behind: bool
) -> bool:
    """Whether a fragment in the place of this run leaves no name without its number.

    Only a name takes the place of a name, or what stands behind the same preposition: "And the
    fee?" is of the thing that was spoken of. A number takes that of a number alone.
    """
    if stop < len(old) and designates(old, stop):
        return False
    number = not any(map(str.isalpha, "".join(raw)))
    if designates(old, start):
        return number
    names = [run for run in named_runs(old) if run[0] < stop and start < run[1]]
    named = any(text[0].isupper() or any(map(str.isdigit, text)) for text in raw)
    return not names or (not number and (named or behind))


def _before(words: Sequence[Word], following: str) -> list[str]:
    """The words before a replaced run, with the article that suits what comes now."""
    raw = [word.raw for word in words]
    if raw and raw[-1].lower() in ("a", "an"):
        raw[-1] = "an" if following[:1].lower() in "aeiou" else "a"
    return raw


# -- pronouns: "When was he born?"


def _things(words: Sequence[Word], base: Exchange) -> Iterator[str]:
    """What a pronoun may stand for: the answer's name, or what the question was about."""
    person = any(word.low in HE for word in words)
    answer = words_in(base.answer or "")
    named = [word.raw for word in answer if word.named or (word.first and word.raw[:1].isupper())]
    if person and named and len(answer) <= SHORT_ANSWER // 3:
        yield " ".join(named)
        return
    old = words_in(base.question)
    if names := named_runs(old):
        yield from (_text(old, *name) for name in names)
    elif not person:
        yield from _nouns(old)


def _nouns(old: Sequence[Word]) -> Iterator[str]:
    for start, stop in _noun_runs(old):
        yield "the " + " ".join(word.raw for word in old[start:stop])


def _noun_runs(old: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Runs of words of meaning with an article before them, without a verb at their end."""
    for start, stop in runs([word.content for word in old]):
        if not start or not _article(old[start - 1]):
            continue
        size = stop - start
        # "is the old mill open", "was the old mill built": what closes a question is its verb.
        closes = stop == len(old) and AUXILIARY.intersection(w.low for w in old[:start])
        asks_what = any(w.low in ("be", "is", "are", "was", "were") for w in old[:start])
        closed = closes and size > 1 and not (asks_what and old[0].low in ("what", "who", "where"))
        yield start, stop - bool(closed)


def _with_thing(words: Sequence[Word], thing: str) -> Iterator[str]:
    """The follow-up with a thing in the place of its pronoun."""
    raw = [word.raw for word in words]
    for i, word in enumerate(words):
        following = words[i + 1] if i + 1 < len(words) else None
        led = following is not None and following.content
        if word.low in _OWN or (word.low == "her" and led):
            yield _question([*raw[:i], f"{thing}'s", *raw[i + 1 :]])
        elif word.low in _BARE | {"her"} and not (led and word.low in _POINTING):
            yield _question([*raw[:i], thing, *raw[i + 1 :]])
        elif word.low == "there" and i:
            yield _question([*raw[:i], "in", thing, *raw[i + 1 :]])
    vague = sum(word.content for word in words) <= _FEW and words[0].low in QUESTION
    if vague and not any(word.low in HE | THEY | _BARE | {"a", "an"} for word in words):
        yield _question([*raw, "of", thing])


def _text(words: Sequence[Word], start: int, stop: int) -> str:
    return " ".join(word.raw for word in words[start:stop])


def _question(raw: Sequence[str]) -> str:
    return _TAIL.sub("", " ".join(raw)) + "?"
