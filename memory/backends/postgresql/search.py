"""One search on the server: vectors, words and filter in one statement, scored by shared formulas.

Words are looked up rarest first, until their passages come to `_BUDGET`; the server adds up what
they count nearly as BM25 does, and of the best `_WIDER` times as many as are wanted the exact score
is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.records import Hit
from ...analysis import QUERY_TERMS, UNSPACED, Analyzer, analyzer
from ...bm25 import K1, B, Field, Question, Statistics, Term, fields_of
from ...filters import Condition, Where, condition
from ...fusion import Candidate, Fusion, Mode, add_proximity, fuse
from ...proximity import Proximity, idf
from .connections import Connections
from .facets import ServerDialect
from .passages import PassageRows, passage_of
from .values import literal, restored
from .words import Looked, lexeme, repeated, statistics

__all__ = ["search"]

_BUDGET = 20_000
"""Passages that words are looked up in, but for those of the rarest word."""
_COMMON, _ENOUGH = 0.25, 2_000
"""A word that more of the passages hold brings none of its own where rarer ones have brought so
many: it would be most of the work, and of the hundred best by words it decides one."""
_MOST = 50_000
"""Passages of one word, and so of a question of one word that all passages hold."""
_WIDER, _LEAST = 3, 200
_REFINED = 4
"""Candidates followed in a graph for each that is wanted, at least: with as many as are wanted, one
in ten of the hundred nearest of a question is missed, with this many one in three hundred."""
_MOST_EFFORT = 1000
"""Candidates that pgvector follows in a graph, at most."""
_EXACT = "(p.vector <#> %(vector)s::halfvec({dim})) + 0.0"
_BY_INDEX = "p.vector <#> %(vector)s::halfvec({dim})"
_BY_BITS = (
    "binary_quantize(p.vector)::bit({dim}) <~> "
    "binary_quantize(%(vector)s::halfvec({dim}))::bit({dim})"
)
_DENSE = """
dense AS MATERIALIZED (
    SELECT p.document, p.place FROM passages AS p {where} ORDER BY {distance} LIMIT %(depth)s
)"""
_DENSE_REFINED = """
near AS MATERIALIZED (
    SELECT p.document, p.place, {true} AS distance FROM passages AS p {where}
    ORDER BY {distance} LIMIT %(coded)s
),
dense AS MATERIALIZED (
    SELECT document, place FROM near ORDER BY distance LIMIT %(depth)s
)"""
_LEXICAL = """
lexical AS MATERIALIZED (
    SELECT p.document, p.place FROM (
        SELECT held.document, held.place, sum(t.weight * CASE WHEN t.times = 0 THEN 1
            ELSE t.times / (t.times + held.norm) - (t.times - 1) / (t.times - 1 + held.norm) END
        ) AS score
        FROM unnest(%(queries)s::text[]::tsquery[], %(weights)s::float8[], %(times)s::float8[])
            AS t (query, weight, times)
        CROSS JOIN LATERAL (
            SELECT p.document, p.place, %(fixed)s::float8 + %(by_word)s::float8 * p.words AS norm
            FROM passages AS p WHERE p.terms @@ t.query LIMIT {most}
        ) AS held GROUP BY held.document, held.place
    ) AS p {where} ORDER BY p.score DESC, p.document, p.place LIMIT %(wider)s
)"""
"""A word of the text adds what its first, second and third time add to BM25, each a term of its own
in the index; so no passage is read to count them."""
_RESULT = """
SELECT p.key, d.id, d.title, p.start, p.text, p.pages, d.stored, p.place, d.source, d.metadata,
    c.dense, c.lexical, {cosine} AS cosine
