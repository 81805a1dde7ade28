"""Subtitles and transcripts (.srt, .vtt): what is said, cues joined to sentences, by speaker."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from ...core.errors import InputError
from .extracted import Extracted, TextBuilder
from .text import read_text

__all__ = ["read_subtitles"]

_CLOCK = r"(?:\d{1,4}:)?\d{1,2}:\d{2}[,.]\d{1,3}"
_TIMES = re.compile(rf"\s{{0,20}}({_CLOCK})\s{{0,20}}-->\s{{0,20}}({_CLOCK})(?=\s|$)")
_NO_CUES = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?\s([^<>]{1,200})>")
_TAG = re.compile(r"</?(?:[a-z][^<>]{0,200}|\d[\d:.]{0,20})?>|\{\\[^{}]{0,100}\}", re.IGNORECASE)
_OTHER = re.compile(r"(?:-\s{0,3}|>>\s{0,3})(?=\S)")
"""Another speaker, in a cue of several."""
_PREFIX = re.compile(r"([^\W\d_][\w.'’-]{0,30}(?: [\w.'’()-]{1,30}){0,3}): {1,3}(?=\S)")
"""A speaker's name, where most cues begin with one."""
_END = re.compile(r"[.!?…♪][\"'”’)\]]{0,3}$")
_PAUSE = 2.0
"""Seconds without speech, after a sentence, from which on another paragraph begins."""


def read_subtitles(path: Path) -> Extracted:
    """What is said, without numbers, times and styles; `Ann: ` before what a named speaker says.

    Sentences go on over cues. A speaker, a dash before a line or a pause after a
    sentence begins a paragraph. Raises InputError for a file without cues.
    """
    plain = read_text(path)
    cues = list(_cues(plain.text))
    if not cues:
        raise InputError(f"{path}: there is no cue in it; save it as text, if it is one")
    prefixed = 2 * sum(bool(_PREFIX.match(lines[0])) for *_, lines in cues if lines) > len(cues)
    builder = TextBuilder()
    said: list[str] = []
    speaker, until, last = "", 0.0, ""
    for start, end, lines in cues:
        named = ""
        for line in lines:
            named = _speaker(line, prefixed) or named
            text = html.unescape(_TAG.sub("", line)).lstrip()
            other = bool(_OTHER.match(text))
            text = " ".join(_OTHER.sub("", text, count=1).split())
            text = _PREFIX.sub("", text, count=1) if prefixed else text
            if not text or text == last:  # captions that roll show each line twice
                continue
            last = text
            ended = bool(said) and bool(_END.search(said[-1])) and start - until >= _PAUSE
            if said and (other or ended or named != speaker):
                builder.add(" ".join(said))
                said.clear()
            said.append(f"{named}: {text}" if named and not said else text)
            speaker, until = named, end
    builder.add(" ".join(said))
    return Extracted(builder.extracted().text, notices=plain.notices)


def _speaker(line: str, prefixed: bool) -> str:
    """Who says a line, as WebVTT's voices or names with a colon tell; "" where nothing does."""
    if voice := _VOICE.search(line):
        return " ".join(html.unescape(voice[1]).split())
    prefix = _PREFIX.match(line) if prefixed else None
    return prefix[1] if prefix else ""


def _cues(text: str) -> Iterator[tuple[float, float, list[str]]]:
    """Begin and end of each cue in seconds, and its lines. Linear."""
    times: re.Match[str] | None = None
    lines: list[str] = []
    passed = False  # a note or a style, which ends at an empty line
    for line in (*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""):
        if not line.strip():
            if times is not None:
                yield _seconds(times[1]), _seconds(times[2]), lines
            times, lines, passed = None, [], False
        elif times is not None:
            lines.append(line)
        elif not passed and (found := _TIMES.match(line)):
            times = found
        else:
            passed = passed or bool(_NO_CUES.match(line))


def _seconds(clock: str) -> float:
    total = 0.0
    for part in clock.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total
