"""CSV, TSV and Parquet: rows with their numbers, and what is no row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.core.compression import read_lines
from spanmem.core.errors import RowError
from spanmem.core.tables import Columns, read_cells, read_parquet, read_table

TEXT = Columns("text", ("text", "body"))
CELLS = st.text(st.sampled_from('ab ,\t"\n;é'), max_size=6)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=6)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


@given(TABLES, st.sampled_from([",", "\t"]), st.sampled_from(["\n", "\r\n"]))
def test_what_a_writer_of_csv_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], delimiter: str, end: str
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(table)
    path = write(tmp_path_factory.mktemp("table") / "a.csv", out.getvalue())
    rows = list(read_cells(path, read_lines(path), delimiter))
    assert [cells for _, cells in rows] == [r for r in table if any(map(str.strip, r))]
    # Each row's number is that of its last line.
    for number, cells in rows:
        head = "".join(out.getvalue().splitlines(keepends=True)[:number])
        assert list(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))[-1] == cells


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_by_whatever_ends_its_lines(tmp_path: Path, end: str) -> None:
    lines = ["", ",", " id ,text", '1,"Two\nlines, one "" cell"', "", "2,Lamp", ""]
    path = write(tmp_path / "a.csv", end.join(lines))
    assert list(read_table(path)) == [
        (5, {"id": "1", "text": 'Two\nlines, one " cell'}),
        (7, {"id": "2", "text": "Lamp"}),
    ]


def test_a_bad_row_is_given_away_with_its_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", 'id\ttext\n1\t"Lamp" is\n2\tx\ty\n3\tA "lamp"\n')
    errors: list[RowError] = []
    rows = list(read_table(path, errors.append))
    assert rows == [(4, {"id": "3", "text": 'A "lamp"'})]
    assert [error.place for error in errors] == [f"{path}:2", f"{path}:3"]
    assert "no valid row up to line 2" in errors[0].why
    assert errors[1].why == "has 3 columns, and the header 2"
    with pytest.raises(RowError, match=r"a\.tsv:2: no valid row"):
        list(read_table(path))


def test_without_strictness_a_quote_is_a_character(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", '"who" is it\tAnn\n')
    assert list(read_cells(path, read_lines(path), "\t", strict=False)) == [
        (1, ["who is it", "Ann"])
    ]


def test_a_cell_may_be_long(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f"text\n{'x' * 300_000}\n")
    assert [len(row["text"]) for _, row in read_table(path)] == [300_000]


def test_a_table_without_the_columns_is_refused_with_those_it_has(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    message = "no column with text; it has id, label, and the text is looked for in text, body"
    parquet.write_table(arrow.Table.from_pylist([{"id": 1, "label": "x"}]), tmp_path / "a.parquet")
    with pytest.raises(RowError, match=message):
        list(read_parquet(tmp_path / "a.parquet", TEXT))
    with pytest.raises(RowError, match="it has no columns"):
        list(read_table(write(tmp_path / "b.csv", "\n\n")))


_PLAIN = st.text(st.sampled_from("abcd 123.-é"), min_size=1, max_size=8).map(str.strip)
_CELL = st.tuples(_PLAIN, st.sampled_from(["", ",", ";", "|", ", ", '"', "\n"])).map("".join)


@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), min_size=2)
    ),
    st.sampled_from(",;|\t"),
    st.booleans(),
    st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_the_delimiter_is_found_where_cells_are_quoted_as_needed(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    declared: bool,
    trailing: bool,
) -> None:
    """Whatever other delimiters the cells hold; Excel's `sep=`, and a delimiter at each end."""
    header = [f"name{number}" for number in range(len(rows[0]))]
    out = io.StringIO(newline="")
    end = f"{delimiter}\r\n" if trailing else "\r\n"
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=end)
    writer.writerows([header, *rows])
    text = (f"sep={delimiter}\r\n" if declared else "") + out.getvalue()
    path = write(tmp_path_factory.mktemp("table") / "a.csv", text)
    cells = [list(row.values()) for _, row in read_table(path)]
    assert cells == [row for row in rows if any(map(str.strip, row))]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("id;text\n1;Runs at 3,5 bar, mostly.\n", ["1", "Runs at 3,5 bar, mostly."]),
        ("id|text\n1|A; b, c\n", ["1", "A; b, c"]),
        ("Name, first;Age\nSmith, John;5\nRoe, Jane;6\n", ["Smith, John", "5"]),
        ("text\nOne; two, three\n", ["One; two, three"]),
        ("text\n", None),
    ],
)
def test_a_sentences_comma_divides_no_cells(
    tmp_path: Path, text: str, cells: list[str] | None
) -> None:
    rows = [list(row.values()) for _, row in read_table(write(tmp_path / "a.csv", text))]
    assert rows[:1] == ([] if cells is None else [cells])


