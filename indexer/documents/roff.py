"""Lines of troff as macros see them: conditions taken, strings and macros of the page's own used.

A page is read as a terminal shows it (`n` holds, `t` does not).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .roff_text import arguments, escaped_text

__all__ = ["Line", "roff_lines"]

_REQUEST = re.compile(r"[.'][ \t]*([^\s\\\"]{1,60}|\\[\"#])?[ \t]*(.*)", re.DOTALL)
_CONDITION = re.compile(
    r"[ \t]*(!?)(?:([a-z](?![a-z]))|(\\n(?:\(..|\[[^\]]{0,60}\]|.)|\d+)\S*|\S+)"
)
_DEEPEST, _EXPANDED = 20, 200_000
"""Macros in macros, and lines that all of them may give: few lines could give millions."""


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
    yield from _Page(frozenset(known)).lines(iter(_joined(text)), 0)


def _joined(text: str) -> list[str]:
    """The lines, those that end with a backslash with the next."""
    text = text.replace("\r\n", "\n").replace("\\\n", "")
    return text.split("\n")


class _Page:
    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._strings: dict[str, str] = {}
        self._macros: dict[str, list[str]] = {}
        self._last = True
        self._left = _EXPANDED

    def lines(self, source: Iterator[str], depth: int) -> Iterator[Line]:
        for line in source:
            yield from self._line(line, source, depth)

    def _line(self, line: str, source: Iterator[str], depth: int) -> Iterator[Line]:
        request = _REQUEST.match(line)
        if request is None:
            yield Line("", escaped_text(line, self._strings))
            return
        name, rest = request[1] or "", request[2]
        if not name or name in ('\\"', "\\#") or name.startswith("\\}"):
            return
        if name in ("de", "de1", "am", "ig"):
            self._define(name, rest, source)
        elif name in ("ds", "as"):
            key, _, value = rest.partition(" ")
            value = value.lstrip(" ").removeprefix('"').replace("\\\\", "\\")
            self._strings[key] = (self._strings.get(key, "") if name == "as" else "") + value
        elif name in ("if", "ie", "el", "while"):
            yield from self._conditional(name, rest, source, depth)
        elif name in self._macros and name not in self._known:
            yield from self._expanded(name, rest, depth)
        else:
            words = tuple(escaped_text(word, self._strings) for word in arguments(rest))
            yield Line(name, rest, words)

    def _define(self, request: str, rest: str, source: Iterator[str]) -> None:
        words = re.sub(r"\\[\"#].*", "", rest).split()
        name = words[0] if words and request != "ig" else ""
        end = "." + (words[-1] if len(words) > (request != "ig") else ".")
        body: list[str] = []
        for line in source:
            if line.rstrip() == end:
                break
            body.append(line)
        if name:
            self._macros[name] = body

    def _expanded(self, name: str, rest: str, depth: int) -> Iterator[Line]:
        body, words = self._macros[name], arguments(rest)
        self._left -= len(body)
        if depth >= _DEEPEST or self._left < 0:
            return

        def argument(match: re.Match[str]) -> str:
            if match[1] in "*@":
                return " ".join(words)
            at = int(match[1])
            return words[at - 1] if 0 < at <= len(words) else ""

        lines = (
            re.sub(r"\\{1,2}\$([\d*@])", argument, line).replace("\\\\", "\\") for line in body
        )
        yield from self.lines(iter(list(lines)), depth + 1)

    def _conditional(
        self, name: str, rest: str, source: Iterator[str], depth: int
    ) -> Iterator[Line]:
        if name == "el":
            holds = not self._last
        else:
            match = _CONDITION.match(rest)
            holds = self._holds(match) and name != "while"
            rest = rest[match.end() :] if match else ""
            self._last = holds
        body = rest.lstrip(" \t")
        if not body.startswith("\\{"):
            if holds and body:
                yield from self._line(body, source, depth)
            return
        last = self._last
        inner = list(_block(body[2:], source))
        if holds:
            yield from self.lines(iter(inner), depth)
        self._last = last

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


def _block(first: str, source: Iterator[str]) -> Iterator[str]:
    """The lines up to the brace that ends the block."""
    depth, line = 1, first
    while True:
        bare = line.split('\\"')[0]
        depth += bare.count("\\{") - bare.count("\\}")
        if depth <= 0:
            line = line[: line.rindex("\\}")]
        if line.strip(" \t.'"):
            yield line
        following = next(source, None) if depth > 0 else None
        if following is None:
            return
        line = following
