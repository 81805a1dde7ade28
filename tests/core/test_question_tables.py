"""Tables of questions: headers, DPR's two columns, and quotes that people type."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import RowError
from spanmem.core.question_tables import read_question_table

ROWS = [("who built it", ["Ann"]), ("where", ["in the yard"]), ("when", ["1912", "in 1912"])]
TYPED = ['"who', 'who "', 'a "mill"', '"a mill" stands', '"', '""', 'said "no" and "yes', '"who"']


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


@given(
    st.lists(st.tuples(*[st.text("ab \"',;|\n", max_size=6)] * 3), min_size=1, max_size=5),
    st.sampled_from(",;|\t"),
    st.booleans(),
)
def test_a_written_table_is_read_back_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, ...]],
    delimiter: str,
    quoted: bool,
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=1 if quoted else 0, lineterminator="\n")
    writer.writerow(("Question", "context", "answers"))
    writer.writerows(rows)
    path = write(tmp_path_factory.mktemp("table") / "a.csv", out.getvalue())
    expected = [row for row in rows if any(map(str.strip, row))]
    try:
        cells = [tuple(fields.values()) for _, fields in read_question_table(path)]
    except RowError:  # where the line ends of a cell might be those of rows
        cells = expected if any("\n" in cell for row in rows for cell in row) else []
    assert cells == expected


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("header", ["", "question\tanswers\n"])
@pytest.mark.parametrize("at", [0, 2])
def test_between_tabs_each_line_is_a_row(tmp_path: Path, typed: str, header: str, at: int) -> None:
    rows = [*ROWS[:at], (f"{typed} x", ROWS[at][1]), *ROWS[at + 1 :]]
    text = header + "".join(f"{question}\t{answers}\n" for question, answers in rows)
    read = [
        fields["question"] for _, fields in read_question_table(write(tmp_path / "a.tsv", text))
    ]
    assert read == [question for question, _ in rows]


@pytest.mark.parametrize("typed", ['"who built', '"who, or what'])
def test_between_commas_a_quote_swallows_no_row(tmp_path: Path, typed: str) -> None:
    text = f'question,answer\nwhen,1912\n{typed},Ann\nwhere,here\nwhat is "it",a mill\n'
    with pytest.raises(RowError, match=r"a\.csv:3: a cell begins with \" that no quote closes"):
        list(read_question_table(write(tmp_path / "a.csv", text)))
    text = 'question,answer\nwhen,1912\n"who built,Ann\nwhere,here\nwho is called "Bob",a man\n'
    closed = text.replace('called "Bob"', 'called Bob"')
    with pytest.raises(RowError, match=r"a\.csv:3: a quote that opens here takes in .* line 5"):
        list(read_question_table(write(tmp_path / "a.csv", closed)))


def test_contexts_may_have_lines_with_commas(tmp_path: Path) -> None:
    text = 'question,context,answer\nwho,"One, two\nthree, four",Ann\n'
    rows = list(read_question_table(write(tmp_path / "a.csv", text)))
    assert rows == [(2, {"question": "who", "context": "One, two\nthree, four", "answer": "Ann"})]


def test_dprs_answers_are_a_list_written_out(tmp_path: Path) -> None:
    text = "Question\tanswers\nwho\t['Ann', \"O'Hara\"]\n\nquestion\t[]\n"
    assert [fields for _, fields in read_question_table(write(tmp_path / "a.csv", text))] == [
        {"Question": "who", "answers": "['Ann', \"O'Hara\"]"},
        {"Question": "question", "answers": "[]"},
    ]
    text = "who\t['Ann' \"O'Hara\"]\n"
    assert list(read_question_table(write(tmp_path / "b.csv", text))) == [
        (1, {"question": "who", "answer": ["Ann", "O'Hara"]})
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sep=;\r\nquestion;answer\r\nwho, me;Ann\r\n", 3),
        ('"sep=|"\n\nquestion|answer\nwho, me|Ann\n', 4),
        ("SEP=\t\nquestion\tanswer\nwho, me\tAnn\n", 3),
        ('sep=;\nquestion,answer\n"who, me",Ann\n', 3),  # it is not what it says
    ],
)
def test_excels_first_line_is_no_row(tmp_path: Path, text: str, line: int) -> None:
    rows = list(read_question_table(write(tmp_path / "a.csv", text)))
    assert rows == [(line, {"question": "who, me", "answer": "Ann"})]


def test_what_excel_declares_divides_dprs_columns_too(tmp_path: Path) -> None:
    text = "sep=;\nwho, me;['Ann', 'Bo']\n"
    rows = list(read_question_table(write(tmp_path / "a.csv", text)))
    assert rows == [(2, {"question": "who, me", "answer": ["Ann", "Bo"]})]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sep=;\n\nquestion;answer;answer\n", ":3: two columns are called 'answer'"),
        ("who\n", ":1: has 1 columns, not 2"),
        ("who\tAnn\n", r":1: the answers must be a list such as \[\"Paris\"\], not 'Ann'"),
        ("who\t" + "[" * 10_000, ":1: the answers must be a list"),
        ("question,answer,answer\n", ":1: two columns are called 'answer'"),
        ("question,answer\na,b,c\n", ":2: has 3 columns, and the header 2"),
    ],
)
def test_what_is_no_row_is_named_by_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RowError, match=message):
        list(read_question_table(write(tmp_path / "a.csv", text)))