def test_parquet_is_read_in_batches_from_row_1(tmp_path: Path) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    table = [{"text": f"Text {i}.", "tags": {"n": [i]}} for i in range(3000)]
    path = tmp_path / "a.parquet"
    parquet.write_table(arrow.Table.from_pylist(table), path)
    sizes: list[int] = []
    assert list(read_parquet(path, TEXT, sizes.append)) == list(enumerate(table, 1))
    assert sizes == sorted(sizes)
    assert (len(sizes), sizes[-1]) == (3, path.stat().st_size)
    path.write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(RowError, match="no valid Parquet file"):
        list(read_parquet(path, TEXT))


def test_columns_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",Phone,,Phone,Phone\n0,1,2,3,4\n", encoding="utf-8")
    ((_, row),) = read_table(path)
    assert row == {"": "0", "Phone": "1", "column 3": "2", "Phone 2": "3", "Phone 3": "4"}


ABOVE = [
    "Account;DE02 1001\nPeriod:;01.03. - 31.03.\n\n",
    '"Statement of March"\n',
    "Account;DE02 1001;;;\nPeriod;March;;;\n;;;;\n",
    "Account;DE02 1001;EUR\n",
]


@pytest.mark.parametrize("above", ABOVE)
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_lines_above_a_table_are_no_header(tmp_path: Path, above: str, delimiter: str) -> None:
    lines = ["Day;Payee;Purpose;Amount", "04.03.;Works;Power, 12;-82", "05.03.;Merz;Rent;-1250"]
    quoted = [line.replace("Power, 12", '"Power, 12"') for line in lines]
    text = (above + "\n".join(quoted)).replace(";", delimiter)
    facts: list[tuple[int, dict[str, str]]] = []
    notices: list[str] = []
    path = write(tmp_path / "a.csv", text)
    rows = list(read_table(path, on_notice=notices.append, on_facts=lambda *f: facts.append(f)))
    first = above.count("\n") + 2
    names = ["Day", "Payee", "Purpose", "Amount"]
    assert rows == [
        (first, dict(zip(names, ["04.03.", "Works", "Power, 12", "-82"], strict=True))),
        (first + 1, dict(zip(names, ["05.03.", "Merz", "Rent", "-1250"], strict=True))),
    ]
    ((_, told),) = facts
    assert [notice.partition(": ")[2] for notice in notices] == [
        f"the table begins in line {first - 1}; what is above is read alone"
    ]
    words = above.replace(";", " ").replace('"', "").replace(":", "").split()
    assert all(word in str(told) for word in words)


@pytest.mark.parametrize(
    "text",
    [
        "name,price\nLamp,39\nChair,12\n",
        ",name,price\na,Lamp,39\nb,Chair,12\n",
        "name,note,\nLamp,red,39\nChair,blue,12\n",
        "name,colour,price\nLamp,,\nChair,red,12\n",
        "a,b,c,d\n1,2,3,4\n",
        "question,answer\nWho, then?,Ann\n",
        "id,text\n1,Hello, Ann, it is 4 now\n2,Good night, Bob, at 5 then\n",
    ],
)
def test_a_header_in_the_first_line_stays_one(tmp_path: Path, text: str) -> None:
    told: list[object] = []
    path = write(tmp_path / "a.csv", text)
    list(read_table(path, told.append, on_facts=lambda *facts: told.extend(facts)))
    assert all(isinstance(error, RowError) for error in told)


@given(st.lists(st.lists(st.integers(0, 99), min_size=3, max_size=3), min_size=1, max_size=40))
def test_a_table_reads_the_same_below_a_title(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[list[int]]
) -> None:
    folder = tmp_path_factory.mktemp("table")
    table = "Lamps,Chairs,Beds\n" + "\n".join(",".join(map(str, row)) for row in numbers)
    bare, below = write(folder / "a.csv", table), write(folder / "b.csv", "Sold\n\n" + table)
    assert [row for _, row in read_table(bare)] == [row for _, row in read_table(below)]
