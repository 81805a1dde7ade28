"""The loop closes: what people corrected in a memory fine-tunes the reader with one command."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spanmem.core.records import Passage
from spanmem.reader.reader import ReadRequest, SpanReader
from spanmem.reader.windows import Windows

if TYPE_CHECKING:
    from tests.conftest import Cli

TEXT = "The old mill was built in the north of town. A wall of stone was built in the south."
QUESTION = "where was the mill built ?"
RIGHT = "in the north of town"


def best(folder: Path) -> str:
    reader = SpanReader.load(folder, device="cpu", windows=Windows(128, 8))
    passage = Passage(document="d", start=0, end=len(TEXT), text=TEXT)
    return reader.read([ReadRequest(QUESTION, (passage,))])[0].spans[0].text


def test_a_correction_is_learned(
    cli: Cli, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, memory, rows = tmp_path / "mill.txt", tmp_path / "m.memory", tmp_path / "rows.jsonl"
    text.write_text(TEXT, encoding="utf-8")
    assert cli("index", text, "--memory", memory).code == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{QUESTION}\n/correct {RIGHT}\n"))
    assert cli("chat", "--memory", memory, "--scope", "ann").code == 0
    export = cli("memory", "export", "--memory", memory, "--scope", "ann", "--squad")
    rows.write_text(export.out, encoding="utf-8")
    assert json.loads(export.out)["answers"]["text"] == [RIGHT]
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"base: {base}\ndata: [none]\noutput: none\ncheckpoints: none\nepochs: 60\n"
        "learning_rate: 3.0e-3\ndropout: 0.0\nwindow: 128\noverlap: 8\nheld_out_articles: 0\n"
        "threads: 1\nbf16: false\ntitle_dropout: 1.0\n",
        encoding="utf-8",
    )
    learned = tmp_path / "learned"
    assert best(base) != RIGHT
    done = cli("train", "reader", recipe, "--data", rows, "--output", learned, "--json")
    assert done.json["steps"] == 60
    assert best(learned) == RIGHT
