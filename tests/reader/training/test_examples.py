from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.models.training.recipes import held_out
from spanmem.reader.training import examples
from spanmem.reader.training.examples import LENGTHS, BatchPlan, Example, load_examples
from spanmem.reader.windows import Featurizer

CONTEXT = "The River flows to the sea. The Mill was built in the north of town."


def row(number: int, answer: str | None = "in the north", **more: Any) -> dict[str, Any]:
    found: dict[str, list[Any]] = {"text": [], "answer_start": []}
    if answer:
        found = {"text": [answer], "answer_start": [CONTEXT.index(answer)]}
    return {
        "id": f"q{number}",
        "title": "Old_Mill",
        "question": f"where was it built ? {number}",
        "context": CONTEXT,
        "answers": found,
        **more,
    }


@pytest.fixture
def featurizer(tokenizer: Any) -> Featurizer:
    return Featurizer(tokenizer, size=96, overlap=4)


def plan(featurizer: Featurizer, rows: list[dict[str, Any]], *, negatives: int = 0) -> BatchPlan:
    examples = list(load_examples(rows, featurizer))
    return BatchPlan(examples, featurizer, tokens=512, negatives=negatives, seed=3)


def test_targets_decode_to_the_answer(featurizer: Featurizer, tokenizer: Any) -> None:
    seen = 0
    for batch in plan(featurizer, [row(i) for i in range(20)]).epoch(0):
        for ids, start, end in zip(batch.ids, batch.start, batch.end, strict=True):
            assert tokenizer.decode(ids[start : end + 1]) == "in the north"
            seen += 1
    assert seen == 20


def test_an_epoch_comes_back_the_same_and_the_next_differs(featurizer: Featurizer) -> None:
    others = [["Wall", "a long wall of stone"], ["Bridge", "the bridge in the south"]]
    rows = [row(i, negatives=others) for i in range(40)]
    one, again, other = (
        [(b.ids.tolist(), b.start.tolist()) for b in plan(featurizer, rows, negatives=2).epoch(n)]
        for n in (0, 0, 1)
    )
    assert one == again
    assert one != other


def test_each_question_brings_at_most_the_negatives_asked_for(featurizer: Featurizer) -> None:
    others = [["Wall", "a long wall of stone"]] * 4
    rows = [row(i, negatives=others) for i in range(60)]
    sizes = {b.group for b in plan(featurizer, rows, negatives=2).epoch(0)}
    assert sizes == {1, 2, 3}
    for batch in plan(featurizer, rows, negatives=2).epoch(0):
        targets = batch.start.reshape(-1, batch.group)
        assert (targets[:, 0] > 0).all()
        assert (targets[:, 1:] == 0).all()


def test_shapes_are_few_and_within_the_budget(featurizer: Featurizer) -> None:
    rows = [row(i, context=CONTEXT + " the sea" * (i % 60)) for i in range(120)]
    for batch in plan(featurizer, rows).epoch(0):
        assert batch.ids.shape[1] in LENGTHS
        assert batch.ids.size <= 512
        assert (batch.context <= (batch.mask == 1)).all()


def test_all_questions_come_once_and_only_the_last_batches_are_short(
    featurizer: Featurizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "_CHUNK", 16)
    others = [["Wall", "a long wall of stone"]]
    rows = [row(i, context=CONTEXT + " the sea" * (i % 60), negatives=others) for i in range(120)]
    dealt = plan(featurizer, rows, negatives=1)
    batches = list(dealt.epoch(0))
    kinds: dict[tuple[int, int], list[int]] = {}
    for batch in batches:
        kinds.setdefault((batch.group, batch.ids.shape[1]), []).append(len(batch.ids))
    for (group, length), counts in kinds.items():
        full = max(1, 512 // (group * length)) * group
        assert sum(count != full for count in counts) <= 1
    asked = sorted(tuple(e.question.tolist()) for e in dealt.examples)
    read = sorted(
        tuple(batch.ids[i, 1 : int(np.argmax(batch.types[i])) - 1].tolist())
        for batch in batches
        for i in range(0, len(batch.ids), batch.group)
    )
    assert read == asked


def test_an_unanswerable_row_points_at_the_null(featurizer: Featurizer) -> None:
    (batch,) = plan(featurizer, [row(1, None)]).epoch(0)
    assert batch.start.tolist() == batch.end.tolist() == [0]


def test_a_row_whose_answer_no_token_covers_is_left_out(featurizer: Featurizer) -> None:
    lost = row(1)
    lost["answers"] = {"text": [" "], "answer_start": [3]}
    assert list(load_examples([lost], featurizer)) == []


def test_several_answers_all_get_drawn(featurizer: Featurizer) -> None:
    several = row(1)
    several["answers"] = {"text": ["in the north", "north"], "answer_start": [46, 53]}
    (example,) = load_examples([several], featurizer)
    assert isinstance(example, Example)
    assert len(example.answers or ()) == 2
    batches = plan(featurizer, [several])
    widths = {int((b.end - b.start)[0]) for n in range(12) for b in batches.epoch(n)}
    assert widths == {0, 2}


@given(st.text(min_size=1), st.floats(0, 1))
def test_an_article_is_held_out_whole_and_for_good(title: str, share: float) -> None:
    assert held_out(title, share) == held_out(title, share)
    assert held_out(title.replace(" ", "_"), share) == held_out(title.replace("_", " "), share)
    assert not held_out(title, 0)
    assert not held_out("", share)


def test_about_the_asked_share_of_articles_is_held_out() -> None:
    out = np.mean([held_out(f"article {i}", 0.1) for i in range(4000)])
    assert 0.08 < out < 0.12
