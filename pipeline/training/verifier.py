"""Trains the learned verifier: a cross-encoder that reads two questions and tells if they are one.

Both questions stand in one row, so that each word is compared with each of the other question
(Devlin et al. 2019; a "cross-encoder" since Reimers & Gurevych 2019), under binary cross entropy.
The start is the bundled reader's first layers, which compare a question with a passage already; its
word vectors are not trained and not stored a second time. The threshold is fitted on pairs of
held-out questions.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from ...core import files
from ...core.answer_places import place_answers
from ...core.answers import AnswerTexts, read_answers
from ...core.errors import InputError, ModelError, first_line
from ...core.questions import RowLedger
from ...core.rows import question_rows
from ...models import bundled
from ...models.device import fingerprint
from ...models.finite import check_loaded, check_trained
from ...models.runtimes.pairs import BORROWED, pair_arrays, start_pairs
from ...models.training.outputs import drafted_folder
from ...models.training.recipes import held_out, provenance, write_facts
from ...reader.training.trainer import Trainer, TrainerSettings, TrainingResult
from .pairs import QuestionPair, gather_pools, made_pairs, real_pairs
from .templates import filled

if TYPE_CHECKING:
    import torch

    from ...models.runtimes.pairs import PairHead

__all__ = ["VerifierTrainer", "VerifierTraining", "train"]

log = logging.getLogger(__name__)

_HELD_SHARE = 0.1
"""Held-out pairs, of as many as are trained on."""


class VerifierTraining(TrainerSettings):
    """Settings of `spanmem train verifier`; paths are relative to the working directory.

    `data` are JSON lines with a `question` (or a `rewrite`, which goes before it), and for real
    pairs `answers` {text, answer_start} with a `context`, or `answer`, a list of texts.
    """

    # Settings are frozen, which pyright does not see: a narrower type is safe.
    base: Literal["reader"] = "reader"  # pyright: ignore[reportIncompatibleVariableOverride]
    """The bundled reader, whose word vectors and tokenizer the result goes on using."""
    start: Path | None = None
    """A verifier of as many layers to go on from; None: the reader's first layers."""
    layers: int = Field(default=3, ge=1, le=6)
    """Layers of the reader that are kept, from the first on."""
    questions: int = Field(default=20_000, ge=100)
    """Questions, drawn from the data, that pairs are made of."""
    longest: int = Field(default=200, ge=20)
    """Characters of a question from which on it is left out."""
    near_misses: int = Field(default=2, ge=1)
    """Other questions made of each, beside one rewording."""
    real: int = Field(default=6_000, ge=0)
    """Real pairs of each kind, the same and not the same, at most."""
    templates: float = Field(default=0.4, ge=0, le=1)
    """Share of the pairs from templates that are used."""
    held_out_questions: float = Field(default=0.05, gt=0, lt=1)
    """Share of articles, or of questions without one, kept for validation and the threshold."""
    recognized: float = Field(default=0.95, gt=0, lt=1)
    """Share of the held-out pairs that ask the same which the threshold lets pass: it refuses what
    the rules let pass, and need not decide alone."""
    false_same: float = Field(default=0.01, gt=0, lt=1)
    """Share of held-out pairs that ask something else and reach the score of being sure."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Pairs as arrays of shape (pairs, length); `same` is 1.0 or 0.0, shape (pairs,)."""

    ids: np.ndarray
    mask: np.ndarray
    types: np.ndarray
    same: np.ndarray


@files.refusals()
def train(config: VerifierTraining, *, resume: bool = False) -> TrainingResult:
    """Train and write the verifier to `config.output`; progress goes to the log and TensorBoard.

    With `resume` a run that was stopped goes on from its last checkpoint, exactly. Raises
    InputError for unusable data, or where the extra `train` is not installed.
    """
    return VerifierTrainer(config, resume=resume).train()


