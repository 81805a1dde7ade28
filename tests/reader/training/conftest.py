"""A few question rows, and a recipe that trains a tiny reader on them within a second."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from spanmem.reader.training.fine_tuning import ReaderTraining

CONTEXTS = (
    ("The old mill was built in the north of town.", "where was the mill built ?", "in the north"),
    ("The River flows to the sea and it was long.", "where to flows the River ?", "the sea"),
    ("A wall of stone was built in the south.", "what was built in the south ?", "A wall of stone"),
)


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    """Untitled question rows on three passages in turn, each with one negative."""
    rows: list[dict[str, Any]] = []
    for i in range(24):
        context, question, answer = CONTEXTS[i % 3]
        rows.append(
            {
                "id": str(i),
                "title": "",
                "context": context,
                "question": f"{question} {i % 4}",
                "answers": {"text": [answer], "answer_start": [context.index(answer)]},
                "negatives": [["", CONTEXTS[(i + 1) % 3][0]]],
            }
        )
    return rows


@pytest.fixture
def config(base: Path, rows: list[dict[str, Any]], tmp_path: Path) -> ReaderTraining:
    """Trains on the rows for three epochs."""
    data = tmp_path / "rows.jsonl.gz"
    data.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return ReaderTraining(
        base=str(base),
        data=(data,),
        output=tmp_path / "out",
        checkpoints=tmp_path / "checkpoints",
        epochs=3,
        batch_tokens=256,
        learning_rate=3e-3,
        window=128,
        overlap=8,
        bf16=False,
        dropout=0.1,
        threads=1,
    )
