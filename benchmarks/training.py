"""Tokens per second of our fine-tuning and of `transformers.Trainer`, measured in turn.

    python benchmarks/training.py                                   # on the examples
    python benchmarks/training.py --data rows.jsonl.gz --base models/reader --rounds 4

Both train the same model on the same windows, in the same precision, without dropout, each the way
it does: ours sorts windows by length into batches of so many tokens and has its own attention; the
Trainer fills batches of so many rows at random and pads each to its longest. Padding is not counted
on either side. Figures go to standard output; nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForQuestionAnswering,
    DataCollatorWithPadding,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)

from spanmem.indexer.corpus import read_documents
from spanmem.indexer.passages import Splitter
from spanmem.models import bundled
from spanmem.models.checkpoints import quiet
from spanmem.models.device import placement
from spanmem.reader.training.fine_tuning import ReaderTrainer, ReaderTraining

ROOT = Path(__file__).resolve().parent.parent
WARM = 2
"""Steps before the clock starts."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Speed of fine-tuning, printed.")
    parser.add_argument("--data", type=Path, help="flat SQuAD rows; else made of the examples")
    parser.add_argument("--base", default=str(bundled("reader")), help="start weights")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each")
    parser.add_argument("--steps", type=int, default=10, help="optimizer steps of a measurement")
    parser.add_argument("--batch-tokens", type=int, default=4096)
    options = parser.parse_args(arguments)
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        config = _config(options, Path(folder))
        rounds = [
            (_ours(config, options.steps), _theirs(config, options.steps))
            for _ in range(options.rounds)
        ]
    for name, rates in (
        ("spanmem", [ours for ours, _ in rounds]),
        ("transformers.Trainer", [theirs for _, theirs in rounds]),
    ):
        shown = " ".join(f"{rate:.0f}" for rate in rates)
        print(f"{name:<21} {statistics.median(rates):>8.0f} tokens/s  ({shown})")  # noqa: T201
    ratio = statistics.median(ours / theirs for ours, theirs in rounds)
    print(f"{'ratio':<21} {ratio:>8.2f}           (median of {len(rounds)} in turn)")  # noqa: T201
    return 0


def _config(options: argparse.Namespace, folder: Path) -> ReaderTraining:
    data = options.data
    if data is None:
        data = folder / "rows.jsonl"
        data.write_text("\n".join(map(json.dumps, _examples())), encoding="utf-8")
    return ReaderTraining(
        base=options.base,
        data=(data,),
        output=folder / "out",
        checkpoints=folder / "checkpoints",
        held_out_articles=0.0,
        epochs=1000.0,  # of which only the first steps are done
        batch_tokens=options.batch_tokens,
        dropout=0.0,
        negatives=0,
    )


def _examples() -> Iterator[dict[str, Any]]:
    """A row for each passage of the examples, many times over; what is asked does not matter."""
    for repeat in range(20):
        for document in read_documents([ROOT / "examples" / "corpus"]):
            for passage in Splitter().split(document):
                words = passage.text.split()
                answer = words[(7 * repeat) % len(words)]
                yield {
                    "id": f"{repeat}:{passage.key}",
                    "title": passage.title,
                    "context": passage.text,
                    "question": f"What is said in the passage about {document.title}?",
                    "answers": {"text": [answer], "answer_start": [passage.text.index(answer)]},
                }


def _ours(config: ReaderTraining, steps: int) -> float:
    trainer = ReaderTrainer(config)
    trainer.model.train()
    batches = trainer.step_batches()
    for _ in range(WARM):
        trainer.train_step(next(batches))
    tokens, began = trainer.tokens, time.perf_counter()
    for _ in range(steps):
        trainer.train_step(next(batches))
    return (trainer.tokens - tokens) / (time.perf_counter() - began)


class _MeasuredTrainer(Trainer):  # type: ignore[misc]  # its base is untyped
    """Counts the tokens and the seconds from the first step that is not warm-up."""

    tokens = 0
    began = 0.0

    def training_step(self, model: Any, inputs: dict[str, Any], *rest: Any, **more: Any) -> Any:
        if self.state.global_step == WARM:
            self.began = time.perf_counter()
        if self.state.global_step >= WARM:
            self.tokens += int(inputs["attention_mask"].sum())
        return super().training_step(model, inputs, *rest, **more)


def _theirs(config: ReaderTraining, steps: int) -> float:
    ours = ReaderTrainer(config)
    windows: Any = list(_windows(ours))  # a list serves as a data set
    mean = statistics.mean(len(window["input_ids"]) for window in windows)
    device, dtype = placement("auto")
    arguments = TrainingArguments(
        output_dir=str(config.checkpoints / "theirs"),
        per_device_train_batch_size=max(1, round(config.batch_tokens / mean)),
        max_steps=WARM + steps,
        learning_rate=config.learning_rate,
        bf16=dtype == torch.bfloat16,
        use_cpu=device.type == "cpu",
        dataloader_pin_memory=device.type == "cuda",
        save_strategy="no",
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )
    model = AutoModelForQuestionAnswering.from_pretrained(
        config.base,
        dtype=torch.float32,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    trainer = _MeasuredTrainer(
        model=model,
        args=arguments,
        train_dataset=windows,
        data_collator=DataCollatorWithPadding(ours.tokenizer),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return trainer.tokens / (time.perf_counter() - trainer.began)


def _windows(trainer: ReaderTrainer) -> Iterator[dict[str, Any]]:
    """The windows of our first epoch, one by one."""
    for batch in trainer.plan.epoch(0):
        for row in range(len(batch.ids)):
            length = int(batch.mask[row].sum())
            yield {
                "input_ids": batch.ids[row, :length].tolist(),
                "token_type_ids": batch.types[row, :length].tolist(),
                "attention_mask": [1] * length,
                "start_positions": int(batch.start[row]),
                "end_positions": int(batch.end[row]),
            }


if __name__ == "__main__":
    raise SystemExit(main())
