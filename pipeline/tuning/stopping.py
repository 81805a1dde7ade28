"""The rule by which reading stops, fitted on questions that were read over all their passages.

How likely it is that reading on leaves the answer as it is, is a logistic regression over all looks
at all questions. From which probability on the rest is left unread is chosen by questions that took
no part in the fit: those of the kind of text that was left out in turn. It is the lowest
before which the upper confidence limit (Clopper & Pearson 1934) of the share of answers that would
have become others exceeds what is allowed, tried from above (fixed-sequence testing, as in
Angelopoulos et al. 2021, "Learn then Test"), so that the limit holds for what was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...core.records import Hit
from ...reader.calibration import Calibration
from ...reader.logistic import fit_logistic
from ...reader.metrics import normalize
from ...reader.spans import Reading
from ...reader.stopping import STOPPING, STOPPING_AGAINST, Stopping
from ..rank import Ranked, rank
from ..stages import outlook, stages

__all__ = ["Look", "StoppingReport", "fit_stopping", "looks_at", "prefix", "read_by", "upper_limit"]

_LEAST = tuple(round(0.999 - 0.001 * i, 3) for i in range(250))
"""Probabilities tried in turn, from above."""
_FOLDS = 5
"""Parts of one kind's questions that are left out in turn, where there is no other kind."""
_PENALTY = 1.0
_SURE = 0.95


@dataclass(frozen=True, slots=True)
class Look:
    """The best answer after a stage, and whether reading all leaves it as it is."""

    read: int
    """Passages read so far."""
    features: Mapping[str, float]
    stays: bool


@dataclass(frozen=True, slots=True)
class StoppingReport:
    """What the rule did to questions that took no part in its fit."""

    questions: int
    changed: int
    """Answers that would have been others, had all passages been read."""
    at_most: float
    """Upper confidence limit of their share, 0..1, at 95 %."""
    read: float
    """Passages read per question, on average."""
    of: float
    """Passages found per question, on average."""


def looks_at(
    question: str,
    hits: Sequence[Hit],
    reading: Reading,
    calibration: Calibration,
    *,
    abstain_below: float,
) -> tuple[Look, ...]:
    """A look after each stage but the last, at a question that was read over all its hits.

    Under a confidence of `abstain_below`, 0..1, an answer is held back: the best one stays if it
    is given then and now, or held back then and now.
    """
    last = _best(question, hits, reading, calibration)
    seen: list[Look] = []
    for _, end in stages(len(hits))[:-1]:
        best = _best(question, hits[:end], prefix(reading, end), calibration)
        if best is None or last is None:
            continue
        features = outlook(
            best,
            hits[end:],
            weight=calibration.retrieval_weight,
            abstain_below=abstain_below,
        )
        given = best.confidence >= abstain_below, last.confidence >= abstain_below
        same = normalize(best.text) == normalize(last.text) and given[0] == given[1]
        seen.append(Look(end, features, same))
    return tuple(seen)


def _best(
    question: str, hits: Sequence[Hit], reading: Reading, calibration: Calibration
) -> Ranked | None:
    return next(iter(rank(reading, hits, calibration, question=question, keep=1)), None)


def prefix(reading: Reading, count: int) -> Reading:
    """The reading of the first `count` passages alone."""
    spans = tuple(span for span in reading.spans if span.passage < count)
    return Reading(spans, reading.nulls[:count], reading.totals[:count])


def read_by(rule: Stopping | None, looks: Sequence[Look], count: int) -> int:
    """How many of the `count` passages are read of the question of these looks."""
    enough = (look.read for look in looks if rule is not None and rule.enough(look.features))
    return next(enough, count)


def fit_stopping(
    kinds: Mapping[str, Sequence[tuple[int, Sequence[Look]]]], allowed: float
) -> tuple[Stopping | None, StoppingReport | None]:
    """The rule, and what it does to questions left out; None where no rule keeps within `allowed`.

    For each kind of text there are its questions' passages and looks; all kinds count alike.
    `allowed` is the share of answers that may change, 0..1.
    """
    folds = _folds(kinds)
    if len(folds) < 2:  # no question has more passages than are read in any case
        return None, None
    sides: list[tuple[int, Sequence[Look], list[float]]] = []
    for name, held_out in folds.items():
        rule = _fitted([fold for other, fold in folds.items() if other != name])
        if rule is None:
            return None, None
        for count, looks in held_out:
            sides.append((count, looks, [rule.stays(look.features) for look in looks]))
    chosen: float | None = None
    report: StoppingReport | None = None
    for least in _LEAST:
        tried = _report(sides, least)
        if tried.at_most > allowed:
            break
        chosen, report = least, tried
    whole = _fitted(list(folds.values()))
    if chosen is None or whole is None:
        return None, None
    return Stopping(chosen, whole.bias, whole.weights), report


def _folds(
    kinds: Mapping[str, Sequence[tuple[int, Sequence[Look]]]],
) -> dict[str, Sequence[tuple[int, Sequence[Look]]]]:
    filled = {name: cases for name, cases in kinds.items() if any(looks for _, looks in cases)}
    if len(filled) != 1:
        return filled
    ((name, cases),) = filled.items()
    return {f"{name} {n}": cases[n::_FOLDS] for n in range(_FOLDS)}


def _fitted(folds: Sequence[Sequence[tuple[int, Sequence[Look]]]]) -> Stopping | None:
    """The probability alone; None where all answers stay, or none does."""
    groups = [[look for _, looks in fold for look in looks] for fold in folds]
    groups = [group for group in groups if group]
    stays = [float(look.stays) for group in groups for look in group]
    if len(set(stays)) < 2:
        return None
    counts = [len(stays) / (len(groups) * len(group)) for group in groups for _ in group]
    bias, slopes = fit_logistic(
        [look.features for group in groups for look in group],
        stays,
        STOPPING,
        against=STOPPING_AGAINST,
        weights=counts,
        penalty=_PENALTY,
    )
    return Stopping(1.0, bias, slopes)


def _report(
    sides: Sequence[tuple[int, Sequence[Look], list[float]]], least: float
) -> StoppingReport:
    changed, read = 0, list[int]()
    for count, looks, sure in sides:
        at = next((i for i, s in enumerate(sure) if s >= least), None)
        read.append(count if at is None else looks[at].read)
        changed += at is not None and not looks[at].stays
    return StoppingReport(
        questions=len(sides),
        changed=changed,
        at_most=upper_limit(changed, len(sides)),
        read=float(np.mean(read)),
        of=float(np.mean([count for count, _, _ in sides])),
    )


def upper_limit(events: int, cases: int, *, sure: float = _SURE) -> float:
    """The Clopper-Pearson upper limit of a share, 0..1, of which `events` were seen in `cases`."""
    from scipy.stats import beta

    return 1.0 if events >= cases else float(beta.ppf(sure, events + 1, cases - events))
