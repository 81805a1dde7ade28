"""Questions to calibrate on: drawn of those that the reader was not trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import InputError
from ...core.questions import RowLedger, read_questions
from ...models.training.recipes import held_out
from ...models.training.resumption import digest_of_data
from ...reader.provenance import Provenance
from ..english.entities import names_in, renamed
from ..question import clean_question
from .recipe import CalibrationRecipe, TextKind

__all__ = ["HeldOutQuestion", "draw_questions", "exchange_names"]

_CHANCE = 0.01
"""Share of the data that may be among the training questions by chance."""


@dataclass(frozen=True, slots=True)
class HeldOutQuestion:
    """A question to calibrate on, its answers, and the documents it is asked of."""

    text: str
    golds: tuple[str, ...]
    """Empty: the memory does not tell."""
    where: Mapping[str, Any] | None = None


def draw_questions(
    recipe: CalibrationRecipe, kind: TextKind, provenance: Provenance, ledger: RowLedger
) -> list[HeldOutQuestion]:
    """Questions that the reader was not trained on, drawn without replacement.

    Raises InputError for data that it was trained on, unless they may be.
    """
    rows = [
        question
        for path in kind.data
        for question in _asked(path, recipe.held_out_articles, ledger)
    ]
    if kind.training_data != "allow":
        seen = provenance.trained_on([row.text for row in rows])
        whole = _whole_files(kind, provenance) if recipe.held_out_articles is None else []
        count = int(seen.sum())
        if kind.training_data == "refuse" and (whole or count > _CHANCE * len(rows)):
            raise InputError(_trained_on(kind, whole, count, len(rows)))
        if count:
            ledger.leave_out("the reader was trained on it", count)
        rows = [row for row, known in zip(rows, seen, strict=True) if not known]
    order = np.random.default_rng(recipe.seed).permutation(len(rows))
    most = kind.questions or recipe.questions
    if len(rows) > most:
        ledger.leave_out("not drawn: `questions` is smaller", len(rows) - most)
    return [rows[i] for i in order[:most]]


def _whole_files(kind: TextKind, provenance: Provenance) -> list[str]:
    """Names of the data that were files of training, of a reader that did not record questions."""
    if len(provenance.questions):
        return []
    known = set(provenance.files.values())
    return [path.name for path in kind.data if digest_of_data(path) in known]


def _trained_on(kind: TextKind, whole: Sequence[str], count: int, total: int) -> str:
    """What to say of data that the reader was trained on."""
    names = ", ".join(whole or [path.name for path in kind.data])
    what = "on this very file" if whole else f"on {count:,} of these {total:,} questions"
    return (
        f"{names}: the reader was trained {what}, and would be surer of them than of others; give "
        "other questions, name the `held_out_articles` of its training, or leave those out with "
        "`training_data: leave-out`"
    )


def _asked(
    path: Path, held_out_articles: float | None, ledger: RowLedger
) -> Iterator[HeldOutQuestion]:
    """The questions of a file, on held-out articles if a share of these is given."""
    for row in read_questions(path, ledger):
        if held_out_articles is not None and not held_out(row.title, held_out_articles):
            ledger.leave_out("the article is none of those held out")
            continue
        try:
            text = clean_question(row.question)
        except InputError:
            ledger.leave_out("the question cannot be asked")
            continue
        yield HeldOutQuestion(text, tuple(dict.fromkeys(row.answers)), row.fields.get("where"))


def exchange_names(
    questions: Sequence[HeldOutQuestion], recipe: CalibrationRecipe
) -> list[HeldOutQuestion]:
    """Questions about what no document speaks of, made of those that have a name."""
    rng = np.random.default_rng((recipe.seed, 2))
    texts = [question.text for question in questions if question.golds]
    substitutes = sorted({w.raw for text in texts for w in names_in(text) if w.raw.isalpha()})
    variants = [renamed(text, substitutes, rng) for text in texts]
    usable = [HeldOutQuestion(variant, ()) for variant in variants if variant is not None]
    return usable[: round(recipe.renamed * len(texts))]
