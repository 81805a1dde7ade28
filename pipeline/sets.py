"""A set of questions by its path: a file, or a folder laid out like BEIR's.

BEIR's folders hold `queries.jsonl` (`_id`, `text`) and `qrels/SPLIT.tsv` (query, document, grade);
their `corpus.jsonl` is what `spanmem index` reads. Such questions name documents, but no answers.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..memory.errors import InputError
from .questions import Question, read_questions, read_rows

__all__ = ["read_set", "retrieval_only", "set_digest"]

_SPLITS = ("test", "dev", "validation", "train")
"""Of several judgments the first of these is taken."""


def read_set(path: str | Path, *, regex: bool = False) -> tuple[Question, ...]:
    """All questions of a file or of a BEIR folder, in their order. Raises InputError."""
    source = Path(path)
    return _beir(source) if source.is_dir() else read_questions(source, regex=regex)


def set_digest(path: str | Path) -> str:
    """SHA-256 of the file, or of a folder's queries and judgments: what a result stands for."""
    source = Path(path)
    files = [_queries(source), _qrels(source)] if source.is_dir() else [source]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def retrieval_only(questions: Sequence[Question]) -> bool:
    """Whether documents are all that the set knows: nothing can be said of answers."""
    return all(q.documents and not q.answers for q in questions)


def _beir(folder: Path) -> tuple[Question, ...]:
    queries, judged = _queries(folder), _judgments(_qrels(folder))
    questions = [
        Question(id=name, text=text, answers=(), documents=judged[name])
        for name, text in _texts(queries)
        if name in judged
    ]
    if not questions:
        raise InputError(f"{folder}: no query of queries.jsonl is judged in {_qrels(folder).name}")
    return tuple(questions)


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    for place, row in read_rows(path):
        name, text = row.get("_id"), row.get("text")
        if not isinstance(name, str) or not isinstance(text, str):
            raise InputError(f"{place}: has no `_id` and `text`; each query of BEIR's has both")
        yield name, text


def _judgments(path: Path) -> dict[str, dict[str, int]]:
    """Query -> relevant documents with their grades; those judged irrelevant are left out."""
    judged: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, cells in enumerate(csv.reader(file, delimiter="\t"), start=1):
            if number == 1 and cells[-1:] == ["score"]:
                continue
            try:
                query, document, grade = cells[0], cells[1], int(cells[2])
            except (IndexError, ValueError):
                raise InputError(
                    f"{path}:{number}: must be query, document and a whole number, "
                    "with tabs between them"
                ) from None
            if grade > 0:
                judged.setdefault(query, {})[document] = grade
    return judged


def _queries(folder: Path) -> Path:
    path = folder / "queries.jsonl"
    if not path.is_file():
        raise InputError(
            f"{folder}: has no queries.jsonl; give a file of questions, or a folder laid out like "
            "BEIR's: queries.jsonl, qrels/test.tsv"
        )
    return path


def _qrels(folder: Path) -> Path:
    found = {path.stem: path for path in sorted((folder / "qrels").glob("*.tsv"))}
    if not found:
        raise InputError(f"{folder}: has no qrels/*.tsv, which say what is relevant to a query")
    return next((found[split] for split in _SPLITS if split in found), next(iter(found.values())))
