"""Reports as people see them: lines, `report.md`, `misses.html`, and the folder of them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import StorageError
from spanmem.core.records import Evidence, Passage
from spanmem.evaluation.datasets import Question
from spanmem.evaluation.misses import worst_misses
from spanmem.evaluation.render import (
    figure_text,
    flatten,
    interval_text,
    misses_page,
    report_lines,
    report_page,
    score_text,
    table_lines,
    write_folder,
)
from spanmem.evaluation.report import OpenReport, ReaderReport, full_report
from spanmem.evaluation.results import Outcome, RetrievedPassage
from tests.rooms import ROOT

TEXT = "The mill was built in 1912, the tower in 1950."
PASSAGES = {
    f"k{i}": Passage(document=f"d{i}", start=0, end=len(TEXT), text=TEXT, title="Mill & co")
    for i in range(1, 5)
}
WRONG = Outcome(
    question=Question(id="q<1>", text="when was <b>it</b> built", answers=("<i>&amp;", "1912")),
    prediction="1950",
    best="1950",
    exact_match=0.0,
    f1=0.0,
    confidence=0.5,
    evidence=Evidence(
        document="d2", start=41, end=45, text="1950", passage="k2", passage_text=TEXT
    ),
    hits=tuple(RetrievedPassage(key, "d", 0.5, holds=key == "k2") for key in PASSAGES),
    latency_ms=10.0,
    stages_ms={"read": 6.0, "retrieve": 4.0},
)
RIGHT = replace(
    WRONG,
    question=replace(WRONG.question, id="q2"),
    prediction="1912",
    exact_match=1.0,
    f1=1.0,
    best_right=1.0,
    confidence=0.9,
)
ABOUT = {
    "data": "dev|1.json",
    "data_sha256": "0" * 64,
    "data_questions": 2000,
    "seed": 13,
    "settings": {"reader": {"window": 256, "model": None}},
}


def open_report(*outcomes: Outcome, **rest: Any) -> OpenReport:
    return OpenReport(outcomes=outcomes, seconds=2.0, seed=13, about=ABOUT, **rest)


class Page(HTMLParser):
    """Tags and visible texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words += data


def page_of(*outcomes: Outcome, read: int = 20) -> str:
    misses = worst_misses(outcomes, PASSAGES.get, read=read)
    return misses_page(misses, data="d<.json", wrong=len(misses), questions=1234)


def test_nested_figures_have_joined_names() -> None:
    table = {"n": 3, "recall": {"1": 0.5}, "latency_ms": {"p50": {"a": 1}}, "none": {}}
    assert flatten(table) == [("n", 3), ("recall@1", 0.5), ("latency_ms p50 a", 1)]
    assert flatten({"a": {"b": 1, "c": 2}, "b": {"d": 3}}, skip=["b"]) == [("a c", 2)]


names = st.sampled_from(["a", "b", "recall", "read recall", ""])
nested = st.recursive(st.integers(), lambda inner: st.dictionaries(names, inner), max_leaves=12)


@given(st.dictionaries(names, nested))
def test_no_figure_is_lost(table: dict[str, Any]) -> None:
    def count(value: Any) -> int:
        return sum(map(count, value.values())) if isinstance(value, dict) else 1

    assert len(flatten(table)) == count(table)


def test_lines_for_people_have_thousands_and_two_digits() -> None:
    table = {"documents": 12345, "seconds": 1234.567, "open": True, "memory": {"name": None}}
    assert table_lines(table, width=12) == [
        "documents    12,345",
        "seconds      1,234.57",
        "open         True",
        "memory name  None",
    ]
    assert table_lines({"a": 1}, width=3, text=lambda _: "x", notes={"a": " (y)"}) == ["a   x (y)"]
    assert table_lines({"a": 1}) == [f"{'a':<28} 1"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234, "1,234"), (0.5, "0.50"), (False, "False"), (None, "None"), ("x", "x")],
)
def test_a_figure_as_text(value: object, text: str) -> None:
    assert figure_text(value) == text


def test_shares_have_three_digits_and_scores_one() -> None:
    assert [score_text(x) for x in (None, 0.12345, 1.0, 66.666)] == ["", "0.123", "1.000", "66.7"]
    assert interval_text("read_mrr", (0.12345, 0.5)) == "0.123 to 0.500"
    assert interval_text("confidence expected_calibration_error", (0, 1)) == "0.000 to 1.000"
    assert interval_text("f1", (12.345, 50)) == "12.3 to 50.0"


def test_report_lines_show_figures_with_their_intervals() -> None:
    table = {
        "f1": 66.6666666,
        "n": 1234,
        "recall": {"1": 50.0},
        "intervals": {"f1": [60.0, 70.0], "recall@1": [40.0, 60.0]},
        "settings": {"seed": 1},
    }
    assert report_lines(table) == [
        f"{'f1':<34} 66.667   (60.0 to 70.0)",
        f"{'n':<34} 1234",
        f"{'recall@1':<34} 50   (40.0 to 60.0)",
    ]


def test_lines_of_a_whole_report() -> None:
    reread = replace(WRONG, reread=WRONG.hits)
    lines = report_lines(open_report(reread, RIGHT).to_json())
    for start in ("recall@20 ", "read_recall@1 ", "latency_ms p95 ", "confidence auroc_of_being"):
        assert any(line.startswith(start) for line in lines), start
    assert any(line.startswith("f1 ") and " to " in line for line in lines)
    assert not any(line.startswith(("intervals", "settings")) for line in lines)


