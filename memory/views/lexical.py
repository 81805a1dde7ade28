"""The lexical view: a Tantivy index over titles and texts, by English word stems.

Texts are folded (`core/folding.py`) and letters taken without accents. Scripts written without
spaces are found by pairs of neighboring characters, in a field of their
own. Queries are built from terms, never parsed: no text can be a syntax error.
"""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

from ...core.records import encodable
from ..analysis import QUERY_TERMS, UNSPACED, analyzer, character_pairs, plain
from ..documents import Numbers

__all__ = ["QUERY_TERMS", "LexicalEntry", "LexicalIndex", "search_lexical"]

_HEAP = 64 << 20
_COMMON = 0.25
"""Share of the passages from which a word that they hold is a common one."""


class LexicalEntry(NamedTuple):
    """A passage as the lexical index takes it in."""

    number: int
    title: str
    text: str


class LexicalIndex:
    """A Tantivy index in a folder, or in memory where `folder` is None.

    Its length is the number of passages that it holds.
    """

    def __init__(self, folder: Path | None) -> None:
        """Raises what Tantivy does for files that it cannot read: ValueError, or OSError."""
        import tantivy

        schema = (
            tantivy.SchemaBuilder()
            .add_unsigned_field("number", stored=True, indexed=True, fast=True)
            .add_text_field("title", tokenizer_name="stems")
            .add_text_field("text", tokenizer_name="stems")
            .add_text_field("pairs", tokenizer_name="spaced")
            .build()
        )
        self._schema = schema
        self._index = self._opened(folder)
        self._analyzer = analyzer()
        spaced = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("stems", self._analyzer.of_stems)
        self._index.register_tokenizer("spaced", spaced)
        self._searcher = self._index.searcher()

    def _opened(self, folder: Path | None) -> Any:
        """The Tantivy index in a folder. It takes a lock there even to read, for a moment.

        Where none can be written it reads the files by links in a folder of its own, which can be
        gone once all are open.
        """
        import tantivy

        if folder is None or os.access(folder, os.W_OK):
            return tantivy.Index(self._schema, path=None if folder is None else str(folder))
        links = Path(mkdtemp(prefix="spanmem-"))
        # Tantivy's own thread takes the lock, too: one that comes while the folder is removed
        # keeps it there, and goes with this index.
        weakref.finalize(self, shutil.rmtree, links, ignore_errors=True)
        try:
            for path in folder.iterdir():
                if path.suffix != ".lock":
                    (links / path.name).symlink_to(path.absolute())
            return tantivy.Index(self._schema, path=str(links))
        finally:
            shutil.rmtree(links, ignore_errors=True)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def update(self, batches: Iterable[Sequence[LexicalEntry]], removed: Iterable[int]) -> None:
        """Add passages and delete numbers, in one commit."""
        import tantivy

        writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        if numbers := [int(number) for number in removed]:
            writer.delete_documents_by_query(
                tantivy.Query.term_set_query(self._schema, "number", numbers)
            )
        for batch in batches:
            for number, title, text in ((n, plain(t), plain(x)) for n, t, x in batch):
                document = tantivy.Document(
                    title=encodable(title),
                    text=encodable(text),
                    pairs=" ".join(character_pairs(text)),
                )
                document.add_unsigned("number", number)
                writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def words(self, text: str) -> list[str]:
        """The words of the folded text as they run, by stems; scripts without spaces by pairs."""
        return self._analyzer.words(text)

    def document_frequency(self, word: str) -> int:
        """How many passages hold a word, as `words` gives it, in their text.

        Those that were removed since count until Tantivy merges them away.
        """
        field = "pairs" if UNSPACED.match(word) else "text"
        return int(self._searcher.doc_freq(field, word))

    def search(
        self,
        text: str,
        k: int,
        *,
        title_boost: float,
        phrase_boost: float,
        allowed: Numbers | None,
    ) -> dict[int, float]:
        """BM25 scores of the `k` best passages, best first; `allowed` bounds them to its numbers.

        Terms in the title count `title_boost` times, neighbors of the question that are neighbors
        in the passage too `phrase_boost` times, beside each term's own score.
        """
        query = self._query(text, title_boost, phrase_boost, allowed)
        if query is None or not len(self):
            return {}
        hits = self._searcher.search(query, k, count=False).hits
        return {self._searcher.doc(address)["number"][0]: float(score) for score, address in hits}

    def _query(
        self, text: str, title_boost: float, phrase_boost: float, allowed: Numbers | None
    ) -> Any:
        from tantivy import Occur, Query

        text = plain(text)
        words = self._analyzer.stems(text)
        stems = list(dict.fromkeys(words))[:QUERY_TERMS]
        pairs = list(dict.fromkeys(character_pairs(text)))[:QUERY_TERMS]
        clauses = [Query.term_query(self._schema, "text", stem) for stem in stems]
        clauses += [Query.term_query(self._schema, "pairs", pair) for pair in pairs]
        if title_boost:
            clauses += [
                Query.boost_query(Query.term_query(self._schema, "title", stem), title_boost)
                for stem in stems
            ]
        if phrase_boost:
            clauses += [
                Query.boost_query(Query.phrase_query(self._schema, "text", [*pair]), phrase_boost)
                for pair in self._phrases(words)
            ]
        if not clauses:
            return None
        query = Query.boolean_query([(Occur.Should, clause) for clause in clauses])
        if allowed is None:
            return query
        within = Query.term_set_query(self._schema, "number", allowed.tolist())
        return Query.boolean_query(
            [(Occur.Must, query), (Occur.Must, Query.const_score_query(within, 0.0))]
        )

    def _phrases(self, words: Sequence[str]) -> list[tuple[str, str]]:
        """Neighboring words, but for those of two common ones: they tell little and cost much."""
        neighbors = list(dict.fromkeys(pairwise(words)))[:QUERY_TERMS]
        bound = len(self) * _COMMON
        common = {
            word
            for word in {word for pair in neighbors for word in pair}
            if self._searcher.doc_freq("text", word) > bound
        }
        return [pair for pair in neighbors if not common.issuperset(pair)]


def search_lexical(
    indexes: Iterable[LexicalIndex],
    text: str,
    k: int,
    *,
    title_boost: float,
    phrase_boost: float,
    allowed: Numbers | None,
    removed: Numbers,
) -> dict[int, float]:
    """BM25 scores of the `k` best passages of all indexes, best first, but for those `removed`.

    Equal scores are ordered by number. See `LexicalIndex.search` for the boosts.
    """
    gone = set(removed.tolist())
    scores: dict[int, float] = {}
    for index in indexes:
        hits = index.search(
            text,
            k + len(gone),
            title_boost=title_boost,
            phrase_boost=phrase_boost,
            allowed=allowed,
        )
        scores.update((number, score) for number, score in hits.items() if number not in gone)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return dict(ranked[:k])