FROM (
    SELECT document, place, bool_or(dense) AS dense, bool_or(lexical) AS lexical FROM (
        {lists}
    ) AS listed GROUP BY document, place
) AS c
JOIN passages AS p ON p.document = c.document AND p.place = c.place
JOIN documents AS d ON d.document = c.document
ORDER BY d.stored, p.place
"""


@dataclass(frozen=True, slots=True)
class _Request:
    """What is searched for."""

    text: str
    vector: NDArray[np.float32] | None
    depth: int
    lexical: bool
    where: Condition | None


def search(
    connections: Connections,
    rows: PassageRows,
    text: str,
    vector: NDArray[np.float32] | None,
    *,
    k: int,
    mode: Mode,
    where: Where | None,
    fusion: Fusion,
) -> list[Hit]:
    """The `k` best hits, as `memory.protocol` says."""
    request = _Request(
        text,
        None if mode == "lexical" else vector,
        max(fusion.depth, k),
        mode != "dense",
        condition(where, ServerDialect),
    )
    words = analyzer()
    question = Question(
        words, text, title_boost=fusion.title_boost, phrase_boost=fusion.phrase_boost
    )
    near = words.words(text)[:QUERY_TERMS]

    def read(connection: Any) -> tuple[Looked, list[tuple[Any, ...]]]:
        terms = [*question.all_terms(), *map(_term_of, near)]
        looked = statistics(connection, terms if request.lexical else ())
        return looked, _found(connection, request, question, looked, rows.dim)

    looked, found = connections.reading(read, anywhere=True)
    return _ranked(words, request, question, near, looked.statistics, found, rows, fusion, k)


def _term_of(word: str) -> Term:
    """The term by which a word of `Analyzer.words` is counted."""
    return ("pairs" if UNSPACED.match(word) else "text"), word


# -- candidates


def _found(
    connection: Any, request: _Request, question: Question, looked: Looked, dim: int
) -> list[tuple[Any, ...]]:
    """Rows of candidates: the nearest vectors, and the best by words."""
    depth, terms, rest = request.depth, _chosen(question, looked.statistics), False
    chosen, others = terms if request.lexical else ([], [])
    exact = looked.index == "flat"
    while True:
        statement, values = _statement(request, chosen, looked, dim, exact=exact)
        if statement is None:
            return []
        if not exact and request.vector is not None:
            _set_effort(connection, looked, depth)
        rows: list[tuple[Any, ...]] = connection.execute(statement, values).fetchall()
        near, by_words = sum(row[10] for row in rows), sum(row[11] for row in rows)
        if not exact and request.vector is not None and near < depth:
            # A graph may hide what a filter lets through, and a plan may have followed it.
            exact = near < looked.statistics.passages
            if exact:
                continue
        if request.where is None or rest or not others or by_words >= depth:
            return rows
        chosen, rest = [*chosen, *others], True


def _set_effort(connection: Any, looked: Looked, depth: int) -> None:
    effort = min(_MOST_EFFORT, max(looked.effort, _REFINED * depth, 1))
    if effort != looked.set_effort:
        connection.execute("SELECT set_config('hnsw.ef_search', %s, false)", (str(effort),))


_Weighed = tuple[Term, float, int]
"""A term, what it counts, and how many passages hold it."""


def _chosen(question: Question, statistics: Statistics) -> tuple[list[_Weighed], list[_Weighed]]:
    """The rarest terms of a question, up to a budget or to common ones, and the rest."""
    weighed = [
        (term, boost * idf(statistics.passages, count), count)
        for term, boost in question.terms()
        if (count := statistics.frequency(*term))
    ]
    weighed.sort(key=lambda item: item[2])
    total, end, common = 0, 0, _COMMON * statistics.passages
    for _, _, count in weighed:
        if end and (total + count > _BUDGET or (total >= _ENOUGH and count > common)):
            break
        total += count
        end += 1
    return weighed[:end], weighed[end:]


def _statement(
    request: _Request, terms: Sequence[_Weighed], looked: Looked, dim: int, *, exact: bool
) -> tuple[str | None, dict[str, Any]]:
    """The statement that finds candidates, and its values; None where nothing can be found."""
    values: dict[str, Any] = {"depth": request.depth, "wider": max(_LEAST, _WIDER * request.depth)}
    where = _named(request.where, values)
    parts: list[str] = []
    lists: list[str] = []
    cosine = "NULL"
    if request.vector is not None:
        values["vector"] = literal(request.vector)
        values["coded"] = max(looked.effort, _REFINED * request.depth)
        parts.append(_dense(looked.index, dim, where, exact=exact))
        lists.append("SELECT document, place, true AS dense, false AS lexical FROM dense")
        cosine = f"-(p.vector::vector({dim}) <#> %(vector)s::vector({dim}))"
    if terms:
        values |= _lookups(terms, looked.statistics.average("text"))
        parts.append(_LEXICAL.format(most=_MOST, where=where))
        lists.append("SELECT document, place, false AS dense, true AS lexical FROM lexical")
    if not lists:
        return None, values
    result = _RESULT.format(cosine=cosine, lists=" UNION ALL ".join(lists))
    return f"WITH {','.join(parts)}{result}", values


def _named(where: Condition | None, values: dict[str, Any]) -> str:
    """The WHERE of a filter, whose values go under names of their own into `values`."""
    if where is None:
        return ""
    pieces = where.sql.split("%s")
    names = [f"where{at}" for at in range(len(where.values))]
    values.update(zip(names, where.values, strict=True))
    joined = pieces[0]
    for name, piece in zip(names, pieces[1:], strict=True):
        joined += f"%({name})s{piece}"
    return f"WHERE {joined}"


def _dense(index: str, dim: int, where: str, *, exact: bool) -> str:
    true = _EXACT.format(dim=dim)
    if exact or index == "flat":
        return _DENSE.format(where=where, distance=true)
    if index == "hnsw":
        return _DENSE.format(where=where, distance=_BY_INDEX.format(dim=dim))
    return _DENSE_REFINED.format(true=true, where=where, distance=_BY_BITS.format(dim=dim))


def _lookups(terms: Sequence[_Weighed], average: float) -> dict[str, Any]:
    """What is looked up for some terms, what it counts, and the how-manieth time it stands for.

    A time of 0: it counts the same in each passage.
    """
    looked_up: list[tuple[str, float, int]] = []
    for term, weight, _ in terms:
        if term[0] == "text" and average:
            names = (lexeme(term), *repeated(term))
            looked_up += [(name, weight * (1 + K1), at) for at, name in enumerate(names, 1)]
        else:
            looked_up.append((lexeme(term), weight, 0))
    names, weights, times = zip(*looked_up, strict=True)
    return {
        "queries": [_quoted(name) for name in names],
        "weights": list(weights),
        "times": list(times),
        "fixed": K1 * (1 - B),
        "by_word": K1 * B / average if average else 0.0,
    }


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


# -- scores


def _ranked(
    words: Analyzer,
    request: _Request,
    question: Question,
    near: Sequence[str],
    statistics: Statistics,
    found: Sequence[tuple[Any, ...]],
    rows: PassageRows,
    fusion: Fusion,
    k: int,
) -> list[Hit]:
    """The `k` best of the candidates, best first. These come in the order they were stored in."""
    texts = [restored(row[4]) for row in found]
    fields: dict[int, dict[Field, list[str]]] = {}
    bm25: dict[int, float] | None = None
    if request.lexical:
        score = question.scorer(statistics)
        for number, row in enumerate(found):
            if row[11]:
                fields[number] = fields_of(words, texts[number], restored(row[2]))
        scores = {number: score(own) for number, own in fields.items()}
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        bm25 = {number: score for number, score in best[: request.depth] if score > 0}
    cosines: dict[int, float] | None = None
    if request.vector is not None:
        cosines = {
            number: row[12]
            for number, row in enumerate(found)
            if row[10] or (bm25 is not None and number in bm25)
        }
    candidates = fuse(cosines, bm25, fusion.dense_weight)
    if cosines is not None and bm25 is not None and fusion.proximity_weight:
        counted = {
            word: idf(statistics.passages, statistics.frequency(*_term_of(word)))
            for word in set(near)
        }
        asked = Proximity(near, counted)
        proximity = {
            c.number: asked.score(_words(words, texts[c.number], fields.get(c.number)))
            for c in candidates
        }
        candidates = add_proximity(candidates, proximity, fusion.proximity_weight)
    return [_hit(candidate, found, rows) for candidate in candidates[:k]]


def _words(words: Analyzer, text: str, fields: Mapping[Field, list[str]] | None) -> list[str]:
    """`Analyzer.words` of a text, of which the fields may be known."""
    return words.words(text) if fields is None or fields["pairs"] else fields["text"]


def _hit(candidate: Candidate, found: Sequence[tuple[Any, ...]], rows: PassageRows) -> Hit:
    row = found[candidate.number]
    return Hit(
        passage=passage_of(row),
        score=candidate.score,
        dense=candidate.dense,
        lexical=candidate.lexical,
        proximity=candidate.proximity,
        source=restored(row[8]),
        metadata=rows.metadata(row[1], row[9]),
    )
