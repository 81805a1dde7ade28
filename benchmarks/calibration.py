"""The confidence of the bundled reader: data of several kinds of text, their memories, the fit.

    python benchmarks/calibration.py DATA OUT [--reader models/reader] [--questions 150]

DATA holds `train/` and `corpus/` as `docs/benchmarks.md` names them. For each kind a memory of its
own is made in OUT, the recipe is written there, and `spanmem train calibration` fits it and prints
how the confidence holds on each kind left out. `calibration.json` is written into the reader's
folder only with `--output models/reader`; without it, into OUT.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from spanmem.core.rows import document_rows, question_rows
from spanmem.models import bundled
from spanmem.reader.provenance import Provenance

OWN = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of text: question sets with their contexts, or a corpus with questions of ours."""

    name: str
    sets: tuple[str, ...] = ()
    corpus: str = ""
    own: str = ""
    documents: int = 1000
    """Most that go into the memory, the questions' own first."""
    trained_on: bool = False
    """Whether the reader has seen all of the questions, so that they must do."""
    scoped: bool = False
    """Whether a question is about the text of its title: that on one company's policy."""


KINDS = (
    Kind("wikipedia", ("squad_wikialigned",), documents=3000),
    Kind("reviews", ("squadshifts_amazon",)),
    Kind("stories", ("fairytaleqa", "narrativeqa"), documents=500),
    Kind("dialogues", ("friendsqa",)),
    Kind("policies", ("policyqa_dev", "policyqa_test"), trained_on=True, scoped=True),
    Kind("biomedicine", ("bioasq", "sciq"), documents=2500, trained_on=True),
    Kind("medical", corpus="medquad_answers", own="calibration/medical.jsonl"),
    Kind("facts", corpus="cia_factbook", own="calibration/facts.jsonl"),
    Kind("manuals", corpus="emanuals", own="calibration/manuals.jsonl", documents=10_000),
    Kind("devices", corpus="manuals_2_corpus.jsonl", own="manuals_2.jsonl"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare and fit. Returns the exit code of the first command that fails, or 0."""
    parser = argparse.ArgumentParser(description="The confidence of the bundled reader.")
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--reader", type=Path, default=bundled("reader"))
    parser.add_argument("--output", type=Path, help="where calibration.json goes, if not to OUT")
    parser.add_argument("--questions", type=int, default=150, help="of each kind, at most")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    seen = Provenance.load(options.reader)
    kinds: dict[str, Any] = {}
    for kind in KINDS:
        questions, documents = _prepared(kind, options.data, seen, options.questions)
        data = _written(options.out / f"{kind.name}.jsonl", questions)
        corpus = _written(options.out / f"{kind.name}-corpus.jsonl", documents)
        memory = options.out / f"{kind.name}.memory"
        if code := _spanmem("index", str(corpus), "--memory", str(memory)):
            return code
        kinds[kind.name] = {
            "memory": str(memory),
            "data": str(data),
            "training_data": "allow" if kind.trained_on else "leave-out",
        }
    recipe = {
        "kinds": kinds,
        "reader": str(options.reader),
        "output": str(options.output or options.out),
        "retrieval_weights": [25],
    }
    path = options.out / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    return _spanmem("train", "calibration", str(path))


def _prepared(
    kind: Kind, data: Path, seen: Provenance, limit: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The questions, and the documents of the memory that they are asked of."""
    if kind.own:
        questions = [row.fields for row in question_rows(OWN / kind.own)]
        named = {name for row in questions for name in row.get("documents", ())}
        local = OWN / kind.corpus
        path = local if local.exists() else data / "corpus" / f"{kind.corpus}.jsonl.gz"
        documents = [row.fields for row in document_rows(path)]
        first = [d for d in documents if d["id"] in named]
        return questions, _filled(first, documents, kind.documents)
    sets = [list(_rows(data / "train" / f"{name}.jsonl.gz")) for name in kind.sets]
    drawn = [row for rows in sets for row in _drawn(rows, kind, seen, limit // len(sets))]
    first = [_document(row, kind) for row in drawn]
    every = [_document(row, kind) for rows in sets for row in rows]
    return drawn, _filled(first, every, kind.documents)


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    return (row.fields for row in question_rows(path))


def _drawn(
    rows: Sequence[dict[str, Any]], kind: Kind, seen: Provenance, limit: int
) -> list[dict[str, Any]]:
    """Answerable questions that the reader has not seen, in an order that means nothing."""
    known = seen.seen([row["question"] for row in rows])
    fresh = [
        row
        for row, trained_on in zip(rows, known, strict=True)
        if row["answers"]["text"] and (kind.trained_on or not trained_on)
    ]
    drawn = sorted(fresh, key=lambda row: _digest(row["question"]))[:limit]
    if kind.scoped:
        return [{**row, "where": {"scope": row["title"]}} for row in drawn]
    return drawn


def _document(row: dict[str, Any], kind: Kind) -> dict[str, Any]:
    title = str(row.get("title") or "")
    return {
        "id": _digest(row["context"]),
        "title": title.replace("_", " "),
        "text": row["context"],
        **({"scope": title} if kind.scoped else {}),
    }


def _filled(
    first: Sequence[dict[str, Any]], every: Sequence[dict[str, Any]], limit: int
) -> list[dict[str, Any]]:
    """`first`, and of the others as many as there is room for, each once."""
    rest = sorted(every, key=lambda document: _digest(document["id"]))
    documents = {document["id"]: document for document in [*first, *rest]}
    return list(documents.values())[: max(limit, len({d["id"] for d in first}))]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _written(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _spanmem(*words: str) -> int:
    return subprocess.run([sys.executable, "-m", "spanmem", *words], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
