"""Pages of manuals in troff (.1 to .9, .man): what `man` shows of them, tables by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ...core.compression import read_decoded
from .extracted import Extracted, TextBuilder
from .grids import Cell, row_texts
from .manual_tables import table_cells
from .mdoc import mdoc_lines
from .raised import settled
from .roff import Line, roff_lines

__all__ = ["is_manual", "read_manual"]

_HEAD = 20_000
_BEGINS = re.compile(r"^[.'][ \t]{0,9}(?:TH[ \t]+\S|Dd(?:[ \t]|$)|so[ \t]+\S{0,200}\.\d)", re.M)
_JOINED = frozenset(("BR", "RB", "IR", "RI", "BI", "IB", "CB", "BC"))
_SPACED = frozenset(("B", "I", "R", "SM", "SB", "C", "CW"))
_BREAKS = frozenset(("PP", "P", "LP", "HP", "sp", "Sp", "RS", "RE", "PD", "YS"))
_VERBATIM, _FILLED = frozenset(("nf", "EX", "Vb")), frozenset(("fi", "EE", "Ve"))
_LINKS, _ENDS = frozenset(("UR", "MT")), frozenset(("UE", "ME"))


def is_manual(text: str) -> bool:
    """Whether a text is a page of a manual, by the macro that names it near its beginning."""
    return bool(_BEGINS.search(text[:_HEAD]))


def read_manual(path: Path) -> Extracted:
    """The page's blocks as a terminal shows them, an option with what is said of it in one.

    A text that is none is taken as it stands. Raises InputError for what is no text.
    """
    notices: list[str] = []
    text = read_decoded(path, on_notice=notices.append)
    if not is_manual(text):
        return Extracted(text, notices=tuple(notices))
    if re.search(r"^\.[ \t]{0,9}Dd\b", text[:_HEAD], re.M):
        lines = mdoc_lines(text)
    else:
        lines = roff_lines(text, _JOINED | _SPACED | {"SH", "SS", "TH", "TP", "IP"})
    page = _Page()
    page.read(lines)
    return replace(page.extracted(), notices=tuple(notices))


class _Page:
    """Puts a page together: words to lines, lines to blocks."""

    def __init__(self) -> None:
        self._builder = TextBuilder()
        self._title = self._foot = ""
        self._lines: list[str] = []
        self._words: list[str] = []
        self._verbatim = False
        self._next = ""
        """What the line that follows is: a heading, a tag."""
        self._link: str | None = None
        self._begun = 0

    def extracted(self) -> Extracted:
        self._block()
        if self._builder.extracted().text:
            self._builder.add(self._foot)
        return self._builder.extracted(self._title)

    def read(self, lines: Iterator[Line]) -> None:
        for line in lines:
            if line.macro in ("TS", "EQ"):
                self._passed(line.macro, lines)
            elif not line.macro:
                self._text(line.text)
            else:
                self._macro(line)

    def _passed(self, macro: str, lines: Iterator[Line]) -> None:
        end = {"TS": "TE", "EQ": "EN"}[macro]
        inner: list[str] = []
        for line in lines:
            if line.macro == end:
                break
            inner.append(" ".join(line.words) if line.macro in _JOINED | _SPACED else line.text)
        if macro == "TS":
            self._block()
            rows = [
                [Cell(settled(text), header=head) for text, head in row]
                for row in table_cells(inner)
            ]
            self._builder.add_rows(row_texts(rows))

    def _macro(self, line: Line) -> None:
        name, words = line.macro, line.words
        if name == "TH":
            self._title = "(".join(words[:2]) + ")" * (len(words) > 1)
            self._foot = ", ".join(word for word in (*words[3:4], *words[2:3]) if word.strip())
        elif name in ("SH", "SS"):
            self._block()
            self._then("heading", " ".join(words))
        elif name in ("TP", "TQ"):
            if name == "TP":
                self._block()
            else:
                self._line()
            self._next = "tag"
        elif name == "IP":
            self._block()
            self._then("tag", words[0].strip()) if words and words[0].strip() else None
        elif name in _BREAKS:
            self._break()
        elif name == "br":
            self._line()
        elif name in _VERBATIM or name in _FILLED:
            self._line()
            self._verbatim = name in _VERBATIM
        else:
            self._phrase(name, words)

    def _phrase(self, name: str, words: tuple[str, ...]) -> None:
        if name in _JOINED:
            self._text("".join(words))
        elif name in _SPACED:
            self._text(" ".join(words))
        elif name == "OP" and words:
            self._text(f"[{' '.join(words)}]")
        elif name == "SY":
            self._line()
            self._text(" ".join(words))
        elif name == "MR" and len(words) > 1:
            self._text(f"{words[0]}({words[1]}){''.join(words[2:])}")
        elif name in _LINKS:
            self._link, self._begun = " ".join(words), len(self._words)
        elif name in _ENDS and self._link is not None:
            said = len(self._words) > self._begun
            shown = f"({self._link})" if said else self._link
            self._link = None
            self._text(shown + "".join(words))

    def _then(self, what: str, text: str) -> None:
        """A heading or a tag, which stands beside its macro or in the next line."""
        self._next = what
        if text:
            self._text(text)

    def _text(self, text: str) -> None:
        if self._verbatim and not self._next:
            self._lines.append(text.rstrip())
            return
        if not text.strip():
            if not self._next:
                self._break()
            return
        if text[0] in " \t":  # troff begins a line
            self._line()
        self._words += text.split()
        if self._next:
            heading, self._next = self._next == "heading", ""
            self._line()
            if heading:
                self._block()

    def _line(self) -> None:
        if self._words:
            self._lines.append(" ".join(self._words))
            self._words.clear()
            self._begun = 0

    def _break(self) -> None:
        if self._verbatim:
            self._line()
            self._lines.append("")
        else:
            self._block()

    def _block(self) -> None:
        self._line()
        self._builder.add(settled("\n".join(self._lines).strip("\n")))
        self._lines.clear()