class VerifierTrainer(Trainer[_Batch]):
    """Trains a verifier as its settings say."""

    def __init__(self, config: VerifierTraining, *, resume: bool = False) -> None:
        super().__init__(config, idle_weights=True)
        self.config = config
        self.identify([bundled("reader"), *([config.start] if config.start else [])])
        model, tokenizer = start_pairs(bundled("reader"), config.layers)
        self.earlier = go_on_from(config.start, model) if config.start else {}
        model.bert.word_embeddings.requires_grad_(False)
        self.tokenizer = tokenizer.backend_tokenizer
        self.pairs, self.held = split_pairs(config, self.ledger)
        if not self.held:
            raise InputError(
                "no pair is held out for the threshold; raise `held_out_questions`, or give more "
                "data"
            )
        log.info("%d pairs to train on, %d held out", len(self.pairs), len(self.held))
        self.prepare(model, resume=resume)

    def epoch(self, number: int) -> Iterator[_Batch]:
        """Pairs of like length together, the batches in random order."""
        rng = np.random.default_rng((self.config.seed, number))
        pairs = [self.pairs[i] for i in rng.permutation(len(self.pairs))]
        lengths = np.array([len(p.first) + len(p.second) for p in pairs])
        order = np.argsort(lengths // 8, kind="stable")
        # A token is about four letters; three stand around the questions.
        portions = _portions(order, lengths / 4 + 3, self.config.batch_tokens)
        for at in rng.permutation(len(portions)):
            yield self._batch([pairs[i] for i in portions[at]], rng)

    def _batch(self, pairs: Sequence[QuestionPair], rng: np.random.Generator) -> _Batch:
        """One batch; which question comes first is drawn."""
        texts = [(p.first, p.second) if rng.random() < 0.5 else (p.second, p.first) for p in pairs]
        ids, mask, types = pair_arrays(self.tokenizer, texts)
        return _Batch(ids, mask, types, np.array([p.same for p in pairs], np.float32))

    def batch_loss(self, batch: _Batch) -> tuple[torch.Tensor, int]:
        import torch

        logits = self._logits(batch)
        same = torch.from_numpy(batch.same).to(logits.device)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, same)
        return loss, int(batch.mask.sum())

    def _logits(self, batch: _Batch) -> torch.Tensor:
        import torch

        ids, mask, types = (
            torch.from_numpy(array).to(self.accelerator.device)
            for array in (batch.ids, batch.mask, batch.types)
        )
        logits: torch.Tensor = self.model(ids, mask, types)
        return logits

    def held_out_scores(self) -> tuple[np.ndarray, np.ndarray]:
        """Probability and truth of each held-out pair, both of shape (pairs,)."""
        import torch

        self.model.eval()
        rng = np.random.default_rng(self.config.seed)
        scores: list[float] = []
        with torch.inference_mode():
            for at in range(0, len(self.held), 64):
                batch = self._batch(self.held[at : at + 64], rng)
                scores += torch.sigmoid(self._logits(batch)).cpu().tolist()
        return np.array(scores), np.array([pair.same for pair in self.held])

    def validate(self) -> float:
        """Share (0-100) of the held-out same pairs that are sure, at `false_same` of the others."""
        scores, same = self.held_out_scores()
        return 100 * float((scores[same] >= sure_from(scores, same, self.config.false_same)).mean())

    def export(self, folder: Path) -> None:
        """Write config and float16 weights without the word vectors, and `spanmem.json`.

        Raises InputError where a weight is not finite in float16, StorageError where it cannot
        write.
        """
        from safetensors.torch import save_file

        scores, same = self.held_out_scores()
        threshold = float(np.quantile(scores[same], 1 - self.config.recognized))
        sure = sure_from(scores, same, self.config.false_same)
        model = self.result
        state = {
            name: tensor.detach().cpu().half().contiguous()
            for name, tensor in model.state_dict().items()
            if name != BORROWED
        }
        check_trained("in float16, as it is written,", state.items())
        settings = json.loads(self.config.model_dump_json(exclude={"start"}))
        facts = provenance(settings, self.identity.data)
        facts |= {
            "rows": self.ledger.to_json(),
            "base_sha256": fingerprint([bundled("reader") / "model.safetensors"]),
            "threshold": round(threshold, 4),
            "sure": round(max(threshold, sure), 4),
            "held_out": {
                "pairs": len(self.held),
                "same_above_threshold": round(float((scores[same] >= threshold).mean()), 4),
                "others_above_threshold": round(float((scores[~same] >= threshold).mean()), 4),
                "same_sure": round(float((scores[same] >= sure).mean()), 4),
            },
            "earlier": self.earlier,
            "pairs": len(self.pairs),
            "steps": self.step,
            "tokens": self.tokens,
            "seconds": round(self.seconds),
        }
        with drafted_folder(folder) as draft:
            save_file(state, draft / "model.safetensors", metadata={"format": "pt"})
            (draft / "model.safetensors").chmod(0o644)
            write_facts(draft, "verifier", facts)


