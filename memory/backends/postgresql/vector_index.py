"""The vector index of a memory on a server: its kinds, how one is made, and how good it is.

flat    every vector is compared, so it is exact
hnsw    pgvector's graph of near vectors
bits    a graph of codes of one bit a dimension; what it finds is compared again with the
        true vectors
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

from .connections import Connections
from .schema import facts

__all__ = ["KINDS", "Kind", "Measured", "build", "resolve"]

Kind: TypeAlias = Literal["auto", "flat", "hnsw", "bits"]
KINDS: tuple[str, ...] = ("auto", "flat", "hnsw", "bits")
RECALL_AT, TARGET_RECALL = 10, 0.95
"""As in the folder: the least effort with which this share of the exact best so many is found."""
_SMALL = 1_000
"""Passages below which every memory is flat: there is nothing to gain."""
_FLAT_UP_TO, _HNSW_UP_TO = 20_000, 20_000_000
_MOST_IN_GRAPH = 4_000
"""Dimensions that pgvector takes into a graph of true vectors."""
_EFFORTS = (64, 128, 256, 512, 1000)
_PROBES = 100
_TOLERANCE = 1e-5
_INDEX, _DRAFT = "passages_vector", "passages_vector_new"
_METHODS = {
    "hnsw": "hnsw (vector halfvec_ip_ops) WITH (m = 16, ef_construction = 200)",
    "bits": "hnsw ((binary_quantize(vector)::bit({dim})) bit_hamming_ops)",
}
_SEARCHES = {
    "flat": "SELECT (vector <#> %(v)s::halfvec({dim})) + 0.0 AS d FROM passages "
    "ORDER BY d LIMIT 11",
    "hnsw": "SELECT vector <#> %(v)s::halfvec({dim}) AS d FROM passages "
    "ORDER BY vector <#> %(v)s::halfvec({dim}) LIMIT 11",
    "bits": "SELECT (vector <#> %(v)s::halfvec({dim})) + 0.0 AS d FROM ("
    "SELECT vector FROM passages ORDER BY binary_quantize(vector)::bit({dim}) "
    "<~> binary_quantize(%(v)s::halfvec({dim}))::bit({dim}) LIMIT %(effort)s) AS near "
    "ORDER BY d LIMIT 11",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """An index as it was made."""

    kind: str
    effort: int
    """Candidates that a search follows."""
    recall: float
    """Share of the exact 10 best that it finds, of 100 stored vectors."""


def resolve(kind: str, passages: int, dim: int) -> str:
    """The kind that is made for so many passages."""
    if passages < _SMALL:
        return "flat"
    if kind == "auto":
        if passages <= _FLAT_UP_TO:
            return "flat"
        kind = "hnsw" if passages <= _HNSW_UP_TO else "bits"
    return "bits" if kind == "hnsw" and dim > _MOST_IN_GRAPH else kind


def build(connections: Connections, dim: int) -> Measured:
    """Make the wanted index anew, measure it, and let searches use it; they go on meanwhile.

    Where `auto` chose a graph that stays below the recall aimed at, codes are tried, and the better
    of both stays.
    """
    wanted = facts(connections).get("wanted", "auto")
    (passages,) = connections.one("SELECT count(*) FROM passages")
    kind = resolve(wanted, passages, dim)
    if kind == "flat":
        measured = Measured("flat", 0, 1.0)
        _note(connections, measured)
        connections.outside([f"DROP INDEX IF EXISTS {_DRAFT}", f"DROP INDEX IF EXISTS {_INDEX}"])
        return measured
    probes = _probes(connections)
    bounds = _exact(connections, probes, dim)
    measured = _made(connections, kind, probes, bounds, dim)
    if wanted == "auto" and kind == "hnsw" and measured.recall < TARGET_RECALL:
        other = _made(connections, "bits", probes, bounds, dim)
        better = other.recall >= measured.recall
        measured = other if better else _made(connections, "hnsw", probes, bounds, dim)
    return measured


def _made(
    connections: Connections, kind: str, probes: list[str], bounds: list[float], dim: int
) -> Measured:
    """An index of a kind, in the place of the one before it."""
    method = _METHODS[kind].format(dim=dim)
    connections.outside(
        [
            f"DROP INDEX IF EXISTS {_DRAFT}",  # what an interrupted run left
            f"CREATE INDEX CONCURRENTLY {_DRAFT} ON passages USING {method}",
        ]
    )

    def swap(cursor: Any, _again: bool) -> None:
        (made,) = cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (_DRAFT,)).fetchone()
        if not made:  # a try before came to its end
            return
        # Until it is measured it is searched with all effort; older searches compare all vectors.
        _write(cursor, Measured(kind, _EFFORTS[-1], 0.0))
        cursor.execute(f"DROP INDEX IF EXISTS {_INDEX}")
        cursor.execute(f"ALTER INDEX {_DRAFT} RENAME TO {_INDEX}")

    connections.changed(swap)
    measured = _measured(connections, kind, probes, bounds, dim)
    _note(connections, measured)
    return measured


def _probes(connections: Connections) -> list[str]:
    """Stored vectors, spread evenly: documents' keys are hashes."""
    keys = [uuid.UUID(int=at * (1 << 128) // _PROBES) for at in range(_PROBES)]
    rows = connections.all(
        "SELECT near.vector::text FROM unnest(%s::uuid[]) WITH ORDINALITY AS probe (key, at), "
        "LATERAL (SELECT p.vector FROM passages AS p "
        "WHERE (p.document, p.place) >= (probe.key, 0) ORDER BY p.document, p.place "
        "OFFSET at %% 7 LIMIT 1) AS near",
        (keys,),
    )
    return list(dict.fromkeys(vector for (vector,) in rows))


def _exact(connections: Connections, probes: list[str], dim: int) -> list[float]:
    """For each probe the distance of the last of its nearest, itself among them."""
    sql = _SEARCHES["flat"].format(dim=dim)
    return [connections.all(sql, {"v": probe})[-1][0] for probe in probes]


def _measured(
    connections: Connections, kind: str, probes: list[str], bounds: list[float], dim: int
) -> Measured:
    sql = _SEARCHES[kind].format(dim=dim)

    def recall(connection: Any, effort: int) -> float:
        connection.execute("SELECT set_config('hnsw.ef_search', %s, false)", (str(effort),))
        hits = 0
        for probe, bound in zip(probes, bounds, strict=True):
            rows = connection.execute(sql, {"v": probe, "effort": effort}).fetchall()
            hits += sum(distance <= bound + _TOLERANCE for (distance,) in rows) - 1
        return max(0.0, hits / (RECALL_AT * max(1, len(probes))))

    measured = Measured(kind, _EFFORTS[0], 0.0)
    for effort in _EFFORTS:
        share = connections.reading(partial(recall, effort=effort))
        measured = Measured(kind, effort, round(min(1.0, share), 4))
        if measured.recall >= TARGET_RECALL:
            break
    return measured


def _note(connections: Connections, measured: Measured) -> None:
    connections.changed(lambda cursor, _again: _write(cursor, measured))


def _write(cursor: Any, measured: Measured) -> None:
    values = {
        "index": measured.kind,
        "effort": str(measured.effort),
        "recall": str(measured.recall),
    }
    cursor.cursor().executemany(
        "UPDATE facts SET value = %s WHERE name = %s", [(v, k) for k, v in values.items()]
    )
