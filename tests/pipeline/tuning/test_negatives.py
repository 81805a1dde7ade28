"""Negatives: found for the question, without its answer, and never a half-written file."""

from __future__ import annotations

import errno
import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanmem.core import files
from spanmem.core.errors import EncoderMismatch, InputError, ModelError, StorageError
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.models.training.negatives import passage_scores
from spanmem.models.training.recipes import read_rows
from spanmem.pipeline.indexing import index
from spanmem.pipeline.tuning.negatives import MiningRecipe, mine

MILLS = [
    "The old mill of Hven was built in 1912.",
    "The new mill of Hven was built in 1954.",
    "The mill of Lund was built in 1912 too.",
    "The mill of Ystad has no known year.",
    "A ferry runs to Hven.",
]


def row(answer: str | None = "1912") -> dict[str, Any]:
    answers = {"text": [answer] if answer else [], "answer_start": [34] if answer else []}
    question = "When was the old mill of Hven built?"
    return {"id": "1", "title": "", "context": MILLS[0], "question": question, "answers": answers}


@pytest.fixture
def recipe(tmp_path: Path) -> MiningRecipe:
    corpus = tmp_path / "mills.jsonl"
    corpus.write_text("".join(json.dumps({"text": t}) + "\n" for t in MILLS), encoding="utf-8")
    index(corpus, into=tmp_path / "m", encoder=HashEncoder(64)).close()
    data = tmp_path / "rows.jsonl"
    data.write_text(json.dumps(row()) + "\n" + json.dumps(row(None)) + "\n", encoding="utf-8")
    return MiningRecipe(
        memory=tmp_path / "m",
        data=(data,),
        output=tmp_path / "mined.jsonl.gz",
        encoder="hash-64",
        negatives=2,
    )


def mined(recipe: MiningRecipe) -> list[dict[str, Any]]:
    with gzip.open(recipe.output, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_negatives_are_like_the_question_and_do_not_hold_the_answer(recipe: MiningRecipe) -> None:
    result = mine(recipe)
    first, second = mined(recipe)
    texts = [text for _, text in first["negatives"]]
    assert texts == ["The new mill of Hven was built in 1954.", MILLS[3]]
    assert {k: v for k, v in first.items() if k != "negatives"} == row()
    assert second["negatives"] == []  # what answers it elsewhere is not known
    assert (result.questions, result.negatives) == (2, 2)
    assert result.rows == {"read": 2, "used": 2, "left_out": {}, "repaired": {}}


def test_other_passages_are_those_of_which_nobody_knows(recipe: MiningRecipe) -> None:
    mine(recipe.model_copy(update={"passages": 9, "negatives": 1}))
    first, second = mined(recipe)
    assert {text for _, text in first["passages"]} == {*MILLS[2:]}  # some with the answer
    assert {text for _, text in second["passages"]} == {*MILLS[1:]}


def test_questions_without_answers_or_contexts_get_passages(recipe: MiningRecipe) -> None:
    bare = {"id": "2", "question": "When was the mill of Lund built?"}
    recipe.data[0].write_text(json.dumps(bare) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="has neither `answer` nor `answers`"):
        mine(recipe)
    mine(recipe.model_copy(update={"marked": False, "passages": 1}))
    (found,) = mined(recipe)
    assert found == {**bare, "title": "", "negatives": [], "passages": [["", MILLS[2]]]}
    # Taken for rows with answers, these would teach that there is none.
    with pytest.raises(InputError, match="has neither `answer` nor `answers`"):
        list(read_rows([recipe.output]))


def test_a_reader_scores_a_row_s_own_passage_and_its_negatives(recipe: MiningRecipe) -> None:
    mine(recipe.model_copy(update={"reader": "bundled"}))
    first, second = mined(recipe)
    assert [len(row["scores"]) for row in (first, second)] == [3, 1]
    own, hven, ystad = passage_scores(first)  # of Ystad's mill there is no year to read
    assert min(own, hven) > ystad + 5


@pytest.mark.parametrize("scores", [[1.0], [1.0, 2.0, None], "12", [1.0, 2.0, float("nan")]])
def test_scores_of_other_passages_are_refused(scores: Any) -> None:
    bad = {**row(), "negatives": [["", "a"], ["", "b"]], "scores": scores}
    with pytest.raises(InputError, match="`scores` that are not 3 numbers"):
        passage_scores(bad)
    assert passage_scores({**bad, "scores": None}) == ()
    assert passage_scores({**bad, "scores": [1, 2.5, 3]}) == (1.0, 2.5, 3.0)


def test_the_same_rows_give_the_same_bytes(recipe: MiningRecipe) -> None:
    mine(recipe)
    first = recipe.output.read_bytes()
    mine(recipe)
    assert recipe.output.read_bytes() == first


def test_a_broken_row_leaves_no_file(recipe: MiningRecipe) -> None:
    with recipe.data[0].open("a", encoding="utf-8") as file:
        file.write("{}\n")
    with pytest.raises(InputError, match=r"rows.jsonl:3: has no `question`"):
        mine(recipe)
    assert not list(recipe.output.parent.glob("mined*"))


def test_the_questions_are_never_written_over(recipe: MiningRecipe, tmp_path: Path) -> None:
    before = recipe.data[0].read_bytes()
    (tmp_path / "link.jsonl").symlink_to(recipe.data[0])
    for output in (recipe.data[0], tmp_path / "link.jsonl"):
        with pytest.raises(InputError, match="is one of `data`"):
            mine(recipe.model_copy(update={"output": output}))
    assert recipe.data[0].read_bytes() == before


def test_vectors_that_are_not_finite_find_nothing_and_are_refused(
    recipe: MiningRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lost:
        name, dim = "hash-64", 64

        def encode_queries(self, texts: list[str]) -> Any:
            return np.full((len(texts), 64), np.nan, np.float32)

    monkeypatch.setattr("spanmem.pipeline.tuning.negatives.load_encoder", lambda _: Lost())
    with pytest.raises(ModelError, match="not finite"):
        mine(recipe)
    assert not recipe.output.exists()


def test_a_memory_of_another_encoder_is_refused(recipe: MiningRecipe) -> None:
    with pytest.raises(EncoderMismatch, match="hash-64"):
        mine(recipe.model_copy(update={"encoder": "hash-65"}))


def test_a_disk_that_refuses_leaves_what_was_there(
    recipe: MiningRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe.output.write_bytes(b"before")

    def refuse(_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "sync", refuse)
    with pytest.raises(StorageError, match=r"cannot write .*mined\.jsonl\.gz: No space left"):
        mine(recipe)
    assert [path.name for path in recipe.output.parent.glob("mined*")] == ["mined.jsonl.gz"]
    assert recipe.output.read_bytes() == b"before"
