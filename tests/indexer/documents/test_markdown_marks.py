"""Struck text of Markdown is blanked; all else stays in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.documents.markdown_marks import without_struck
from spanmem.indexer.documents.text import read_markdown


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("It is ~~89~~ 79 euros.", "It is        79 euros."),
        ("Entry <del>6</del> <s class='x'>7</s> 8", "Entry " + 31 * " " + " 8"),
        ("~~All\nof it.~~\nNo.", "     \n        \nNo."),
        ("In code `~~x~~` it stays", "In code `~~x~~` it stays"),
        ("```\n~~x~~ <del>y</del>\n```\n~~z~~.", "```\n~~x~~ <del>y</del>\n```\n     ."),
        ("~~~\na ~~x~~ b\n~~~\n", "~~~\na ~~x~~ b\n~~~\n"),
        ("About ~5~ or ~~ 6 ~~ days", "About ~5~ or ~~ 6 ~~ days"),
        ("~~one\n\ntwo~~", "~~one\n\ntwo~~"),
        ("<strong>a</strong> <section>b</section>", "<strong>a</strong> <section>b</section>"),
    ],
)
def test_struck_text_is_blanked(text: str, read: str) -> None:
    assert without_struck(text) == read


def test_a_document_keeps_its_places(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The fee is ~~89~~ 79 euros.\n")
    assert read_markdown(tmp_path / "a.md").text.index("79") == 18


@given(st.text("ab ~`<>/del\n", max_size=80))
def test_nothing_moves(text: str) -> None:
    read = without_struck(text)
    assert len(read) == len(text)
    assert all(a == b or a == " " for a, b in zip(read, text, strict=True))
