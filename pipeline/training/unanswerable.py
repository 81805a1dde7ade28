"""Questions that their passage does not answer, made of questions that it does.

A name, a number, a date or a word is exchanged for one of which the passage says nothing, or what
is asked is denied; all else stays as it was. From these a reader learns to look at what a question
says, where any passage on its subject has an answer of the kind asked for.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ...core import files
from ...core.questions import RowLedger
from ...core.records import Passage
from ...models.training.outputs import drafted_rows
from ...models.training.recipes import read_rows
from ...reader.metrics import normalize
from ..english.entities import missing, names_in
from ..english.lexicon import MONTHS, WEEKDAYS
from ..english.sentences import sentences_of
from ..english.signs import DOUBTFUL
from ..english.words import DETERMINERS, EMPTY, is_not, stem, words_in
from .edits import pick
from .word_lists import ANTONYMS

__all__ = ["UnanswerableRecipe", "UnanswerableResult", "make_unanswerable", "unanswerable"]

Names: TypeAlias = Mapping[str, Sequence[str]]
"""Names of questions by the word before them; under "" all of them."""
_NO_ANSWER = "it has no answer that another question could miss"
_NO_EDIT = "nothing in it can be exchanged for what its passage is silent about"
_TRIES = 8
_DENIED = 0.25
"""Share of the questions in which denying is tried where nothing can be exchanged: nearly all could
be denied, and the reader would learn to look for a "not" alone."""
_ASKED = frozenset(("what", "which", "how", "whose"))
"""Behind these stands what is asked for: "how many" and "how few" have one answer."""
_CALENDAR = tuple(tuple(word.capitalize() for word in days) for days in (MONTHS, WEEKDAYS))
_AUXILIARY = re.compile(
    r"\b(?:(is|are|was|were)(?!\s+(?:there|it)\b)|do|does|did|can|could|will|would|should|has|have)"
    r"\b(?=\s+(?P<next>\w+))",
    re.IGNORECASE,
)


class UnanswerableRecipe(BaseModel):
    """Settings of `spanmem train unanswerable`; paths are relative to the working directory."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    data: tuple[Path, ...]
    """Question rows: flat JSON lines, SQuAD's nested JSON; `.gz` and `.zst` too."""
    output: Path
    """File for the rows that are made, and for these alone; compressed if it ends with `.gz`."""
    share: float = Field(default=0.5, gt=0, le=1)
    """Of the rows with an answer, as drawn, one is made of each of so many."""
    seed: int = Field(default=13, ge=0)


