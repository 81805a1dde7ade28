"""Fine-tunes a span reader: one normalization over all passages of a question.

The loss of a question with windows w has two parts, averaged. *Shared*: cross entropy of the
answer's start (and end) under one softmax over the passage tokens of all its windows (Clark &
Gardner 2018, section 3.3), so that scores compare across passages. *Local*: cross entropy within
each window over its passage tokens and ``[CLS]``, which is the target where the window holds no
answer, so that a window alone can say "not here".
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..memory.errors import InputError
from ..models.training import held_out, provenance, read_rows
from .examples import BatchPlan, TrainingBatch, load_examples
from .features import Featurizer
from .provenance import Provenance, save_questions

if TYPE_CHECKING:
    import torch
    from accelerate import Accelerator
    from transformers import PreTrainedModel

log = logging.getLogger(__name__)


class ReaderTraining(BaseModel):
    """Settings of `spanmem train reader`; paths are relative to the working directory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str
    """Start weights: a folder or hub name of a BERT or SpanBERT model, or of a reader."""
    tokenizer: str | None = None
    """Where the tokenizer comes from, if not from `base`."""
    data: tuple[Path, ...]
    """Flat SQuAD rows as JSON lines, `.gz` too; rows may carry mined `negatives`."""
    output: Path
    checkpoints: Path
    held_out_articles: float = Field(default=0.03, ge=0, lt=1)
    """Share of the titled articles kept out of training, for validation and calibration."""
    epochs: float = Field(default=2.0, gt=0)
    batch_tokens: int = Field(default=4096, ge=256)
    accumulate: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=2e-5, gt=0)
    adam_epsilon: float = 1e-8
    weight_decay: float = 0.01
    warmup: float = Field(default=0.05, ge=0, lt=1)
    """Share of all steps in which the rate rises from 0."""
    decay: float = Field(default=1.0, gt=0, le=1)
    """Share of all steps, the last ones, in which it falls to 0."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    negatives: int = Field(default=1, ge=0)
    """A question's own passage is read beside none to this many without the answer, as drawn."""
    window: int = Field(default=256, ge=64, le=512)
    overlap: int = Field(default=64, ge=0)
    title_dropout: float = Field(default=0.5, ge=0, le=1)
    seed: int = 13
    bf16: bool = True
    threads: int | None = None
    save_every_minutes: float = Field(default=5.0, gt=0)
    validate_every: int = Field(default=0, ge=0)
    """Steps between validations; 0: only at the end."""
    validate_questions: int = Field(default=500, ge=1)
    patience: int = Field(default=0, ge=0)
    """Stop after this many validations without a better F1; 0: never."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a finished run reports."""

    output: Path
    steps: int
    seconds: float
    tokens: int
    loss: float


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


def learning_rate(step: int, total: int, config: ReaderTraining) -> float:
    """Trapezoid: rises over `warmup`, stays, falls linearly to 0 over the last `decay`."""
    rise = min(1.0, (step + 1) / max(1.0, config.warmup * total))
    fall = min(1.0, (total - step) / max(1.0, config.decay * total))
    return config.learning_rate * min(rise, fall)


def train(config: ReaderTraining, *, resume: bool = False) -> TrainingResult:
    """Train and write the reader to `config.output`; progress goes to the log and TensorBoard.

    With `resume` a run that was stopped goes on from its last checkpoint, exactly. Raises
    InputError for unusable data and ModelError for unusable start weights.
    """
    return _Run(config, resume=resume).finish()


