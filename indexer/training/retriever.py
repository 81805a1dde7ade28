"""Trains a retriever: questions to their passages, away from those that only look like it.

Any BERT can be the start, SpanBERT among them: it gets mean pooling. The loss is cross entropy of
the right passage among all passages of the batch and the mined negatives, through the trainer of
`sentence-transformers`; the result is an ordinary folder of that library.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...core import files
from ...core.errors import InputError, ModelError, first_line
from ...core.questions import RowLedger
from ...models.checkpoints import load_model, load_tokenizer, quiet
from ...models.device import placement
from ...models.finite import check_loaded, check_trained
from ...models.runtimes.threads import configure_runtime
from ...models.training.checkpoints import StartWeights, fetch_base
from ...models.training.extra import require_training
from ...models.training.outputs import check_writable, writing
from ...models.training.recipes import HELD_OUT, held_out, mix, provenance, read_rows
from ...models.training.resumption import RUN_FILE, RunIdentity
from ...models.training.scalar_log import ScalarLog
from .export import export
from .pairs import TrainingPair, load_pairs, load_retrieval_task

if TYPE_CHECKING:
    import torch

__all__ = ["RetrieverResult", "RetrieverTraining", "load_base", "train"]

log = logging.getLogger(__name__)

_CHUNK_TOKENS = {"cpu": 4096, "cuda": 65_536, "mps": 16_384}
"""Padded tokens that the model sees at once."""


class RetrieverTraining(BaseModel):
    """Settings of `spanmem train retriever`; paths are relative to the working directory."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    base: str | None = None
    """Start weights: a folder or hub name of a BERT, SpanBERT or sentence-transformers model;
    None: the bundled encoder."""
    tokenizer: str | None = None
    """Where the tokenizer comes from, if not from `base`."""
    data: tuple[Path, ...]
    """Flat SQuAD rows as JSON lines, `.gz` too; rows may carry mined `negatives`, and `scores` of
    their own passage and of each of these."""
    output: Path
    checkpoints: Path
    held_out_articles: float = Field(default=0.03, ge=0, lt=1)
    """Share of the titled articles kept out of training, for validation."""
    epochs: float = Field(default=1.0, gt=0)
    batch: int = Field(default=64, ge=2)
    """Questions of a batch: each has the passages of all others as negatives."""
    negatives: int = Field(default=1, ge=0)
    """Mined passages, drawn per question, that stand in the batch besides."""
    temperature: float = Field(default=0.05, gt=0)
    soft: float = Field(default=1.0, ge=0)
    """Weight of the divergence from a row's `scores` beside the loss of ranking."""
    score_temperature: float = Field(default=3.0, gt=0)
    """What `scores` are divided by before they are compared with cosines over `temperature`."""
    gradient_cache: bool = False
    """Compute texts twice, and hold no more than a few at once: for a `batch` beyond the memory."""
    learning_rate: float = Field(default=2e-5, gt=0)
    weight_decay: float = 0.01
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """Share of all steps in which the rate rises from 0; it falls to 0 over the others."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    title_dropout: float = Field(default=0.3, ge=0, le=1)
    """Share of the questions whose passages are shown without their titles."""
    max_length: int = Field(default=192, ge=16)
    """Tokens of a text in training; the result reads as many as `base` does."""
    words: int = Field(default=100, ge=1)
    """Words of a passage, as in indexing."""
    overlap: int = Field(default=20, ge=0)
    merge: float = Field(default=0.0, ge=0, le=1)
    """Share of the start weights in the result, which keeps skill on other texts (WiSE-FT)."""
    seed: int = Field(default=13, ge=0)
    bf16: bool = True
    """Compute in bfloat16 where the hardware multiplies it."""
    threads: int | None = Field(default=None, ge=1, le=1024)
    save_every_minutes: float = Field(default=5.0, gt=0)
    validate_every: int = Field(default=0, ge=0)
    """Steps between validations; 0: only before and after."""
    validate_questions: int = Field(default=500, ge=1)

    @model_validator(mode="after")
    def _passages_advance(self) -> RetrieverTraining:
        if self.overlap >= self.words:
            raise ValueError(f"overlap {self.overlap} must be less than words {self.words}")
        return self


@dataclass(frozen=True, slots=True)
class RetrieverResult:
    """What a finished run reports."""

    output: Path
    pairs: int
    steps: int
    seconds: float
    loss: float
    """Mean over the last steps that were logged."""
    recall_before: float | None
    """Share (0-100) of the held-out questions whose passage is the nearest, with the start weights;
    None without held-out questions."""
    recall: float | None
    """The same of the result."""
    rows: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What became of the rows of the data: see `RowLedger.to_json`."""


