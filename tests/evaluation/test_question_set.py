"""Which questions of a set are asked: every row is used, or left out for one reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.evaluation.question_set import QuestionSet
from spanmem.evaluation.settings import BenchmarkSettings
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.provenance import Provenance, save_questions

TEXTS = [
    "Who built it?", "who built it", "?", "", " ", "\u200b", "why " * 300, "why " * 301,
    "x" * 3000, "x" * 3001, "🙂", "When?", "Where \x00 is it?", "\ud800", "7",
]  # fmt: skip
ASKED = {"Who built it?", "who built it", "7", "why " * 300, "x" * 3000, "Where \x00 is it?"}
"""Of these, what can be asked and was not trained on."""


class Trained(OverlapReader):
    """The model-free reader with a past."""

    def __init__(self, folder: Path) -> None:
        save_questions(folder, ["When?", "?"])
        self.provenance = Provenance.load(folder)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=12),
    limit=st.none() | st.integers(1, 12),
)
def test_what_is_used_and_what_is_left_out_are_the_file(
    tmp_path: Path, texts: list[str], limit: int | None
) -> None:
    path = tmp_path / "q.jsonl"
    rows = [json.dumps({"question": text, "answers": []}) + "\n" for text in texts]
    path.write_text("".join(rows), encoding="utf-8")
    options = BenchmarkSettings(limit=limit, training_data="leave-out")
    if not set(texts) & ASKED:
        with pytest.raises(InputError):
            QuestionSet.read(Trained(tmp_path), path, options)
        return
    questions = QuestionSet.read(Trained(tmp_path), path, options)
    counts = questions.rows.to_json()
    assert counts["read"] == len(texts) == counts["used"] + sum(counts["left_out"].values())
    assert counts["used"] == len(questions.sample) <= (limit or len(texts))
    assert 0 not in counts["left_out"].values()
    left = counts["left_out"].get("the question has no word", 0)
    left += counts["left_out"].get("the question is longer than can be asked", 0)
    assert left == len(questions.unasked)


@pytest.mark.parametrize("text", ["why " * 301, "x" * 3001, "?", "🙂"])
def test_a_set_that_cannot_be_asked_at_all_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps({"question": text, "answers": ["x"]}), encoding="utf-8")
    with pytest.raises(InputError, match="none of its 1 questions can be asked"):
        QuestionSet.read(OverlapReader(), path, BenchmarkSettings())