def go_on_from(folder: Path, model: PairHead) -> dict[str, Any]:
    """Put the weights of an earlier verifier into `model`; returns how they came about.

    Raises ModelError where the folder holds none, or they do not fit.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(folder / "model.safetensors")
        facts = json.loads((folder / "spanmem.json").read_text(encoding="utf-8"))
        check_loaded(folder, state.items())
        model.load_state_dict(state | {BORROWED: model.bert.word_embeddings.detach()})
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"{folder} is no verifier to go on from ({first_line(error)}); name one of as many "
            "layers, or leave `start` out"
        ) from error
    kept = ("training", "steps", "tokens", "seconds", "earlier")
    return {name: facts[name] for name in kept if name in facts}


def sure_from(scores: np.ndarray, same: np.ndarray, false_same: float) -> float:
    """The lowest score that at most `false_same` of the pairs that differ reach.

    `scores` are probabilities and `same` the truth, both of shape (pairs,). Raises InputError where
    no pair differs.
    """
    others = np.sort(scores[~same])[::-1]
    if not len(others):
        raise InputError("no held-out pair asks something else; give more data")
    passing = int(false_same * len(others))
    return float(np.nextafter(others[passing], 2.0))


def split_pairs(
    config: VerifierTraining, ledger: RowLedger | None = None
) -> tuple[list[QuestionPair], list[QuestionPair]]:
    """The pairs to train on and the held-out ones, each in the order of the data.

    No question of a held-out article is trained on. What became of each row is counted in `ledger`.
    Raises InputError.
    """
    ledger = RowLedger() if ledger is None else ledger
    rows: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    for path in config.data:
        if not path.exists():
            raise InputError(f"no training data at {path}; check `data` in the configuration")
        for row in question_rows(path):
            ledger.read += 1
            fields = _fields(row.fields, row.place, ledger)
            apart = _is_held_out(fields, config.held_out_questions)
            if len(fields["question"]) > config.longest:
                ledger.leave_out(f"its question is longer than {config.longest} characters")
                continue
            if apart:
                ledger.leave_out("held out of training, for the threshold")
            rows[apart].append(fields)
    if not rows[False]:
        raise InputError("no question is left to train on; check `data` and `held_out_questions`")
    kept, held = (
        _pairs(part, config, drawn) for part, drawn in zip(rows, (1.0, _HELD_SHARE), strict=True)
    )
    return kept, held


def _fields(fields: Mapping[str, Any], place: str, ledger: RowLedger) -> dict[str, Any]:
    """A row as pairs are made of it; what was mended in it is counted. Raises InputError."""
    question = fields.get("rewrite") or fields.get("question")
    if not isinstance(question, str) or not question.strip():
        raise InputError(f"{place}: has no `question`; each row needs one")
    context, title = fields.get("context") or "", fields.get("title") or ""
    if not (isinstance(context, str) and isinstance(title, str)):
        raise InputError(f"{place}: its `context` or `title` is no text; mend the row")
    has_answers = any(fields.get(key) is not None for key in ("answers", "answer"))
    answers = read_answers(fields, place) if has_answers else AnswerTexts((), ())
    if context and answers.texts:
        placed = place_answers(context, answers)
        for what in sorted(placed.mended):
            ledger.repair(what)
        answers = AnswerTexts(placed.texts, placed.starts)
    return {
        "question": " ".join(question.split()),
        "title": title,
        "context": context,
        "answers": {"text": list(answers.texts), "answer_start": list(answers.starts or ())},
    }


def _is_held_out(fields: Mapping[str, Any], share: float) -> bool:
    return held_out(fields["title"] or fields["context"][:200] or fields["question"], share)


def _pairs(
    rows: Sequence[dict[str, Any]], config: VerifierTraining, share: float
) -> list[QuestionPair]:
    """The pairs of some rows; `share` of the made, real and filled ones that the settings name."""
    rng = np.random.default_rng(config.seed)
    questions = list(dict.fromkeys(row["question"] for row in rows))
    drawn = rng.permutation(len(questions))[: int(share * config.questions)]
    pairs = list(
        made_pairs(
            [questions[i] for i in drawn],
            gather_pools(questions),
            seed=config.seed,
            near_misses=config.near_misses,
        )
    )
    real = list(real_pairs(rows))
    for same in (True, False):
        of_kind = [pair for pair in real if pair.same == same]
        some = rng.permutation(len(of_kind))[: int(share * config.real)]
        pairs += [of_kind[i] for i in some]
    if share > 0.5:
        pairs += [QuestionPair(*pair) for pair in filled(seed=config.seed, share=config.templates)]
    return pairs


def _portions(order: np.ndarray, lengths: np.ndarray, tokens: int) -> list[np.ndarray]:
    """`order` cut into batches of about `tokens`; `lengths` in tokens."""
    total = np.cumsum(lengths[order]) // tokens
    cuts = np.flatnonzero(np.diff(total)) + 1
    return np.split(order, cuts)
