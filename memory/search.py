"""One search: both views asked, their candidates fused, and weighed by how near words stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.records import Hit, Passage
from .documents import DocumentRows, Numbers
from .fusion import Fused, Fusion, Mode, fuse, nearer
from .proximity import Proximity, rarity
from .views import dense, lexical
from .views.current import SearchSnapshot

__all__ = ["search"]


def search(
    rows: DocumentRows,
    scene: SearchSnapshot,
    text: str,
    vector: NDArray[np.float32] | None,
    *,
    k: int,
    mode: Mode,
    allowed: Numbers | None,
    fusion: Fusion,
) -> list[Hit]:
    """The `k` best hits, as `Memory.search` documents them; `allowed` bounds the passages."""
    depth = max(fusion.depth, k)
    dense_found: dict[int, float] | None = None
    lexical_found: dict[int, float] | None = None
    if vector is not None and mode != "lexical":
        dense_found = dense.search(
            [segment for view in scene.views for segment in view.segments],
            np.ascontiguousarray(vector, np.float32).reshape(1, -1),
            depth,
            allowed=allowed,
            removed=scene.removed,
            truth=rows.vectors,
        )
    if mode != "dense":
        lexical_found = lexical.search(
            [view.lexical for view in scene.views],
            text,
            depth,
            title_boost=fusion.title_boost,
            phrase_boost=fusion.phrase_boost,
            allowed=allowed,
            removed=scene.late,
        )
    if vector is not None and dense_found is not None and lexical_found:
        _add_cosines(rows, dense_found, lexical_found, vector)
    fused = fuse(dense_found, lexical_found, fusion.dense_weight)
    stored = rows.fetch([one.number for one in fused])
    if dense_found is not None and lexical_found is not None and fusion.proximity_weight:
        texts = {number: passage.text for number, (passage, _, _) in stored.items()}
        fused = nearer(fused, _proximity(scene, text, texts), fusion.proximity_weight)
    # A writer may have removed some by now.
    return [_hit(one, *stored[one.number]) for one in fused if one.number in stored][:k]


def _add_cosines(
    rows: DocumentRows, found: dict[int, float], others: Iterable[int], vector: NDArray[np.float32]
) -> None:
    """Passages that only their words brought get their true cosine."""
    missing = [number for number in others if number not in found]
    found.update((n, float(row @ vector)) for n, row in rows.vectors(missing).items())


def _proximity(scene: SearchSnapshot, text: str, passages: dict[int, str]) -> dict[int, float]:
    if not passages:
        return {}
    views = [view.lexical for view in scene.views]
    asked = views[0].words(text)[: lexical.QUERY_TERMS]
    count = sum(map(len, views))
    rarities = {
        word: rarity(count, sum(view.holding(word) for view in views)) for word in set(asked)
    }
    question = Proximity(asked, rarities)
    return {number: question.of(views[0].words(passage)) for number, passage in passages.items()}


def _hit(one: Fused, passage: Passage, source: str, metadata: dict[str, Any]) -> Hit:
    return Hit(
        passage=passage,
        score=one.score,
        dense=one.dense,
        lexical=one.lexical,
        proximity=one.proximity,
        source=source,
        metadata=metadata,
    )