@dataclass(frozen=True, slots=True)
class UnanswerableResult:
    """How many rows were made, by what was exchanged."""

    output: Path
    questions: int
    exchanged: Mapping[str, int]
    rows: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What became of the rows of the data: see `RowLedger.to_json`."""


@files.refusals()
def make_unanswerable(recipe: UnanswerableRecipe) -> UnanswerableResult:
    """Write the rows that are made; the file appears when it is whole.

    Raises InputError for unusable data and for an output that is one of them, StorageError where
    the file cannot be written.
    """
    ledger, counts = RowLedger(), Counter[str]()
    with drafted_rows(recipe.output, recipe.data) as write:
        asked, names = _asked_and_named(read_rows(recipe.data))
        for number, row in enumerate(read_rows(recipe.data, ledger)):
            rng = np.random.default_rng((recipe.seed, number))
            if not row["answers"]["text"]:
                ledger.leave_out(_NO_ANSWER)
            elif rng.random() >= recipe.share:
                ledger.leave_out("it is not of the `share` that was drawn")
            elif made := _unasked(row, rng, names, asked):
                kind, question = made
                counts[kind] += 1
                write(_row(row, question, kind))
            else:
                ledger.leave_out(_NO_EDIT)
    return UnanswerableResult(recipe.output, counts.total(), dict(counts), ledger.to_json())


def _row(row: Mapping[str, Any], question: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"{row.get('id', '')}-{kind}",
        "title": row["title"],
        "context": row["context"],
        "question": question,
        "answers": {"text": [], "answer_start": []},
        "made_of": row["question"],
    }


def _asked_and_named(
    rows: Iterable[Mapping[str, Any]],
) -> tuple[frozenset[tuple[int, str]], Names]:
    """Which question is asked of which context, and the names in all questions, sorted.

    What is elsewhere written in small letters ("the Item") names nothing.
    """
    asked: set[tuple[int, str]] = set()
    names: defaultdict[str, set[str]] = defaultdict(set)
    small: set[str] = set()
    for row in rows:
        question = row["question"]
        asked.add((hash(row["context"]), normalize(question)))
        small.update(word.raw for word in words_in(question) if word.raw == word.low)
        for run in _names(question):
            names[_before(question, run)].add(run.group())
            names[""].add(run.group())
    kept = {
        before: [name for name in sorted(each) if not small.issuperset(name.lower().split())]
        for before, each in names.items()
    }
    return frozenset(asked), kept


def _before(question: str, run: re.Match[str]) -> str:
    """The word before a name: those that stand behind it are often of one kind."""
    return "".join(question[: run.start()].lower().split()[-1:])


def _unasked(
    row: Mapping[str, Any],
    rng: np.random.Generator,
    names: Names,
    asked: frozenset[tuple[int, str]],
) -> tuple[str, str] | None:
    """The first of a few drawn that nobody asks of the same context."""
    for _ in range(_TRIES):
        made = unanswerable(row, rng, names)
        if made is None:
            return None
        if (hash(row["context"]), normalize(made[1])) not in asked:
            return made
    return None


def unanswerable(
    row: Mapping[str, Any], rng: np.random.Generator, names: Names
) -> tuple[str, str] | None:
    """What was exchanged (`name`, `number`, `opposite`, `negation`), and the question so made.

    `row` is one of `read_rows` with an answer; of `names` one takes another's place. None where
    the passage may answer whatever can be made of the question.
    """
    question, text = row["question"], row["context"]
    passage = Passage(document="", start=0, end=len(text), text=text, title=row["title"])
    edits = {
        "name": lambda: _other_name(question, passage, rng, names),
        "number": lambda: _other_number(question, passage, rng),
        "opposite": lambda: _opposite(question, passage, rng),
    }
    kinds = list(edits)
    for at in rng.permutation(len(kinds)):
        if edited := edits[kinds[at]]():
            return kinds[at], edited
    if rng.random() < _DENIED and (denied := _denied(question, row)):
        return "negation", denied
    return None


def _names(question: str) -> list[re.Match[str]]:
    """The names of a question, several words of one in a row together; without numbers."""
    words = {w.raw.removesuffix("'s").removesuffix("’s") for w in names_in(question)}
    plain = sorted((w for w in words if not any(c.isdigit() for c in w)), key=len, reverse=True)
    if not plain:
        return []
    word = "|".join(map(re.escape, plain))
    return list(re.finditer(rf"(?<!\w)(?:{word})(?: (?:{word}))*(?!\w)", question))


def _silent(edited: str, question: str, passage: Passage) -> bool:
    """Whether the passage has all names and numbers of the question, and not those of the edited
    one.
    """
    return missing(edited, passage) and not missing(question, passage)


def _other_name(
    question: str, passage: Passage, rng: np.random.Generator, names: Names
) -> str | None:
    runs = _names(question)
    if not runs:
        return None
    run = runs[int(rng.integers(len(runs)))]
    name = run.group()
    alike = [names.get(_before(question, run), ()), names.get("", ())]
    pools: list[Sequence[str]] = [days for days in _CALENDAR if name in days] or [
        pool for pool in alike if pool
    ]
    for pool in pools * _TRIES:
        other = pick(rng, pool)
        if _akin(name, other) or len(other.split()) != len(name.split()):
            continue
        edited = question[: run.start()] + other + question[run.end() :]
        if _silent(edited, question, passage):
            return edited
    return None


def _akin(name: str, other: str) -> bool:
    """Whether two names may mean one thing: a common beginning, or one that abbreviates."""
    shorter, longer = sorted((name.casefold(), other.casefold()), key=len)
    beginnings = {word[:4] for word in shorter.split()} & {word[:4] for word in longer.split()}
    return bool(beginnings) or name.isupper() != other.isupper() or "." in name + other


def _other_number(question: str, passage: Passage, rng: np.random.Generator) -> str | None:
    numbers = list(re.finditer(r"(?<![\w.,-])\d+(?![\w-]|[.,]\d)", question))
    if not numbers:
        return None
    number = numbers[int(rng.integers(len(numbers)))]
    for _ in range(_TRIES):
        value = int(number.group())
        if 1000 <= value <= 2100:  # a year, and another at which something may well have been
            other = value + int(rng.integers(2, 60)) * (1 if rng.random() < 0.5 else -1)
        else:
            other = int(rng.integers(1, 3 * value + 10))
        edited = question[: number.start()] + str(other) + question[number.end() :]
        if other != value and _silent(edited, question, passage):
            return edited
    return None


def _opposite(question: str, passage: Passage, rng: np.random.Generator) -> str | None:
    """The question with a word for its opposite, where the passage has neither that nor both."""
    words = words_in(question)
    if any(word.low in ("or", "than") for word in words):
        return None
    told = {stem(word.low) for word in words_in(f"{passage.title} {passage.text}")}
    for i in rng.permutation(len(words)):
        word, before = words[i], words[i - 1].low if i else ""
        if word.low in EMPTY or word.raw != word.low or before in _ASKED:
            continue
        others = [w for w in ANTONYMS.get(word.low, ()) if w not in EMPTY and stem(w) not in told]
        if others and stem(word.low) in told:
            other = pick(rng, others)
            return re.sub(rf"(?<!\w){re.escape(word.raw)}(?!\w)", other, question, count=1)
    return None


def _denied(question: str, row: Mapping[str, Any]) -> str | None:
    """The question with its verb denied, where the sentences of its answers deny nothing."""
    verb = _AUXILIARY.search(question)
    if verb is None or (verb[1] and verb["next"].casefold() in DETERMINERS):
        return None
    sentences = sentences_of(row["context"])
    texts = [question]
    for text, start in zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True):
        begin, stop = sentences.around(*sentences.place(start, start + len(text)))
        texts.append(sentences.text[begin:stop])
    if any(is_not(word.low) or word.low in DOUBTFUL for t in texts for word in words_in(t)):
        return None
    form = {"can": "can't", "will": "won't"}.get(verb.group().lower(), f"{verb.group()}n't")
    return question[: verb.start()] + form + question[verb.end() :]
