"""Question and passages -> overlapping token windows. Pure, but for the tokenizer it is given.

A window is ``[CLS] question [SEP] title [SEP] a stretch of the passage [SEP]``; without a title
its part and separator are left out. Passages longer than a window are covered by several, each
sharing `overlap` tokens with the one before, so that no token goes unread and no short answer is
cut at a seam.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError, ModelError
from ..core.folding import Folded, folded
from ..core.records import Passage, encodable
from ..models.runtimes.protocol import Ids, Tokenizer
from .whole_words import whole_words

if TYPE_CHECKING:
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
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


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
    paragraphs: tuple[int, ...]
    """Number of the paragraph that the token stands in; blank lines part them."""
    wholes: tuple[tuple[int, int], ...] = ()
    """Half-open stretches of tokens that are one string, such as a link; ascending, apart."""


@dataclass(frozen=True, slots=True)
class Window:
    """One input of the model; `tokens[first:last]` of the passage stand at `at` in `ids`."""

    passage: int
    """Index of the passage among those of the question."""
    ids: tuple[int, ...]
    question_length: int
    """Number of leading ids with token type 0: ``[CLS] question [SEP]``."""
    at: int
    tokens: Tokens
    first: int
    last: int


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
        without `[CLS]` and `[SEP]`, whatever they are called.
        """
        if overlap >= size - MAX_QUESTION - MAX_TITLE - 4:
            raise InputError(
                f"windows of {size} tokens leave no room for an overlap of {overlap} beside a "
                f"question of {MAX_QUESTION} and a title of {MAX_TITLE}"
            )
        self.size, self.overlap = size, overlap
        if tokenizer.cls_token_id is None or tokenizer.sep_token_id is None:
            raise ModelError(
                "the tokenizer has no tokens to begin a window and to part it, such as [CLS] and "
                "[SEP]; name another with --tokenizer"
            )
        self.pad = tokenizer.pad_token_id or 0
        self.special = (tokenizer.cls_token_id, tokenizer.sep_token_id)
        self._backend = tokenizer.backend_tokenizer
        # Another thread may be reading with it, wherefore it is changed only if it must be.
        if self._backend.truncation is not None:
            self._backend.no_truncation()
        if self._backend.padding is not None:
            self._backend.no_padding()
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
        return [_tokens(*row) for row in zip(encodings, folds, texts, strict=True)]

    def _tokenize(self, text: str) -> Tokens:
        fold = folded(text)
        encoding = self._backend.encode(encodable(fold.text), add_special_tokens=False)
        return _tokens(encoding, fold, text)

    def windows(self, question: str, passages: Sequence[Passage]) -> list[Window]:
        """All windows of all passages, in order; none for a passage without a token."""
        cls, sep = self.special
        head = (cls, *self.tokenize(question).ids[:MAX_QUESTION], sep)
        windows: list[Window] = []
        for index, passage in enumerate(passages):
            tokens = self.tokenize(passage.text)
            title = self.tokenize(passage.title).ids[:MAX_TITLE] if passage.title else ()
            windows += [
                self.window(index, head, title, tokens, a, b)
                for a, b in self.spans(head, title, tokens)
            ]
        return windows

    def spans(
        self, head: tuple[int, ...], title: tuple[int, ...], tokens: Tokens
    ) -> list[tuple[int, int]]:
        """The stretches of `tokens` that the windows of one passage hold."""
        room = self.size - len(head) - (len(title) + 1 if title else 0) - 1
        return strides(len(tokens.ids), room, self.overlap)

    def window(
        self,
        passage: int,
        head: tuple[int, ...],
        title: tuple[int, ...],
        tokens: Tokens,
        first: int,
        last: int,
    ) -> Window:
        """One window over ``tokens[first:last]``."""
        sep = self.special[1]
        lead = (*head, *title, sep) if title else head
        ids = (*lead, *tokens.ids[first:last], sep)
        return Window(passage, ids, len(head), len(lead), tokens, first, last)


def _tokens(encoding: Encoding, fold: Folded, text: str) -> Tokens:
    words = encoding.word_ids
    offsets = tuple(fold.span(*place) for place in encoding.offsets)
    inside = tuple(
        # Tokens of one character, such as a ligature, are one word whatever the tokenizer says.
        i > 0 and (offsets[i][0] < offsets[i - 1][1] or (w is not None and w == words[i - 1]))
        for i, w in enumerate(words)
    )
    breaks = [blank.start() for blank in _BLANK_LINE.finditer(text)]
    paragraphs = tuple(bisect(breaks, start) for start, _ in offsets)
    wholes = tuple(_stretches(encoding.offsets, whole_words(fold.text)))
    return Tokens(tuple(encoding.ids), offsets, inside, paragraphs, wholes)


def _stretches(
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
    """0 for the question, 1 for title and passage."""


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
        types[row, window.question_length : n] = 1
    return Batch(ids, mask, types)
