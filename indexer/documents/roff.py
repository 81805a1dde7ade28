"""Lines of troff as macros see them: conditions taken, strings and macros of the page's own used.

A page is read as a terminal shows it (`n` holds, `t` does not).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import NamedTuple

from .roff_text import arguments, escaped_text

__all__ = ["Line", "roff_lines"]

_REQUEST = re.compile(r"[.'][ \t]*([^\s\\\"]{1,60}|\\[\"#])?[ \t]*(.*)", re.DOTALL)
_CONDITION = re.compile(
    r"[ \t]*(!?)(?:([a-z](?![a-z]))|(\\n(?:\(..|\[[^\]]{0,60}\]|.)|\d+)\S*|\S+)"
)
_DEEPEST, _EXPANDED, _LINE = 20, 5_000_000, 25
"""Macros in macros, or conditions in a line; the characters that all macros and strings of a page
may give, since a few lines could give millions; and what a line of them counts besides its own."""


class Line(NamedTuple):
    """A line of text, or a macro with its arguments."""

    macro: str
    """"" for a line of text."""
    text: str
    """As it is shown; of a macro what follows its name, escapes and all."""
    words: tuple[str, ...] = ()
    """The arguments of a macro as they are shown."""


def roff_lines(text: str, known: Iterable[str] = ()) -> Iterator[Line]:
    """The lines of a page, linear in its length and in that of what its own macros give.

    `known` are names that the page does not define anew.
    """
    yield from _Page(frozenset(known)).lines(_joined(text))


def _joined(text: str) -> list[str]:
    """The lines, those that end with a backslash with the next."""
    text = text.replace("\r\n", "\n").replace("\\\n", "")
    return text.split("\n")


class _Page:
    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._strings: dict[str, str] = {}
        self._macros: dict[str, list[str]] = {}
        self._else: list[bool] = []
        """Of each `.ie` that waits for its `.el` whether that holds."""
        self._left = _EXPANDED
        self._sources: list[Iterator[str]] = []
        """The page, and the macros that are being carried out, each in the one before."""

    def lines(self, page: Iterable[str]) -> Iterator[Line]:
        self._sources.append(iter(page))
        while self._sources:
            line = next(self._sources[-1], None)
            if line is None:
                self._sources.pop()
            elif (shown := self._line(line)) is not None:
                yield shown

    def _line(self, line: str) -> Line | None:
        """What a line shows. What changes the page shows nothing."""
        for _ in range(_DEEPEST):
            request = _REQUEST.match(line)
            if request is None:
                return Line("", escaped_text(line, self._string))
            name, rest = request[1] or "", request[2]
            if name not in ("if", "ie", "el", "while"):
                return self._request(name, rest)
            line = self._conditional(name, rest)
            if not line:
                break
        return None

    def _request(self, name: str, rest: str) -> Line | None:
        if not name or name in ('\\"', "\\#"):
            return None
        if name in ("de", "de1", "am", "ig"):
            self._define(name, rest)
        elif name in ("ds", "as"):
            key, _, value = rest.partition(" ")
            value = value.lstrip(" ").removeprefix('"').replace("\\\\", "\\")
            self._strings[key] = (self._string(key) or "" if name == "as" else "") + value
        elif name in self._macros and name not in self._known:
            if len(self._sources) <= _DEEPEST:
                self._sources.append(self._expanded(self._macros[name], arguments(rest)))
        else:
            words = tuple(escaped_text(word, self._string) for word in arguments(rest))
            return Line(name, rest, words)
        return None

    def _string(self, name: str) -> str | None:
        """What the page has defined by this name; None where it has not."""
        known = self._strings.get(name)
        return known if known is None or self._allowed(len(known)) else ""

    def _allowed(self, characters: int) -> bool:
        """Whether so many more may be given."""
        self._left -= characters + _LINE
        return self._left >= 0

    def _define(self, request: str, rest: str) -> None:
        words = re.sub(r"\\[\"#].*", "", rest).split()
        name = words[0] if words and request != "ig" else ""
        end = re.escape(words[-1] if len(words) > (request != "ig") else ".")
        is_end = re.compile(rf"[.'][ \t]*{end}\s*").fullmatch
        body = list(takewhile(lambda line: not is_end(line), self._sources[-1]))
        if name and request == "am":
            self._macros.setdefault(name, []).extend(body)
        elif name:
            self._macros[name] = body

    def _expanded(self, body: list[str], words: list[str]) -> Iterator[str]:
        def argument(match: re.Match[str]) -> str:
            if match[1] in "*@":
                return " ".join(words)
            at = int(match[1])
            return words[at - 1] if 0 < at <= len(words) else ""

        size = sum(map(len, words)) + len(words)
        for line in body:
            if not self._allowed(len(line) + line.count("\\$") * size):
                return
            yield re.sub(r"\\{1,2}\$([\d*@])", argument, line).replace("\\\\", "\\")

    def _conditional(self, name: str, rest: str) -> str:
        """What is to be done, the first line of it if it is a block; "" for nothing."""
        if name == "el":
            holds = self._else.pop() if self._else else False
        else:
            match = _CONDITION.match(rest)
            holds = self._holds(match) and name != "while"
            rest = rest[match.end() :] if match else ""
            if name == "ie":
                self._else.append(not holds)
        body = rest.lstrip(" \t")
        block = body.startswith("\\{")
        if block and not holds:
            self._skip(body)
        # The mark that ends a block shows nothing, wherever it stands.
        return body[2 * block :].lstrip(" \t") if holds else ""

    def _skip(self, line: str | None) -> None:
        """Passes a block over, which begins in this line."""
        depth = 0
        while line is not None:
            bare = line.split('\\"')[0]
            depth += bare.count("\\{") - bare.count("\\}")
            line = next(self._sources[-1], None) if depth > 0 else None

    @staticmethod
    def _holds(match: re.Match[str] | None) -> bool:
        if match is None:
            return False
        if match[2]:
            holds = match[2] == "n"
        elif match[3]:
            holds = match[3] in ("\\n(.g", "\\n[.g]") or (match[3][0] != "\\" and match[3] != "0")
        else:
            holds = False
        return holds != bool(match[1])
