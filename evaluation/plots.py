"""The curves of a report, as SVG texts drawn by matplotlib; needs the extra `bench`."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import missing_extra
from .metrics import bootstrap_interval, reliability, risk_coverage
from .results import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw", "must_draw"]

_BLUE, _ORANGE, _GREEN, _GRAY = "#2f6fb2", "#d9822b", "#3a8f5c", "#6b7280"
_STAGES = {"total": _BLUE, "read": _ORANGE, "retrieve": _GREEN}
_STYLE = {
    "axes.edgecolor": _GRAY,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.figsize": (6.4, 4.0),
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "grid.color": "#e5e7eb",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.hashsalt": "spanmem",
}


def must_draw() -> None:
    """Raise InputError, with the way out, where matplotlib is missing."""
    if importlib.util.find_spec("matplotlib") is None:
        raise missing_extra("bench", "a report has plots, and matplotlib is not installed")


def draw(outcomes: Sequence[Outcome], *, probable: bool) -> dict[str, str]:
    """Name of each plot -> its SVG. `probable`: the confidences are probabilities."""
    judged = [o for o in outcomes if o.best and (o.answerable or not o.question.documents)]
    figures: dict[str, str] = {}
    if any(o.rank or o.gold_rank for o in outcomes):
        figures["recall"] = _figure(lambda axes: _draw_recall(axes, outcomes))
    if judged:
        figures["risk-coverage"] = _figure(lambda axes: _draw_risk(axes, judged))
        if probable:
            figures["reliability"] = _figure(lambda axes: _draw_reliability(axes, judged))
    if any(o.latency_ms for o in outcomes):
        figures["latency"] = _figure(lambda axes: _draw_latency(axes, outcomes))
    return figures


def _figure(plot: Callable[[Axes], None]) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    styled: Any = _STYLE
    with mpl.rc_context(styled):
        figure = Figure(layout="constrained")
        plot(figure.add_subplot())
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()


def _draw_recall(axes: Axes, outcomes: Sequence[Outcome]) -> None:
    """Share of questions with a right passage among the first k, for each k that was looked at."""
    depth = max(len(o.hits) for o in outcomes)
    answers = [o.rank for o in outcomes if o.answerable]
    named = [o for o in outcomes if o.question.documents or o.answerable]
    golds = [o.gold_rank for o in named if o.question.documents or o.question.context]
    for ranks, name, color in (
        (answers, "an answer occurs in it", _BLUE),
        (golds, "the data names it", _ORANGE),
    ):
        if not any(ranks):
            continue
        at = np.array([rank or depth + 1 for rank in ranks])
        ks = np.arange(1, depth + 1)
        axes.plot(ks, [100 * float((at <= k).mean()) for k in ks], color=color, label=name)
    axes.set(title="Recall", xlabel="passages looked at", ylabel="% of questions", ylim=(0, 101))
    axes.set_xscale("log")
    ticks = [k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500) if k <= depth]
    axes.set_xticks(ticks, [str(k) for k in ticks])
    axes.minorticks_off()
    if axes.get_lines():
        axes.legend(loc="lower right", title="a passage is right if")


def _draw_risk(axes: Axes, outcomes: Sequence[Outcome]) -> None:
    curve = risk_coverage([o.confidence for o in outcomes], [o.best_right for o in outcomes])
    coverage, risk = np.asarray(curve.coverage), np.asarray(curve.risk)
    axes.plot(100 * coverage, 100 * risk, color=_BLUE, drawstyle="steps-post")
    axes.fill_between(100 * coverage, 100 * risk, color=_BLUE, alpha=0.08, step="post", lw=0)
    axes.axhline(20, color=_GRAY, lw=1, ls="--")
    axes.text(99.5, 20.7, "80 % precision", color=_GRAY, fontsize=8.5, ha="right")
    axes.set(
        title=f"Risk against coverage (area {100 * curve.area:.1f} %)",
        xlabel="% of questions answered, the surest first",
        ylabel="% of the answered ones wrong",
        xlim=(0, 100),
        ylim=(0, max(25.0, 105 * float(risk.max()))),
    )


def _draw_reliability(axes: Axes, outcomes: Sequence[Outcome]) -> None:
    bins = reliability([o.confidence for o in outcomes], [o.best_right for o in outcomes])
    axes.plot([0, 100], [0, 100], color=_GRAY, lw=1, ls="--")
    for filled in bins:
        middle, right = 100 * filled.confidence, 100 * float(np.mean(filled.correct))
        if len(filled.correct) > 1:  # a single question has no interval
            low, high = (100 * x for x in bootstrap_interval(filled.correct, seed=13))
            axes.plot([middle, middle], [low, high], color=_BLUE, lw=1.2, alpha=0.6)
        size = 10 + 240 * len(filled.correct) / len(outcomes)
        axes.scatter([middle], [right], s=size, color=_BLUE, zorder=3)
    axes.set(
        title="Reliability (size: share of the questions; bars: 95 % intervals)",
        xlabel="mean confidence of the bin, %",
        ylabel="% right",
        xlim=(0, 100),
        ylim=(0, 100),
    )


def _draw_latency(axes: Axes, outcomes: Sequence[Outcome]) -> None:
    """Share of the questions that were done after so many milliseconds, by stage."""
    for stage, color in _STAGES.items():
        times = sorted(
            o.latency_ms if stage == "total" else o.stages_ms[stage]
            for o in outcomes
            if stage == "total" or stage in o.stages_ms
        )
        if not any(times):
            continue
        share = 100 * np.arange(1, len(times) + 1) / len(times)
        p50, p95 = np.percentile(times, [50, 95])
        label = f"{stage}: p50 {p50:.0f} ms, p95 {p95:.0f} ms"
        axes.plot(times, share, color=color, label=label, drawstyle="steps-post")
    axes.set(title="Time per question", xlabel="milliseconds", ylabel="% of questions done")
    axes.set(ylim=(0, 101))
    axes.set_xlim(left=0)
    axes.legend(loc="lower right")
