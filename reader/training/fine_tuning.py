"""Fine-tunes a span reader on question rows, by the loss of `objectives.span_loss`.

A question's own passage is read beside passages without its answer, all windows normalized
together: so the reader's scores compare across passages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from ...core import files
from ...core.errors import InputError
from ...models.training.checkpoints import fetch_base
from ...models.training.outputs import drafted_folder
from ...models.training.recipes import HELD_OUT, held_out, mix, provenance, read_rows
from ...models.training.resumption import named_digests
from ..provenance import Provenance, save_questions
from ..windows import Featurizer, Windows
from .examples import TENSORS, BatchPlan, Example, TrainingBatch, load_examples
from .trainer import Trainer, TrainerSettings, TrainingResult

if TYPE_CHECKING:
    import torch

__all__ = ["ReaderTrainer", "ReaderTraining", "train"]


class ReaderTraining(TrainerSettings):
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


@files.refusals()
def train(config: ReaderTraining, *, resume: bool = False) -> TrainingResult:
    """Train and write the reader to `config.output`; progress goes to the log and TensorBoard.

    With `resume` a run that was stopped goes on from its last checkpoint, exactly. Raises
    InputError for unusable data, for a checkpoint of another training, for weights that do not
    stay finite, or where the extra `train` is not installed; ModelError for unusable start weights;
    StorageError where something cannot be written.
    """
    return ReaderTrainer(config, resume=resume).train()


class ReaderTrainer(Trainer[TrainingBatch]):
    """Trains a reader as its settings say; see `Trainer` for what a subclass may change.

    One may also have other rows (`read_rows`), whose files it names as `data`, deal them in another
    way (`make_plan`), and pass on what more than its start weights have seen (`starts`).
    """

    layers: int | None = None
    """Of the start weights, so many are trained; None: all."""
    keeps_rows = False
    """Whether examples keep the rows that they were made of."""

    def __init__(self, config: ReaderTraining, *, resume: bool = False) -> None:
        from ...models.runtimes.span_models import as_span_model
        from .checkpoints import load_base

        super().__init__(config)
        self.config = config
        self.start = fetch_base(config.base)
        self.identify(self.starts())
        model, self.tokenizer = load_base(
            self.start, tokenizer=config.tokenizer, dropout=config.dropout, layers=self.layers
        )
        self.inputs = as_span_model(model).extra_inputs  # as they are in reading
        self.start_state = (
            {k: v.clone() for k, v in model.state_dict().items()} if config.merge else {}
        )
        self.featurizer = Featurizer(
            self.tokenizer,  # pyright: ignore[reportArgumentType]  # its ids come by __getattr__
            size=config.window,
            overlap=config.overlap,
        )
        self.held_out: list[dict[str, Any]] = []
        self.questions: list[str] = []
        examples = list(
            load_examples(self._training_rows(), self.featurizer, self.ledger, keep=self.keeps_rows)
        )
        if examples and all(example.answers == () for example in examples):
            raise InputError(
                f"none of the {len(examples):,} rows to train on has an answer, from which a "
                "reader learns to find none anywhere; add rows with answers to `data`"
            )
        if config.validate_every and not self.held_out:
            raise InputError(
                "no held-out rows to validate on; raise `held_out_articles`, or set "
                "`validate_every: 0`"
            )
        self.plan = self.make_plan(examples)
        self.prepare(model, resume=resume)

    def starts(self) -> list[Path]:
        """Folders of the models that this starts from; what they have seen is passed on."""
        return [self.start.folder]

    def read_rows(self) -> Iterator[dict[str, Any]]:
        """All rows of the data."""
        return read_rows(self.config.data, self.ledger)

    def make_plan(self, examples: Sequence[Example]) -> BatchPlan:
        """How the examples are dealt."""
        return BatchPlan(examples, self.featurizer, **self.dealing)

    @property
    def dealing(self) -> dict[str, Any]:
        """What plans are told beside the examples."""
        config = self.config
        return {
            "tokens": config.batch_tokens,
            "negatives": config.negatives,
            "seed": config.seed,
            "title_dropout": config.title_dropout,
        }

    def _training_rows(self) -> Iterator[dict[str, Any]]:
        """The rows to train on; the first of those held out are kept."""
        config = self.config
        for row in self.read_rows():
            if not held_out(row.get("title", ""), config.held_out_articles):
                self.questions.append(row["question"])
                yield row
                continue
            self.ledger.leave_out(HELD_OUT)
            if row["answers"] is not None and len(self.held_out) < config.validate_questions:
                self.held_out.append(row)

    def epoch(self, number: int) -> Iterator[TrainingBatch]:
        return self.plan.epoch(number)

    def batch_loss(self, batch: TrainingBatch) -> tuple[torch.Tensor, int]:
        from .objectives import span_loss

        start, end, tensors = self.logits(batch)
        return span_loss(start, end, tensors, batch.group), int(batch.mask.sum())

    def logits(
        self, batch: TrainingBatch
    ) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Start and end logits (rows, length) of a batch, and its arrays on the device."""
        import torch

        tensors = {
            name: torch.from_numpy(getattr(batch, name)).to(self.accelerator.device)
            for name in TENSORS
        }
        extra = self.inputs(tensors["ids"], tensors["mask"], tensors["types"])
        out = self.model(input_ids=tensors["ids"], **extra)
        return out.start_logits.float(), out.end_logits.float(), tensors

    def validate(self) -> float:
        """F1 (0-100) on the first held-out questions, each on its own passage."""
        from ...core.records import Passage
        from ...models.runtimes.transformers import span_runtime
        from ..metrics import f1
        from ..reader import ReadRequest, SpanReader

        rows = self.held_out
        reader = SpanReader(
            span_runtime(self.result, self.tokenizer),
            name="in training",
            windows=Windows(size=self.config.window, overlap=self.config.overlap),
        )
        requests = [
            ReadRequest(
                row["question"],
                (Passage(document="", start=0, end=len(row["context"]), text=row["context"]),),
            )
            for row in rows
        ]
        readings = reader.read(requests)
        texts = [reading.spans[0].text if reading.spans else "" for reading in readings]
        golds = [row["answers"]["text"] for row in rows]
        scores = [f1(text, answers) for text, answers in zip(texts, golds, strict=True)]
        return 100 * float(np.mean(scores))

    def export(self, folder: Path) -> None:
        """Write config, tokenizer and float16 weights, and how they came: see `provenance.py`."""
        from .checkpoints import save_reader

        facts, model = self.facts(), self.result
        mix(model, self.start_state, self.config.merge)
        with drafted_folder(folder) as draft:
            save_reader(model, self.tokenizer, draft, facts)
            save_questions(
                draft,
                self.questions,
                *self.starts(),
                validated=[row["question"] for row in self._validated()],
            )

    def _validated(self) -> list[dict[str, Any]]:
        """The rows by which weights were chosen."""
        return self.held_out if self.config.validate_every else []

    def facts(self) -> dict[str, Any]:
        """How the result came about, and what it and the models behind it have seen."""
        files: dict[str, str] = {}
        validated_on: dict[str, str] = {}
        for earlier in map(Provenance.load, self.starts()):
            files = named_digests(earlier.files.items(), files)
            validated_on = named_digests(earlier.validated_on.items(), validated_on)
        own = self.identity.data
        facts = provenance(json.loads(self.config.model_dump_json()), own)
        facts |= {
            "data_sha256": named_digests(own, files),
            "rows": self.ledger.to_json(),
            "questions": len(self.plan.examples),
            "steps": self.step,
            "tokens": self.tokens,
            "seconds": round(self.seconds),
        }
        if validated_on := named_digests(own if self._validated() else (), validated_on):
            facts["validated_on"] = validated_on
        return facts