@files.refusals()
def train(config: RetrieverTraining, *, resume: bool = False) -> RetrieverResult:
    """Train and write the encoder to `config.output`; progress goes to the log and TensorBoard.

    With `resume` a run that was stopped goes on from its last checkpoint, exactly. Raises
    InputError for unusable data, for a checkpoint of another training, for weights that do not
    stay finite, or where the extra `train` is not installed; ModelError for unusable start weights;
    StorageError where something cannot be written.
    """
    require_training()
    from transformers import set_seed

    check_writable(config.output)
    check_writable(config.checkpoints)
    start = fetch_base(config.base)
    identity = RunIdentity.of(config, config.data, [start.folder])
    checkpoint = _last_checkpoint(config.checkpoints, identity) if resume else None
    configure_runtime(config.threads)
    set_seed(config.seed)
    ledger = RowLedger()
    pairs = _pairs(config, ledger)
    model = load_base(start, tokenizer=config.tokenizer, dropout=config.dropout)
    max_length = model.max_seq_length
    start_state = {k: v.clone() for k, v in model.state_dict().items()} if config.merge else {}
    with (
        writing(config.checkpoints),
        closing(ScalarLog(config.checkpoints / "tensorboard")) as board,
    ):
        trainer = _trainer(config, model, pairs, identity, board)
        recall_before = _recall(trainer)
        model.max_seq_length = min(config.max_length, max_length or config.max_length)
        trainer.train(resume_from_checkpoint=checkpoint)
    check_trained("after the last step", model.state_dict().items())
    model.max_seq_length = max_length
    mix(model, start_state, config.merge)
    history = trainer.state.log_history
    result = RetrieverResult(
        output=config.output,
        pairs=len(pairs),
        steps=trainer.state.global_step,
        seconds=round(max((entry.get("seconds", 0.0) for entry in history), default=0.0), 1),
        loss=next(entry["loss"] for entry in reversed(history) if "loss" in entry),
        recall_before=recall_before,
        recall=_recall(trainer),
        rows=ledger.to_json(),
    )
    if trainer.is_world_process_zero():
        export(model, config.output, _facts(config, result, identity))
    return result


def _facts(
    config: RetrieverTraining, result: RetrieverResult, identity: RunIdentity
) -> dict[str, Any]:
    """How the result came about, for its `spanmem.json`."""
    return {
        **provenance(json.loads(config.model_dump_json()), identity.data),
        "pairs": result.pairs,
        "steps": result.steps,
        "seconds": round(result.seconds),
        "recall_before": result.recall_before,
        "recall": result.recall,
        "rows": result.rows,
    }


def load_base(
    base: str | StartWeights | None, *, tokenizer: str | None = None, dropout: float = 0.0
) -> Any:
    """A `SentenceTransformer` to train, in float32; one without pooling gets the mean.

    `base` is a folder or hub name, or what `fetch_base` made of one; None is the bundled encoder.
    Raises ModelError where it cannot be had or used, or its weights are not finite.
    """
    from sentence_transformers import SentenceTransformer

    quiet()
    start = base if isinstance(base, StartWeights) else fetch_base(base)
    if (start.folder / "modules.json").is_file() and tokenizer is None:
        return _opened(SentenceTransformer, start, dropout)
    from transformers import MODEL_MAPPING

    bert, _ = load_model(
        start.folder, start.name, MODEL_MAPPING, task="be trained as a retriever", new=("pooler.",)
    )
    word_pieces = load_tokenizer(tokenizer, start.folder, bert.config.vocab_size)
    # The library opens folders in today's layout alone.
    with writing(Path(tempfile.gettempdir())), tempfile.TemporaryDirectory() as folder:
        bert.save_pretrained(folder)
        word_pieces.save_pretrained(folder)
        return _opened(_with_mean, StartWeights(start.name, Path(folder)), dropout)


def _opened(open_folder: Any, start: StartWeights, dropout: float) -> Any:
    """What the library makes of a folder, with a fast attention. Raises ModelError."""
    import torch

    from ...models.training.attention import training_attention

    try:
        attention = training_attention(_model_type(start.folder))
        model = open_folder(
            str(start.folder),
            model_kwargs={"dtype": torch.float32, "attn_implementation": attention},
            config_kwargs={"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": 0.0},
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"{start.name} cannot be trained as a retriever ({first_line(error)})"
        ) from error
    check_loaded(start.name, model.named_parameters())
    return model


def _model_type(folder: Path) -> str:
    """The type that a model's configuration names; empty where it names none, or is elsewhere."""
    try:
        table = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:  # in a module's folder of its own
        return ""
    return str(table.get("model_type", ""))


def _with_mean(folder: str, **options: Any) -> Any:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import (
        Normalize,
        Pooling,
        Transformer,
    )

    words = Transformer(folder, **options)
    return SentenceTransformer(
        modules=[words, Pooling(words.get_embedding_dimension(), "mean"), Normalize()]
    )


