"""Question and passages -> overlapping token windows. Pure, but for the tokenizer it is given.

A window is the pair that the tokenizer makes of a question and a passage (`templates.py`), for BERT
``[CLS] question [SEP] title [SEP] a stretch of the passage [SEP]``; without a title its part and
separator are left out. Passages longer than a window are covered by several, each sharing `overlap`
tokens with the one before, so that no token goes unread and no short answer is cut at a seam.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import or_
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError
from ..core.folding import Folded, folded
from ..core.labels import labelled
from ..core.records import Passage, encodable
from ..models.runtimes.protocol import Ids, Tokenizer
from .markup import addresses, find_marks, without_marks
from .stretches import breaks_in
from .templates import read_template
from .whole_words import merged, whole_words
from .word_borders import Borders, find_borders

if TYPE_CHECKING:
    import tokenizers
    from tokenizers import Encoding

__all__ = [
    "MAX_QUESTION",
    "MAX_TITLE",
    "Batch",
    "Featurizer",
    "Tokens",
    "Window",
    "Windows",
    "pad_batch",
    "strides",
]

MAX_QUESTION = 64
MAX_TITLE = 16
REMEMBERED = 2048
"""Texts whose tokens are kept: one of 100 words takes 16 KB, and a millisecond to be made anew."""


@dataclass(frozen=True, slots=True)
class Windows:
    """How passages are cut for reading, and how long an answer may be; all in tokens."""

    size: int = 256
    """Tokens read at once, question included; fewer where the model cannot read as many."""
    overlap: int = 64
    """Tokens that two windows of one passage share."""
    max_answer_tokens: int = 30


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as token ids with the characters each token covers.

    The tokenizer is given the folded text; the characters are those of the text itself.
    """

    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    inside: tuple[bool, ...]
    """True where the token goes on with the word of the token before it."""
    stretches: tuple[int, ...]
    """Number of the stretch that the token stands in, which no answer leaves. An address of a link
    is one of its own, with a number below -1."""
    wholes: tuple[tuple[int, int], ...] = ()
    """Half-open stretches of tokens that are one string, such as a link; ascending, apart."""
    unended: tuple[bool, ...] = ()
    """True where the token's word goes on after it, or it holds blanks alone; empty: where the next
    token is `inside`."""
    labelled: bool = False
    """Whether some stretches are values behind labels, each of which may be asked for."""


@dataclass(frozen=True, slots=True)
class Window:
    """One input of the model; `tokens[first:last]` of the passage stand at `at` in `ids`."""

    passage: int
    """Index of the passage among those of the question."""
    ids: tuple[int, ...]
    types: tuple[int, ...]
    """The segment of each id: 0 for the question and 1 for title and passage, as BERT has it."""
    at: int
    tokens: Tokens
    first: int
    last: int
    null: int = 0
    """The position whose logits stand for "no answer here"."""


def strides(length: int, size: int, overlap: int) -> list[tuple[int, int]]:
    """Half-open spans of at most `size` that cover ``0..length``, neighbors sharing `overlap`.

    Raises ValueError unless ``0 <= overlap < size``.
    """
    if not 0 <= overlap < size:
        raise ValueError(f"overlap must lie in 0..{size - 1}, got {overlap}")
    if not length:
        return []
    step = size - overlap
    return [(at, min(at + size, length)) for at in range(0, max(length - overlap, 1), step)]


