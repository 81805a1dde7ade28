"""Writing documents and passages within a transaction of a server."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ....core.records import Document, Passage, Vectors, encodable
from ...analysis import analyzer
from ...bm25 import FIELDS, fields_of
from ...documents import metadata_json
from . import words
from .facets import facets_of
from .values import key_of, storable, tsvector, vector_bytes

__all__ = [
    "Sizes",
    "copy_rows",
    "named",
    "note_sizes",
    "passage_rows",
    "remove",
    "replace_documents",
    "sum_of",
]

_COPY = "COPY passages (document, place, key, start, words, text, pages, terms, vector) FROM STDIN"
_UPSERT = """
INSERT INTO documents (document, stored, id, title, source, origin, named, digest, metadata,
    passages, text_words, title_words, pair_words)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, 0)
ON CONFLICT (document) DO UPDATE SET stored = excluded.stored, id = excluded.id,
    title = excluded.title, source = excluded.source, origin = excluded.origin,
    named = excluded.named, digest = excluded.digest, metadata = excluded.metadata
RETURNING document, xmax <> 0
"""
"""What was there keeps its sizes, until it is known to be gone; of a new row `xmax` is 0."""
_FACET = "INSERT INTO facets VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"


class Sizes(NamedTuple):
    """Passages, and the words of their fields: of a document, or of several."""

    passages: int = 0
    text: int = 0
    title: int = 0
    pairs: int = 0

    def totals(self, documents: int) -> words.Totals:
        """What so many documents of these sizes add to a memory."""
        return documents, self.passages, self.text, self.title, self.pairs


def sum_of(sizes: Iterable[Sizes]) -> Sizes:
    """All of these together."""
    return Sizes(*map(sum, zip(*sizes, Sizes(), strict=True)))


def named(text: str) -> str:
    """Texts in which words are looked for in any case; halves of characters are question marks."""
    return storable(encodable(text).casefold())


def replace_documents(cursor: Any, documents: Sequence[Document]) -> None:
    """Store documents without passages, and take those of the same ids away.

    Their rows are locked in one order, so that no two writers wait for each other.
    """
    keys = [key_of(document.id) for document in documents]
    locked = cursor.execute(
        "SELECT document FROM documents WHERE document = ANY(%s) ORDER BY document FOR UPDATE",
        (keys,),
    ).fetchall()
    in_order = sorted(zip(keys, documents, strict=True), key=lambda pair: pair[0])
    # The number of a document says when it was stored: in the order given, not in that of locks.
    numbers = cursor.execute(
        "SELECT nextval('stored_numbers') FROM generate_series(1, %s)", (len(documents),)
    ).fetchall()
    of_key = {key: number for key, (number,) in zip(keys, numbers, strict=True)}
    if locked:
        words.note_removal(cursor, [key for (key,) in locked])
    rows = [
        (
            *(key, of_key[key], *map(storable, (d.id, d.title, d.source, d.origin))),
            *(named(f"{d.id}\n{d.title}"), d.digest, metadata_json(d)),
        )
        for key, d in in_order
    ]
    many = cursor.cursor()
    replaced = _upsert(many, rows)
    late = replaced.difference(key for (key,) in locked)
    if late:  # another writer stored them since
        words.note_removal(cursor, list(late))
    cursor.execute("DELETE FROM passages WHERE document = ANY(%s)", (list(replaced),))
    cursor.execute("DELETE FROM facets WHERE document = ANY(%s)", (list(replaced),))
    facets = [(key, *facet) for key, d in in_order for facet in facets_of(d.metadata)]
    if facets:
        many.executemany(_FACET, facets)


def _upsert(many: Any, rows: Sequence[tuple[Any, ...]]) -> set[uuid.UUID]:
    """Insert or update documents; returns the keys of those that were there."""
    replaced: set[uuid.UUID] = set()
    if not rows:
        return replaced
    many.executemany(_UPSERT, rows, returning=True)
    while True:
        key, there = many.fetchone()
        if there:
            replaced.add(key)
        if not many.nextset():
            return replaced


def remove(cursor: Any, ids: Iterable[str]) -> int:
    """Remove documents with their passages; returns how many there were."""
    keys = [key_of(i) for i in ids]
    rows = cursor.execute(
        "SELECT document FROM documents WHERE document = ANY(%s) ORDER BY document FOR UPDATE",
        (keys,),
    ).fetchall()
    there = [key for (key,) in rows]
    if there:
        words.note_removal(cursor, there)
        cursor.execute("DELETE FROM documents WHERE document = ANY(%s)", (there,))
    return len(there)


def passage_rows(
    document: Document,
    passages: Sequence[Passage],
    vectors: Vectors,
    first: int,
    terms: Counter[str],
) -> tuple[Sizes, list[tuple[Any, ...]]]:
    """Rows of `passages` as COPY takes them, their places from `first` on, and their sizes.

    The terms that they hold are counted in `terms`.
    """
    rows: list[tuple[Any, ...]] = []
    sizes: list[Sizes] = []
    key = key_of(document.id)
    for place, (passage, vector) in enumerate(zip(passages, vectors, strict=True), first):
        fields = fields_of(analyzer(), passage.text, document.title)
        lexemes = words.lexemes_of(fields)
        terms.update(term for term in lexemes if term[0] in words.COUNTED)
        sizes.append(Sizes(1, *(len(fields[field]) for field in FIELDS)))
        pages = json.dumps(passage.pages) if passage.pages else None
        rows.append(
            (
                *(key, place, passage.key, passage.start, len(fields["text"])),
                *(storable(passage.text), pages, tsvector(lexemes), vector_bytes(vector)),
            )
        )
    return sum_of(sizes), rows


def copy_rows(cursor: Any, data: bytes) -> None:
    """Write rows of passages, as `values.copied` makes them."""
    with cursor.cursor().copy(f"{_COPY} (FORMAT BINARY)") as copy:
        copy.write(data)


def note_sizes(cursor: Any, sizes: Sequence[tuple[str, Sizes]]) -> None:
    """Note how many passages and words documents have, by id."""
    columns = [list(column) for column in zip(*(size for _, size in sizes), strict=True)]
    cursor.execute(
        "UPDATE documents AS d SET passages = n.passages, text_words = n.text, "
        "title_words = n.title, pair_words = n.pairs "
        "FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[]) "
        "AS n (document, passages, text, title, pairs) WHERE d.document = n.document",
        ([key_of(document) for document, _ in sizes], *columns),
    )
