"""What commands print: one JSON object in ASCII, or a line for each figure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.cli.output import print_json, print_table
from spanmem.evaluation.render import table_lines

TABLE = {"n": 1234567, "share": 1234.5, "exact": True, "inner": {"p50": 1.0}, "name": "a b"}


def test_figures_are_lines_with_their_joined_names() -> None:
    assert [line.split(maxsplit=1) for line in table_lines(TABLE)] == [
        ["n", "1,234,567"],
        ["share", "1,234.50"],
        ["exact", "True"],
        ["inner", "p50" + " " * 20 + "1.00"],
        ["name", "a b"],
    ]
    assert len({line.index(" 1") for line in table_lines({"a": 1, "bb": 1})}) == 1


def test_a_table_is_printed_either_way(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(TABLE, as_json=False)
    assert capsys.readouterr().out.splitlines() == table_lines(TABLE)
    print_table({**TABLE, "path": Path("a/b")}, as_json=True)
    assert json.loads(capsys.readouterr().out) == {**TABLE, "path": "a/b"}


@given(st.dictionaries(st.text(), st.text() | st.floats(allow_nan=False, allow_infinity=False)))
def test_json_is_one_line_in_ascii_and_reads_back(table: dict[str, object]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("spanmem.apps.cli.output.typer.echo", lines.append)
        print_json(table)
    (line,) = lines
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == table


def test_what_json_cannot_hold_is_not_printed() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        print_json({"x": float("nan")})
