"""Words of passages on the server: by which they are found, and what BM25 must know of them all.

A passage's terms are a `tsvector` without places, of which the first character says the field: the
text (`t`), the title (`h`) or pairs of characters (`p`); a word that stands in the text twice, or
more often, is there as `d` and `m` as well, so that a search can tell how often it occurs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ...bm25 import FIELDS, Field, Statistics, Term

__all__ = ["Totals", "fold", "lexeme", "lexemes_of", "note_change", "statistics"]

_FIELD_MARKS: Mapping[Field, str] = {"text": "t", "title": "h", "pairs": "p"}
_TWICE, _MORE = "d", "m"
COUNTED = frozenset(_FIELD_MARKS.values())
"""Marks of the terms of which it is counted how many passages hold them."""
Totals: TypeAlias = tuple[int, int, int, int, int]
"""Documents, passages, and words of the fields in `FIELDS`."""
_FOLD = """
WITH gone AS (DELETE FROM term_changes RETURNING term, passages)
INSERT INTO terms AS t SELECT term, sum(passages) FROM gone GROUP BY term ORDER BY term
ON CONFLICT (term) DO UPDATE SET passages = t.passages + excluded.passages
"""
_FOLD_TOTALS = """
WITH gone AS (DELETE FROM totals RETURNING *)
INSERT INTO totals SELECT sum(documents), sum(passages), sum(text), sum(title), sum(pairs)
FROM gone HAVING count(*) > 0
"""
_STATISTICS = """
SELECT NULL, coalesce(sum(passages), 0)::bigint, coalesce(sum(text), 0)::bigint,
    coalesce(sum(title), 0)::bigint, coalesce(sum(pairs), 0)::bigint
FROM totals
UNION ALL
SELECT term, sum(passages)::bigint, 0, 0, 0 FROM (
    SELECT term, passages FROM terms WHERE term = ANY(%(terms)s)
    UNION ALL SELECT term, passages FROM term_changes WHERE term = ANY(%(terms)s)
) AS counted GROUP BY term
UNION ALL
SELECT 'fact:' || name, 0, 0, 0, CASE name
    WHEN 'index' THEN CASE value WHEN 'hnsw' THEN 1 WHEN 'bits' THEN 2 ELSE 0 END
    ELSE value::bigint END
FROM facts WHERE name IN ('index', 'effort')
UNION ALL
SELECT 'fact:set', 0, 0, 0,
    coalesce(nullif(current_setting('hnsw.ef_search', true), ''), '0')::bigint
"""
KINDS = ("flat", "hnsw", "bits")


def lexeme(term: Term) -> str:
    """A term as it stands in a passage's terms."""
    field, word = term
    return _FIELD_MARKS[field] + word


def repeated(term: Term) -> tuple[str, str]:
    """How a word of the text stands there that occurs twice, and more often."""
    return _TWICE + term[1], _MORE + term[1]


def lexemes_of(fields: Mapping[Field, Sequence[str]]) -> set[str]:
    """All terms of a passage, given by the words of its fields."""
    lexemes = {lexeme((field, word)) for field in FIELDS for word in fields[field]}
    for word, times in Counter(fields["text"]).items():
        if times > 1:
            lexemes.add(_TWICE + word)
        if times > 2:
            lexemes.add(_MORE + word)
    return lexemes


def note_change(cursor: Any, totals: Totals, terms: Counter[str]) -> None:
    """Note what a transaction added to the totals and to the passages that hold each term."""
    if any(totals):
        cursor.execute("INSERT INTO totals VALUES (%s, %s, %s, %s, %s)", totals)
    if terms:
        cursor.execute(
            "INSERT INTO term_changes SELECT * FROM unnest(%s::text[], %s::bigint[])",
            (list(terms), list(terms.values())),
        )


def note_removal(cursor: Any, keys: Sequence[Any]) -> int:
    """Note what goes with all passages of some documents, which are deleted next.

    Returns how many documents there are.
    """
    cursor.execute(
        "INSERT INTO term_changes SELECT lexeme, -count(*) "
        "FROM passages, unnest(tsvector_to_array(terms)) AS lexeme "
        "WHERE document = ANY(%s) AND left(lexeme, 1) = ANY(%s) GROUP BY lexeme",
        (keys, list(COUNTED)),
    )
    row = cursor.execute(
        "INSERT INTO totals SELECT -count(*), -coalesce(sum(passages), 0), "
        "-coalesce(sum(text_words), 0), -coalesce(sum(title_words), 0), "
        "-coalesce(sum(pair_words), 0) FROM documents WHERE document = ANY(%s) "
        "RETURNING -documents",
        (keys,),
    ).fetchone()
    return int(row[0])


def fold(cursor: Any) -> None:
    """Add up what the changes came to."""
    cursor.execute(_FOLD)
    cursor.execute("DELETE FROM terms WHERE passages <= 0")
    cursor.execute(_FOLD_TOTALS)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a search knows before it searches."""

    statistics: Statistics
    index: str
    """Kind of the vector index: see `upkeep`."""
    effort: int
    """Candidates that it is to follow."""
    set_effort: int
    """Candidates that a search of this session follows as it is set now."""


def statistics(cursor: Any, terms: Iterable[Term]) -> Looked:
    """What BM25 must know for some terms, and how vectors are searched now."""
    by_lexeme = {lexeme(term): term for term in terms}
    rows = cursor.execute(_STATISTICS, {"terms": list(by_lexeme)}).fetchall()
    passages, *words = rows[0][1:]
    facts = {name: value for name, *_, value in rows if name and name.startswith("fact:")}
    frequencies = {by_lexeme[name]: max(0, count) for name, count, *_ in rows if name in by_lexeme}
    return Looked(
        Statistics(passages, dict(zip(FIELDS, words, strict=True)), frequencies),
        KINDS[facts.get("fact:index", 0)],
        facts.get("fact:effort", 0),
        facts.get("fact:set", 0),
    )