def _pairs(config: RetrieverTraining, ledger: RowLedger) -> list[TrainingPair]:
    """What is trained on. Raises InputError where it fills no batch."""
    pairs = list(
        load_pairs(
            _training_rows(config, ledger),
            words=config.words,
            overlap=config.overlap,
            negatives=config.negatives,
            title_dropout=config.title_dropout,
            seed=config.seed,
            ledger=ledger,
        )
    )
    if len(pairs) < config.batch:
        raise InputError(
            f"{len(pairs)} questions with an answer are left to train on, and a batch takes "
            f"{config.batch}; lower `batch`, or check `data` and `held_out_articles`"
        )
    return pairs


def _training_rows(config: RetrieverTraining, ledger: RowLedger) -> Iterator[dict[str, Any]]:
    """All rows but those of the held-out articles, which are counted."""
    for row in read_rows(config.data, ledger):
        if not held_out(row.get("title", ""), config.held_out_articles):
            yield row
        else:
            ledger.leave_out(HELD_OUT)


def _held_out_rows(config: RetrieverTraining) -> Iterator[dict[str, Any]]:
    for row in read_rows(config.data):
        if held_out(row.get("title", ""), config.held_out_articles):
            yield row


def _trainer(
    config: RetrieverTraining,
    model: Any,
    pairs: Sequence[TrainingPair],
    identity: RunIdentity,
    board: ScalarLog,
) -> Any:
    from transformers.integrations.integration_utils import TensorBoardCallback

    from .contrastive import ContrastiveTrainer, PairCollator, ProgressCallback, RankingLoss

    device, _ = placement("auto")
    loss = RankingLoss(
        model,
        temperature=config.temperature,
        chunk_tokens=_CHUNK_TOKENS.get(device.type, 16_384),
        soft=config.soft,
        score_temperature=config.score_temperature,
        gradient_cache=config.gradient_cache,
    )
    evaluator = _evaluator(config)
    return ContrastiveTrainer(
        pairs,
        identity=identity,
        model=model,
        args=_arguments(config, evaluates=evaluator is not None),
        loss=loss,
        evaluator=evaluator,
        data_collator=PairCollator(model.preprocess),
        callbacks=[
            TensorBoardCallback(board),
            ProgressCallback(loss, save_every_minutes=config.save_every_minutes),
        ],
    )


def _arguments(config: RetrieverTraining, *, evaluates: bool) -> Any:
    """The settings, as the library's trainer has them."""
    from sentence_transformers import SentenceTransformerTrainingArguments

    device, dtype = placement("auto")
    return SentenceTransformerTrainingArguments(
        output_dir=str(config.checkpoints),
        per_device_train_batch_size=config.batch,
        num_train_epochs=config.epochs,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        warmup_steps=config.warmup,
        bf16=config.bf16 and dtype.itemsize == 2,
        use_cpu=device.type == "cpu",
        seed=config.seed,
        dataloader_drop_last=True,
        dataloader_pin_memory=device.type == "cuda",
        logging_steps=20,
        eval_strategy="steps" if config.validate_every and evaluates else "no",
        eval_steps=config.validate_every or None,
        save_strategy="no",  # by the clock instead, see ProgressCallback
        logging_nan_inf_filter=False,
        report_to=[],  # its callback takes the folder from the environment; ours is given it
        disable_tqdm=True,
    )


def _evaluator(config: RetrieverTraining) -> Any:
    """What measures retrieval on the held-out articles; None where no question is held out."""
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

    task = load_retrieval_task(
        _held_out_rows(config),
        words=config.words,
        overlap=config.overlap,
        limit=config.validate_questions,
    )
    if not task.questions:
        return None
    return InformationRetrievalEvaluator(
        task.questions,
        task.passages,
        task.relevant,
        name="held_out",
        score_functions={"cosine": _cosine},
        accuracy_at_k=[1, 5],
        batch_size=32,
        write_csv=False,
    )


def _cosine(questions: torch.Tensor, passages: torch.Tensor) -> torch.Tensor:
    from sentence_transformers.util import cos_sim

    similarities: torch.Tensor = cos_sim(questions.float(), passages.float())
    return similarities


def _recall(trainer: Any) -> float | None:
    """Share (0-100) of the held-out questions whose passage is the nearest; None without any."""
    if trainer.evaluator is None:
        return None
    with trainer.autocast_smart_context_manager():
        metrics = trainer.evaluator(trainer.model)
    share: float = 100 * metrics["held_out_cosine_accuracy@1"]
    log.info("held-out questions whose passage is the nearest: %.1f %%", share)
    return share


def _last_checkpoint(folder: Path, identity: RunIdentity) -> str | None:
    """The newest checkpoint that is whole: its state is what the trainer writes last.

    Raises InputError where it is one of another training.
    """
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json") if _json(path)]
    newest = max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
    if newest is None:
        log.info("no checkpoint in %s: this starts at step 0", folder)
        return None
    identity.check(_json(newest / RUN_FILE), newest)
    return str(newest)


def _json(path: Path) -> Any:
    """What a file holds; None where it is no whole JSON document."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
