"""The trainer that fine-tuning and pre-training share: steps, rate, devices, checkpoints.

A run that was killed goes on exactly: batches come from ``(seed, epoch, row)``, dropout from
``(seed, step)``, and all else stands in the checkpoint.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import pickle
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ...core import files
from ...core.errors import InputError, first_line
from ...core.questions import RowLedger
from ...models.device import placement
from ...models.finite import check_trained
from ...models.runtimes.threads import configure_runtime
from ...models.training.extra import require_training
from ...models.training.outputs import check_writable, made_for_good, writing
from ...models.training.resumption import RunIdentity
from ...models.training.scalar_log import ScalarLog

if TYPE_CHECKING:
    import torch

__all__ = ["Trainer", "TrainerSettings", "TrainingResult", "learning_rate"]

log = logging.getLogger(__name__)

Batch = TypeVar("Batch")

_UNREADABLE = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, EOFError),
    pickle.UnpicklingError,
)
"""What broken checkpoints raise, by how they are broken."""


class TrainerSettings(BaseModel):
    """Settings of every training by `Trainer`; paths are relative to the working directory."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    base: str
    """Start weights: a folder or hub name of a BERT or SpanBERT model, or of a reader."""
    tokenizer: str | None = None
    """Where the tokenizer comes from, if not from `base`."""
    data: tuple[Path, ...]
    output: Path
    checkpoints: Path
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
    average: float = Field(default=0.0, ge=0, lt=1)
    """Decay per step of a running mean of the weights, which is validated and exported in their
    place (Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging", here
    with exponential weights); 0: none."""
    seed: int = Field(default=13, ge=0)
    bf16: bool = True
    """Compute in bfloat16 where the hardware multiplies it."""
    threads: int | None = Field(default=None, ge=1, le=1024)
    save_every_minutes: float = Field(default=5.0, gt=0)
    validate_every: int = Field(default=0, ge=0)
    """Steps between validations; 0: none."""
    patience: int = Field(default=0, ge=0)
    """Stop after this many validations without a better score, with the weights of the best;
    0: never."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a finished run reports."""

    output: Path
    steps: int
    """Optimizer steps, those before a resumption included."""
    seconds: float
    tokens: int
    """Tokens read, without padding."""
    loss: float
    """Running mean of the batches' losses."""
    rows: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What became of the rows of the data: see `RowLedger.to_json`."""


def learning_rate(step: int, total: int, config: TrainerSettings) -> float:
    """Trapezoid: rises over `warmup`, stays, falls linearly to 0 over the last `decay`."""
    rise = min(1.0, (step + 1) / max(1.0, config.warmup * total))
    fall = min(1.0, (total - step) / max(1.0, config.decay * total))
    return config.learning_rate * min(rise, fall)


class Trainer(ABC, Generic[Batch]):
    """Optimizes a model over batches, by AdamW, and exports what came out.

    A subclass gives `epoch`, `batch_loss`, `validate` and `export`. Its constructor calls
    `identify` with its start weights before it reads rows, counts these in `ledger`, and calls
    `prepare` with its model at its end; `train` then does all steps.
    Whoever wants steps one by one (a benchmark) takes the batches of `step_batches` and gives each
    list to `train_step`.
    """

    def __init__(self, config: TrainerSettings, *, idle_weights: bool = False) -> None:
        """`idle_weights`: not every batch has a gradient for each weight.

        Raises InputError where the extra `train` is not installed, and StorageError where nothing
        can be written to `output` or `checkpoints`.
        """
        require_training()
        import torch
        from accelerate import Accelerator
        from accelerate.utils import DistributedDataParallelKwargs, set_seed

        configure_runtime(config.threads)
        self.settings = config
        self.ledger = RowLedger()
        check_writable(config.output)
        check_writable(config.checkpoints)
        fast = config.bf16 and placement("auto")[1] == torch.bfloat16
        self.accelerator = Accelerator(
            mixed_precision="bf16" if fast else "no",
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=idle_weights)],
        )
        self.step = self.tokens = self.total_steps = 0
        self.seconds = self.loss = 0.0
        self.best_score, self.validations_since_best = -math.inf, 0
        set_seed(config.seed)

    def identify(self, start: Sequence[Path]) -> None:
        """Take note of recipe, data and the folders of the start weights, as they are now.

        Raises InputError where data are missing.
        """
        self.identity = RunIdentity.of(self.settings, self.data(), start)

    def data(self) -> tuple[Path, ...]:
        """The files of rows."""
        return self.settings.data

    def prepare(self, model: Any, *, resume: bool) -> None:
        """Put `model` on the devices; with `resume`, in the state of the last checkpoint.

        Raises InputError where the data fill no batch.
        """
        import torch

        config = self.settings
        optimizer = torch.optim.AdamW(
            _decay_groups(model, config.weight_decay),
            lr=config.learning_rate,
            eps=config.adam_epsilon,
            fused=True,
        )
        self.model, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.averaged = _running_mean(self.accelerator.unwrap_model(self.model), config.average)
        batches = sum(1 for _ in self.epoch(0))
        if not batches:
            raise InputError("no row is left to train on; check `data` and `held_out_articles`")
        self.total_steps = math.ceil(batches * config.epochs / self._batches_per_step)
        if resume:
            self._load()

    @abstractmethod
    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of one pass over the data, alike in each call."""

    @abstractmethod
    def batch_loss(self, batch: Batch) -> tuple[torch.Tensor, int]:
        """The loss of a batch, a scalar, and how many tokens the batch holds."""

    @abstractmethod
    def validate(self) -> float:
        """A score on what is held out; more is better."""

    @abstractmethod
    def export(self, folder: Path) -> None:
        """Write the result."""

    @property
    def result(self) -> Any:
        """The model to validate and export: the mean of the weights where one is kept."""
        if self.averaged is not None:
            return self.averaged.module
        return self.accelerator.unwrap_model(self.model)

    @property
    def _batches_per_step(self) -> int:
        """Batches of one optimizer step, over all devices."""
        count: int = self.accelerator.num_processes * self.settings.accumulate
        return count

    def step_batches(self) -> Iterator[list[Batch]]:
        """From the current step on: the batches of one optimizer step, for this process.

        What an epoch leaves over is the beginning of a step that the next one fills.
        """
        own, processes = self.accelerator.process_index, self.accelerator.num_processes
        stream = chain.from_iterable(map(self.epoch, count()))
        for step in range(self.total_steps):
            batches = list(islice(stream, self._batches_per_step))
            if step >= self.step:
                yield batches[own::processes]

    def train(self) -> TrainingResult:
        """Train to the end, export, and say how it went.

        Raises InputError where loss or weights are no numbers any more, and StorageError where
        something cannot be written; the last checkpoint stays as it was.
        """
        config = self.settings
        with (
            made_for_good(config.checkpoints, "*.pt"),
            writing(config.checkpoints),
            closing(ScalarLog(config.checkpoints / "tensorboard")) as board,
        ):
            self._steps(board)
            self._save()
        self._restore_best()
        if self.accelerator.is_main_process:
            self.export(config.output)
        return TrainingResult(
            config.output,
            self.step,
            self.seconds,
            self.tokens,
            self.loss,
            self.ledger.to_json(),
        )

    def _steps(self, board: ScalarLog) -> None:
        """All steps, with validations and checkpoints between them."""
        config = self.settings
        began, saved = time.monotonic() - self.seconds, time.monotonic()
        self.model.train()
        for batches in self.step_batches():
            rate = self.train_step(batches)
            self.seconds = time.monotonic() - began
            if self.step % 20 == 0:
                self._log(board, rate)
            if config.validate_every and self.step % config.validate_every == 0:
                self._validate_and_keep(board)
                if config.patience and self.validations_since_best >= config.patience:
                    break
            if time.monotonic() - saved > 60 * config.save_every_minutes:
                self._save()
                saved = time.monotonic()

    def train_step(self, batches: Sequence[Batch]) -> float:
        """One optimizer step over `batches`; returns its learning rate.

        Raises InputError where the loss, or its gradient, is no number any more.
        """
        import torch

        rate = learning_rate(self.step, self.total_steps, self.settings)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        processes = self.accelerator.num_processes
        stream = self.step * processes + self.accelerator.process_index
        torch.manual_seed(1_000_003 * self.settings.seed + stream)
        for batch in batches:
            loss, tokens = self.batch_loss(batch)
            value = float(loss.detach())
            self._check_number("loss", value)
            self.accelerator.backward(loss / len(batches))
            self.tokens += tokens * processes
            self.loss = value if not self.loss else 0.98 * self.loss + 0.02 * value
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), 1.0)
        if norm is not None:
            self._check_number("gradient", float(norm))
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.averaged is not None:
            self.averaged.update_parameters(self.accelerator.unwrap_model(self.model))
        self.step += 1
        return rate

    def _check_number(self, what: str, value: float) -> None:
        if not math.isfinite(value):
            raise InputError(
                f"the {what} of step {self.step} is {value}, so the weights are lost; lower "
                "`learning_rate` and train anew"
            )

    def _check_weights(self) -> None:
        """Raise InputError where weights are not finite: no file shall hold them."""
        model = self.accelerator.unwrap_model(self.model)
        check_trained(f"after step {self.step}", model.state_dict().items())
        if self.averaged is not None:
            check_trained(f"after step {self.step}", self.averaged.module.state_dict().items())

    def _log(self, board: ScalarLog, rate: float) -> None:
        board.add_scalar("loss", self.loss, self.step)
        board.add_scalar("learning_rate", rate, self.step)
        log.info(
            "step %d/%d loss %.4f rate %.2e %.0f tokens/s",
            self.step, self.total_steps, self.loss, rate, self.tokens / self.seconds,
        )  # fmt: skip

    def _validate_and_keep(self, board: ScalarLog) -> None:
        """Validate, and keep the weights if they are the best so far and that matters."""
        self._check_weights()
        score = self.validate()
        self.model.train()
        board.add_scalar("held_out", score, self.step)
        log.info("step %d held-out score %.2f", self.step, score)
        better = score > self.best_score
        self.best_score = max(self.best_score, score)
        self.validations_since_best = 0 if better else self.validations_since_best + 1
        if self.settings.patience and better and self.accelerator.is_main_process:
            _save_tensors(self._best_file, self.result.state_dict())

    def _restore_best(self) -> None:
        import torch

        path = self._best_file
        if self.settings.patience and self.best_score > -math.inf and path.is_file():
            state = torch.load(path, weights_only=True, map_location="cpu")
            self.result.load_state_dict(state)

    @property
    def _best_file(self) -> Path:
        """Where the best weights are; those of another training have another name."""
        text = json.dumps(self.identity.to_json(), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return self.settings.checkpoints / f"best-{digest[:12]}.pt"

    def _save(self) -> None:
        """Write a checkpoint beside the old one, then swap: a kill leaves one of the two whole."""
        if not self.accelerator.is_main_process:
            return
        self._check_weights()
        folder = self.settings.checkpoints
        folder.mkdir(parents=True, exist_ok=True)
        model = self.accelerator.unwrap_model(self.model)
        state = {"model": model.state_dict(), "optimizer": self.optimizer.state_dict()}
        if self.averaged is not None:
            state["mean"] = self.averaged.state_dict()
        name = f"state-{self.step}.pt"
        _save_tensors(folder / name, state)
        facts = {
            "file": name,
            "step": self.step,
            "tokens": self.tokens,
            "seconds": self.seconds,
            "loss": self.loss,
            "best": self.best_score if math.isfinite(self.best_score) else None,
            "bad": self.validations_since_best,
            "run": self.identity.to_json(),
        }
        files.save(folder / "state.json", json.dumps(facts))
        kept = {name, self._best_file.name}
        for old in [*folder.glob("state-*.pt*"), *folder.glob("best*.pt*")]:
            if old.name not in kept:  # of earlier steps, or what a killed run had half written
                old.unlink()

    def _load(self) -> None:
        """Go on from the last checkpoint, if there is one.

        Raises InputError for one of another training, and for one that cannot be read.
        """
        import torch

        folder = self.settings.checkpoints
        if not (folder / "state.json").exists():
            log.info("no checkpoint in %s: this starts at step 0", folder)
            return
        try:
            facts = json.loads((folder / "state.json").read_text(encoding="utf-8"))
            self.identity.check(facts.get("run"), folder)
            state = torch.load(folder / facts["file"], weights_only=True, map_location="cpu")
            self._take(facts, state)
        except _UNREADABLE as error:
            raise InputError(
                f"the checkpoint in {folder} cannot be read ({first_line(error)}); train anew, "
                "without --resume"
            ) from error
        self._check_weights()
        log.info("resumed at step %d of %d", self.step, self.total_steps)

    def _take(self, facts: dict[str, Any], state: dict[str, Any]) -> None:
        """Take on what a checkpoint holds."""
        self.accelerator.unwrap_model(self.model).load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.averaged is not None:
            self.averaged.load_state_dict(state["mean"])
        self.step, self.tokens = facts["step"], facts["tokens"]
        self.seconds, self.loss = facts["seconds"], facts["loss"]
        best = facts.get("best")
        self.best_score = -math.inf if best is None else best
        self.validations_since_best = facts.get("bad", 0)


def _save_tensors(path: Path, state: dict[str, Any]) -> None:
    """Write what torch can load; whole or not at all. Raises StorageError."""
    import torch

    # Into an open file: by a path torch hides what the system refused. Even so it raises a
    # RuntimeError of its own while it closes what it could not write.
    with files.draft(path) as draft, writing(path), draft.open("wb") as file:
        torch.save(state, file)


def _running_mean(model: Any, decay: float) -> Any:
    """Holder of the exponential moving average of the weights; None for a decay of 0."""
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    if not decay:
        return None
    moving_average: Any = get_ema_multi_avg_fn
    return AveragedModel(model, multi_avg_fn=moving_average(decay))


def _decay_groups(model: Any, weight_decay: float) -> Iterable[dict[str, Any]]:
    """Biases and layer norms are not decayed, as in BERT's own optimizer."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
