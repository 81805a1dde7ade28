"""Question -> passages: over one hop or several, and a follow-up with and without its history."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..memory.fusion import Fusion
from .english.multihop import next_hop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..core.records import Hit
    from ..indexer.encoders.encoder import Encoder
    from ..memory.protocol import PassageStore
    from .settings import RetrieveSettings

__all__ = ["Query", "Retriever", "joined"]

_BARE = 0.9
"""What a passage found without the history counts beside one found with it: a question that was
wrongly taken for a follow-up still finds its own."""
_KEYS = 8
"""Metadata keys that a notice names at most."""
_HOP = 0.8
"""What a passage counts less with each hop: a first hop that was right keeps its place."""


@dataclass(frozen=True, slots=True)
class Query:
    """A text to search for, with its unit vector, shape (dim,)."""

    text: str
    vector: NDArray[Any]


class Retriever:
    """Finds the passages that a question is read in."""

    def __init__(self, memory: PassageStore, encoder: Encoder, settings: RetrieveSettings) -> None:
        self._memory, self._encoder, self._settings = memory, encoder, settings

    def find(
        self,
        query: Query,
        *,
        count: int,
        where: Mapping[str, Any] | None,
        bare: Query | None = None,
    ) -> list[Hit]:
        """The best `count` passages, best first; fewer where the memory has fewer.

        `bare` is a follow-up without what was carried to it, None where nothing was. `where` bounds
        the documents by metadata, None as the settings say; a key of theirs that no document has is
        taken for the only one that differs from it in capitals. Raises InputError for a condition
        that makes no sense.
        """
        hits = self._search(query, count, where)
        # The filter of a call may be the right of whoever asks, and is met to the letter.
        if not hits and not where:
            where = self._as_written()
            hits = self._search(query, count, where) if where else hits
        if bare is not None:
            hits = _join([hits, self._search(bare, count, where)], _BARE)[:count]
        hops, texts = [hits], {query.text}
        while len(hops) < self._settings.hops and hops[-1]:
            text = next_hop(query.text, hops[-1][0].passage)
            if text is None or text in texts:
                break
            texts.add(text)
            hop = Query(text, self._encoder.encode_queries([text])[0])
            hops.append(self._search(hop, count, where))
        return _join(hops, _HOP)[:count] if len(hops) > 1 else hits

    def notices(self, where: Mapping[str, Any] | None, *, nothing: bool) -> tuple[str, ...]:
        """What a filter could not compare; and keys that none has, if it left `nothing`."""
        from ..memory.protocol import DateNotices

        asked = where or self._settings.where or None
        told = self._memory.uncompared(asked) if isinstance(self._memory, DateNotices) else ()
        return (*told, *(self.unknown_keys(where) if nothing else ()))

    def unknown_keys(self, where: Mapping[str, Any] | None) -> tuple[str, ...]:
        """A notice for each key of a filter that no document has, with the nearest known ones."""
        asked = where or self._settings.where
        if not asked:
            return ()
        known = self._keys()
        return tuple(
            f"no document has the metadata key {key!r}, so that none was searched; "
            + _known_keys(key, known)
            for key in asked
            if key not in known and (where or len(_alike(key, known)) != 1)
        )

    def _keys(self) -> list[str]:
        """The metadata keys of all documents, in order."""
        return sorted({key for document in self._memory.documents() for key in document.metadata})

    def _as_written(self) -> dict[str, Any] | None:
        """The settings' filter in the documents' own keys; None where that changes nothing."""
        asked = self._settings.where
        known = self._keys() if asked else []
        written: dict[str, Any] = {}
        for key, value in asked.items():
            alike = [] if key in known else _alike(key, known)
            written[alike[0] if len(alike) == 1 else key] = value
        # Two keys that become one would leave out a condition.
        return written if written.keys() != asked.keys() and len(written) == len(asked) else None

    def _search(self, query: Query, count: int, where: Mapping[str, Any] | None) -> list[Hit]:
        settings = self._settings
        hits = self._memory.search(
            query.text,
            query.vector,
            k=count,
            mode=settings.mode,
            where=where or settings.where or None,
            fusion=Fusion(
                depth=max(count, settings.depth),
                dense_weight=settings.dense_weight,
                proximity_weight=settings.proximity_weight,
                title_boost=settings.title_boost,
                phrase_boost=settings.phrase_boost,
            ),
        )
        return list(hits)


def _alike(key: str, known: Sequence[str]) -> list[str]:
    """The known keys that differ from one in capitals at most."""
    return [other for other in known if other.casefold() == key.casefold()]


def _known_keys(key: str, known: Sequence[str]) -> str:
    """The way out of a key that no document has."""
    near = _alike(key, known) or difflib.get_close_matches(key, known) or known[:_KEYS]
    more = ", ..." if len(near) < len(known) else ""
    return f"known are {', '.join(near)}{more}" if near else "no document has any metadata"


def _join(searches: Sequence[Sequence[Hit]], decay: float) -> list[Hit]:
    """The hits of several searches as one list, each as its first search found it."""
    by_key = {hit.passage.key: hit for hits in reversed(searches) for hit in hits}
    scores = [{hit.passage.key: hit.score for hit in hits} for hits in searches]
    return [replace(by_key[key], score=score) for key, score in joined(scores, decay)]


def joined(hops: Sequence[Mapping[str, float]], decay: float) -> list[tuple[str, float]]:
    """All that several hops found, best first; each hop maps what it found to its score.

    What hop number h found, from 0, counts with its score times ``decay ** h``, and with the best
    of these where several hops found it. Scores are not below 0 in effect: a negative one is taken
    as it is, since shrinking would lift it. Equal scores keep the order in which they were found.
    """
    best: dict[str, float] = {}
    for h, scores in enumerate(hops):
        for key, score in scores.items():
            decayed = score * decay**h if score > 0 else score
            best[key] = max(decayed, best.get(key, decayed))
    return sorted(best.items(), key=lambda pair: -pair[1])
