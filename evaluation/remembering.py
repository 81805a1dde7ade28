"""Benchmarks of remembering: reuse of answers, corrections, edited sources and follow-ups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.records import Document
from ..core.temporary import temporary_folder
from ..models.runtimes.protocol import RuntimeOptions
from ..pipeline.english.equivalence import same_question
from ..pipeline.qa import QA
from ..pipeline.verifier import Verdict, Verifier
from ..pipeline.witness import RulesAndWitness
from ..reader.metrics import exact_match, f1, normalize
from .datasets import evenly
from .remembering_data import Pair, Talk

if TYPE_CHECKING:
    from ..core.questions import RowLedger
    from ..core.records import Hit
    from ..indexer.encoders.encoder import Encoder
    from ..pipeline.answers import Answer
    from ..pipeline.settings import Settings
    from ..reader.reader import Reader

__all__ = [
    "Models",
    "Step",
    "benchmark_memory",
    "measure_corrections",
    "measure_follow_ups",
    "measure_reuse",
    "measure_stale",
    "memory_of",
]

Step = Callable[[str, int, int], None]
"""Called with what is measured, how much of it is done, and how much there is."""

_CUT = 5
"""Rank at which the recall of follow-ups is taken."""
_SCOPE = "benchmark"


@dataclass(frozen=True, slots=True)
class Models:
    """What encodes and what reads."""

    encoder: Encoder
    reader: Reader


def measure_reuse(
    encoder: Encoder,
    near: Sequence[Pair],
    same: Sequence[Pair],
    *,
    verifier: Verifier | None = None,
) -> dict[str, Any]:
    """How often the answer to one question would be given to the other. Percent.

    False reuse: to a near miss. True reuse: to the same question in other words. `may_be_read`
    are near misses that a correction could still reach if both questions were answered from one
    place in a passage; `by_relation` counts the falsely reused among all of a kind, and
    `rules_alone` is what `same_question` says without a witness. `verifier` None: the built-in one.
    Of no pairs there is no share.
    """
    verify = verifier or RulesAndWitness(RuntimeOptions())
    of_near, of_same = _verdicts(verify, encoder, near), _verdicts(verify, encoder, same)
    pairs = Counter(pair.relation for pair in near)
    reused = Counter(p.relation for p, v in zip(near, of_near, strict=True) if v.same)
    rules = [_verdicts(same_question, encoder, pairs) for pairs in (near, same)]
    return _defined(
        {
            "near_misses": len(near),
            "false_reuse": _share([verdict.same for verdict in of_near]),
            "may_be_read": _share([verdict.near for verdict in of_near]),
            "by_relation": {name: f"{reused[name]} of {pairs[name]}" for name in sorted(pairs)},
            "paraphrases": len(same),
            "true_reuse": _share([verdict.same for verdict in of_same]),
            "rules_alone": _defined(
                {
                    name: _share([verdict.same for verdict in verdicts])
                    for name, verdicts in zip(("false_reuse", "true_reuse"), rules, strict=True)
                }
            ),
        }
    )


def _verdicts(verify: Verifier, encoder: Encoder, pairs: Sequence[Pair]) -> list[Verdict]:
    """For each pair, whether its two questions ask the same."""
    firsts = encoder.encode_queries([p.first for p in pairs])
    seconds = encoder.encode_queries([p.second for p in pairs])
    return [
        verify(pair.second, pair.first, float(cosine))
        for pair, cosine in zip(pairs, (firsts * seconds).sum(axis=1), strict=True)
    ]


def measure_corrections(
    pairs: Sequence[Pair], *, models: Models, settings: Settings, step: Step
) -> dict[str, Any]:
    """Correct what was answered to one question, and ask it again in other words. Percent.

    The corrections are the right answers to the question in other words, told in one conversation
    that all of them share. `found_again` is how often the answer then was the correction.
    """
    before: list[float] = []
    after: list[float] = []
    corrected: list[bool] = []
    with memory_of(pairs, models.encoder) as folder, _qa(folder, models, settings) as qa:
        for done, pair in enumerate(pairs, start=1):
            before.append(exact_match(_best(qa.ask(pair.second)), pair.answers))
            answer = qa.ask(pair.first, scope=_SCOPE, history=())
            qa.session(_SCOPE).correct(answer, pair.answers[0], author=_SCOPE)
            step("corrections", done, len(pairs))
        for done, pair in enumerate(pairs, start=1):
            again = qa.ask(pair.second, scope=_SCOPE, history=())
            after.append(exact_match(_best(again), pair.answers))
            corrected.append(_kind(again) == "correction")
            step("asked again", done, len(pairs))
    shares = {
        "exact_match_before": _share(before),
        "exact_match_after": _share(after),
        "found_again": _share(corrected),
    }
    return {"n": len(pairs), **_defined(shares)}


def measure_stale(
    pairs: Sequence[Pair], *, models: Models, settings: Settings, step: Step
) -> dict[str, Any]:
    """Ask, edit every source, half of them to nothing, and ask the same again.

    `stale` counts answers that came from memory although their source had changed, `remembered`
    those that did come from memory while it had not. Where none did, none could be stale.
    """
    from ..indexer.build import build
    from ..memory.store import Memory

    with memory_of(pairs, models.encoder) as folder:
        with _qa(folder, models, settings) as qa:
            kinds: list[str] = []
            for done, pair in enumerate(pairs, start=1):
                qa.ask(pair.first, scope=_SCOPE, history=())
                kinds.append(_kind(qa.ask(pair.first, scope=_SCOPE, history=())))
                step("before the edit", done, len(pairs))
        documents = list(_documents(pairs))
        with Memory.open(folder, write=True) as memory:
            memory.remove([d.id for d in documents[::2]])
            build([_edited(d) for d in documents[1::2]], memory, models.encoder)
        with _qa(folder, models, settings) as qa:
            stale = 0
            for done, pair in enumerate(pairs, start=1):
                stale += _kind(qa.ask(pair.first, scope=_SCOPE, history=())) == "memory"
                step("after the edit", done, len(pairs))
    remembered = kinds.count("memory")
    counts: dict[str, Any] = {"n": len(pairs), "remembered": remembered}
    return {**counts, "stale": stale} if remembered else counts


def measure_follow_ups(qa: QA, talks: Sequence[Talk], *, step: Step) -> dict[str, Any]:
    """Find what follow-ups ask for, with and without the turns before them. Percent.

    Dependent are the questions that people had to rewrite to make them stand alone; stand-alone
    their rewrites, asked after turns of another conversation. The F1 is of the best answers,
    given or held back.
    """
    follow_ups = [talk for talk in talks if talk.history]
    dependent = [talk for talk in follow_ups if talk.depends]
    stand_alone = [_moved(talks, talk) for talk in follow_ups if talk.rewrite]
    table: dict[str, Any] = {}
    for name, group in (("dependent", dependent), ("stand_alone", stand_alone)):
        if group:
            table[name] = _with_and_without(qa, group, step=_named(step, name))
    return table


def _with_and_without(
    qa: QA, talks: Sequence[Talk], *, step: Callable[[int, int], None]
) -> dict[str, Any]:
    columns: dict[str, list[float]] = {}
    for done, talk in enumerate(talks, start=1):
        for name, history in (("without", ()), ("with", talk.history)):
            hits = qa.search(talk.question, hits=_CUT, history=history)[:_CUT]
            right = any(_is_right(hit, talk) for hit in hits)
            columns.setdefault(f"recall@{_CUT} {name}", []).append(right)
            if talk.answers:
                best = _best(qa.ask(talk.question, history=history))
                columns.setdefault(f"f1 {name}", []).append(f1(best, talk.answers))
        step(done, len(talks))
    table: dict[str, Any] = {"n": len(talks)}
    if 0 < (answered := sum(bool(talk.answers) for talk in talks)) < len(talks):
        table["n_with_answers"] = answered  # of which the F1 is the mean
    return table | {name: _share(values) for name, values in columns.items()}


def _moved(talks: Sequence[Talk], talk: Talk) -> Talk:
    """The question as it stands alone, after turns about something else: half the file away."""
    at = talks.index(talk)
    order = [talks[(at + len(talks) // 2 + i) % len(talks)] for i in range(len(talks))]
    elsewhere = next((t for t in order if t.history and not set(t.texts) & set(talk.texts)), talk)
    return replace(talk, question=talk.rewrite, history=elsewhere.history)


def _is_right(hit: Hit, talk: Talk) -> bool:
    """Whether a passage is of the right text and, where the answer is known, holds it."""
    if not any(hit.passage.text in text for text in talk.texts):
        return False
    padded = f" {normalize(hit.passage.text)} "
    golds = [gold for gold in map(normalize, talk.answers) if gold]
    return not golds or any(f" {gold} " in padded for gold in golds)


@contextmanager
def memory_of(rows: Sequence[Pair | Talk], encoder: Encoder) -> Generator[Path]:
    """A memory of the texts that the questions are answered in, gone afterwards."""
    from ..indexer.build import build
    from ..memory.store import Memory

    with temporary_folder() as place:
        folder = place / "memory"
        with Memory.create(
            folder, encoder=encoder.name, dim=encoder.dim, prompts=encoder.prompts
        ) as memory:
            build(_documents(rows), memory, encoder)
        yield folder


def _documents(rows: Sequence[Pair | Talk]) -> Iterator[Document]:
    """Each text once, numbered."""
    seen: set[str] = set()
    for row in rows:
        for text in (row.context,) if isinstance(row, Pair) else row.texts:
            if text and text not in seen:
                seen.add(text)
                yield Document(id=f"text-{len(seen)}", title=row.title, text=text)


def _edited(document: Document) -> Document:
    words = document.text.split()
    return Document(id=document.id, title=document.title, text=" ".join(reversed(words)))


@contextmanager
def _qa(folder: Path, models: Models, settings: Settings) -> Generator[QA]:
    with QA(folder, reader=models.reader, encoder=models.encoder, settings=settings) as qa:
        yield qa


def _best(answer: Answer) -> str:
    """Text of the best candidate, given or held back; empty where there is none."""
    return answer.answers[0].text if answer.answers else ""


def _kind(answer: Answer) -> str:
    """Kind of the best candidate: passage, memory or correction; empty where there is none."""
    return answer.answers[0].kind if answer.answers else ""


def _share(values: Sequence[float]) -> float | None:
    """A mean in percent; None of nothing."""
    return round(100 * sum(values) / len(values), 2) if values else None


def _defined(table: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that there are."""
    return {name: value for name, value in table.items() if value is not None}


