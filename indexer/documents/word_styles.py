"""Word's styles and numberings: what is hidden, struck out, raised, a heading, and which number an
item bears. By ECMA-376 part 1, 17.7 (styles) and 17.9 (numbering)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Numberings", "Styles", "W", "is_on", "value", "written"]

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OFF = {"false", "0", "off", "none"}
_DEEPEST = 12
"""Styles that a style may be based on, one on the other: Word has no more."""
_PLACE = re.compile(r"%([1-9])")


def value(node: Any, name: str) -> str | None:
    """The `w:val` of the child `w:name`; "" where it has none, None without such a child."""
    child = None if node is None else node.find(W + name)
    return None if child is None else child.get(W + "val", "")


def is_on(node: Any, name: str) -> bool | None:
    """Whether the property `w:name` is switched on; None where nothing is said of it."""
    text = value(node, name)
    return None if text is None else text.lower() not in _OFF


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    parent: str
    run: Any
    paragraph: Any
    heads: bool
    """A table style that sets its first row off."""


class Styles:
    """The styles of a document."""

    def __init__(self, root: Any = None) -> None:
        self._styles: dict[str, _Style] = {}
        self._default = ""
        self._base = None
        self._set: dict[tuple[str, str], bool] = {}
        self._lifted: dict[str, bool | None] = {}
        if root is None:
            return
        self._base = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        for node in root.iterfind(W + "style"):
            name = node.get(W + "styleId", "")
            heads = any(n.get(W + "type") == "firstRow" for n in node.iterfind(W + "tblStylePr"))
            self._styles[name] = _Style(
                value(node, "name") or "",
                value(node, "basedOn") or "",
                node.find(W + "rPr"),
                node.find(W + "pPr"),
                heads,
            )
            default = node.get(W + "default", "0").lower() not in _OFF
            if default and node.get(W + "type") == "paragraph":
                self._default = name

    def _line(self, name: str) -> Iterator[_Style]:
        """A style and those it is based on, nearest first."""
        for _ in range(_DEEPEST):
            style = self._styles.get(name)
            if style is None:
                return
            yield style
            name = style.parent

    def is_set(self, name: str, run: Any, paragraph: Any) -> bool:
        """Whether the run's property is on: by itself, else by its styles, of which two undo each
        other (17.7.3). `run` is a `w:rPr` or None, `paragraph` a `w:pPr` or None."""
        direct = is_on(run, name)
        if direct is not None:
            return direct
        if is_on(self._base, name):
            return True
        return self._is_styled(value(run, "rStyle") or "", name) ^ self._is_styled(
            value(paragraph, "pStyle") or self._default, name
        )

    def _is_styled(self, style: str, name: str) -> bool:
        known = self._set.get((style, name))
        if known is None:
            said = (is_on(one.run, name) for one in self._line(style))
            known = self._set[style, name] = next((on for on in said if on is not None), False)
        return known

    def is_raised(self, run: Any, paragraph: Any) -> bool:
        """Whether the run stands above the line."""
        direct = _is_lifted(run)
        if direct is not None:
            return direct
        styles = [value(run, "rStyle") or "", value(paragraph, "pStyle") or self._default]
        for style in styles:
            if style not in self._lifted:
                said = (_is_lifted(one.run) for one in self._line(style))
                self._lifted[style] = next((up for up in said if up is not None), None)
        return next((up for up in map(self._lifted.get, styles) if up is not None), False)

    def is_heading(self, paragraph: Any) -> bool:
        """Whether the paragraph is a title or a heading."""
        name = value(paragraph, "pStyle")
        if name is None:
            return value(paragraph, "outlineLvl") in {"0", "1", "2"}
        line = [style.name.lower() for style in self._line(name)]
        return any(style.startswith(("heading", "title")) for style in line)

    def numbering(self, paragraph: Any) -> Any:
        """The `w:numPr` that holds for the paragraph, or None."""
        if paragraph is not None and (own := paragraph.find(W + "numPr")) is not None:
            return own
        for style in self._line(value(paragraph, "pStyle") or ""):
            if style.paragraph is not None:
                node = style.paragraph.find(W + "numPr")
                if node is not None:
                    return node
        return None

    def has_heading_row(self, table: str) -> bool:
        """Whether the table style sets its first row off from the others."""
        return any(style.heads for style in self._line(table))


@dataclass(slots=True)
class _Level:
    start: int = 1
    format: str = "decimal"
    text: str = ""
    legal: bool = False
    style: str = ""


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level] = field(default_factory=dict[int, _Level])
    counts: dict[int, int] = field(default_factory=dict[int, int])


def _is_lifted(run: Any) -> bool | None:
    """Whether a `w:rPr` raises its text; None where it says nothing of it."""
    if (align := value(run, "vertAlign")) is not None:
        return align == "superscript"
    if (lifted := value(run, "position")) is not None:
        return lifted.isdigit() and int(lifted) >= 4
    return None


class Numberings:
    """The lists of a document, which count their items as these come."""

    def __init__(self, root: Any = None) -> None:
        self._lists: dict[str, _List] = {}
        self._of: dict[str, str] = {}
        self._starts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        links: dict[str, str] = {}
        for node in root.iterfind(W + "abstractNum"):
            levels = {_ilvl(n): _level(n) for n in node.iterfind(W + "lvl")}
            name = node.get(W + "abstractNumId", "")
            self._lists[name] = _List(levels)
            if link := value(node, "styleLink"):
                links[link] = name
        named = {
            node.get(W + "abstractNumId", ""): links[link]
            for node in root.iterfind(W + "abstractNum")
            if (link := value(node, "numStyleLink")) in links
        }
        for node in root.iterfind(W + "num"):
            number = node.get(W + "numId", "")
            base = value(node, "abstractNumId") or ""
            self._of[number] = named.get(base, base)
            starts = self._starts[number] = {}
            for override in node.iterfind(W + "lvlOverride"):
                if (start := value(override, "startOverride")) is not None:
                    starts[_ilvl(override)] = _integer(start, 1)

    def label(self, numbering: Any, style: str) -> str | None:
        """The next number of the list: "4.2", "Step 3:"; "" for a bullet; None for no item.

        `numbering` is a `w:numPr`, `style` the paragraph's, which may name the level.
        """
        number = value(numbering, "numId") or "0"
        numbers = self._lists.get(self._of.get(number, ""))
        if numbers is None:
            return None
        at = _integer(value(numbering, "ilvl") or "", -1)
        if at < 0:
            by_style = (i for i, level in numbers.levels.items() if style and level.style == style)
            at = next(by_style, 0)
        level = numbers.levels.get(at, _Level())
        starts = self._starts[number]
        if at in starts:  # a list that begins anew does so once
            numbers.counts[at] = starts.pop(at) - 1
        numbers.counts[at] = numbers.counts.get(at, level.start - 1) + 1
        for deeper in [i for i in numbers.counts if i > at]:
            del numbers.counts[deeper]
        if level.format in {"bullet", "none"}:
            return ""
        return _PLACE.sub(lambda m: self._count(numbers, int(m[1]) - 1, level), level.text).strip()

    @staticmethod
    def _count(numbers: _List, at: int, above: _Level) -> str:
        level = numbers.levels.get(at, _Level())
        count = numbers.counts.get(at, level.start)
        return written(count, "decimal" if above.legal else level.format)


def _ilvl(node: Any) -> int:
    return _integer(node.get(W + "ilvl", ""), 0)


def _integer(text: str, default: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else default


def _level(node: Any) -> _Level:
    return _Level(
        _integer(value(node, "start") or "", 1),
        value(node, "numFmt") or "decimal",
        value(node, "lvlText") or "",
        bool(is_on(node, "isLgl")),
        value(node, "pStyle") or "",
    )


_ROMAN: Mapping[int, str] = {
    1000: "m", 900: "cm", 500: "d", 400: "cd", 100: "c", 90: "xc", 50: "l", 40: "xl",
    10: "x", 9: "ix", 5: "v", 4: "iv", 1: "i",
}  # fmt: skip


def written(count: int, form: str) -> str:
    """A list's number as Word writes it; as digits in forms that are not known here."""
    if form in {"lowerLetter", "upperLetter"} and 0 < count <= 780:
        letters = "abcdefghijklmnopqrstuvwxyz"[(count - 1) % 26] * ((count - 1) // 26 + 1)
        return letters.upper() if form == "upperLetter" else letters
    if form in {"lowerRoman", "upperRoman"} and 0 < count < 4000:
        roman = ""
        for size, sign in _ROMAN.items():
            roman += sign * (count // size)
            count %= size
        return roman.upper() if form == "upperRoman" else roman
    if form == "decimalZero":
        return f"{count:02}"
    return str(count)
