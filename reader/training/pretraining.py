"""Pre-trains a BERT on plain text as SpanBERT was: masked spans, and their boundaries' objective.

The loss is the sum of two cross entropies over the masked tokens: from their own vectors, and from
the tokens on both sides of their span. One segment, no next sentences. A share of the batches may
go to recurring spans instead (`recurring.py`). The result is an ordinary BERT folder, which
`spanmem train reader` and `spanmem train retriever` take as their `base`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from ...core.errors import InputError
from ...core.questions import RowLedger
from ...models.checkpoints import load_tokenizer
from ...models.finite import check_trained
from ...models.training.checkpoints import StartWeights, fetch_base, load_for_training
from ...models.training.outputs import drafted_folder
from ...models.training.recipes import HELD_OUT, held_out, provenance, read_texts, write_facts
from ..windows import Featurizer
from .examples import TENSORS
from .masking import (
    MaskedBatch,
    Masking,
    PlannedBatch,
    PretrainingText,
    Stretch,
    Vocabulary,
    cut_stretches,
    mask_batch,
    plan_batches,
)
from .recurring import common_words, recurring_batch
from .trainer import Trainer, TrainerSettings, TrainingResult

if TYPE_CHECKING:
    import torch

__all__ = ["Pretrainer", "Pretraining", "load_base", "pretrain"]


class Pretraining(TrainerSettings):
    """Settings of `spanmem train pretrain`; paths are relative to the working directory.

    `data` are JSON lines with a `text` each, `.gz` too: what `spanmem index` reads.
    """

    documents: int | None = Field(default=None, ge=1)
    """Read at most so many; None: all."""
    held_out_documents: float = Field(default=0.005, ge=0, lt=1)
    """Share of the documents kept out of training, for validation."""
    window: int = Field(default=256, ge=128, le=512)
    """Tokens of a stretch of text, ``[CLS]`` and ``[SEP]`` included."""
    mask_share: float = Field(default=0.15, gt=0, lt=1)
    span_p: float = Field(default=0.2, gt=0, lt=1)
    """Of the geometric distribution of the spans' lengths in words."""
    span_words: int = Field(default=10, ge=1)
    """Length at which it is cut off."""
    recurring: float = Field(default=0.0, ge=0, le=1)
    """Share of the batches that learn to find recurring spans instead."""
    validate_stretches: int = Field(default=200, ge=1)


def pretrain(config: Pretraining, *, resume: bool = False) -> TrainingResult:
    """Train and write the model to `config.output`; progress goes to the log and TensorBoard.

    With `resume` a run that was stopped goes on from its last checkpoint, exactly. Raises
    InputError for unusable data, or where the extra `train` is not installed, and ModelError for
    unusable start weights.
    """
    return Pretrainer(config, resume=resume).train()


