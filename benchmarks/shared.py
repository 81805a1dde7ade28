"""One backbone for retriever and reader, against the pair: is a model of its own worth its bytes?

    python benchmarks/shared.py train --data rows.jsonl.gz --output runs/shared --steps 2000
    python benchmarks/shared.py compare --data dev.jsonl.gz --shared runs/shared

`train` goes on from the mean of the two bundled backbones with both losses: each step reads a batch
of windows, and every `--every`th step ranks a batch of passages besides. It writes
OUTPUT/reader and OUTPUT/encoder, which differ only in what stands on top of the backbone. `compare`
prints for the pair and for the shared one how well they read each question's own passage and how
often they find it, dense search alone, among the passages of all the questions' contexts.
Figures go to standard output; nothing is asserted.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from torch import Tensor, nn

from spanmem.core.errors import InputError
from spanmem.evaluation.benchmark import benchmark_reader
from spanmem.indexer.encoders.sentence import SentenceEncoder
from spanmem.indexer.training.contrastive import RankingLoss
from spanmem.indexer.training.pairs import TrainingPair, load_pairs, load_retrieval_task
from spanmem.indexer.training.retriever import load_base
from spanmem.models import bundled
from spanmem.models.checkpoints import quiet
from spanmem.models.training.recipes import held_out, mix, read_rows
from spanmem.reader.reader import SpanReader
from spanmem.reader.training.fine_tuning import ReaderTrainer, ReaderTraining

PAIR = "the pair"
LONGEST = 192
"""Tokens of a text in ranking, as in the training of the bundled encoder."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(description="One backbone for both tasks, against the pair.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train")
    train.add_argument("--data", type=Path, required=True, nargs="+", help="rows with negatives")
    train.add_argument("--output", type=Path, required=True)
    train.add_argument("--steps", type=int, default=2000)
    train.add_argument("--every", type=int, default=2, help="steps from one ranking to the next")
    train.add_argument("--batch", type=int, default=32, help="questions of a ranking")
    train.add_argument("--rate", type=float, default=1e-4, help="highest learning rate")
    train.add_argument("--encoder-share", type=float, default=0.5, help="of the start weights")
    train.add_argument("--resume", action="store_true")
    compare = verbs.add_parser("compare")
    compare.add_argument("--data", type=Path, required=True, help="flat SQuAD rows")
    compare.add_argument("--shared", type=Path, required=True, help="what `train` wrote")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    quiet()
    if options.verb == "train":
        _train(options)
    else:
        _compare(options.data, {PAIR: None, "shared": options.shared})
    return 0


def _train(options: argparse.Namespace) -> None:
    config = ReaderTraining(
        base=str(bundled("reader")),
        data=tuple(options.data),
        output=options.output / "reader",
        checkpoints=options.output / "checkpoints",
        epochs=1000.0,  # of which `steps` are done
        learning_rate=options.rate,
        warmup=0.05,
        decay=0.6,
        batch_tokens=4096,
        average=0.998,
    )
    _SharedTrainer(config, options).train()


class _Mean(nn.Module):
    """The encoder's part above the backbone: the mean over a text's tokens."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        vectors = self.backbone(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1)
        return {"sentence_embedding": (vectors * mask).sum(1) / mask.sum(1)}


class _SharedTrainer(ReaderTrainer):
    """The fine-tuning of a reader, with a ranking loss on the same backbone in some steps."""

    def __init__(self, config: ReaderTraining, options: argparse.Namespace) -> None:
        self.options = options
        super().__init__(config, resume=options.resume)
        rows = (
            row
            for row in read_rows(config.data)
            if not held_out(row.get("title", ""), config.held_out_articles)
        )
        self.pairs = list(
            load_pairs(
                rows, words=100, overlap=20, negatives=1, title_dropout=0.3, seed=config.seed
            )
        )
        self.ranking = RankingLoss(_Mean(self.model.bert), temperature=0.05, chunk_tokens=4096)
        self.rankings = self._rankings()

    def prepare(self, model: Any, *, resume: bool) -> None:
        encoder = load_base(None)
        backbone = encoder[0].auto_model.state_dict()
        mix(model.bert, backbone, self.options.encoder_share)
        super().prepare(model, resume=resume)
        self.total_steps = self.options.steps

    def batch_loss(self, batch: Any) -> tuple[Tensor, int]:
        loss, tokens = super().batch_loss(batch)
        if self.step % self.options.every == 0:
            pairs = next(self.rankings)
            read = self.ranking.tokens
            columns = [
                self._tokens([pair.question for pair in pairs]),
                self._tokens([pair.passage for pair in pairs]),
                self._tokens([text for pair in pairs for text in pair.negatives]),
            ]
            with self.accelerator.autocast():
                loss = loss + self.ranking(columns, None)
            tokens += self.ranking.tokens - read
        return loss, tokens

    def _tokens(self, texts: list[str]) -> dict[str, Tensor]:
        encoding = self.tokenizer(
            texts, truncation=True, max_length=LONGEST, padding=True, return_tensors="pt"
        )
        return {name: encoding[name] for name in ("input_ids", "attention_mask")}

    def _rankings(self) -> Iterator[list[TrainingPair]]:
        """Batches without end, in which no two pairs share a key; resumed at the current step."""
        number, skipped = 0, -(-self.step // self.options.every)
        epoch = 0
        while True:
            order = np.random.default_rng((self.config.seed, epoch)).permutation(len(self.pairs))
            batch: list[TrainingPair] = []
            keys: set[str] = set()
            for index in order:
                pair = self.pairs[index]
                if keys.isdisjoint(pair.keys) and pair.negatives:
                    batch.append(pair)
                    keys.update(pair.keys)
                if len(batch) == self.options.batch:
                    number += 1
                    if number > skipped:
                        yield batch
                    batch, keys = [], set()
            if not number:
                raise InputError(f"the data fill no ranking of {self.options.batch}; lower --batch")
            epoch += 1

    def export(self, folder: Path) -> None:
        super().export(folder)
        encoder = load_base(None)
        encoder[0].auto_model.load_state_dict(self.result.bert.state_dict(), strict=False)
        encoder.half().save_pretrained(str(folder.parent / "encoder"), create_model_card=False)


def _compare(data: Path, models: dict[str, Path | None]) -> None:
    print(f"{'':<10}{'EM':>7}{'F1':>7}{'found @1':>10}{'@5':>7}{'@20':>7}")  # noqa: T201
    task = load_retrieval_task(read_rows([data]), words=100, overlap=20, limit=10**9)
    for name, folder in models.items():
        reader = SpanReader.load(None if folder is None else folder / "reader")
        read = benchmark_reader(reader, data)
        encoder = SentenceEncoder(None if folder is None else str(folder / "encoder"))
        passages = encoder.encode_passages(list(task.passages.values()))
        questions = encoder.encode_queries(list(task.questions.values()))
        index = faiss.IndexFlatIP(encoder.dim)
        index.add(passages)
        _, nearest = index.search(questions, 20)
        keys = list(task.passages)
        ranks = [
            next((rank for rank, i in enumerate(row) if keys[i] in relevant), 20)
            for row, relevant in zip(nearest, task.relevant.values(), strict=True)
        ]
        recalls = "".join(f"{100 * np.mean(np.array(ranks) < k):>7.1f}" for k in (1, 5, 20))
        print(f"{name:<10}{read.exact_match:>7.1f}{read.f1:>7.1f}   {recalls}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
