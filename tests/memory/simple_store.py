"""A store of dicts and lists that compares everything with everything: what `Memory` must equal.

What `create` makes lives as long as the process, under its path; `reopen` gives the same.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanmem.core.errors import InputError
from spanmem.core.records import (
    Document,
    DocumentInfo,
    Entry,
    Hit,
    Passage,
    Prompts,
    ScopeInfo,
    Turn,
    TurnHit,
    TurnKind,
    Vectors,
)
from spanmem.core.times import moment, now
from spanmem.memory.filters import Where, condition
from spanmem.memory.fusion import Fusion, Mode
from spanmem.memory.maintenance.derived_turns import TurnWords, add_derived

_ORDER: dict[str, Any] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}


class SimpleStore:
    """Passages and turns in main memory."""

    def __init__(self, path: Path, encoder: str, dim: int, prompts: Prompts) -> None:
        self.path, self.encoder, self.dim, self.prompts = path, encoder, dim, prompts
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._turns: dict[str, tuple[Turn, NDArray[np.float32]]] = {}
        self._sequence = 0

    def close(self) -> None:
        """Nothing has to be let go of."""

    # -- passages

    def counts(self) -> tuple[int, int]:
        return len(self._entries), sum(len(e.passages) for e in self._entries.values())

    def known(self, ids: Sequence[str]) -> Mapping[str, tuple[str, str, str]]:
        there = [self._entries[i].document for i in ids if i in self._entries]
        return {d.id: (d.digest, d.source, d.origin) for d in there}

    def documents(self) -> Iterator[DocumentInfo]:
        for d, count in [(e.document, len(e.passages)) for e in self._entries.values()]:
            yield DocumentInfo(
                id=d.id,
                title=d.title,
                source=d.source,
                origin=d.origin,
                digest=d.digest,
                passages=count,
                metadata=d.metadata,
            )

    def list_documents(
        self,
        *,
        after: str | None = None,
        limit: int = 50,
        prefix: str = "",
        text: str = "",
        where: Where | None = None,
    ) -> list[DocumentInfo]:
        condition(where)  # refuses what makes no sense
        infos = [
            info
            for info in sorted(self.documents(), key=lambda info: info.id)
            if info.id.startswith(prefix)
            and all(w in f"{info.id}\n{info.title}".lower() for w in text.lower().split())
            and _meets(self._entries[info.id].document, where or {})
        ]
        return [info for info in infos if after is None or info.id > after][:limit]

    def count_documents(
        self, *, prefix: str = "", text: str = "", where: Where | None = None
    ) -> int:
        return len(self.list_documents(prefix=prefix, text=text, where=where, limit=10**9))

    def document(self, key: str) -> DocumentInfo | None:
        return next((info for info in self.documents() if info.key == key), None)

    def text(self, document: str) -> str | None:
        entry = self._entries.get(document)
        if entry is None:
            return None
        characters = [" "] * max((p.end for p in entry.passages), default=0)
        for passage in entry.passages:
            characters[passage.start : passage.end] = passage.text
        return "".join(characters)

    def passages(self, document: str | None = None) -> Iterator[Passage]:
        for entry in list(self._entries.values()):
            if document in (None, entry.document.id):
                yield from entry.passages

    def passage(self, key: str) -> Passage | None:
        return next((p for p in self.passages() if p.key == key), None)

    def put(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._must_fit(entry.vectors, (len(entry.passages), self.dim))
        with self._lock:
            for entry in entries:
                self._entries.pop(entry.document.id, None)
                self._entries[entry.document.id] = entry

    def stage(self, document: Document) -> SimpleStage:
        return SimpleStage(self, document)

    def touch(self, *documents: Document) -> None:
        with self._lock:
            for new in documents:
                if (entry := self._entries.get(new.id)) is not None:
                    document = replace(entry.document, source=new.source, origin=new.origin)
                    self._entries[new.id] = replace(entry, document=document)

    def remove(self, ids: Iterable[str]) -> int:
        with self._lock:
            return sum(self._entries.pop(i, None) is not None for i in ids)

    def publish(self) -> None:
        """Everything is searched as it is."""

    def search(
        self,
        text: str,
        vector: NDArray[np.float32] | None,
        *,
        k: int,
        mode: Mode = "hybrid",
        where: Where | None = None,
        fusion: Fusion = Fusion(),  # noqa: B008  frozen
    ) -> Sequence[Hit]:
        condition(where)  # refuses what makes no sense
        with self._lock:
            entries = [e for e in self._entries.values() if _meets(e.document, where or {})]
        words = set(_words(text)) if mode != "dense" else set[str]()
        dense = vector is not None and mode != "lexical"
        hits: list[Hit] = []
        for entry in entries:
            for passage, stored in zip(entry.passages, entry.vectors, strict=True):
                lexical = float(sum(w in words for w in _words(passage.text)))
                lexical += fusion.title_boost * sum(w in words for w in _words(passage.title))
                cosine = float(stored @ vector) if vector is not None and dense else None
                if cosine is None and not lexical:
                    continue
                weight = fusion.dense_weight if mode == "hybrid" else 1.0
                share = 1.0 if cosine is None else 1 - weight
                hits.append(
                    Hit(
                        passage=passage,
                        score=weight * (cosine or 0.0) + share * lexical / (1 + lexical),
                        dense=cosine,
                        lexical=lexical or None,
                        source=entry.document.source,
                        metadata=entry.document.metadata,
                    )
                )
        return sorted(hits, key=lambda hit: -hit.score)[:k]

    # -- turns

    def add_turn(self, turn: Turn, vector: NDArray[np.float32], *, keep: int | None = None) -> None:
        self._must_fit(vector, (self.dim,))
        with self._lock:
            self._store(turn, vector)
            if keep is None:
                return
            corrected = {t.supersedes for t in self.turns(turn.scope)}
            answers = [
                t for t in self.turns(turn.scope) if t.kind == "answer" and t.id not in corrected
            ]
            given = {t.answer: t.sequence for t in self.turns(turn.scope) if t.kind == "answer"}
            for group in (True, False):
                own = [t for t in answers if t.can_answer is group]
                own.sort(key=lambda t: given[t.answer] if t.can_answer else t.sequence)
                for gone in own[: max(0, len(own) - keep)]:
                    del self._turns[gone.id]

    def supersede(self, old_id: str, new: Turn, vector: NDArray[np.float32]) -> None:
        self._must_fit(vector, (self.dim,))
        with self._lock:
            old = self.turn(new.scope, old_id)
            if old is None or old.superseded_by is not None:
                raise InputError(f"no live turn {old_id}; name another")
            self._store(replace(new, supersedes=old_id), vector)
            taken = replace(old, superseded_by=new.id, superseded_at=new.created_at)
            self._turns[old_id] = taken, self._turns[old_id][1]

    def correct(
        self, new: Turn, vector: NDArray[np.float32], *, answered: Turn | None = None
    ) -> Turn:
        self._must_fit(vector, (self.dim,))
        with self._lock:
            live = [
                t
                for t in self.turns(new.scope)
                if t.superseded_by is None and t.looked_up.casefold() == new.looked_up.casefold()
            ]
            if not live and answered is not None:
                live = [self._store(answered, vector)]
            if not live:
                return self._store(new, vector)
            best = max(live, key=lambda t: (t.kind == "correction", bool(t.evidence), t.sequence))
            self.supersede(best.id, new, vector)
            return self._turns[new.id][0]

    def withdraw(self, correction_id: str, withdrawal: Turn) -> Turn:
        with self._lock:
            old = self.turn(withdrawal.scope, correction_id)
            told = old is not None and old.kind in ("correction", "confirmed")
            if old is None or not told or old.superseded_by is not None:
                raise InputError(f"no correction {correction_id} that counts; name another")
            stored = self._store(
                replace(withdrawal, supersedes=correction_id), self._turns[old.id][1]
            )
            taken = replace(old, superseded_by=stored.id, superseded_at=stored.created_at)
            self._turns[old.id] = taken, self._turns[old.id][1]
            if old.supersedes in self._turns:
                before, vector = self._turns[old.supersedes]
                revived = replace(before, superseded_by=None, superseded_at=None)
                self._turns[old.supersedes] = revived, vector
            return stored

    def turn(self, scope: str, turn_id: str) -> Turn | None:
        turn = self._turns[turn_id][0] if turn_id in self._turns else None
        return turn if turn is not None and turn.scope == scope else None

    def turns(
        self,
        scope: str,
        *,
        last: int | None = None,
        as_of: str | None = None,
        before: int | None = None,
        kind: TurnKind | None = None,
    ) -> Sequence[Turn]:
        own = sorted(
            (t for t, _ in self._turns.values() if t.scope == scope), key=lambda t: t.sequence
        )
        if as_of is not None:
            then = moment(as_of)
            while own and own[-1].created_at > then:
                own.pop()
            end = own[-1].sequence if own else 0
            own = [self._known(t, end, then) for t in own]
        own = [t for t in own if before is None or t.sequence < before]
        own = [t for t in own if kind in (None, t.kind)]
        return own if last is None else own[max(0, len(own) - last) :]

    def scopes(
        self, *, prefix: str = "", after: str | None = None, limit: int | None = None
    ) -> Sequence[ScopeInfo]:
        names = sorted({t.scope for t, _ in self._turns.values()})
        names = [n for n in names if n.startswith(prefix) and (after is None or n > after)]
        each = [(name, list(self.turns(name))) for name in names[:limit]]
        return [ScopeInfo(scope=n, turns=len(t), last_at=t[-1].created_at) for n, t in each]

    def _known(self, turn: Turn, end: int, then: str) -> Turn:
        """The turn as it was known when the turn with the number `end` was the last.

        Of what took its place and is gone, the date is all that is left.
        """
        turns = {name: t for name, (t, _) in self._turns.items()}
        for c in turns.values():
            by = turns.get(c.superseded_by or "")
            back = by is not None and by.kind == "withdrawal" and by.sequence > end
            if c.supersedes == turn.id and c.sequence <= end and back:
                return replace(turn, superseded_by=c.id, superseded_at=c.created_at)
        by = turns.get(turn.superseded_by or "")
        later = (turn.superseded_at or "") > then if by is None else by.sequence > end
        return replace(turn, superseded_by=None, superseded_at=None) if later else turn

    def search_turns(
        self, scope: str, vector: NDArray[np.float32], *, k: int, as_of: str | None = None
    ) -> Sequence[TurnHit]:
        self._must_fit(vector, (self.dim,))
        with self._lock:
            hits = [
                TurnHit(turn=t, similarity=float((self._turns[t.id][1] * vector).sum()))
                for t in self.turns(scope, as_of=as_of)
                if t.superseded_by is None and t.can_answer
            ]
        hits.sort(key=lambda h: (-h.similarity, h.turn.kind != "correction", -h.turn.sequence))
        return hits[:k]

    def forget(
        self,
        *,
        documents: Sequence[str] = (),
        scope: str | None = None,
        turn: str | None = None,
        before: str | None = None,
    ) -> tuple[int, int]:
        if not documents and scope is None:
            raise InputError("nothing to forget; name documents or a scope")
        if missing := [name for name in documents if name not in self._entries]:
            raise InputError(f"no document {missing[0]!r}; name another")
        until = None if before is None else moment(before)
        with self._lock:
            own = list(self.turns(scope)) if scope is not None else []
            gone = {t.id for t in _before(own, until) if turn in (None, t.id)}
            gone |= {
                t.id
                for t, _ in self._turns.values()
                if any(place.document in documents for place in t.evidence)
            }
            self._spread(gone)
            for name in gone:
                del self._turns[name]
            for name, (kept, vector) in self._turns.items():
                if kept.supersedes in gone:
                    self._turns[name] = replace(kept, supersedes=None), vector
            return self.remove(documents), len(gone)

    def _spread(self, gone: set[str]) -> None:
        """Add the turns that hold words of those that go, in the common scope first."""
        numbers = {self._turns[name][0].sequence for name in gone}
        scopes = {self._turns[name][0].scope for name in gone}
        common: set[str] = set()
        for scope in sorted({t.scope for t, _ in self._turns.values()}):
            if scope in scopes or common:
                turns = [
                    TurnWords(t.sequence, t.question, t.carried, t.answer, t.can_answer)
                    for t in self.turns(scope)
                ]
                answers = add_derived(turns, numbers, common)
                common = answers if scope == "" else common
        gone |= {name for name, (t, _) in self._turns.items() if t.sequence in numbers}

    def _store(self, turn: Turn, vector: NDArray[np.float32]) -> Turn:
        if turn.id in self._turns:
            raise InputError(f"turn {turn.id!r} is there already; give another id")
        self._sequence += 1
        stored = replace(turn, sequence=self._sequence)
        self._turns[turn.id] = stored, vector
        return stored

    @staticmethod
    def _must_fit(array: NDArray[np.float32], shape: tuple[int, ...]) -> None:
        if array.shape != shape:
            raise ValueError(f"vectors must have shape {shape}, not {array.shape}")


class SimpleStage:
    """A document that is put when its block ends well."""

    def __init__(self, store: SimpleStore, document: Document) -> None:
        self._store, self._document = store, document
        self._passages: list[Passage] = []
        self._vectors: list[Vectors] = [np.empty((0, store.dim), np.float32)]

    def __enter__(self) -> SimpleStage:
        return self

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        if vectors.shape != (len(passages), self._store.dim):
            raise ValueError(f"vectors must have another shape than {vectors.shape}")
        self._passages += passages
        self._vectors.append(vectors)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            vectors = np.concatenate(self._vectors)
            entry = Entry(document=self._document, passages=tuple(self._passages), vectors=vectors)
            self._store.put([entry])


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _meets(document: Document, where: Where) -> bool:
    return all(
        key in document.metadata and _allowed(document.metadata[key], wanted)
        for key, wanted in where.items()
    )


def _allowed(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        alike = {isinstance(v, str) for v in (value, *wanted.values())}
        return len(alike) == 1 and all(_ORDER[name](value, b) for name, b in wanted.items())
    return (
        value in wanted if isinstance(wanted, list | tuple | set | frozenset) else value == wanted
    )


def _before(turns: Sequence[Turn], until: str | None) -> Sequence[Turn]:
    """Those of a scope's turns, oldest first, that came before a time."""
    if until is None:
        return turns
    present = now()
    end = next((i for i, t in enumerate(turns) if until <= t.created_at <= present), len(turns))
    while end and turns[end - 1].created_at >= until:
        end -= 1
    return turns[:end]
