"""Pre-training learns from plain text, goes on where it stopped, and is a base for the others."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from spanmem.core.errors import InputError, ModelError
from spanmem.indexer.training.retriever import load_base
from spanmem.reader.reader import SpanReader
from spanmem.reader.training.checkpoints import load_base as load_for_training
from spanmem.reader.training.masking import mask
from spanmem.reader.training.objectives import SpanPretraining, word_loss
from spanmem.reader.training.pretraining import Pretraining, _load, _Run, pretrain

SENTENCES = (
    "The old mill was built in the north of town .",
    "the River flows to the sea and it was long .",
    "A wall of stone was built in the south .",
    "what was built in 1912 ? A bridge of water .",
)


@pytest.fixture
def config(base: Path, tmp_path: Path) -> Pretraining:
    rng = np.random.default_rng(0)
    rows = [{"text": " ".join(rng.choice(SENTENCES, 2)), "title": f"{i}"} for i in range(120)]
    data = tmp_path / "texts.jsonl.gz"
    data.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return Pretraining(
        base=str(base),
        data=(data,),
        output=tmp_path / "out",
        checkpoints=tmp_path / "checkpoints",
        held_out_documents=0.2,
        epochs=2,
        batch_tokens=512,
        learning_rate=3e-3,
        window=128,
        bf16=False,
        threads=1,
    )


def batch(config: Pretraining) -> tuple[SpanPretraining, dict[str, torch.Tensor]]:
    """A model without dropout, and one masked batch for it."""
    run = _Run(config.model_copy(update={"dropout": 0.0}), resume=False)
    portion = next(run.epoch(0))
    arrays = mask(run.stretches, portion, run.pieces, run.masking, 1)
    return run.model.eval(), run._masked_tensors(arrays)


def test_without_held_out_texts_there_is_no_score_to_stop_by(config: Pretraining) -> None:
    unwatched = config.model_copy(update={"held_out_documents": 0.0})
    assert not _Run(unwatched, resume=False).held
    with pytest.raises(InputError, match="no held-out texts to validate on; raise"):
        pretrain(unwatched.model_copy(update={"validate_every": 2}))


def gradient(loss: torch.Tensor, of: torch.Tensor) -> torch.Tensor:
    [found] = torch.autograd.grad(loss, [of])
    return found


def test_the_boundary_objective_sees_the_boundaries_and_the_place_alone(
    config: Pretraining,
) -> None:
    model, tensors = batch(config)
    hidden = model._hidden(tensors["ids"], tensors["mask"]).detach().requires_grad_()
    target = len(tensors["at"]) // 2
    grad = gradient(model.boundary_logits(hidden, tensors)[target].logsumexp(0), hidden)
    seen = grad.flatten(0, 1).abs().sum(1).nonzero().flatten().tolist()
    assert seen == sorted([int(tensors["left"][target]), int(tensors["right"][target])])
    loss = model.boundary_logits(hidden, tensors)[target].logsumexp(0)
    places = gradient(loss, model.boundary.places.weight)
    assert places.abs().sum(1).nonzero().flatten().tolist() == [int(tensors["place"][target])]
    grad = gradient(model.masked_logits(hidden, tensors)[target].logsumexp(0), hidden)
    seen = grad.flatten(0, 1).abs().sum(1).nonzero().flatten().tolist()
    assert seen == [int(tensors["at"][target])]


def test_the_loss_is_the_sum_of_both_and_the_output_is_tied_to_the_input(
    config: Pretraining,
) -> None:
    model, tensors = batch(config)
    hidden = model._hidden(tensors["ids"], tensors["mask"])
    cross = torch.nn.functional.cross_entropy
    parts = [model.masked_logits(hidden, tensors), model.boundary_logits(hidden, tensors)]
    expected = sum(cross(part, tensors["labels"]).item() for part in parts)
    assert model(tensors).item() == pytest.approx(expected, rel=1e-5)
    words = model.masked.get_input_embeddings().weight
    assert model.masked.get_output_embeddings().weight is words
    grad = gradient(model.boundary_logits(hidden.detach(), tensors).logsumexp(-1).sum(), words)
    assert grad.abs().sum() > 0


@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_the_loss_over_words_is_cross_entropy(dtype: torch.dtype, near: float) -> None:
    torch.manual_seed(3)
    given = [torch.randn(n, requires_grad=True) for n in ((7, 5), (11, 5), (11,))]
    vectors, words, bias = given
    labels = torch.randint(0, 11, (7,))
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
        loss = word_loss(vectors, words, bias, labels)
    expected = torch.nn.functional.cross_entropy(vectors @ words.T + bias, labels)
    assert loss.item() == pytest.approx(expected.item(), rel=near)
    for mine, theirs in zip(
        torch.autograd.grad(3 * loss, given), torch.autograd.grad(3 * expected, given), strict=True
    ):
        assert mine.dtype == theirs.dtype
        torch.testing.assert_close(mine, theirs, rtol=near, atol=near)


def test_it_learns_and_its_output_is_a_base_for_reader_and_retriever(
    config: Pretraining, base: Path
) -> None:
    from transformers import AutoModelForMaskedLM

    long = config.model_copy(update={"epochs": 18.0, "dropout": 0.0})
    before = _Run(long, resume=False).validate()
    result = pretrain(long)
    assert result.steps > 200
    model: Any = AutoModelForMaskedLM.from_pretrained(config.output, dtype=torch.float32)
    again = _Run(long.model_copy(update={"base": str(config.output)}), resume=False)
    assert again.validate() > before + 30
    held = mask_all(again)
    right = (model(**held[0]).logits.argmax(-1) == held[1])[held[1] >= 0]
    assert right.float().mean() > before / 100 + 0.3
    facts = (config.output / "spanmem.json").read_text()
    assert json.loads(facts)["kind"] == "pretrained"
    assert str(config.output.parent) not in facts
    reader, _ = load_for_training(str(config.output))
    trunk: Any = reader.base_model
    state = load_file(config.output / "model.safetensors")
    key = "encoder.layer.0.output.dense.weight"
    assert torch.equal(trunk.state_dict()[key].half(), state[f"bert.{key}"])
    encoder = load_base(str(config.output))
    assert torch.equal(encoder[0].model.state_dict()[key].half(), state[f"bert.{key}"])
    with pytest.raises(ModelError, match="no trained span head"):
        SpanReader.load(config.output)


def mask_all(run: _Run) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """A batch as `transformers` takes it, with labels of -100 where nothing is masked."""
    portion = next(run.epoch(0))
    tensors = run._masked_tensors(mask(run.stretches, portion, run.pieces, run.masking, 9))
    labels = torch.full(tensors["ids"].shape, -100)
    labels.view(-1)[tensors["at"]] = tensors["labels"]
    return {"input_ids": tensors["ids"], "attention_mask": tensors["mask"]}, labels


class Stopped(Exception):
    """Stands for the kill in the middle of a run."""


def test_a_run_with_both_objectives_goes_on_exactly_and_trains_the_reader_s_head(
    config: Pretraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = config.model_copy(update={"recurring": 0.5})
    pretrain(both)
    whole = load_file(config.output / "model.safetensors")
    again = both.model_copy(
        update={
            "output": tmp_path / "out2",
            "checkpoints": tmp_path / "checkpoints2",
            "save_every_minutes": 1e-9,
        }
    )
    advance = _Run._advance

    def stop_at_five(run: _Run, batches: Any) -> float:
        if run.step == 5:
            raise Stopped
        return advance(run, batches)

    with monkeypatch.context() as patched:
        patched.setattr(_Run, "_advance", stop_at_five)
        with pytest.raises(Stopped):
            pretrain(again)
    assert pretrain(again, resume=True).steps > 5
    resumed = load_file(again.output / "model.safetensors")
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    reader, _ = load_for_training(str(config.output))
    head: Any = reader.qa_outputs
    assert torch.equal(head.weight.half(), whole["qa_outputs.weight"])


def test_unusable_data_and_bases_are_named(config: Pretraining, base: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": 5}\n')
    with pytest.raises(InputError, match=r"rows\.jsonl:1 is no document"):
        pretrain(config.model_copy(update={"data": (path,)}))
    path.write_text('{"text": "too short"}\n')
    with pytest.raises(InputError, match="no row is left"):
        pretrain(config.model_copy(update={"data": (path,)}))
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.json").write_text('{"model_type": "roberta"}')
    with pytest.raises(ModelError, match="take a BERT or SpanBERT"):
        _load(config.model_copy(update={"base": str(other)}))
