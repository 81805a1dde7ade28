"""Each published layout, in rows of our own, as the same flat questions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import RowError
from spanmem.core.published_sets import LAYOUTS, flat_rows
from spanmem.core.questions import QuestionRow, RowLedger, read_questions
from tests.rooms import ROOT

MILL = "The mill burnt in 1912 and 1931."
TASK = {"text": MILL, "question": "when?"}
SPAN = {"start": 18, "end": 22, "text": "1912", "labels": ["Answer"]}
DETECTED = [{"text": "1912", "char_spans": [[18, 21]], "token_spans": [[4, 4]]}]
ALIASES = {"Value": "1912", "Aliases": ["in 1912"], "NormalizedAliases": ["in 1912", "mcmxii"]}
HUB_ALIASES = {"value": "1912", "aliases": ["in 1912"], "normalized_aliases": []}
PASSAGES = [{"is_selected": 0, "passage_text": "No."}, {"is_selected": 1, "passage_text": MILL}]
COLUMNS = {"is_selected": [0, 1], "passage_text": ["No.", MILL], "url": ["", ""]}
PARAGRAPH: dict[str, Any] = {
    "context": MILL,
    "qas": [{"id": "7", "question": "when?", "answers": [{"text": "1912", "answer_start": 18}]}],
}
ARTICLE = {"title": "Mill", "paragraphs": [PARAGRAPH]}
LABEL = {"answer": "1912", "type": "extractive", "offsets_in_document": [{"start": 18, "end": 22}]}

# Layout, row, id, answers, and where they start: None where the set does not say.
CASES: list[tuple[str, dict[str, Any], str | None, set[str], tuple[int, ...] | None]] = [
    ("MRQA, or SQuAD's paragraphs",
     {"context": MILL, "qas": [{"qid": "7", "question": "when?", "answers": ["1912"],
                                "detected_answers": DETECTED}]}, "7", {"1912"}, (18,)),
    ("MRQA, or SQuAD's paragraphs", PARAGRAPH, "7", {"1912"}, (18,)),
    ("SQuAD's articles", ARTICLE, "7", {"1912"}, (18,)),
    ("MRQA on the hub",
     {"subset": "x", "context": MILL, "qid": "7", "question": "when?", "answers": ["1912"],
      "detected_answers": {"text": ["1912"], "char_spans": [{"start": [18], "end": [21]}]}},
     "7", {"1912"}, (18,)),
    ("KILT", {"id": "7", "input": "when?", "output": [{"answer": "1912"}, {"provenance": []}]},
     "7", {"1912"}, None),
    ("TriviaQA", {"Question": "when?", "QuestionId": "7", "Answer": ALIASES},
     "7", {"1912", "in 1912", "mcmxii"}, None),
    ("TriviaQA on the hub", {"question": "when?", "question_id": "7", "answer": HUB_ALIASES},
     "7", {"1912", "in 1912"}, None),
    ("HotpotQA", {"_id": "7", "question": "when?", "answer": "1912", "supporting_facts": [["M", 0]],
                  "context": [["M", [MILL, " Yes."]]]}, "7", {"1912"}, None),
    ("HotpotQA", {"id": "7", "question": "when?", "answer": "1912",
                  "supporting_facts": {"title": ["M"], "sent_id": [0]},
                  "context": {"title": ["M"], "sentences": [[MILL]]}}, "7", {"1912"}, None),
    ("WebQuestions", {"url": "u", "utterance": "when?",
                      "targetValue": '(list (description "in \\"1912\\"") (description 1912))'},
     None, {'in "1912"', "1912"}, None),
    ("WebQuestionsSP", {"QuestionId": "7", "RawQuestion": "when?", "Parses": [{"Answers": [
        {"AnswerArgument": "1912", "EntityName": None}, {"AnswerArgument": "m.1", "EntityName": "X"}
    ]}]}, "7", {"1912", "X"}, None),
    ("CRAG", {"interaction_id": "7", "query": "when?", "answer": "1912", "alt_ans": ["in 1912"]},
     "7", {"1912", "in 1912"}, None),
    ("CRAG", {"interaction_id": "7", "query": "when?", "answer": "Invalid question", "alt_ans": []},
     "7", set(), None),
    ("MS MARCO", {"query_id": 7, "query": "when?", "answers": ["1912"], "passages": PASSAGES},
     "7", {"1912"}, None),
    ("MS MARCO", {"query_id": 7, "query": "when?", "answers": ["No Answer Present."],
                  "passages": COLUMNS}, "7", set(), None),
    ("Label Studio", {"id": 7, "data": TASK, "annotations": [{"result": [{"value": SPAN}]}]},
     "7", {"1912"}, (18,)),
    ("Label Studio", {"id": 7, "data": TASK, "annotations": [{"result": []}]}, "7", set(), None),
    ("Label Studio's older export",
     {"id": 7, "data": TASK, "completions": [{"result": [{"value": {"text": ["1912"]}}]}]},
     "7", {"1912"}, None),
    ("Label Studio's JSON-MIN", {**TASK, "id": 7, "answer": [SPAN], "annotator": 1,
                                 "annotation_id": 2}, "7", {"1912"}, (18,)),
    ("Haystack's labels", {"id": "7", "query": "when?", "answer": LABEL, "is_correct_answer": True,
                           "document": {"content": MILL, "id": "d"}}, "7", {"1912"}, (18,)),
]  # fmt: skip


def read(tmp_path: Path, text: str, name: str = "a.jsonl") -> tuple[list[QuestionRow], RowLedger]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    ledger = RowLedger()
    return list(read_questions(tmp_path / name, ledger)), ledger


@pytest.mark.parametrize(("layout", "row", "name", "answers", "starts"), CASES)
@pytest.mark.parametrize("form", ["lines", "array", "wrapped"])
def test_a_published_row_is_a_flat_question(
    tmp_path: Path,
    layout: str,
    row: dict[str, Any],
    name: str | None,
    answers: set[str],
    starts: tuple[int, ...] | None,
    form: str,
) -> None:
    assert next(known for known in LAYOUTS if set(known.keys) <= row.keys()).name == layout
    texts = {"lines": row, "array": [row], "wrapped": {"version": "1", "data": [row]}}
    name_of_file = "a.jsonl" if form == "lines" else "a.json"
    rows, ledger = read(tmp_path, json.dumps(texts[form]), name_of_file)
    (question,) = rows
    assert (question.id, question.question, set(question.answers)) == (name, "when?", answers)
    assert question.starts == (starts if answers else question.starts)
    assert ledger.to_json() == {"read": 1, "used": 1, "left_out": {}, "repaired": {}}


def test_each_layout_has_its_row() -> None:
    tried = {layout for layout, *_ in CASES}
    assert {layout.name for layout in LAYOUTS} == tried | {"MRQA's header"}


def test_whole_files_of_published_sets(tmp_path: Path) -> None:
    trivia = {"Data": [{"Question": "when?", "Answer": ALIASES}], "Version": 1.0}
    assert len(read(tmp_path, json.dumps(trivia), "a.json")[0]) == 1
    marco = {"query": {"0": "when?", "1": "who?"}, "answers": {"0": ["1912"], "1": ["Ann"]},
             "passages": {"0": PASSAGES, "1": PASSAGES}, "query_id": {"0": 5, "1": 6}}  # fmt: skip
    rows, _ = read(tmp_path, json.dumps(marco), "b.json")
    assert [(row.id, row.answers) for row in rows] == [("5", ("1912",)), ("6", ("Ann",))]
    assert rows[0].context == MILL
    mrqa = [{"header": {"dataset": "x", "split": "dev"}}, CASES[0][1]]
    assert len(read(tmp_path, "\n".join(map(json.dumps, mrqa)))[0]) == 1
    popqa = 'id\tsubj\tquestion\tpossible_answers\n7\tX\twhen?\t["1912", "in 1912"]\n'
    (row,) = read(tmp_path, popqa, "c.tsv")[0]
    assert (row.id, row.answers) == ("7", ("1912", "in 1912"))


def test_what_is_no_question_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        {"data": TASK, "annotations": []},
        {"data": TASK, "annotations": [{"result": [{"value": SPAN}], "was_cancelled": True}]},
        {"query": "w", "answer": LABEL, "document": {"content": MILL}, "is_correct_answer": False},
        {"RawQuestion": "when?", "Parses": [{"Answers": []}]},
        {"question": " ", "answer": []},
    ]
    used, ledger = read(tmp_path, "\n".join(map(json.dumps, rows)))
    assert (used, ledger.read, ledger.used) == ([], 5, 0)
    assert ledger.left_out["nobody has annotated it yet"] == 2
    assert len(ledger.left_out) == 4


@pytest.mark.parametrize(
    "row",
    [
        {"input": "when?", "output": []},
        {"input": "when?", "output": "1912"},
        {"Question": "when?", "Answer": {"Value": "<unk>"}},
        {"question": "when?", "answer": {"value": None, "aliases": []}},
        {"context": MILL, "qas": 3},
        {"context": MILL, "qas": [3]},
        {"title": "t", "paragraphs": [{"text": MILL}]},
        {"utterance": "when?", "targetValue": "(list)"},
        {"query": "when?", "answers": [], "passages": {"is_selected": [1]}},
        {"data": 3, "annotations": [{"result": []}]},
    ],
)
def test_withheld_answers_and_broken_rows_are_refused(row: dict[str, Any]) -> None:
    with pytest.raises(RowError, match=r"^a\.jsonl:1: "):
        list(flat_rows(row, "a.jsonl:1"))


def test_the_page_of_formats_names_each_layout_with_its_keys() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    cells = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    keys = {row[0]: tuple(re.findall(r"`(\w+)`", row[1])) for row in cells if len(row) == 3}
    assert {layout.name: layout.keys for layout in LAYOUTS}.items() <= keys.items()
