"""One search: both indexes asked, their candidates fused, and weighed by how near words stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.records import Hit, Passage
from .documents import DocumentRows, Numbers, StoredPassage
from .fusion import Candidate, Fusion, Mode, add_proximity, fuse
from .proximity import Proximity, idf
from .views.current import SearchSnapshot
from .views.dense import search_segments
from .views.lexical import QUERY_TERMS, search_lexical

__all__ = ["search_indexes"]


def search_indexes(
    rows: DocumentRows,
    snapshot: SearchSnapshot,
    text: str,
    vector: NDArray[np.float32] | None,
    *,
    k: int,
    mode: Mode,
    allowed: Numbers | None,
    fusion: Fusion,
) -> list[Hit]:
    """The `k` best hits, as `Memory.search` documents them; `allowed` bounds the passages.

    `vector`, shape (dim,), is the unit vector of `text`; without it, words alone are compared.
    """
    depth = max(fusion.depth, k)
    cosines: dict[int, float] | None = None
    bm25: dict[int, float] | None = None
    if vector is not None and mode != "lexical":
        cosines = _cosines(rows, snapshot, vector, depth, allowed)
    if mode != "dense":
        bm25 = _bm25(snapshot, text, depth, allowed, fusion)
    if vector is not None and cosines is not None and bm25:
        # Passages that only their words brought get their true cosine.
        missing = [number for number in bm25 if number not in cosines]
        stored_vectors = rows.vectors(missing)
        cosines.update((n, float(stored @ vector)) for n, stored in stored_vectors.items())
    candidates = fuse(cosines, bm25, fusion.dense_weight)
    numbers = [candidate.number for candidate in candidates]
    if cosines is None or bm25 is None or not fusion.proximity_weight:
        stored = _first(rows, numbers, k)
    else:
        stored = rows.fetch(numbers)
        texts = {number: passage.text for number, (passage, _, _) in stored.items()}
        proximity = _proximity(snapshot, text, texts)
        candidates = add_proximity(candidates, proximity, fusion.proximity_weight)
    # A writer may have removed some by now.
    return [_hit(c, *stored[c.number]) for c in candidates if c.number in stored][:k]


def _first(rows: DocumentRows, numbers: Sequence[int], k: int) -> dict[int, StoredPassage]:
    """The first `k` passages that are still there, by number; at least these."""
    stored: dict[int, StoredPassage] = {}
    for start in range(0, len(numbers), k):
        stored.update(rows.fetch(numbers[start : start + k]))
        if len(stored) >= k:
            break
    return stored


def _cosines(
    rows: DocumentRows,
    snapshot: SearchSnapshot,
    vector: NDArray[np.float32],
    depth: int,
    allowed: Numbers | None,
) -> dict[int, float]:
    return search_segments(
        [segment for indexes in snapshot.indexes for segment in indexes.segments],
        np.ascontiguousarray(vector, np.float32).reshape(1, -1),
        depth,
        allowed=allowed,
        removed=snapshot.removed,
        stored_vectors=rows.vectors,
    )


def _bm25(
    snapshot: SearchSnapshot, text: str, depth: int, allowed: Numbers | None, fusion: Fusion
) -> dict[int, float]:
    return search_lexical(
        [indexes.lexical for indexes in snapshot.indexes],
        text,
        depth,
        title_boost=fusion.title_boost,
        phrase_boost=fusion.phrase_boost,
        allowed=allowed,
        removed=snapshot.removed_since,
    )


def _proximity(
    snapshot: SearchSnapshot, text: str, passages: Mapping[int, str]
) -> dict[int, float]:
    """Proximity of some passages' texts to a question, by their numbers."""
    if not passages:
        return {}
    lexical = [indexes.lexical for indexes in snapshot.indexes]
    words_of = lexical[0].words
    words = words_of(text)[:QUERY_TERMS]
    total = sum(map(len, lexical))
    idfs = {
        word: idf(total, sum(index.document_frequency(word) for index in lexical))
        for word in set(words)
    }
    question = Proximity(words, idfs)
    return {number: question.score(words_of(passage)) for number, passage in passages.items()}


def _hit(candidate: Candidate, passage: Passage, source: str, metadata: dict[str, Any]) -> Hit:
    return Hit(
        passage=passage,
        score=candidate.score,
        dense=candidate.dense,
        lexical=candidate.lexical,
        proximity=candidate.proximity,
        source=source,
        metadata=metadata,
    )
