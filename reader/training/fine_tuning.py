"""Fine-tunes a span reader: one normalization over all passages of a question.

The loss of a question with windows w has two parts, averaged. *Shared*: cross entropy of the
answer's start (and end) under one softmax over the passage tokens of all its windows (Clark &
Gardner 2018, section 3.3), so that scores compare across passages. *Local*: cross entropy within
each window over its passage tokens and ``[CLS]``, which is the target where the window holds no
answer, so that a window alone can say "not here".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from ...core.errors import InputError
from ...models.hub import fetch
from ...models.training.recipes import held_out, mix, provenance, read_rows
from ..provenance import Provenance, save_questions
from ..windows import Featurizer, Windows
from .examples import BatchPlan, TrainingBatch, load_examples
from .trainer import Loop, LoopSettings, TrainingResult

if TYPE_CHECKING:
    import torch

__all__ = ["ReaderTraining", "span_loss", "train"]


class ReaderTraining(LoopSettings):
    """Settings of `spanmem train reader`; paths are relative to the working directory.

    `data` are flat SQuAD rows as JSON lines, `.gz` too; rows may carry mined `negatives`.
    """

    held_out_articles: float = Field(default=0.03, ge=0, lt=1)
    """Share of the titled articles kept out of training, for validation and calibration."""
    negatives: int = Field(default=1, ge=0)
    """A question's own passage is read beside none to this many without the answer, as drawn."""
    window: int = Field(default=256, ge=64, le=512)
    overlap: int = Field(default=64, ge=0)
    title_dropout: float = Field(default=0.5, ge=0, le=1)
    merge: float = Field(default=0.0, ge=0, le=1)
    """Share of the start weights in the result, where `base` is a reader already (WiSE-FT)."""
    validate_questions: int = Field(default=500, ge=1)


def span_loss(
    start: torch.Tensor, end: torch.Tensor, batch: dict[str, torch.Tensor], group: int
) -> torch.Tensor:
    """The loss of the module's docstring; logits of shape (rows, length), float32."""
    import torch
    from torch.nn.functional import cross_entropy

    lowest = torch.finfo(start.dtype).min
    context = batch["context"]
    local_mask = context.clone()
    local_mask[:, 0] = True
    rows, length = start.shape
    offset = torch.arange(rows, device=start.device).remainder(group) * length
    parts: list[torch.Tensor] = []
    for logits, target in ((start, batch["start"]), (end, batch["end"])):
        parts.append(cross_entropy(logits.masked_fill(~local_mask, lowest), target))
        shared = logits.masked_fill(~context, lowest).view(-1, group * length)
        where = torch.where(target > 0, target + offset, -1).view(-1, group).amax(dim=1)
        if bool((where >= 0).any()):
            parts.append(cross_entropy(shared, where.masked_fill(where < 0, -100)))
    return torch.stack(parts).mean()


def train(config: ReaderTraining, *, resume: bool = False) -> TrainingResult:
    """Train and write the reader to `config.output`; progress goes to the log and TensorBoard.

    With `resume` a run that was stopped goes on from its last checkpoint, exactly. Raises
    InputError for unusable data and ModelError for unusable start weights.
    """
    return _Run(config, resume=resume).finish()


class _Run(Loop[TrainingBatch]):
    def __init__(self, config: ReaderTraining, *, resume: bool) -> None:
        from .checkpoints import load_base

        super().__init__(config)
        self.config = config
        self.base = fetch(config.base)
        model, self.tokenizer = load_base(
            config.base, tokenizer=config.tokenizer, dropout=config.dropout
        )
        self.begun = {k: v.clone() for k, v in model.state_dict().items()} if config.merge else {}
        self.featurizer = Featurizer(self.tokenizer, size=config.window, overlap=config.overlap)
        if config.validate_every:
            self._held_out()  # so that it does not turn out in a thousand steps that there are none
        self.plan = BatchPlan(
            list(load_examples(self._rows(apart=False), self.featurizer)),
            self.featurizer,
            tokens=config.batch_tokens,
            negatives=config.negatives,
            seed=config.seed,
            title_dropout=config.title_dropout,
        )
        self.start(model, resume=resume)

    def _rows(self, *, apart: bool) -> Iterator[dict[str, Any]]:
        """The rows to train on, or with `apart` those held out."""
        for row in read_rows(self.config.data):
            if held_out(row.get("title", ""), self.config.held_out_articles) == apart:
                yield row

    def _held_out(self) -> list[dict[str, Any]]:
        rows = list(islice(self._rows(apart=True), self.config.validate_questions))
        if not rows:
            raise InputError(
                "no held-out rows to validate on; raise `held_out_articles`, or set "
                "`validate_every: 0`"
            )
        return rows

    def epoch(self, number: int) -> Iterator[TrainingBatch]:
        return self.plan.epoch(number)

    def batch_loss(self, batch: TrainingBatch) -> tuple[torch.Tensor, int]:
        import torch

        tensors = {
            name: torch.from_numpy(getattr(batch, name)).to(self.accelerator.device)
            for name in ("ids", "mask", "types", "context", "start", "end")
        }
        out = self.model(
            input_ids=tensors["ids"],
            attention_mask=tensors["mask"],
            token_type_ids=tensors["types"],
        )
        loss = span_loss(out.start_logits.float(), out.end_logits.float(), tensors, batch.group)
        return loss, int(batch.mask.sum())

    def validate(self) -> float:
        """F1 (0-100) on the first held-out questions, each on its own passage."""
        from ...core.records import Passage
        from ...models.runtimes.transformers import span_runtime
        from ..metrics import f1
        from ..reader import ReadRequest, SpanReader

        rows = self._held_out()
        model = self.result
        reader = SpanReader(
            span_runtime(model, self.tokenizer),
            name="in training",
            windows=Windows(size=self.config.window, overlap=self.config.overlap),
        )
        requests = [
            ReadRequest(
                r["question"],
                (Passage(document="", start=0, end=len(r["context"]), text=r["context"]),),
            )
            for r in rows
        ]
        texts = [r.spans[0].text if r.spans else "" for r in reader.read(requests)]
        golds = [row["answers"]["text"] for row in rows]
        return 100 * float(np.mean([f1(t, g) for t, g in zip(texts, golds, strict=True)]))

    def export(self, folder: Path) -> None:
        """Write config, tokenizer and float16 weights, and how they came: see `provenance.py`."""
        from .checkpoints import save_reader

        origin = provenance(json.loads(self.config.model_dump_json()), self.config.data)
        facts = {
            **origin,
            "data_sha256": {**Provenance.load(self.base).files, **origin["data_sha256"]},
            "questions": len(self.plan.examples),
            "steps": self.step,
            "tokens": self.tokens,
            "seconds": round(self.seconds),
        }
        model = self.result
        mix(model, self.begun, self.config.merge)
        save_reader(model, self.tokenizer, folder, facts)
        save_questions(folder, (row["question"] for row in self._rows(apart=False)), self.base)
