"""Pre-training learns from plain text, goes on where it stopped, and is a base for the others."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from spanmem.core.errors import InputError, ModelError
from spanmem.indexer.training.retriever import load_base as load_encoder
from spanmem.reader.reader import SpanReader
from spanmem.reader.training.checkpoints import load_base as load_span_model
from spanmem.reader.training.masking import mask_batch
from spanmem.reader.training.pretraining import Pretrainer, Pretraining, load_base, pretrain

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


def test_without_held_out_texts_there_is_no_score_to_stop_by(config: Pretraining) -> None:
    unwatched = config.model_copy(update={"held_out_documents": 0.0})
    assert not Pretrainer(unwatched).held_out.stretches
    with pytest.raises(InputError, match="no held-out texts to validate on; raise"):
        pretrain(unwatched.model_copy(update={"validate_every": 2}))


def test_every_text_is_accounted_for(config: Pretraining, tmp_path: Path) -> None:
    rows = [{"text": " ".join(SENTENCES), "title": str(n)} for n in range(20)]
    rows += [{"text": "  "}, {"text": "a mill"}, {"text": SENTENCES[1]}]
    data = tmp_path / "texts.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)))
    trainer = Pretrainer(config.model_copy(update={"data": (data,), "documents": 22}))
    ledger = trainer.ledger
    assert ledger.read == 23
    assert ledger.used == len(trainer.text.stretches)
    assert ledger.left_out["its text is empty"] == 1
    assert ledger.left_out["it is behind the first `documents`"] == 1
    assert sum("shorter than" in reason for reason in ledger.left_out) == 1
    assert ledger.used == 23 - sum(ledger.left_out.values())


def test_it_learns_and_its_output_is_a_base_for_reader_and_retriever(
    config: Pretraining, base: Path
) -> None:
    from transformers import AutoModelForMaskedLM

    long = config.model_copy(update={"epochs": 18.0, "dropout": 0.0})
    before = Pretrainer(long).validate()
    result = pretrain(long)
    assert result.steps > 200
    model: Any = AutoModelForMaskedLM.from_pretrained(config.output, dtype=torch.float32)
    again = Pretrainer(long.model_copy(update={"base": str(config.output)}))
    assert again.validate() > before + 30
    inputs, labels = masked_inputs(again)
    right = (model(**inputs).logits.argmax(-1) == labels)[labels >= 0]
    assert right.float().mean() > before / 100 + 0.3
    facts = (config.output / "spanmem.json").read_text()
    assert json.loads(facts)["kind"] == "pretrained"
    assert str(config.output.parent) not in facts
    reader, _ = load_span_model(str(config.output))
    trunk: Any = reader.base_model
    state = load_file(config.output / "model.safetensors")
    key = "encoder.layer.0.output.dense.weight"
    assert torch.equal(trunk.state_dict()[key].half(), state[f"bert.{key}"])
    encoder = load_encoder(str(config.output))
    assert torch.equal(encoder[0].model.state_dict()[key].half(), state[f"bert.{key}"])
    with pytest.raises(ModelError, match="no trained span head"):
        SpanReader.load(config.output)


def masked_inputs(trainer: Pretrainer) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """A batch as `transformers` takes it, with labels of -100 where nothing is masked."""
    planned = next(trainer.epoch(0))
    text = replace(trainer.text, seed=9)
    tensors = trainer.masked_tensors(mask_batch(text, planned, trainer.masking))
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
    train_step = Pretrainer.train_step

    def stop_at_five(trainer: Pretrainer, batches: Any) -> float:
        if trainer.step == 5:
            raise Stopped
        return train_step(trainer, batches)

    with monkeypatch.context() as patched:
        patched.setattr(Pretrainer, "train_step", stop_at_five)
        with pytest.raises(Stopped):
            pretrain(again)
    assert pretrain(again, resume=True).steps > 5
    resumed = load_file(again.output / "model.safetensors")
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    reader, _ = load_span_model(str(config.output))
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
        load_base(config.model_copy(update={"base": str(other)}))