class Pretrainer(Trainer[PlannedBatch]):
    """Pre-trains a BERT as its settings say."""

    def __init__(self, config: Pretraining, *, resume: bool = False) -> None:
        super().__init__(config, idle_weights=True)
        from .objectives import SpanPretrainingModel

        self.config = config
        start = fetch_base(config.base)
        self.identify([start.folder])
        masked, self.tokenizer = load_base(config, start)
        vocabulary = Vocabulary.of(self.tokenizer)
        self.masking = Masking(config.mask_share, config.span_p, config.span_words)
        # The overlap of windows has no part in how stretches are cut.
        self.featurizer = Featurizer(self.tokenizer, size=config.window, overlap=0)
        stretches = self._cut(self._training_texts(), ledger=self.ledger)
        held = self._cut(self._held_out_texts(), config.validate_stretches)
        if config.validate_every and not held:
            raise InputError(
                "no held-out texts to validate on; raise `held_out_documents`, or set "
                "`validate_every: 0`"
            )
        self.text = PretrainingText(stretches, vocabulary, config.seed)
        self.held_out = PretrainingText(held, vocabulary, seed=0)
        self.common = common_words(stretches) if config.recurring else frozenset()
        self.prepare(SpanPretrainingModel(masked), resume=resume)

    def _training_texts(self) -> Iterator[str]:
        """The texts to train on; all others are counted by why they are not."""
        ledger, most = self.ledger, self.config.documents
        for row in read_texts(self.config.data):
            ledger.read += 1
            if most is not None and ledger.read > most:
                ledger.leave_out("it is behind the first `documents`")
            elif not row["text"].strip():
                ledger.leave_out("its text is empty")
            elif self._is_held_out(row):
                ledger.leave_out(HELD_OUT)
            else:
                yield row["text"]

    def _held_out_texts(self) -> Iterator[str]:
        rows = islice(read_texts(self.config.data), self.config.documents)
        return (row["text"] for row in rows if self._is_held_out(row))

    def _is_held_out(self, row: dict[str, Any]) -> bool:
        name = row.get("title") or row["text"][:200]
        return held_out(name, self.config.held_out_documents)

    def _cut(
        self, texts: Iterator[str], limit: int | None = None, ledger: RowLedger | None = None
    ) -> list[Stretch]:
        """The first `limit` stretches; they leave room for ``[CLS]`` and ``[SEP]``."""
        size = self.config.window - 2
        stretches = cut_stretches(texts, self.featurizer, size=size, ledger=ledger)
        return list(islice(stretches, limit))

    def epoch(self, number: int) -> Iterator[PlannedBatch]:
        yield from plan_batches(self.text, tokens=self.config.batch_tokens, epoch=number)

    def batch_loss(self, batch: PlannedBatch) -> tuple[torch.Tensor, int]:
        config = self.config
        rng = np.random.default_rng((config.seed, batch.epoch, batch.number, 4))
        if rng.random() < config.recurring:
            questions = recurring_batch(self.text, batch, self.common, size=config.window)
            if questions is not None:
                tensors = self._tensors({name: getattr(questions, name) for name in TENSORS})
                return self.model(tensors, questions.group), int(questions.mask.sum())
        masked = mask_batch(self.text, batch, self.masking)
        return self.model(self.masked_tensors(masked)), int(masked.mask.sum())

    def masked_tensors(self, batch: MaskedBatch) -> dict[str, torch.Tensor]:
        """The arrays of a batch, by name, on the device."""
        return self._tensors({f.name: getattr(batch, f.name) for f in fields(batch)})

    def _tensors(self, arrays: dict[str, Any]) -> dict[str, torch.Tensor]:
        import torch

        device = self.accelerator.device
        return {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}

    def validate(self) -> float:
        """Share (0-100) of the masked tokens of held-out texts that are predicted right."""
        import torch

        model = self.result.eval()
        right = total = 0
        for planned in plan_batches(self.held_out, tokens=self.config.batch_tokens, epoch=0):
            batch = self.masked_tensors(mask_batch(self.held_out, planned, self.masking))
            with torch.inference_mode(), self.accelerator.autocast():
                predicted = model.predict(batch)
            right += int((predicted == batch["labels"]).sum())
            total += len(batch["labels"])
        return 100 * right / max(1, total)

    def export(self, folder: Path) -> None:
        """Write config, tokenizer and float16 weights, and `spanmem.json` with how they came.

        Raises InputError where a weight is not finite in float16, StorageError where it cannot
        write.
        """
        model: Any = copy.deepcopy(self.result).cpu().half()
        check_trained("in float16, as it is written,", model.state_dict().items())
        with drafted_folder(folder) as draft:
            self._write(model, draft)

    def _write(self, model: Any, folder: Path) -> None:
        from safetensors.torch import save_file

        model.masked.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        if self.config.recurring:
            state = model.masked.state_dict()
            state.pop("cls.predictions.decoder.weight")  # the word embeddings, and
            state.pop("cls.predictions.decoder.bias")  # the bias beside it, once more
            state |= {f"qa_outputs.{k}": v for k, v in model.qa_outputs.state_dict().items()}
            save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
        facts = {
            **provenance(json.loads(self.config.model_dump_json()), self.identity.data),
            "rows": self.ledger.to_json(),
            "stretches": len(self.text.stretches),
            "steps": self.step,
            "tokens": self.tokens,
            "seconds": round(self.seconds),
        }
        write_facts(folder, "pretrained", facts)


def load_base(config: Pretraining, start: StartWeights | None = None) -> tuple[Any, Any]:
    """A `BertForMaskedLM` and its tokenizer; its head is new where `base` has none.

    `start` is what `fetch_base` made of the recipe's `base`. Raises ModelError.
    """
    from transformers import BertConfig, BertForMaskedLM

    start = start or fetch_base(config.base)
    model = load_for_training(
        start,
        {BertConfig: BertForMaskedLM},
        task="be pre-trained here: take a BERT or SpanBERT",
        new=("cls.",),
        dropout=config.dropout,
    )
    return model, load_tokenizer(config.tokenizer, start.folder, model.config.vocab_size)
