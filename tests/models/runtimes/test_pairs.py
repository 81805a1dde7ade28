"""Pairs of texts in one row: what of each stands in both is marked; the bundled scorer is whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from spanmem.core.errors import ModelError
from spanmem.models import bundled
from spanmem.models.runtimes.pairs import LONGEST, PairRuntime, load_pairs, pair_arrays, start_pairs
from spanmem.models.runtimes.protocol import RuntimeOptions

READER, VERIFIER = bundled("reader"), bundled("verifier")


@pytest.fixture(scope="module")
def scorer() -> PairRuntime:
    return load_pairs(VERIFIER, READER, RuntimeOptions(device="cpu", threads=1))


def test_tokens_that_stand_in_both_texts_are_marked_whatever_their_place() -> None:
    _, tokenizer = start_pairs(READER, 1)
    ids, mask, types = pair_arrays(
        tokenizer.backend_tokenizer, [("red mill", "mill blue"), ("mill", "one two three four")]
    )
    words = [tokenizer.backend_tokenizer.id_to_token(int(i)) for i in ids[0]]
    assert words[:6] == ["[CLS]", "red", "mill", "[SEP]", "mill", "blue"]
    assert types[0, :7].tolist() == [0, 0, 2, 0, 3, 1, 1]
    assert mask.sum(axis=1).tolist() == [7, 8]
    assert types[1, :3].tolist() == [0, 0, 0]


def test_long_texts_are_cut() -> None:
    _, tokenizer = start_pairs(READER, 1)
    ids, _, _ = pair_arrays(tokenizer.backend_tokenizer, [("mill " * 500, "ferry " * 500)])
    assert ids.shape == (1, LONGEST)


def test_marks_mean_nothing_before_training_and_padding_never_does() -> None:
    head, tokenizer = start_pairs(READER, 2)
    backend = tokenizer.backend_tokenizer
    with torch.inference_mode():
        alone = head(*map(torch.from_numpy, pair_arrays(backend, [("a mill", "a ferry")])))
        ids, mask, types = pair_arrays(backend, [("a mill", "a ferry"), ("x y z", "u v w " * 9)])
        padded = head(*map(torch.from_numpy, (ids, mask, types)))
        unmarked = head(*map(torch.from_numpy, (ids, mask, types % 2)))
    assert padded[0].item() == pytest.approx(alone[0].item(), abs=1e-4)
    assert torch.allclose(padded, unmarked, atol=1e-5)


def test_the_bundled_scorer_tells_a_rewording_from_another_question(scorer: PairRuntime) -> None:
    price = "How much does the kettle cost?"
    scores = scorer.scores(
        [
            (price, "What does the kettle cost?"),
            (price, "How much does the kettle weigh?"),
            (price, "How much does the kettle lid cost?"),
        ]
    )
    assert scores.shape == (3,)
    assert np.all((scores >= 0) & (scores <= 1))
    assert scores[0] > 0.5 > scores[1]
    assert scorer.sure > scores[2]
    assert 0 < scorer.threshold <= scorer.sure


def test_weights_of_another_base_are_refused_with_the_way_out(tmp_path: Path) -> None:
    copy = shutil.copytree(VERIFIER, tmp_path / "verifier")
    facts = json.loads((copy / "spanmem.json").read_text(encoding="utf-8"))
    (copy / "spanmem.json").write_text(json.dumps(facts | {"base_sha256": "0" * 12}))
    with pytest.raises(ModelError, match="train it anew with `spanmem train verifier`"):
        load_pairs(copy, READER, RuntimeOptions())


@pytest.mark.parametrize("name", ["spanmem.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_no_verifier(tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(VERIFIER, tmp_path / "verifier")
    (copy / name).unlink()
    with pytest.raises(ModelError, match="is no verifier"):
        load_pairs(copy, READER, RuntimeOptions())


def test_weights_of_another_shape_do_not_fit(tmp_path: Path) -> None:
    copy = shutil.copytree(VERIFIER, tmp_path / "verifier")
    facts = json.loads((copy / "spanmem.json").read_text(encoding="utf-8"))
    facts["training"]["layers"] = 1
    (copy / "spanmem.json").write_text(json.dumps(facts))
    with pytest.raises(ModelError, match="its weights do not fit"):
        load_pairs(copy, READER, RuntimeOptions())


def test_a_folder_without_a_plain_bert_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no plain BERT"):
        start_pairs(tmp_path, 1)
