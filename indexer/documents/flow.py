"""Walks an HTML page in the order of its text and takes down what a reader sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .blocks import Block, Frame, Piece, Sink
from .elements import (
    APART,
    BACK_LINK,
    BLOCKS,
    COOKIES,
    COPYRIGHT,
    FILE,
    HEADINGS,
    ICON,
    INVISIBLE,
    PARTS,
    PRE,
    PRIVATE_INPUTS,
    ROLES,
    SPOKEN,
    SYMBOLS,
    UNSEEN,
    has_spoken,
    is_note,
    is_note_mark,
    is_raised,
    opens,
    span,
)
from .math_text import MATH_TAGS, before_child, token
from .raised import END, LOWERED, NOTE, RAISED, settled
from .visibility import STRUCK_TAGS, Visibility

__all__ = ["page_pieces"]

# What holds for all that is in an element.
_IN_PRE, _IN_LINK, _IN_FOOTER, _BOLD, _IN_RAISED, _IN_MATH, _GHOST, _IN_HEADING, _IN_ARTICLE = (
    1 << bit for bit in range(9)
)


@dataclass(slots=True)
class _Open:
    """An element that has begun."""

    tag: str
    state: int
    leaves: str = ""
    """What is to be done at its end, besides ending its block."""
    at: int = 0
    """Where its text begins among the parts of the sink."""
    children: int = 0
    closing: str = ""
    """Text at its end."""


def page_pieces(page: Any, *, everything: bool = False) -> list[Piece]:
    """The blocks and tables of a parsed page (selectolax's), in order.

    With `everything`, also what stands in navigation and for readers without scripts.
    """
    body = page.body
    if body is None:
        return []
    walk = _Walk(Visibility(page), everything=everything)
    node = body
    walk.enter(node)
    # By hand, for pages are nested deeper than functions can be.
    while walk.opened:
        inner = node.first_child if walk.descends else None
        if inner is not None:
            node = inner
        else:
            if walk.descends:
                walk.leave()
            while (following := node.next) is None and walk.opened:
                node = node.parent
                walk.leave()
            if following is None:
                break
            node = following
        walk.enter(node)
    walk.flush()
    return walk.sinks[0].pieces


class _Walk:
    """The state of a walk: what is open, and where text goes."""

    def __init__(self, visibility: Visibility, *, everything: bool) -> None:
        self.opened: list[_Open] = []
        self.sinks = [Sink()]
        self.descends = False
        """Whether the element entered last is open, and what it holds comes next."""
        self._frames: list[Frame] = []
        self._visibility = visibility
        self._everything = everything
        self._heading = ""
        self._alts: set[str] = set()

    def enter(self, node: Any) -> None:
        """Takes down a text, or begins an element."""
        self.descends = False
        tag = node.tag or ""
        above = self.opened[-1] if self.opened else _Open("html", 0)
        if tag == "-text":
            self._add(node.text(deep=False), above)
            return
        if not node.is_element_node or tag in UNSEEN or tag in STRUCK_TAGS:
            return
        attributes: Mapping[str, str | None] = node.attributes
        if self.opened and self._is_left_out(node, tag, attributes, above.state):
            return
        tag = self._role(tag, attributes)
        state = self._state(tag, attributes, above.state)
        item = _Open(tag, state)
        if tag in BLOCKS:
            self.flush()
        elif tag in APART or (tag in ("button", "textarea")):
            self._put(" ")
        item.at = len(self.sinks[-1].parts)
        if state & _IN_MATH:
            item.closing = self._in_math(node, tag, above)
        if not self._begin(node, tag, attributes, item, above):
            return
        self.opened.append(item)
        self.descends = True

    def leave(self) -> None:
        """Ends the element that was entered last."""
        item = self.opened[-1]
        sink = self.sinks[-1]
        if item.leaves == "button" or item.leaves == "symbol":
            text = " ".join("".join(sink.parts[item.at :]).split())
            if text in SYMBOLS or (item.leaves == "button" and len(text.split()) <= 2):
                del sink.parts[item.at :]
        if item.closing:
            self._put(item.closing)
        if item.tag in BLOCKS or item.leaves == "block":
            if item.tag in ("li", "pre"):
                self.flush(item=item.tag == "li", pre=item.tag == "pre")
            elif item.tag in PRE and item.tag != "textarea":
                self.flush(pre=True)
            else:
                is_heading = item.tag in HEADINGS
                self.flush(heading=is_heading, names=bool(item.state & _IN_HEADING or item.leaves))
        elif item.tag in APART or item.tag in ("button", "textarea"):
            self._put(" ")
        self.opened.pop()
        if item.leaves == "cell":
            self._end_cell()
        elif item.leaves == "caption":
            caption = self.sinks.pop()
            self._frames[-1].caption = caption.text()
        elif item.leaves == "frame":
            self._frames.pop().close(self.sinks[-1])

    def flush(
        self,
        *,
        heading: bool = False,
        names: bool = False,
        item: bool = False,
        pre: bool = False,
    ) -> None:
        """Ends the block at hand: a `heading`, or else what `names` the blocks that follow."""
        sink = self.sinks[-1]
        if not sink.parts and not sink.alts:
            return
        raw = settled("".join(sink.parts))
        state = self.opened[-1].state if self.opened else 0
        if pre or (state & _IN_PRE):
            text = "\n".join(line.rstrip() for line in raw.strip("\n").split("\n"))
        else:
            lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in raw.split("\n"))
            text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        if (
            state & _IN_FOOTER
            and not state & _IN_ARTICLE
            and self._is_boilerplate(text, sink.links)
        ):
            text = ""
        if text.strip():
            sink.add(Block(text, item, heading or names))
            if heading:
                sink.headings += 1
                self._heading = " ".join(text.split())
        for alt in sink.alts:
            if len(alt.split()) > 2 or (heading and not text):
                sink.add(Block(alt))
        if text.strip() or len(self.sinks) == 1:
            sink.alts.clear()
        sink.parts.clear()
        sink.links = 0

    def _is_boilerplate(self, text: str, links: int) -> bool:
        """Whether a footer's block is a list of links, a line of rights, or a word or two."""
        if self._everything or not text:
            return False
        count = len(text.split())
        if links * 2 > len(text) - count or (COPYRIGHT.match(text) and count <= 8):
            return True
        return count <= 2 and not re.search(r"[\d@]", text)

    def _add(self, text: str, above: _Open) -> None:
        """Takes down a text node."""
        if above.state & _GHOST:
            return
        text = text.translate(INVISIBLE)
        if above.state & _IN_MATH:
            text = token(text, self._last())
        elif not above.state & _IN_PRE:
            text = re.sub(r"\s+", " ", text)
        if not text:
            return
        size = len(text) - text.count(" ")
        sink = self.sinks[-1]
        if above.state & _IN_LINK:
            sink.links += size
        if above.state & _BOLD:
            sink.bold += size
        sink.parts.append(text)

    def _put(self, text: str) -> None:
        if self.opened and not self.opened[-1].state & _GHOST:
            self.sinks[-1].parts.append(text)

    def _last(self) -> str:
        parts = self.sinks[-1].parts
        return parts[-1] if parts else ""

    def _is_left_out(
        self, node: Any, tag: str, attributes: Mapping[str, str | None], state: int
    ) -> bool:
        """Whether nobody sees the element, or it is none of the page's text."""
        if tag == "noscript":
            return not self._everything
        role = attributes.get("role") or ""
        if (tag == "nav" or role == "navigation") and not self._everything:
            # One that was never closed holds the page.
            inside = bool(state & _IN_ARTICLE)
            return inside or node.css_first("h1, main, article") is None
        if not attributes:
            return tag == "dialog"
        visibility = self._visibility
        if visibility.is_struck(attributes) or visibility.is_hidden(node, attributes):
            return True
        if tag == "dialog" and "open" not in attributes:
            identity = attributes.get("id")
            if not identity or not visibility.is_opened(identity):
                return True
        if role == "doc-backlink":
            return True
        names = (attributes.get("class") or "").lower()
        if names and (ICON.search(names) or BACK_LINK.search(names)):
            return True
        if names and SPOKEN.search(names) and state & _IN_LINK:
            return True
        if attributes.get("aria-hidden") == "true" and has_spoken(node):
            return True
        return bool(COOKIES.search(f"{attributes.get('id') or ''} {names}".lower()))

    def _role(self, tag: str, attributes: Mapping[str, str | None]) -> str:
        """The tag, or the one that its role stands for in a table of other elements."""
        role = ROLES.get(attributes.get("role") or "") if attributes else None
        if role is None or tag in ("table", "tr", "td", "th", "thead", "tbody", "tfoot"):
            return tag
        inside = bool(self._frames) and self._frames[-1].kind == "aria"
        return role if role == "table" or inside else tag

    def _state(self, tag: str, attributes: Mapping[str, str | None], state: int) -> int:
        if tag in PRE:
            state |= _IN_PRE
        elif tag == "a" and "href" in attributes:
            if not (attributes["href"] or "").startswith(("mailto:", "tel:")):
                state |= _IN_LINK
        elif tag in ("b", "strong", "th"):
            state |= _BOLD
        elif tag == "math":
            state |= _IN_MATH
        elif tag in HEADINGS or tag in ("summary", "dt", "legend"):
            state |= _IN_HEADING
        elif tag in ("article", "main", "nav"):
            state |= _IN_ARTICLE
        elif tag == "footer":
            state |= _IN_FOOTER
        if attributes:
            if attributes.get("role") == "contentinfo":
                state |= _IN_FOOTER
            seen = self._visibility.visibility(attributes)
            if seen is not None:
                state = state & ~_GHOST if seen else state | _GHOST
        return state

    def _begin(
        self,
        node: Any,
        tag: str,
        attributes: Mapping[str, str | None],
        item: _Open,
        above: _Open,
    ) -> bool:
        """What an element's beginning does; False for one that holds nothing more."""
        if tag == "br":
            self._put("\n")
            return False
        if tag == "wbr":
            return False
        if tag == "img":
            self._image(node, attributes, item.state)
            return False
        if tag == "input":
            self._input(attributes)
            return False
        if tag == "option" and "selected" not in attributes:
            return False
        if tag == "rt":
            self._put("(")
            item.closing = ")"
        elif tag == "button":
            if item.state & _IN_HEADING or opens(attributes):
                item.leaves = "" if above.tag in BLOCKS and item.state & _IN_HEADING else "block"
                if item.leaves:
                    self.flush()
            elif above.tag != "th":
                item.leaves = "button"
        elif tag == "a" and (attributes.get("href") or "").startswith("#"):
            item.leaves = "symbol"
        if not item.state & _IN_MATH:
            self._raise(node, tag, attributes, item)
        if tag == "table" or tag == "dl":
            self._begin_frame(node, tag, attributes, item)
        elif tag in PARTS and self._frames and self._frames[-1].kind in PARTS[tag]:
            self._begin_part(tag, attributes, item)
        return True

    def _raise(
        self, node: Any, tag: str, attributes: Mapping[str, str | None], item: _Open
    ) -> None:
        """Marks what is raised, lowered or a note's mark."""
        if item.state & _IN_RAISED:
            return
        mark = ""
        if tag == "sup" or (attributes and is_raised(attributes)):
            mark = NOTE if is_note(node, attributes) else RAISED
        elif tag == "sub":
            mark = LOWERED
        elif tag in ("a", "span") and attributes and is_note_mark(tag, attributes):
            mark = NOTE
        if mark:
            item.state |= _IN_RAISED
            self._put(mark)
            item.closing = END

    def _begin_frame(
        self, node: Any, tag: str, attributes: Mapping[str, str | None], item: _Open
    ) -> None:
        kind = "dl" if tag == "dl" else "table" if node.tag == "table" else "aria"
        layout = attributes.get("role") in ("presentation", "none")
        self._frames.append(Frame(kind, self._heading, layout))
        item.leaves = "frame"

    def _begin_part(self, tag: str, attributes: Mapping[str, str | None], item: _Open) -> None:
        frame = self._frames[-1]
        if tag == "tr":
            frame.open_row()
        elif tag == "caption":
            self.sinks.append(Sink())
            item.leaves = "caption"
        elif tag in ("thead", "tbody", "tfoot"):
            frame.open_section(tag)
        else:
            columns = span(attributes.get("colspan") or attributes.get("aria-colspan"), 1)
            rows = span(attributes.get("rowspan") or attributes.get("aria-rowspan"), 1)
            sink = frame.open_cell(columns, rows, header=tag in ("th", "dt"))
            self.sinks.append(sink)
            item.leaves = "cell"

    def _end_cell(self) -> None:
        sink = self.sinks.pop()
        if not sink.pieces and sink.alts:
            sink.add(Block(" ".join(sink.alts)))

    def _in_math(self, node: Any, tag: str, above: _Open) -> str:
        """Text before a part of a formula; returned is what stands behind it."""
        if tag not in MATH_TAGS:
            return ""
        above.children += 1
        before, behind = before_child(node, tag, above.tag, above.children, self._last())
        if before:
            self._put(before)
        return behind

    def _image(self, node: Any, attributes: Mapping[str, str | None], state: int) -> None:
        alt = " ".join((attributes.get("alt") or "").translate(INVISIBLE).split())
        if not alt or FILE.search(alt) or state & _GHOST:
            return
        names = (attributes.get("class") or "").lower()
        if "fallback-image" in names:  # beside the formula that it shows
            return
        if "emoji" in names or re.search(r"math|tex\b|latex", names):
            self._put(f" {alt} ")
        elif len(self.sinks) > 1 or alt not in self._alts:
            self._alts.add(alt)
            self.sinks[-1].alts.append(alt)

    def _input(self, attributes: Mapping[str, str | None]) -> None:
        kind = (attributes.get("type") or "text").lower()
        if kind in ("checkbox", "radio"):
            if "checked" in attributes:
                self._put(" ☑ ")
            elif "disabled" in attributes and kind == "checkbox":
                self._put(" ☐ ")
        elif kind not in PRIVATE_INPUTS and (value := attributes.get("value")):
            self._put(f" {value.translate(INVISIBLE)} ")