def test_the_report_in_markdown() -> None:
    report = open_report(WRONG, RIGHT, answered=frozenset({"q2"}))
    compared = {"measure": "f1", "this": 50.0, "other": 0.25, "difference": 49.75}
    compared |= {"low": -1.0, "high": 99.0, "p": 0.5, "n": 1200}
    table = full_report(report, report.to_json())
    text = report_page(
        {**table, "compared_with": "a", "compared": [compared]}, ["recall", "latency"]
    )
    lines = text.splitlines()
    assert lines[:3] == [
        "# dev|1.json: answers from the whole memory",
        "",
        "2 of 2,000 questions in 2 s. Scores are 0 to 100; reciprocal ranks (mrr), errors, risks "
        "and areas are 0 to 1.",
    ]
    for line in (
        "| exact match | 50.0 | 0.0 to 100.0 |",
        "| recall@1 | 0.000 | 0.0 to 0.0 |",
        "| mrr | 0.500 | 0.500 to 0.500 |",
        "Of the 1 questions that any passage answers:",
        "| f1 | 100.0 |  |",
        "| auroc of being right | 1.000 |  |",
        "| f1 | 50.0 | 0.250 | +49.750 (-1.000 to +99.000) | 0.5000 | 1,200 |",
        "| read | 6.0 | 6.0 | 6.0 |",
        "| total | 10.0 | 10.0 | 10.0 |",
        "## How long a question takes",
        "![How long a question takes](latency.svg)",
        "[The worst misses](misses.html), each with its passages.",
        "| data | dev&#124;1.json |",
        "| settings reader window | 256 |",
    ):
        assert line in lines, line
    assert "window" in text
    assert "settings reader model" not in text
    assert "\n\n\n" not in text
    assert text.endswith(" |\n")


def test_a_reader_has_fewer_tables_and_no_gap_between_them() -> None:
    report = ReaderReport(outcomes=(replace(WRONG, hits=()),), seconds=2.0, seed=13, about=ABOUT)
    text = report_page(report.to_json())
    assert text.startswith("# dev|1.json: a reader on gold passages\n\n1 of 2,000")
    for absent in ("recall", "milliseconds", "Against", "confidence", "any passage", "!["):
        assert absent not in text
    assert "\n\n\n" not in text


def test_the_page_of_misses_is_self_contained_and_escaped() -> None:
    nasty = replace(WRONG.question, id="<script>x</script>")
    page = Page(page_of(replace(WRONG, question=nasty)))
    assert not {"script", "b", "link", "img", "iframe"} & set(page.tags)
    assert page.links == []
    assert page.tags.count("article") == 1
    for text in ("when was <b>it</b> built", "<script>x</script>", "<i>&amp;", "d<.json", "50 %"):
        assert text in page.words
    assert "1,234 questions" in page.words
    assert "prefers-color-scheme: dark" in page.words


hostile = st.text(st.sampled_from("<>&\"'x{}% \n"), min_size=1, max_size=8)


@given(hostile, hostile, hostile)
def test_nothing_of_the_data_is_markup(question: str, answer: str, title: str) -> None:
    asked = Question(id=question, text=question, answers=(answer,), context=answer, title=title)
    miss = replace(WRONG, question=asked, prediction=title, hits=(), evidence=None)
    page, plain = Page(page_of(miss)), Page(page_of(replace(WRONG, hits=(), evidence=None)))
    assert [t for t in page.tags if t != "mark"] == [t for t in plain.tags if t != "mark"]
    assert question in page.words
    assert answer in page.words


def test_answers_are_marked_and_further_passages_fold() -> None:
    text = page_of(WRONG)
    assert (
        'The mill was built in <mark class="gold">1912</mark>, the tower in '
        '<mark class="given">1950</mark>.' in text
    )
    assert Page(text).tags.count("section") == 4
    assert text.index("<details>") > text.index("passage 2, answered from, holds an answer")
    assert "<summary>2 more passages</summary>" in text
    assert "<details>" not in page_of(replace(WRONG, hits=WRONG.hits[1:3]))


def test_each_kind_can_be_shown_alone() -> None:
    held = replace(WRONG, prediction="", abstained=True)
    text = page_of(WRONG, held, held)
    assert "body:has(#only-misread:checked) article:not(.misread) { display: none; }" in text
    assert 'id="only-held-back">held back 2</label>' in text
    assert text.count('<article class="held-back">') == 2
    assert "<dt>Held back</dt><dd>1950</dd>" in text
    assert '<i class="none">no answer</i>' in text


def test_the_folder_holds_figures_plots_and_misses(tmp_path: Path) -> None:
    report = open_report(WRONG, RIGHT)
    table = full_report(report, report.to_json())
    write_folder(tmp_path / "new" / "run", report, table, passage=PASSAGES.get, read=20)
    names = {path.name for path in (tmp_path / "new" / "run").iterdir()}
    plots = {"recall.svg", "risk-coverage.svg", "reliability.svg", "latency.svg"}
    assert names == {"report.json", "report.md", "misses.html", *plots}
    written = (tmp_path / "new" / "run" / "report.json").read_text(encoding="utf-8")
    assert json.loads(written) == json.loads(json.dumps(table))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    report = open_report(RIGHT)
    with pytest.raises(StorageError, match=r"file.run: cannot be written"):
        write_folder(tmp_path / "file" / "run", report, report.to_json())


def test_the_lines_of_a_table_cost_no_heavy_import() -> None:
    code = (
        "import sys; from spanmem.evaluation.render import table_lines; table_lines({'a': 1})\n"
        "print(sorted({'numpy', 'jinja2', 'scipy', 'sklearn', 'matplotlib'} & sys.modules.keys()))"
    )
    done = run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
