"""What a bad line, id or nesting may not spoil around it."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.corpus import read_dataset, read_documents


def test_a_line_that_is_no_utf8_is_numbered_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "x"}\n' * 3 + b'{"text": "\xff"}\n' + b'{"text": "y"}\n')
    bad: list[InputError] = []
    found = read_documents([path], on_bad=lambda error, _: bad.append(error))
    assert [d.text for d in found] == ["x", "x", "x", "y"]
    assert len(bad) == 1
    assert "a.jsonl:4: not UTF-8" in str(bad[0])


def test_a_text_that_is_no_utf8_is_told_with_its_offset(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"caf\xe9 noir")
    with pytest.raises(InputError, match="offset 3"):
        list(read_documents([tmp_path / "a.txt"]))


def test_an_empty_id_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n,One.\n,Two.\n")
    assert [d.id for d in read_documents([tmp_path / "a.csv"])] == ["a.csv:2", "a.csv:3"]


def test_rows_with_text_are_all_kept_beside_a_context(tmp_path: Path) -> None:
    rows = [{"id": "1", "text": text, "context": "c"} for text in ("One.", "Two.")]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [d.text for d in read_documents([tmp_path / "a.jsonl"])] == ["One.", "Two."]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_by_whatever_ends_its_lines(tmp_path: Path, end: str) -> None:
    lines = ["", ",", "id,text", '1,"Two\nlines, one "" cell"', "", "2,Lamp", ""]
    (tmp_path / "a.csv").write_text(end.join(lines), newline="")
    found = list(read_documents([tmp_path / "a.csv"]))
    assert [(d.id, d.text) for d in found] == [("1", 'Two\nlines, one " cell'), ("2", "Lamp")]


def test_a_quote_that_is_no_cells_end_spoils_its_row_only(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('id\ttext\n1\t"Lamp" is a word\n2\tA "lamp"\n')
    bad: list[InputError] = []
    found = read_documents([tmp_path / "a.tsv"], on_bad=lambda error, _: bad.append(error))
    assert [d.text for d in found] == ['A "lamp"']
    assert "a.tsv:2: no valid row" in str(bad[0])


def test_what_is_no_file_is_passed_over_in_folders(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    assert [d.id for d in read_documents([tmp_path])] == ["a.txt", "link.txt"]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_numbers_that_json_does_not_have_are_left_out(tmp_path: Path, suffix: str) -> None:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    row = {"id": "1", "text": "x", "lang": "en", "score": math.nan, "best": math.inf, "fee": 1.5}
    path = tmp_path / f"a{suffix}"
    if suffix == ".parquet":
        parquet.write_table(arrow.Table.from_pylist([row]), path)
    else:
        path.write_text(json.dumps(row))
    (found,) = read_documents([path])
    assert found.metadata == {"lang": "en", "fee": 1.5}


def test_deeply_nested_html_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<div>" * 5000 + "x")
    with pytest.raises(InputError, match="nested too deeply"):
        list(read_documents([tmp_path / "a.html"]))


def test_a_reader_of_the_datasets_library_takes_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "rows.jsonl").write_text('{"id": "x", "text": "Built in 1912."}\n')
    (found,) = read_dataset(f"json:{tmp_path / 'rows.jsonl'}", split="train")
    assert (found.id, found.text) == ("x", "Built in 1912.")
