"""Decoding against an oracle that tries every span."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Passage
from spanmem.models.runtimes.protocol import Floats
from spanmem.reader.spans import best_in_window, decode
from spanmem.reader.windows import Tokens, Window

Drawn: TypeAlias = tuple[Window, Floats, Floats]


def make_window(
    inside: list[bool],
    stretches: Sequence[int] = (),
    *,
    labelled: bool = False,
    first: int = 0,
    at: int = 3,
) -> Window:
    """A window whose tokens are single letters, apart but for those inside a word."""
    offsets: list[tuple[int, int]] = []
    where = -1
    for goes_on in inside:
        where += 1 if goes_on else 2
        offsets.append((where, where + 1))
    ids = tuple(range(len(inside)))
    stretches = tuple(stretches or [0] * len(ids))
    tokens = Tokens(ids, tuple(offsets), tuple(inside), stretches, labelled=labelled)
    shown = (0,) * at + ids[first:] + (0,)
    return Window(0, shown, (0,) * len(shown), at, tokens, first, len(inside))


def text_of(window: Window) -> str:
    text = [" "] * (window.tokens.offsets[-1][1])
    for i, (start, _) in enumerate(window.tokens.offsets):
        text[start] = chr(97 + i % 26)
    return "".join(text)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    n = draw(st.integers(1, 9))
    first = draw(st.integers(0, n - 1))
    inside = [False, *draw(st.lists(st.booleans(), min_size=n - 1, max_size=n - 1))]
    breaks = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    stretches = list(accumulate(b and not i for b, i in zip(breaks, inside, strict=True)))
    window = make_window(inside, stretches, labelled=draw(st.booleans()), first=first)
    numbers = st.floats(-9, 9, width=32)
    start, end = (
        np.array(draw(st.lists(numbers, min_size=len(window.ids), max_size=len(window.ids))))
        for _ in range(2)
    )
    return window, start.astype(np.float32), end.astype(np.float32)


def every_span(
    window: Window, start: Floats, end: Floats, longest: int
) -> dict[tuple[int, int], float]:
    """All legal spans with their scores, by the definition and not by the clever way."""
    inside = window.tokens.inside
    return {
        (i, j): float(start[window.at + i - window.first])
        + float(end[window.at + j - window.first])
        for i in range(window.first, window.last)
        for j in range(i, min(i + longest, window.last))
        if not inside[i] and not (j + 1 < len(inside) and inside[j + 1])
        if window.tokens.stretches[i] == window.tokens.stretches[j]
    }


@given(drawn(), st.integers(1, 6), st.integers(1, 5))
def test_the_best_spans_are_the_best_of_all_legal_ones(
    case: Drawn, longest: int, keep: int
) -> None:
    window, start, end = case
    legal = every_span(window, start, end, longest)
    found, total = best_in_window(start, end, window, max_tokens=longest, keep=keep)
    assert {(i, j): s for i, j, s in found} == pytest.approx(
        {place: legal[place] for place in [(i, j) for i, j, _ in found]}
    )
    kept = sorted(legal.values(), reverse=True)[:keep]
    assert [s for *_, s in found][: len(kept)] == pytest.approx(kept)
    stretches = window.tokens.stretches
    of_each = {
        n: max(s for (i, _), s in legal.items() if stretches[i] == n)
        for n in {stretches[i] for i, _ in legal}
    }
    if window.tokens.labelled:
        best = {n: max(s for i, _, s in found if stretches[i] == n) for n in of_each}
        assert best == pytest.approx(of_each)
        assert len(found) <= len(kept) + len(of_each)
    else:
        assert len(found) == len(kept)
    if legal:
        assert total == pytest.approx(np.logaddexp.reduce(list(legal.values())))
    else:
        assert total == -np.inf


@given(drawn(), drawn())
def test_a_reading_is_placed_verbatim_and_normalized_over_each_passage(
    one: Drawn, two: Drawn
) -> None:
    first, start, end = one
    second = Window(
        1,
        *[getattr(two[0], n) for n in ("ids", "types", "at", "tokens", "first", "last")],
    )
    passages = [
        Passage(document="d", start=0, end=len(text), text=text)
        for text in (text_of(first), text_of(second))
    ]
    reading = decode([first, second], [start, two[1]], [end, two[2]], passages, keep=100)
    for span in reading.spans:
        assert passages[span.passage].text[span.start : span.end] == span.text
        null = (start if span.passage == 0 else two[1])[0] + (end if span.passage == 0 else two[2])[
            0
        ]
        assert span.margin == pytest.approx(span.score - float(null), abs=1e-5)
    for index in (0, 1):
        scores = [s.score for s in reading.spans if s.passage == index]
        expected = np.logaddexp.reduce(scores) if scores else -np.inf
        assert reading.totals[index] == pytest.approx(expected)
    assert [s.score for s in reading.spans] == sorted(
        (s.score for s in reading.spans), reverse=True
    )


def test_a_place_seen_by_two_windows_counts_once_with_its_better_score() -> None:
    window = make_window([False, False])
    low, high = np.zeros(6, np.float32), np.full(6, 2, np.float32)
    passage = Passage(document="d", start=0, end=4, text=" a b"[:4])
    reading = decode([window, window], [low, high], [low, high], [passage])
    assert len(reading.spans) == len({(s.start, s.end) for s in reading.spans})
    assert reading.spans[0].score == 4.0


def test_nothing_read_is_an_empty_reading() -> None:
    reading = decode([], [], [], [Passage(document="d", start=0, end=1, text=" ")])
    assert (reading.spans, reading.nulls, reading.totals) == ((), (-np.inf,), (-np.inf,))


KEY = "k1-" + "-".join(["7f3a"] * 30)


def of_letters(text: str, wholes: Sequence[tuple[int, int]]) -> Tokens:
    """Each character but blanks a token and a word of its own."""
    places = tuple((i, i + 1) for i, char in enumerate(text) if not char.isspace())
    n = len(places)
    return Tokens(tuple(range(n)), places, (False,) * n, (0,) * n, tuple(wholes))


def logits(window: Window, **best: int) -> tuple[Floats, Floats]:
    start, end = (np.full(len(window.ids), -5, np.float32) for _ in range(2))
    start[window.at + best["start"] - window.first] = 5
    end[window.at + best["end"] - window.first] = 5
    return start, end


def test_a_span_that_touches_a_whole_holds_all_of_it_whatever_its_length() -> None:
    text = f"x {KEY} y"
    tokens = of_letters(text, [(1, 1 + len(KEY))])
    passage = Passage(document="d", start=0, end=len(text), text=text)
    window = Window(
        0, (0, *tokens.ids, 0), (0,) * (len(tokens.ids) + 2), 1, tokens, 0, len(tokens.ids)
    )
    for inner in [(1, 2), (40, 44), (len(KEY) - 1, len(KEY)), (44, 40)]:
        start, end = logits(window, start=inner[0], end=inner[1])
        (best, *rest) = decode([window], [start], [end], [passage], max_tokens=30).spans
        assert (best.text, best.score) == (KEY, 10.0)
        assert {span.text for span in rest} <= {"x", "y", f"x {KEY}", f"{KEY} y", text}


def test_a_whole_that_no_window_holds_is_answered_whole() -> None:
    text = f"x {KEY} y"
    tokens = of_letters(text, [(1, 1 + len(KEY))])
    passage = Passage(document="d", start=0, end=len(text), text=text)
    windows = [
        Window(0, shown, (0,) * len(shown), 1, tokens, a, a + len(shown) - 2)
        for a in range(0, len(tokens.ids), 15)
        for shown in [(0, *tokens.ids[a : a + 20], 0)]
    ]
    pairs = [logits(w, start=w.first + 3, end=w.first + 4) for w in windows[:3]]
    reading = decode(windows[:3], [s for s, _ in pairs], [e for _, e in pairs], [passage])
    assert reading.spans[0].text == KEY
    assert {span.text for span in reading.spans} <= {"x", f"x {KEY}", KEY}