def _named(step: Step, name: str) -> Callable[[int, int], None]:
    return lambda done, of: step(name.replace("_", " "), done, of)


def benchmark_memory(
    models: Models,
    settings: Settings,
    *,
    near: Sequence[Pair],
    same: Sequence[Pair],
    talks: Sequence[Talk] = (),
    limit: int | None = None,
    rows: Mapping[str, RowLedger] | None = None,
    step: Step,
) -> dict[str, Any]:
    """Everything that `spanmem benchmark memory` reports and the data at hand allow. JSON-ready.

    `near` are near misses and `same` paraphrases; those with a text are corrected, and their texts
    edited. `talks` are followed up in the memory that `settings` name, if they name one, else in
    a memory of their own texts. Models read at most `limit` of each. `rows` tell what became of
    the rows of each file; those that `limit` leaves out are counted there.
    """
    table: dict[str, Any] = {
        "benchmark": "memory",
        "encoder": models.encoder.name,
        "reader": models.reader.name,
        "reuse": measure_reuse(models.encoder, near, same),
    }
    with_text = [pair for pair in same if pair.context and pair.answers]
    if answerable := evenly(with_text, limit):
        left_out = {
            "no text or no answer": len(same) - len(with_text),
            "beyond the limit": len(with_text) - len(answerable),
        }
        aside = {why: count for why, count in left_out.items() if count}
        for name, measure in (
            ("corrections", measure_corrections),
            ("edited_sources", measure_stale),
        ):
            figures = measure(answerable, models=models, settings=settings, step=step)
            table[name] = {**figures, "left_out": aside} if aside else figures
    asked = evenly(talks, limit)
    if rows:
        beyond = sum(bool(t.history) for t in talks) - sum(bool(t.history) for t in asked)
        if beyond and "conversations" in rows:
            rows["conversations"].leave_out("beyond the limit", beyond)
        table["rows"] = {name: ledger.to_json() for name, ledger in rows.items()}
    if asked:
        with ExitStack() as stack:
            folder = settings.memory.path or stack.enter_context(memory_of(talks, models.encoder))
            qa = stack.enter_context(_qa(Path(folder), models, settings))
            table["follow_ups"] = measure_follow_ups(qa, asked, step=step)
    return table
