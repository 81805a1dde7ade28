"""Text analysis: what the words of a text are, for every index of words.

English word stems of the folded text (`core/folding.py`), letters without their accents; scripts
written without spaces by pairs of neighboring characters.
"""

from __future__ import annotations

import re
from functools import cache

from ..core.folding import fold
from ..core.records import encodable

__all__ = ["QUERY_TERMS", "UNSPACED", "Analyzer", "analyzer", "character_pairs", "plain"]

QUERY_TERMS = 256
"""Distinct terms of a question that are looked up, the first ones."""
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
"""A run of characters of scripts written without spaces."""
_SEPARATED = re.compile(
    r"(?<![\w.,])\d{1,3}(?:,\d{3}){1,6}(?![\w,])|(?<![\w.,])\d{1,3}(?: \d{3}){1,6}(?![\w,])"
)
_PERHAPS_SEPARATED = re.compile(r"\d[, ]\d{3}")
"""Part of each of these, and found far sooner."""


class Analyzer:
    """Takes texts apart into words. Safe to use from several threads."""

    def __init__(self) -> None:
        import tantivy

        self.of_stems = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(tantivy.Filter.remove_long(100))
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.ascii_fold())
            .filter(tantivy.Filter.stemmer("english"))
            .build()
        )
        """As Tantivy's indexes take it."""

    def stems(self, text: str) -> list[str]:
        """The stems of a `plain` text as they run; a run without spaces is one word."""
        stems: list[str] = self.of_stems.analyze(encodable(text))
        return stems

    def words(self, text: str) -> list[str]:
        """The words of the folded text as they run, by stems; scripts without spaces by pairs."""
        text = plain(text)
        if text.isascii():
            return self.stems(text)
        words: list[str] = []
        start = 0
        for run in UNSPACED.finditer(text):
            words += self.stems(text[start : run.start()])
            words += character_pairs(run.group())
            start = run.end()
        return words + self.stems(text[start:])


@cache
def analyzer() -> Analyzer:
    """The analyzer of this process."""
    return Analyzer()


def plain(text: str) -> str:
    """The folded text, numbers without the separators of their thousands."""
    text = fold(text)
    if not _PERHAPS_SEPARATED.search(text):
        return text
    return _SEPARATED.sub(lambda number: re.sub("[, ]", "", number[0]), text)


def character_pairs(text: str) -> list[str]:
    """Neighboring characters of scripts without spaces; a lone one stands for itself."""
    pairs: list[str] = []
    for run in () if text.isascii() else UNSPACED.findall(text):
        pairs += [run[i : i + 2] for i in range(max(1, len(run) - 1))]
    return pairs