class Featurizer:
    """Makes windows for one tokenizer and one window size (tokens, all parts counted)."""

    def __init__(self, tokenizer: Tokenizer, *, size: int = 256, overlap: int = 64) -> None:
        """Raises InputError for a size without room for the overlap, ModelError for a tokenizer
        that joins no pairs of texts.
        """
        self._backend = tokenizer.backend_tokenizer
        # Another thread may be reading with it, wherefore it is changed only if it must be.
        if self._backend.truncation is not None:
            self._backend.no_truncation()
        if self._backend.padding is not None:
            self._backend.no_padding()
        self.template = read_template(tokenizer)
        taken = MAX_QUESTION + MAX_TITLE + self.template.special_count() + 1
        if overlap >= size - taken:
            raise InputError(
                f"windows of {size} tokens leave no room for an overlap of {overlap} beside a "
                f"question of {MAX_QUESTION} and a title of {MAX_TITLE}"
            )
        self.size, self.overlap = size, overlap
        self.pad = tokenizer.pad_token_id or 0
        self._knows_words = _parts_at_marks(self._backend)
        self._cached = lru_cache(maxsize=REMEMBERED)(self._tokenize)

    def tokenize(self, text: str) -> Tokens:
        """Tokens of `text` without special ones; the latest `REMEMBERED` texts are kept."""
        return self._cached(text)

    def tokenize_all(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokens of many texts at once, on all cores, past the cache."""
        folds = [folded(text) for text in texts]
        encodings = self._backend.encode_batch(
            [encodable(fold.text) for fold in folds], add_special_tokens=False
        )
        return [self._tokens(*row) for row in zip(encodings, folds, texts, strict=True)]

    def _tokenize(self, text: str) -> Tokens:
        fold = folded(text)
        encoding = self._backend.encode(encodable(fold.text), add_special_tokens=False)
        return self._tokens(encoding, fold, text)

    def _tokens(self, encoding: Encoding, fold: Folded, text: str) -> Tokens:
        borders = (
            Borders.of_words(encoding.offsets, encoding.word_ids)
            if self._knows_words
            else find_borders(fold.text, encoding.offsets)
        )
        return _tokens(tuple(encoding.ids), borders, fold, text)

    def windows(self, question: str, passages: Sequence[Passage]) -> list[Window]:
        """All windows of all passages, in order; none for a passage without a token."""
        head = self.head(self.tokenize(question).ids[:MAX_QUESTION])
        windows: list[Window] = []
        for index, passage in enumerate(passages):
            tokens = self.tokenize(passage.text)
            lead = (*head, *self.title(passage.title))
            windows += [
                self.window(index, head, lead, tokens, a, b) for a, b in self.spans(lead, tokens)
            ]
        return windows

    def head(self, question: Sequence[int]) -> tuple[int, ...]:
        """Ids up to the passage's part: the question's between what the template adds."""
        return (*self.template.before, *question, *self.template.between)

    def title(self, title: str) -> tuple[int, ...]:
        """Ids of a title with what parts it from its passage; none for an empty one."""
        mark = self.template.title_mark
        if not title:
            return ()
        if mark is None:
            return self.tokenize(f"{title}\n").ids[:MAX_TITLE]
        return (*self.tokenize(title).ids[:MAX_TITLE], mark)

    def spans(self, lead: Sequence[int], tokens: Tokens) -> list[tuple[int, int]]:
        """The stretches of `tokens` that the windows of one passage hold, each behind `lead`."""
        room = self.size - len(lead) - len(self.template.after)
        return strides(len(tokens.ids), room, self.overlap)

    def window(
        self,
        passage: int,
        head: tuple[int, ...],
        lead: tuple[int, ...],
        tokens: Tokens,
        first: int,
        last: int,
    ) -> Window:
        """One window over ``tokens[first:last]``; `lead` is the head and a title behind it."""
        template = self.template
        ids = (*lead, *tokens.ids[first:last], *template.after)
        types = self.types(len(head), len(ids))
        null = template.null % len(ids)
        return Window(passage, ids, types, len(lead), tokens, first, last, null)

    def types(self, head: int, length: int) -> tuple[int, ...]:
        """Segments of a window of so many ids, of which so many are its head's."""
        template = self.template
        question = head - len(template.before) - len(template.between)
        passage = length - head - len(template.after)
        return template.question_types(question) + template.passage_types(passage)


def _parts_at_marks(backend: tokenizers.Tokenizer) -> bool:
    """Whether the tokenizer's own words are those of a reader: BERT's are."""
    from tokenizers.pre_tokenizers import BertPreTokenizer

    return isinstance(backend.pre_tokenizer, BertPreTokenizer)


def _tokens(ids: tuple[int, ...], borders: Borders, fold: Folded, text: str) -> Tokens:
    """Tokens with their places in `text`, of which `fold` is the folded one that was tokenized."""
    offsets = tuple(fold.span(*place) for place in borders.offsets)
    inside = borders.inside
    if not borders.unended:
        # Tokens of one character, such as a ligature, are one word whatever the tokenizer says.
        overlaps = (i > 0 and offsets[i][0] < offsets[i - 1][1] for i in range(len(offsets)))
        inside = tuple(map(or_, inside, overlaps))
    breaks = breaks_in(text)
    stretches = [bisect(breaks, start) for start, _ in offsets]
    unended = borders.unended
    wholes = list(_of_several(borders.offsets, whole_words(fold.text)))
    if marks := find_marks(fold.text):
        unended = unended or (*inside[1:], False)
        offsets, inside, unended, joined = without_marks(
            marks, borders.offsets, offsets, inside, unended
        )
        wholes = merged([*wholes, *joined])
        for number, (first, last) in enumerate(_of_several(borders.offsets, addresses(fold.text))):
            stretches[first:last] = [-2 - number] * (last - first)
    labels = bool(labelled(text))
    return Tokens(ids, offsets, inside, tuple(stretches), tuple(wholes), unended, labels)


def _of_several(
    offsets: Sequence[tuple[int, int]], places: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Half-open stretches of two tokens and more in each of the places, both ascending."""
    at = 0
    for start, end in places:
        while at < len(offsets) and offsets[at][1] <= start:
            at += 1
        first = at
        while at < len(offsets) and offsets[at][0] < end:
            at += 1
        if at - first > 1:
            yield first, at


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of one padded shape; all arrays int64, shape (windows, length)."""

    ids: Ids
    mask: Ids
    """1 at tokens, 0 at padding."""
    types: Ids
    """The segment of each token; 0 at padding."""


def pad_batch(windows: Sequence[Window], pad: int, *, length: int | None = None) -> Batch:
    """Stack windows, padded on the right to `length` (default: the longest)."""
    width = length or max(len(w.ids) for w in windows)
    ids = np.full((len(windows), width), pad, np.int64)
    mask = np.zeros((len(windows), width), np.int64)
    types = np.zeros((len(windows), width), np.int64)
    for row, window in enumerate(windows):
        n = len(window.ids)
        ids[row, :n] = window.ids
        mask[row, :n] = 1
        types[row, :n] = window.types
    return Batch(ids, mask, types)
