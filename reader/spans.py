"""Logits -> legal spans -> character offsets -> one distribution. Pure.

A span is legal if it lies in the passage's own tokens of one window and in one stretch of it
(`stretches.py`: a paragraph, an item, a value), is at most `max_tokens` long, and begins and ends
on word borders. What is one string to a reader, such as a link (`Tokens.wholes`), counts as one
token, whatever its length: it starts and ends with the best of its words, and a span that touches
it holds all of it, even beyond the window. A span's score is the raw sum of its start and end
logits; scores are comparable across windows and passages because the reader is trained with one
normalization over all of them (Clark & Gardner 2018, "Simple and Effective Multi-Paragraph Reading
Comprehension", section 3.3), so the only normalization here is over everything read.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.records import Passage
from ..models.runtimes.protocol import Floats
from .windows import Window

__all__ = ["Reading", "Span", "best_in_window", "decode"]


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate answer: characters `start:end` of passage number `passage`."""

    passage: int
    start: int
    end: int
    text: str
    score: float
    """Start logit plus end logit."""
    margin: float
    """`score` minus the null score of its window: how far it beats "no answer here"."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader saw in the passages of one question."""

    spans: tuple[Span, ...]
    """Best first; no two with the same place."""
    nulls: tuple[float, ...]
    """For each passage, the lowest null score of its windows; -inf where nothing was read."""
    totals: tuple[float, ...]
    """For each passage, the log of the summed exponentials of all its legal spans' scores:
    what one normalization over all passages divides by. -inf where nothing was read."""
    windows: int = 0
    """Inputs of the model that it took; 0 where a reader does not count them."""


def best_in_window(
    start: Floats, end: Floats, window: Window, *, max_tokens: int, keep: int
) -> tuple[list[tuple[int, int, float]], float]:
    """The `keep` best legal spans of one window, with the best one of each stretch where some are
    values behind labels, and the log-sum-exp over all of its legal spans.

    `start` and `end` are the window's logits, shape (length,). Spans are token positions in the
    passage, both inclusive, with their score.
    """
    s, e, steps = _borders(start, end, window)
    n = len(s)
    width = min(max_tokens, n)
    padded = np.concatenate([e, np.full(width - 1, -np.inf)])
    scores = s[:, None] + np.lib.stride_tricks.sliding_window_view(padded, width)
    stretches = np.array([window.tokens.stretches[max(a, window.first)] for a, _ in steps])
    if (stretches != stretches[0]).any():
        reach = np.concatenate([stretches, np.full(width - 1, -1)])
        ends_in = np.lib.stride_tricks.sliding_window_view(reach, width)
        scores = np.where(ends_in == stretches[:, None], scores, -np.inf)
    flat = scores.ravel()
    top = float(flat.max())
    if not np.isfinite(top):
        return [], -np.inf
    total = top + float(np.log(np.exp(flat - top).sum()))
    best = np.argpartition(-flat, min(keep, flat.size) - 1)[:keep]
    if window.tokens.labelled:  # what is asked for may be the value that the reader likes least
        best = np.union1d(best, _best_of_each(scores, stretches))
    best = best[np.lexsort((best, -flat[best]))]
    spans = [
        (steps[i // width][0], steps[i // width + i % width][1], float(flat[i]))
        for i in best.tolist()
        if np.isfinite(flat[i])
    ]
    return spans, total


def _best_of_each(scores: NDArray[np.float64], stretches: NDArray[np.int64]) -> NDArray[np.int64]:
    """The flat index of the best span in each stretch; the scores have shape (steps, width)."""
    lasts = scores.argmax(axis=1)
    tops = scores[np.arange(len(scores)), lasts]
    firsts = np.flatnonzero(np.diff(stretches, prepend=stretches[0] - 1))
    ends = np.append(firsts[1:], len(scores))
    starts = np.array([a + tops[a:b].argmax() for a, b in zip(firsts, ends, strict=True)])
    places: NDArray[np.int64] = starts * scores.shape[1] + lasts[starts]
    return places


def _borders(
    start: Floats, end: Floats, window: Window
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[tuple[int, int]]]:
    """The scores with which a span may begin and end at each step of a window, -inf where it may
    not, both of shape (steps,), and the step's first and last token in the passage.

    A step is a token, or a whole of several.
    """
    n = window.last - window.first
    s = start[window.at : window.at + n].astype(np.float64)
    e = end[window.at : window.at + n].astype(np.float64)
    inside = np.array(window.tokens.inside[window.first : window.last + 1])
    s[inside[:n]] = -np.inf
    if window.tokens.unended:
        unended = np.array(window.tokens.unended[window.first : window.last])
    else:  # a word's last token: the next one opens another word
        unended = np.zeros(n, bool)
        unended[: len(inside) - 1] = inside[1:]
    e[unended] = -np.inf
    wholes = window.tokens.wholes
    at = max(0, bisect(wholes, (window.first, window.first)) - 1)
    steps: list[tuple[int, int]] = []
    kept: list[int] = []
    token = 0
    while token < n:
        while at < len(wholes) and wholes[at][1] <= window.first + token:
            at += 1
        first = last = window.first + token
        following = token + 1
        if at < len(wholes) and wholes[at][0] <= first:
            first, last = wholes[at][0], wholes[at][1] - 1
            following = min(last + 1 - window.first, n)
            s[token], e[token] = s[token:following].max(), e[token:following].max()
        steps.append((first, last))
        kept.append(token)
        token = following
    return s[kept], e[kept], steps


def decode(
    windows: Sequence[Window],
    start: Sequence[Floats],
    end: Sequence[Floats],
    passages: Sequence[Passage],
    *,
    max_tokens: int = 30,
    keep: int = 10,
) -> Reading:
    """Read the logits of all windows of one question; `keep` spans per window go on.

    The null score of a window is that of its position `null`, where ``[CLS]`` stands. Where windows
    overlap, the same place keeps its best score.
    """
    places: dict[tuple[int, int, int], Span] = {}
    nulls = [np.inf] * len(passages)
    totals = [-np.inf] * len(passages)
    for window, s, e in zip(windows, start, end, strict=True):
        null = float(s[window.null]) + float(e[window.null])
        nulls[window.passage] = min(nulls[window.passage], null)
        spans, total = best_in_window(s, e, window, max_tokens=max_tokens, keep=keep)
        totals[window.passage] = float(np.logaddexp(totals[window.passage], total))
        for first, last, score in spans:
            a, b = window.tokens.offsets[first][0], window.tokens.offsets[last][1]
            known = places.get((window.passage, a, b))
            if known is None or score > known.score:
                text = passages[window.passage].text[a:b]
                places[window.passage, a, b] = Span(window.passage, a, b, text, score, score - null)
    ranked = sorted(
        places.values(), key=lambda span: (-span.score, span.passage, span.start, span.end)
    )
    read = tuple(n if np.isfinite(n) else -np.inf for n in nulls)
    return Reading(tuple(ranked), read, tuple(totals), len(windows))
