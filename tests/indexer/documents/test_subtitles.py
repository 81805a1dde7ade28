"""Subtitles and transcripts: every word said is there, in sentences, by speaker; no times."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.indexer.documents.subtitles import read_subtitles

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=1, max_size=5)


def clock(seconds: int, mark: str) -> str:
    return f"00:{seconds // 60:02}:{seconds % 60:02}{mark}500"


def read(folder: Path, text: str, name: str = "a.vtt") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return read_subtitles(path).text


@given(st.lists(st.lists(WORDS, min_size=1, max_size=2), min_size=1, max_size=6), st.booleans())
def test_every_word_is_kept_and_no_time(
    tmp_path_factory: pytest.TempPathFactory, cues: list[list[list[str]]], srt: bool
) -> None:
    blocks = [] if srt else ["WEBVTT"]
    mark, lines, last = "," if srt else ".", list[str](), ""
    for number, cue in enumerate(cues):
        shown = [" ".join(words) for words in cue]
        times = f"{clock(number, mark)} --> {clock(number + 1, mark)}"
        blocks.append("\n".join([str(number + 1), times, *shown]))
        for line in shown:
            lines += [line] if line != last else []
            last = line
    text = read(tmp_path_factory.mktemp("s"), "\n\n".join(blocks), "a.srt" if srt else "a.vtt")
    assert text == " ".join(lines)


@pytest.mark.parametrize(
    ("cues", "text"),
    [
        (
            "0:01.0 --> 0:02.0\n<v Ann Lee>It starts on</v>\n\n"
            "0:02.0 --> 0:03.0\n<v Ann Lee>2 May.</v>\n\n0:03.0 --> 0:04.0\n<v Bo>Good.</v>",
            "Ann Lee: It starts on 2 May.\n\nBo: Good.",
        ),
        (
            "0:01.0 --> 0:02.0\nAnn Lee: It starts\n\n0:02.0 --> 0:03.0\nAnn Lee: on 2 May.\n\n"
            "0:03.0 --> 0:04.0\nBo: Good.",
            "Ann Lee: It starts on 2 May.\n\nBo: Good.",
        ),
        (
            "0:01.0 --> 0:02.0\n- Where is it?\n- Hidden under\n\n"
            "0:02.0 --> 0:03.0\nthe <i>stairs</i>.",
            "Where is it?\n\nHidden under the stairs.",
        ),
        (
            "0:01.0 --> 0:02.0 align:start position:0%\nwe go\n\n0:02.0 --> 0:02.1\nwe go\n\n"
            "0:02.1 --> 0:03.0\nwe go\nto<00:02.5><c> the</c><00:02.7><c> shop</c>",
            "we go to the shop",
        ),
        (
            "NOTE made by\na service\n\nSTYLE\n::cue {}\n\n7\n0:01.0 --> 0:02.0\nTom &amp; Ann.\n\n"
            "0:09.0 --> 0:10.0\nLater.",
            "Tom & Ann.\n\nLater.",
        ),
        (
            "0:01.0 --> 0:02.0\n{\\an8}Come from\n\n0:02.0 --> 0:03.0\n08:00 to 09:00, please: now",
            "Come from 08:00 to 09:00, please: now",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_cues_are_joined_to_what_is_said(tmp_path: Path, cues: str, text: str, end: str) -> None:
    assert read(tmp_path, f"WEBVTT\n\n{cues}\n".replace("\n", end)) == text


def test_what_has_no_cue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.vtt: there is no cue in it; save it as text"):
        read(tmp_path, "WEBVTT\n\nonly words")
