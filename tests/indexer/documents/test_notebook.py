"""Notebooks: prose, code and short outputs, in order."""

# ruff: noqa: E501 -- each document in a line

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.documents.extracted import Extracted
from spanmem.indexer.documents.notebook import read_notebook


def cell(kind: str, source: Any, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": kind, "source": source, "outputs": list(outputs)}


def result(**data: Any) -> dict[str, Any]:
    return {
        "output_type": "execute_result",
        "data": {k.replace("_", "/"): v for k, v in data.items()},
    }


def read(tmp_path: Path, *cells: Any, **more: Any) -> Extracted:
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": list(cells), "nbformat": 4, **more}))
    return read_notebook(tmp_path / "a.ipynb")


VARIANTS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "prose and code": ([cell("markdown", ["# Pump\n", "It is blue."]), cell("code", "a = 1")], "# Pump\nIt is blue.\n\na = 1"),
    "what was printed": ([cell("code", "x", {"output_type": "stream", "text": ["9 ", "seats\n"]})], "x\n\n9 seats"),
    "a result": ([cell("code", "x", result(text_plain="89"))], "x\n\n89"),
    "a picture": ([cell("code", "x", result(image_png="iVBOR" * 100, text_plain="<Figure>"))], "x\n\n<Figure>"),
    "a long log": ([cell("code", "x", {"output_type": "stream", "text": "log\n" * 1000})], "x"),
    "a fault": ([cell("code", "x", {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": ["\x1b[31m"]})], "x\n\nKeyError: 'a'"),
    "colours": ([cell("code", "x", {"output_type": "stream", "text": "\x1b[31mred\x1b[0m"})], "x\n\nred"),
    "no outputs": ([{"cell_type": "raw", "source": "plain"}], "plain"),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "text"), VARIANTS.values(), ids=VARIANTS.keys())
def test_a_notebook_says_what_it_shows(
    tmp_path: Path, cells: list[dict[str, Any]], text: str
) -> None:
    assert read(tmp_path, *cells).text == text


def test_a_table_is_read_by_its_rows(tmp_path: Path) -> None:
    html = "<table><tr><th>Van</th><th>Rate</th></tr><tr><td>Uhu</td><td>89</td></tr></table>"
    text = read(tmp_path, cell("code", "x", result(text_html=[html], text_plain="  Van ..."))).text
    assert "Uhu" in text
    assert "89" in text
    assert "..." not in text


def test_the_title_is_the_first_heading_of_prose(tmp_path: Path) -> None:
    document = read(
        tmp_path, cell("code", "# no title"), cell("markdown", "Words.\n## The pump ##")
    )
    assert document.title == "The pump"


def test_format_3_is_read(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "source": ["Pump"]},
        {"cell_type": "code", "input": ["a = 1"]},
    ]
    raw = {"nbformat": 3, "worksheets": [{"cells": cells}]}
    (tmp_path / "a.ipynb").write_text(json.dumps(raw))
    document = read_notebook(tmp_path / "a.ipynb")
    assert (document.text, document.title) == ("# Pump\n\na = 1", "Pump")


@pytest.mark.parametrize("raw", ["", "{", "[]", "{}", "[" * 100_000, '{"cells": 5}'])
def test_what_is_no_notebook_is_told_in_one_line(tmp_path: Path, raw: str) -> None:
    (tmp_path / "a.ipynb").write_text(raw)
    with pytest.raises(InputError, match=r"a\.ipynb: no readable notebook") as caught:
        read_notebook(tmp_path / "a.ipynb")
    assert "\n" not in str(caught.value)


def test_cells_that_are_none_are_passed_over(tmp_path: Path) -> None:
    odd = {"cell_type": "code", "source": 5, "outputs": [7, {"data": 5}, {"text": None}]}
    assert read(tmp_path, 1, "a", odd, cell("markdown", "Words.")).text == "Words."
