"""Contrastive training of encoders: loss, collator, sampler and log for `sentence-transformers`.

They differ from the library's own in one thing each: texts of like length are computed together,
a question has as many negatives as were mined for it, and pairs keep apart by `TrainingPair.keys`.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformerTrainer
from sentence_transformers.base.sampler import NoDuplicatesBatchSampler
from sentence_transformers.sentence_transformer.data_collator import SentenceTransformerDataCollator
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from torch import Tensor, nn
from torch.nn.functional import kl_div, log_softmax, normalize
from torch.utils.checkpoint import checkpoint
from transformers import PrinterCallback, TrainerCallback

from ...core import files
from ...core.errors import InputError
from ...models.finite import check_trained
from ...models.training.outputs import writing
from ...models.training.resumption import RUN_FILE, RunIdentity
from .pairs import TrainingPair

__all__ = ["ContrastiveTrainer", "PairCollator", "ProgressCallback", "RankingLoss"]

log = logging.getLogger(__name__)

_STEP = 16
"""Lengths are rounded up to its multiples, so that the same shapes come again and again."""


class RankingLoss(nn.Module):
    """Cross entropy of each question's own passage among all passages of the batch.

    The InfoNCE loss with in-batch negatives (van den Oord et al. 2018; Karpukhin et al. 2020): the
    similarity is the cosine divided by `temperature`. The model sees at most `chunk_tokens` at
    once, padding included, so that they stay in the caches of a CPU. `tokens` counts what was read.

    Where passages have scores, `soft` times the divergence of the question's similarities to its
    own passage and negatives from these scores, divided by `score_temperature`, is added.
    With `gradient_cache` no more than one chunk's activations are held: vectors are computed
    first, and each chunk again when its gradient is (Gao et al. 2021, "Scaling deep contrastive
    learning batch size under memory limited setup"). The gradients are the same.
    """

    def __init__(
        self,
        model: Any,
        *,
        temperature: float,
        chunk_tokens: int,
        soft: float = 1.0,
        score_temperature: float = 1.0,
        gradient_cache: bool = False,
    ) -> None:
        super().__init__()
        self.model, self.chunk_tokens, self.tokens = model, chunk_tokens, 0
        self.ranking = MultipleNegativesRankingLoss(model, scale=1 / temperature)
        self.soft, self.score_temperature = soft, score_temperature
        self.gradient_cache = gradient_cache

    def forward(self, columns: Iterable[dict[str, Tensor]], labels: Any) -> Tensor:
        """The mean loss; `columns` are the inputs of questions, passages and, if any, negatives.

        Each has `input_ids` and `attention_mask` of shape (rows, length); row n of the passages
        belongs to row n of the questions. `labels` are the scores, see `PairCollator`, or None.
        Raises InputError where the loss is no number any more.
        """
        vectors = self._embed(list(columns))
        loss: Tensor = self.ranking.compute_loss_from_embeddings(vectors, labels)
        if labels is not None:
            loss = loss + self.soft * self._divergence(vectors, labels)
        if not math.isfinite(value := float(loss.detach())):
            raise InputError(
                f"the loss of a step is {value}, so the weights are lost; lower `learning_rate` "
                "and train anew"
            )
        return loss

    def _divergence(self, vectors: Sequence[Tensor], scores: Tensor) -> Tensor:
        """Mean divergence of the questions with scores from these; 0 where there are none."""
        questions, *rest = (normalize(column, dim=1) for column in vectors)
        passages, count = torch.cat(rest), len(questions)
        theirs = scores.isnan().logical_not()  # the candidates that each question has
        negatives = theirs.sum(1) - 1
        places = torch.arange(scores.shape[1] - 1, device=scores.device)
        first = count + negatives.cumsum(0) - negatives
        own = torch.arange(count, device=scores.device)
        candidates = torch.cat([own[:, None], first[:, None] + places], dim=1)
        candidates = candidates.where(theirs, own[:, None])
        similar = (questions[:, None] * passages[candidates]).sum(-1) * self.ranking.scale
        scored = scores[:, 0].isfinite()
        if not bool(scored.any()):
            nothing: Tensor = similar.sum() * 0
            return nothing
        lowest = torch.finfo(similar.dtype).min
        ours, wanted = (
            log_softmax(x.masked_fill(~theirs, lowest)[scored], dim=1)
            for x in (similar, scores / self.score_temperature)
        )
        divergence: Tensor = kl_div(ours, wanted, log_target=True, reduction="batchmean")
        return divergence

    def _vectors(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Vectors of rows of tokens, shape (rows, width)."""
        vectors: Tensor = self.model({"input_ids": ids, "attention_mask": mask})[
            "sentence_embedding"
        ]
        return vectors.float()

    def _embed(self, columns: Sequence[dict[str, Tensor]]) -> list[Tensor]:
        """Vectors of each column, shape (rows, width)."""
        ids = _stacked([column["input_ids"] for column in columns])
        mask = _stacked([column["attention_mask"] for column in columns])
        lengths = mask.sum(1)
        order = lengths.argsort(descending=True, stable=True)
        self.tokens += int(lengths.sum())
        parts: list[Tensor] = []
        at = 0
        while at < len(order):
            longest = min(-(-int(lengths[order[at]]) // _STEP) * _STEP, ids.shape[1])
            rows = order[at : at + max(1, self.chunk_tokens // longest)]
            inputs = ids[rows, :longest], mask[rows, :longest]
            parts.append(
                checkpoint(self._vectors, *inputs, use_reentrant=False)
                if self.gradient_cache
                else self._vectors(*inputs)
            )
            at += len(rows)
        vectors = torch.cat(parts)[order.argsort()]
        sizes = [len(column["input_ids"]) for column in columns]
        return list(torch.split(vectors, sizes))


def _stacked(columns: Sequence[Tensor]) -> Tensor:
    """All rows below each other, with zeros behind the shorter ones."""
    longest = max(column.shape[1] for column in columns)
    return torch.cat(
        [nn.functional.pad(column, (0, longest - column.shape[1])) for column in columns]
    )


class PairCollator(SentenceTransformerDataCollator):  # type: ignore[misc]  # its base is untyped
    """Tokenizes questions, passages and all the negatives of a batch.

    Where any question of it has scores, they are its `label`, shape (questions, 1 + most
    negatives): those of its passage and negatives, -inf where these have none, and NaN behind them.
    """

    def __call__(self, features: list[dict[str, Any]]) -> dict[str, Tensor]:
        texts = {
            "question": [row["question"] for row in features],
            "passage": [row["passage"] for row in features],
            "negative": [text for row in features for text in row["negatives"]],
        }
        batch = {
            f"{name}_{key}": tensor
            for name, column in texts.items()
            if column
            for key, tensor in self.preprocess_fn(column).items()
            if key in ("input_ids", "attention_mask")
        }
        if any(row["scores"] for row in features):
            label = torch.full((len(features), 1 + max(map(_negatives, features))), math.nan)
            for row, feature in zip(label, features, strict=True):
                row[: 1 + _negatives(feature)] = torch.tensor(feature["scores"] or -math.inf)
            batch["label"] = label
        return batch


def _negatives(feature: dict[str, Any]) -> int:
    return len(feature["negatives"])


class ContrastiveTrainer(SentenceTransformerTrainer):  # type: ignore[misc]  # its base is untyped
    """The library's trainer, with batches in which no two pairs share a key.

    Its checkpoints are whole or not there, hold no weight that is not finite, and tell which
    training they are of.
    """

    def __init__(
        self, pairs: Sequence[TrainingPair], *, identity: RunIdentity, **options: Any
    ) -> None:
        self._identity = identity
        columns = {
            "question": [pair.question for pair in pairs],
            "passage": [pair.passage for pair in pairs],
            "negatives": [list(pair.negatives) for pair in pairs],
            "scores": [list(pair.scores) for pair in pairs],
        }
        self.keep_apart(pairs)
        super().__init__(train_dataset=Dataset.from_dict(columns), **options)
        self.remove_callback(PrinterCallback)

    def keep_apart(self, pairs: Sequence[TrainingPair]) -> None:
        """Note the pairs' keys, which the sampler reads; a short row is filled with unique ones."""
        width = max(len(pair.keys) for pair in pairs)
        rows = [
            [*pair.keys, *(f"\0{i} {n}" for n in range(width - len(pair.keys)))]
            for i, pair in enumerate(pairs)
        ]
        self._keys = Dataset.from_dict({f"key{n}": [row[n] for row in rows] for n in range(width)})

    def get_batch_sampler(
        self,
        dataset: Dataset,
        batch_size: int,
        drop_last: bool,
        valid_label_columns: list[str] | None = None,
        generator: torch.Generator | None = None,
        seed: int = 0,
    ) -> Any:
        return NoDuplicatesBatchSampler(
            self._keys, batch_size, drop_last, valid_label_columns, generator, seed
        )

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Write a checkpoint; the ones before it go when it is whole.

        Raises InputError where weights are lost, StorageError where it cannot be written.
        """
        folder = Path(self.args.output_dir or "") / f"checkpoint-{self.state.global_step}"
        check_trained(f"after step {self.state.global_step}", model.state_dict().items())
        first = self.is_world_process_zero()
        try:
            with writing(folder):
                if first:
                    files.remove(folder / "trainer_state.json")
                    folder.mkdir(parents=True, exist_ok=True)
                    files.save(folder / RUN_FILE, json.dumps(self._identity.to_json()))
                super()._save_checkpoint(model, trial)
        except BaseException:
            files.remove(folder)
            raise
        for other in folder.parent.glob("checkpoint-*") if first else ():
            if other != folder:  # those of an earlier training may have higher numbers
                files.remove(other)

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Leave out the library's own model card, for which it would encode examples."""


class ProgressCallback(TrainerCallback):  # type: ignore[misc]  # its base is untyped
    """Logs the course of a training, counts its seconds and saves it every so many minutes."""

    def __init__(self, loss: RankingLoss, *, save_every_minutes: float) -> None:
        self._loss, self._save_every = loss, 60 * save_every_minutes
        self._began = self._saved = self._started = time.monotonic()
        self.seconds = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        earlier = max((entry.get("seconds", 0.0) for entry in state.log_history), default=0.0)
        self._saved = self._started = time.monotonic()
        self._began = self._started - earlier

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        now = time.monotonic()
        self.seconds = now - self._began
        if state.global_step == state.max_steps:
            control.should_log = True
        if now - self._saved > self._save_every:
            self._saved = now
            control.should_log = control.should_save = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        # What stands in the history is saved with a checkpoint, and so outlives the process.
        state.log_history[-1]["seconds"] = self.seconds
        if logs and "loss" in logs:
            log.info(
                "step %d/%d loss %.4f rate %.2e %.0f tokens/s",
                state.global_step, state.max_steps, float(logs["loss"]),
                float(logs["learning_rate"]),
                self._loss.tokens / (time.monotonic() - self._started),
            )  # fmt: skip
