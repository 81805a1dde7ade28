"""Mines hard negatives: passages that look like answers and are none.

Each question is asked of a memory; the passages that come back and hold none of its answers go
with it as ``negatives``, and `spanmem train reader` reads them beside the right passage. What comes
back beside them may go with it as ``passages``, for a teacher to mark (`spanmem train distill`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ...core import files
from ...core.encoder_names import same_space
from ...core.errors import EncoderMismatch
from ...core.questions import RowLedger
from ...core.records import Passage
from ...indexer.encoders.encoder import checked_vectors
from ...memory.fusion import Fusion
from ...memory.store import Memory
from ...models.training.outputs import drafted_rows
from ...models.training.recipes import read_rows
from ...reader.metrics import holds_answer
from ...reader.reader import ReadRequest, SpanReader
from ..factory import load_encoder
from ..settings import Settings

if TYPE_CHECKING:
    from ...indexer.encoders.encoder import Encoder

__all__ = ["MiningRecipe", "MiningResult", "mine"]

log = logging.getLogger(__name__)

_BATCH = 512
"""Questions that are encoded together."""
_UNREAD = -100.0
"""Score of a passage in which nothing can be read."""


class MiningRecipe(BaseModel):
    """Settings of `spanmem train negatives`; paths are relative to the working directory."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    memory: Path
    """Where to look: best the passages of the same questions, among others."""
    data: tuple[Path, ...]
    """Question rows: flat JSON lines, SQuAD's nested JSON; `.gz` and `.zst` too."""
    output: Path
    """File for the rows with their negatives; compressed if its name ends with `.gz`."""
    encoder: str | None = None
    """What the memory was written with; None: the bundled encoder."""
    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"
    depth: int = Field(default=20, ge=1)
    """Best passages that are looked at."""
    negatives: int = Field(default=4, ge=1)
    """Most that one question gets."""
    passages: int = Field(default=0, ge=0)
    """Most other passages that it gets, of which nobody knows whether they answer it."""
    reader: str | None = None
    """A reader whose scores of its own passage and of each negative a row gets as `scores`: a
    folder, a hub name, or `bundled`; None: no scores."""
    marked: bool = True
    """Whether rows have their answers; others need neither these nor a context, and get `passages`
    alone."""


@dataclass(frozen=True, slots=True)
class MiningResult:
    """How many rows were written, and how many negatives with them."""

    output: Path
    questions: int
    negatives: int
    rows: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What became of the rows of the data: see `RowLedger.to_json`."""


@files.refusals()
def mine(recipe: MiningRecipe) -> MiningResult:
    """Write all rows with their negatives; the file appears when it is whole.

    Raises InputError for unusable data and for an output that is one of them, StorageError where
    the file cannot be written, ModelError for an encoder whose vectors are not finite, and what
    `Memory.open` raises.
    """
    ledger = RowLedger()
    questions = negatives = 0
    encoder = load_encoder(Settings().override({"encoder.model": recipe.encoder}))
    with Memory.open(recipe.memory) as memory:
        if not same_space(memory.encoder, encoder.name):
            raise EncoderMismatch(recipe.memory, found=memory.encoder, wanted=encoder.name)
        with drafted_rows(recipe.output, recipe.data) as write:
            for row in _scored(_with_negatives(recipe, memory, encoder, ledger), recipe.reader):
                write(row)
                questions += 1
                negatives += len(row["negatives"])
                if questions % 2000 == 0:
                    log.info("%d questions, %d negatives", questions, negatives)
    return MiningResult(recipe.output, questions, negatives, ledger.to_json())


def _with_negatives(
    recipe: MiningRecipe, memory: Memory, encoder: Encoder, ledger: RowLedger
) -> Iterator[dict[str, Any]]:
    rows = read_rows(recipe.data, ledger, marked=recipe.marked)
    while batch := list(islice(rows, _BATCH)):
        questions = [row["question"] for row in batch]
        vectors = checked_vectors(encoder, encoder.encode_queries(questions), len(batch))
        for row, vector in zip(batch, vectors, strict=True):
            hits = memory.search(
                row["question"],
                vector,
                k=recipe.depth,
                mode=recipe.mode,
                fusion=Fusion(depth=recipe.depth),
            )
            found = [(hit.passage.title, hit.passage.text) for hit in hits]
            negatives = _negatives(row, found)[: recipe.negatives]
            others = _others(row, found, negatives)[: recipe.passages]
            more = {"passages": others} if recipe.passages else {}
            empty = () if recipe.marked else ("answers", *(() if row["context"] else ("context",)))
            yield {k: v for k, v in row.items() if k not in empty} | {"negatives": negatives} | more


def _scored(rows: Iterator[dict[str, Any]], source: str | None) -> Iterator[dict[str, Any]]:
    """The rows with `scores` by a reader, where one is named: see `passage_scores`.

    A passage's score is the log of the summed exponentials of all spans' in it.
    """
    if source is None:
        yield from rows
        return
    reader = SpanReader.load(None if source == "bundled" else source)
    while batch := list(islice(rows, _BATCH)):
        requests = [
            ReadRequest(
                row["question"],
                tuple(
                    Passage(document="", start=0, end=len(text), text=text, title=title)
                    for title, text in ((row["title"], row.get("context", "")), *row["negatives"])
                ),
            )
            for row in batch
        ]
        for row, reading in zip(batch, reader.read(requests), strict=True):
            yield row | {"scores": [round(max(total, _UNREAD), 3) for total in reading.totals]}


def _negatives(row: dict[str, Any], passages: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Of (title, text) pairs those that hold no answer of the row, best first, equal texts once.

    A row without an answer gets none: only its own context is known not to answer it.
    """
    golds = row["answers"] and row["answers"]["text"]
    if not golds:
        return []
    titles = {text: title for title, text in passages if not holds_answer(text, golds)}
    return [[title, text] for text, title in titles.items()]


def _others(
    row: dict[str, Any], passages: Sequence[tuple[str, str]], negatives: list[list[str]]
) -> list[list[str]]:
    """Of (title, text) pairs those that are neither negatives nor parts of the row's context."""
    known = {text for _, text in negatives}
    titles = {
        text: title for title, text in passages if text not in known and text not in row["context"]
    }
    return [[title, text] for text, title in titles.items()]
