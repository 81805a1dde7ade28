"""A document -> passages of about a hundred words, on sentence borders. Pure, lazy and linear.

Passages are slices of the document's text. Neighbors share up to `overlap` words of whole
sentences, so that what refers back to the sentence before is read with it. A heading stays with
what follows it, and a table's row stands in a passage of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..core.records import Document, Passage
from ..core.sentences import borders

__all__ = ["Splitter"]

_CJK = "\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\s{_CJK}]{{1,60}}")
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_CHARACTERS = 20
"""Of one word at most: longer ones (addresses, tables of digits) count as several."""
_HEADING_WORDS = 12


@dataclass(frozen=True, slots=True)
class Splitter:
    """How documents are cut. Raises ValueError unless ``0 <= overlap < words``."""

    words: int = 100
    """Of one passage at most; two characters of a script without spaces count as a word."""
    overlap: int = 20
    """Words, in whole sentences, that a passage may share with the one before."""

    def __post_init__(self) -> None:
        if not 0 <= self.overlap < self.words:
            raise ValueError(f"overlap must lie in 0..{self.words - 1}, got {self.overlap}")

    def split(self, document: Document) -> Iterator[Passage]:
        """The passages in order; every character but space is in one of them."""
        at = 0
        for start, end in document.rows:
            yield from self._prose(document, at, start)
            for part in _fitted(document.text, start, end, self.words, blank=False):
                yield _passage(document, (part,))
            at = end
        yield from self._prose(document, at, len(document.text))

    def _prose(self, document: Document, start: int, end: int) -> Iterator[Passage]:
        """The passages of a stretch in which sentences follow each other."""
        held: list[_Sentence] = []
        fresh = 0  # sentences of `held` that no passage holds yet
        for sentence in _sentences(document.text, start, end, self.words):
            total = _total(held)
            full = total + sentence.words > self.words
            # A heading opens a new passage, unless the one at hand is still short.
            if fresh and (full or (sentence.heading and 2 * total >= self.words)):
                kept = _without_last_headings(held)
                yield _passage(document, kept)
                carried = held[len(kept) :]
                room = min(self.overlap, self.words - sentence.words)
                held = carried or _last(kept, room, before=sentence)
                fresh = len(carried)
                while held and _total(held) + sentence.words > self.words:
                    if fresh == len(held):  # headings alone, with no room for what follows
                        yield _passage(document, held)
                        held, fresh = [], 0
                    else:
                        held = held[1:]
            held.append(sentence)
            fresh += 1
        if fresh:
            yield _passage(document, held)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, a heading or a part of an overlong sentence: `start:end` of the text."""

    start: int
    end: int
    words: int
    heading: bool


def _total(sentences: Sequence[_Sentence]) -> int:
    return sum(sentence.words for sentence in sentences)


def _passage(document: Document, sentences: Sequence[_Sentence]) -> Passage:
    start, end = sentences[0].start, sentences[-1].end
    return Passage(
        document=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        title=document.title,
        pages=_pages(document.pages, start, end),
    )


def _pages(starts: Sequence[int], start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The pages that the stretch `start:end` touches: where each begins in the text, its number."""
    first = max(1, bisect_right(starts, start))
    last = bisect_left(starts, end)
    return tuple((starts[page - 1], page) for page in range(first, last + 1))


def _without_last_headings(sentences: list[_Sentence]) -> list[_Sentence]:
    """All but the headings at the end, which belong to what follows; never nothing."""
    end = len(sentences)
    while end > 1 and sentences[end - 1].heading:
        end -= 1
    return sentences[:end] if not sentences[end - 1].heading else sentences


def _last(sentences: list[_Sentence], room: int, *, before: _Sentence) -> list[_Sentence]:
    """The last sentences that fit in `room` words; none across a heading."""
    if before.heading:
        return []
    at, total = len(sentences), 0
    while at > 1 and total + sentences[at - 1].words <= room and not sentences[at - 1].heading:
        at -= 1
        total += sentences[at].words
    return sentences[at:]


def _sentences(text: str, start: int, end: int, words: int) -> Iterator[_Sentence]:
    begin = start
    for left, right in borders(text[start:end]):
        space = text[start + left : start + right]
        yield from _fitted(text, begin, start + right, words, blank="\n" in space)
        begin = start + right
    yield from _fitted(text, begin, end, words, blank=False)


def _fitted(text: str, start: int, end: int, words: int, *, blank: bool) -> Iterator[_Sentence]:
    """The stretch without its outer space; in parts, on word borders, if it is too long."""
    stripped = text[start:end]
    begin = start + len(stripped) - len(stripped.lstrip())
    stripped = stripped.strip()
    if not stripped:
        return
    count = _words(stripped)
    if count <= words:
        sign = stripped.startswith("#") or (blank and stripped[-1] not in ".!?…。！？:;,|")
        heading = sign and count <= _HEADING_WORDS
        yield _Sentence(begin, begin + len(stripped), count, heading)
        return
    first = last = begin
    weight = 0.0
    for word in _WORD.finditer(text, begin, begin + len(stripped)):
        length = len(word.group())
        cost = 0.5 if _CJK_CHARACTER.match(word.group()) else max(1.0, length / _CHARACTERS)
        if weight and weight + cost > words:
            yield _Sentence(first, last, _words(text[first:last]), heading=False)
            first, weight = word.start(), 0.0
        last = word.end()
        weight += cost
    yield _Sentence(first, last, _words(text[first:last]), heading=False)


def _words(text: str) -> int:
    """Words, at least one: by spaces, by characters where there are none.

    Halves count as wholes, so that many short sentences are not more together than one by one.
    """
    spaced = len(text.split()) + -(-len(_CJK_CHARACTER.findall(text)) // 2)
    return max(1, spaced, len(text) // _CHARACTERS)