class _Run:
    def __init__(self, config: ReaderTraining, *, resume: bool) -> None:
        import torch
        from accelerate import Accelerator
        from accelerate.utils import set_seed

        from .model import load_for_training

        if config.threads:
            torch.set_num_threads(config.threads)
        self.config = config
        self.accelerator: Accelerator = Accelerator(mixed_precision="bf16" if config.bf16 else "no")
        set_seed(config.seed)
        model, tokenizer = load_for_training(
            config.base, tokenizer=config.tokenizer, dropout=config.dropout
        )
        self.tokenizer = tokenizer
        self.featurizer = Featurizer(tokenizer, size=config.window, overlap=config.overlap)
        rows = read_rows(config.data)
        kept = (r for r in rows if not held_out(r.get("title", ""), config.held_out_articles))
        self.plan = BatchPlan(
            list(load_examples(kept, self.featurizer)),
            self.featurizer,
            tokens=config.batch_tokens,
            negatives=config.negatives,
            seed=config.seed,
            title_dropout=config.title_dropout,
        )
        if not self.plan.examples:
            raise InputError("no row is left to train on; check `data` and `held_out_articles`")
        optimizer = torch.optim.AdamW(
            _decay_groups(model, config.weight_decay),
            lr=config.learning_rate,
            eps=config.adam_epsilon,
            fused=True,
        )
        self.model, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.step = self.tokens = 0
        self.seconds = self.loss = 0.0
        self.total = math.ceil(self._steps_per_epoch() * config.epochs)
        if resume and (config.checkpoints / "state.json").exists():
            self._load()

    def _steps_per_epoch(self) -> int:
        batches = sum(1 for _ in self.plan.epoch(0))
        share: int = self.accelerator.num_processes * self.config.accumulate
        return math.ceil(batches / share)

    def _batches(self) -> Iterator[list[TrainingBatch]]:
        """From the current step on: the batches of one optimizer step, for this process."""
        share = self.accelerator.num_processes * self.config.accumulate
        step, epoch = 0, 0
        while step < self.total:
            pending: list[TrainingBatch] = []
            for batch in self.plan.epoch(epoch):
                pending.append(batch)
                if len(pending) == share:
                    if step >= self.step:
                        yield pending[
                            self.accelerator.process_index :: self.accelerator.num_processes
                        ]
                    pending = []
                    step += 1
            epoch += 1

    def finish(self) -> TrainingResult:
        from torch.utils.tensorboard import SummaryWriter

        config = self.config
        board = SummaryWriter(str(config.checkpoints / "tensorboard"))
        began, saved = time.monotonic() - self.seconds, time.monotonic()
        best, bad = -1.0, 0
        self.model.train()
        for batches in self._batches():
            if self.step >= self.total:
                break
            rate = self._advance(batches)
            self.seconds = time.monotonic() - began
            if self.step % 20 == 0:
                board.add_scalar("loss", self.loss, self.step)
                board.add_scalar("learning_rate", rate, self.step)
                log.info(
                    "step %d/%d loss %.4f rate %.2e %.0f tokens/s",
                    self.step, self.total, self.loss, rate, self.tokens / self.seconds,
                )  # fmt: skip
            if time.monotonic() - saved > 60 * config.save_every_minutes:
                self._save()
                saved = time.monotonic()
            if config.validate_every and self.step % config.validate_every == 0:
                score = self.validate()
                board.add_scalar("held_out_f1", score, self.step)
                log.info("step %d held-out F1 %.2f", self.step, score)
                best, bad = max(best, score), 0 if score > best else bad + 1
                if config.patience and bad >= config.patience:
                    break
        board.close()
        self._save()
        self.export(config.output)
        return TrainingResult(config.output, self.step, self.seconds, self.tokens, self.loss)

    def _advance(self, batches: Sequence[TrainingBatch]) -> float:
        import torch

        rate = learning_rate(self.step, self.total, self.config)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        for batch in batches:
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
            self.accelerator.backward(loss / len(batches))
            self.tokens += int(batch.mask.sum())
            value = float(loss.detach())
            self.loss = value if not self.loss else 0.98 * self.loss + 0.02 * value
        self.accelerator.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return rate

    def validate(self) -> float:
        """F1 (0-100) on the first held-out questions, each on its own passage."""
        from ..memory.records import Passage
        from .metrics import f1
        from .read import ReadRequest, SpanReader

        rows: list[dict[str, Any]] = []
        for row in read_rows(self.config.data):
            if held_out(row.get("title", ""), self.config.held_out_articles):
                rows.append(row)
                if len(rows) == self.config.validate_questions:
                    break
        if not rows:
            raise InputError("no held-out rows to validate on; raise `held_out_articles`")
        model = self.accelerator.unwrap_model(self.model)
        reader = SpanReader(model, self.tokenizer, name="in training")
        requests = [
            ReadRequest(
                r["question"],
                (Passage(document="", start=0, end=len(r["context"]), text=r["context"]),),
            )
            for r in rows
        ]
        texts = [r.spans[0].text if r.spans else "" for r in reader.read(requests)]
        self.model.train()
        golds = [row["answers"]["text"] for row in rows]
        return 100 * float(np.mean([f1(t, g) for t, g in zip(texts, golds, strict=True)]))

    def _save(self) -> None:
        """Write a checkpoint beside the old one, then swap: a kill leaves one of the two whole."""
        import torch

        if not self.accelerator.is_main_process:
            return
        folder = self.config.checkpoints
        folder.mkdir(parents=True, exist_ok=True)
        model = self.accelerator.unwrap_model(self.model)
        state = {
            "model": model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
        }
        name = f"state-{self.step}.pt"
        torch.save(state, folder / name)
        draft = folder / "state.json.tmp"
        facts = {
            "file": name,
            "step": self.step,
            "tokens": self.tokens,
            "seconds": self.seconds,
            "loss": self.loss,
        }
        draft.write_text(json.dumps(facts), encoding="utf-8")
        draft.replace(folder / "state.json")
        for old in folder.glob("state-*.pt"):
            if old.name != name:
                old.unlink()

    def _load(self) -> None:
        import torch

        folder = self.config.checkpoints
        facts = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        state = torch.load(folder / facts["file"], weights_only=True, map_location="cpu")
        self.accelerator.unwrap_model(self.model).load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        self.step, self.tokens = facts["step"], facts["tokens"]
        self.seconds, self.loss = facts["seconds"], facts["loss"]
        log.info("resumed at step %d of %d", self.step, self.total)

    def export(self, folder: Path) -> None:
        """Write config, tokenizer and float16 weights, and how they came: see `provenance.py`."""
        from .model import save_reader

        base = Path(self.config.base)
        origin = provenance(json.loads(self.config.model_dump_json()), self.config.data)
        facts = {
            **origin,
            "data_sha256": {**Provenance.load(base).files, **origin["data_sha256"]},
            "questions": len(self.plan.examples),
            "steps": self.step,
            "tokens": self.tokens,
            "seconds": round(self.seconds),
        }
        save_reader(self.accelerator.unwrap_model(self.model), self.tokenizer, folder, facts)
        kept = (
            row["question"]
            for row in read_rows(self.config.data)
            if not held_out(row.get("title", ""), self.config.held_out_articles)
        )
        save_questions(folder, kept, base)


def _decay_groups(model: PreTrainedModel, weight_decay: float) -> Iterable[dict[str, Any]]:
    """Biases and layer norms are not decayed, as in BERT's own optimizer."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
