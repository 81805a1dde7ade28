"""The lexical view: a Tantivy index over titles and texts, by English word stems.

Scripts written without spaces are found by pairs of neighboring characters, in a field of their
own. Queries are built from terms, never parsed: no text can be a syntax error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ...core.records import encodable
from ..documents import Numbers

QUERY_TERMS = 256
"""Distinct terms of a question that are looked up, the first ones."""
_HEAP = 64 << 20
_COMMON = 0.25
"""Share of the passages from which a word that they hold is a common one."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


class Lexical:
    """A Tantivy index in a folder, or in memory where `folder` is None."""

    def __init__(self, folder: Path | None) -> None:
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
        self._index = _opened(schema, folder)
        self._stems = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(tantivy.Filter.remove_long(100))
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.stemmer("english"))
            .build()
        )
        spaced = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("stems", self._stems)
        self._index.register_tokenizer("spaced", spaced)
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def change(
        self, chunks: Iterable[Sequence[tuple[int, str, str]]], removed: Iterable[int]
    ) -> None:
        """Take (number, title, text) in and numbers out, in one commit."""
        import tantivy

        writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        if gone := [int(number) for number in removed]:
            writer.delete_documents_by_query(
                tantivy.Query.term_set_query(self._schema, "number", gone)
            )
        for chunk in chunks:
            for number, title, text in chunk:
                document = tantivy.Document(
                    title=encodable(title), text=encodable(text), pairs=" ".join(_pairs(text))
                )
                document.add_unsigned("number", number)
                writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def words(self, text: str) -> list[str]:
        """The text's words as they run, by their stems; scripts without spaces by their pairs."""
        found: list[str] = []
        at = 0
        for run in _UNSPACED.finditer(text):
            found += self._stems.analyze(encodable(text[at : run.start()]))
            found += _pairs(run.group())
            at = run.end()
        return found + self._stems.analyze(encodable(text[at:]))

    def holding(self, word: str) -> int:
        """How many passages hold a word, as `words` gives it, in their text."""
        field = "pairs" if _UNSPACED.match(word) else "text"
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
        """The `k` best passages with their BM25 score; `allowed` bounds them to these numbers.

        Terms in the title count `title_boost` times, neighbors of the question that are neighbors
        in the passage too `phrase_boost` times, beside each term's own score.
        """
        query = self._query(text, title_boost, phrase_boost, allowed)
        if query is None or not len(self):
            return {}
        found = self._searcher.search(query, k, count=False).hits
        return {self._searcher.doc(place)["number"][0]: float(score) for score, place in found}

    def _query(
        self, text: str, title_boost: float, phrase_boost: float, allowed: Numbers | None
    ) -> Any:
        from tantivy import Occur, Query

        running = self._stems.analyze(encodable(text))
        stems = list(dict.fromkeys(running))[:QUERY_TERMS]
        pairs = list(dict.fromkeys(_pairs(text)))[:QUERY_TERMS]
        terms = [Query.term_query(self._schema, "text", stem) for stem in stems]
        terms += [Query.term_query(self._schema, "pairs", pair) for pair in pairs]
        if title_boost:
            terms += [
                Query.boost_query(Query.term_query(self._schema, "title", stem), title_boost)
                for stem in stems
            ]
        if phrase_boost:
            terms += [
                Query.boost_query(Query.phrase_query(self._schema, "text", list(two)), phrase_boost)
                for two in self._telling(running)
            ]
        if not terms:
            return None
        query = Query.boolean_query([(Occur.Should, term) for term in terms])
        if allowed is None:
            return query
        chosen = Query.term_set_query(self._schema, "number", allowed.tolist())
        return Query.boolean_query(
            [(Occur.Must, query), (Occur.Must, Query.const_score_query(chosen, 0.0))]
        )

    def _telling(self, running: Sequence[str]) -> list[tuple[str, str]]:
        """Neighboring stems, but for those of two common words: they tell little and cost much."""
        neighbors = list(dict.fromkeys(pairwise(running)))[:QUERY_TERMS]
        bar = len(self) * _COMMON
        common = {
            stem
            for stem in {stem for two in neighbors for stem in two}
            if self._searcher.doc_freq("text", stem) > bar
        }
        return [two for two in neighbors if not common.issuperset(two)]


def _opened(schema: Any, folder: Path | None) -> Any:
    """The Tantivy index in a folder. It takes a lock there even to read, for a moment.

    Where none can be written it reads the files by links in a folder of its own, which can be gone
    once all are open.
    """
    import tantivy

    if folder is None or os.access(folder, os.W_OK):
        return tantivy.Index(schema, path=None if folder is None else str(folder))
    with TemporaryDirectory() as links:
        for path in folder.iterdir():
            if path.suffix != ".lock":
                (Path(links) / path.name).symlink_to(path.absolute())
        return tantivy.Index(schema, path=links)


def _pairs(text: str) -> list[str]:
    """Neighboring characters of scripts without spaces; a lone one stands for itself."""
    found: list[str] = []
    for run in _UNSPACED.findall(text):
        found += [run[i : i + 2] for i in range(max(1, len(run) - 1))]
    return found


def search(
    views: Iterable[Lexical],
    text: str,
    k: int,
    *,
    title_boost: float,
    phrase_boost: float,
    allowed: Numbers | None,
    removed: Numbers,
) -> dict[int, float]:
    """The `k` best passages of all views, with their BM25 score; none of those `removed` since."""
    gone = set(removed.tolist())
    found: list[tuple[int, float]] = []
    for view in views:
        scores = view.search(
            text,
            k + len(gone),
            title_boost=title_boost,
            phrase_boost=phrase_boost,
            allowed=allowed,
        )
        found += [(n, s) for n, s in scores.items() if n not in gone]
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    return dict(found[:k])
