"""Walks an HTML page in the order of its text and takes down what a reader sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .blocks import Block, Frame, Piece, Sink
from .math_text import MATH_TAGS, before_child, token
from .raised import END, LOWERED, NOTE, RAISED, settled
from .visibility import STRUCK_TAGS, Visibility, tokens

__all__ = ["page_pieces"]

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS_NAMES = (
    "p div section article aside main header footer nav ul ol menu li dir dl dt dd "
    "table caption tr td th thead tbody tfoot blockquote pre listing xmp plaintext "
    "figure figcaption hr details summary address body form fieldset legend center "
    "search hgroup dialog optgroup noscript"
)
_BLOCKS = _HEADINGS | frozenset(_BLOCKS_NAMES.split())
_PRE = frozenset(("pre", "listing", "xmp", "plaintext", "textarea"))
_APART = frozenset(("label", "option", "output", "meter", "progress", "img", "input", "select"))
_UNSEEN_NAMES = (
    "script style template svg iframe object embed applet audio video canvas head title "
    "datalist map frameset noframes rp rtc annotation annotation-xml link meta base col "
    "colgroup param source track"
)
_UNSEEN = frozenset(_UNSEEN_NAMES.split())
_PRIVATE_INPUTS_NAMES = "hidden password submit button reset image file radio checkbox color range"
_PRIVATE_INPUTS = frozenset(_PRIVATE_INPUTS_NAMES.split())
_ROLES = {
    "table": "table",
    "grid": "table",
    "treegrid": "table",
    "rowgroup": "tbody",
    "row": "tr",
    "cell": "td",
    "gridcell": "td",
    "columnheader": "th",
    "rowheader": "th",
}
_PARTS: dict[str, tuple[str, ...]] = {
    "tr": ("table", "aria"),
    "td": ("table", "aria"),
    "th": ("table", "aria"),
}
_PARTS |= dict.fromkeys(("thead", "tbody", "tfoot", "caption"), ("table", "aria"))
_PARTS |= {"dt": ("dl",), "dd": ("dl",)}
_NOTE_NAME = re.compile(
    r"(?:foot|end)-?note|noteref|note-ref|fnref|reference|cite|citation|(?<![a-z])fn(?![a-z])"
)
_NOTE_LINK = re.compile(
    r"#_?(?:user-content-)?_?(?:fn|ftn|edn|cite|foot|endnote|note|ref)", re.IGNORECASE
)
_BACK_LINK = re.compile(
    r"backlink|backref|reversefootnote|headerlink|editsection|(?:^| )linenos?\b|lineno"
)
_RAISED_CLASSES = frozenset(("superscript", "sup", "super", "cents", "cent", "price-cents"))
_RAISED_STYLE = re.compile(r"vertical-align\s{0,5}:\s{0,5}(?:super|text-top)\b")
_ICON = re.compile(r"material-(?:icons|symbols)|katex-html|(?:^| )skip-|mjx_assistive")
_SPOKEN = re.compile(
    r"sr-only|visually-?hidden|screen-?reader|a-offscreen|katex-mathml|mjx-assistive|mjx_assistive"
)
_COOKIES = re.compile(
    r"cookie[-_]?(?:consent|banner|notice|bar|popup|law|info|message|dialog|alert)|onetrust|cookiebot"
    r"|(?:gdpr|consent)[-_](?:banner|consent|notice|popup)"
)
_OPENS = re.compile(r"accordion|collaps|toggle|faq|question|disclosure")
_OPENING = ("aria-expanded", "aria-controls", "data-bs-toggle", "data-toggle")
_FILE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp)$", re.IGNORECASE)
_SYMBOLS = frozenset(["#", "¶", "§", "🔗", "↩", "↩︎", "↑", "^", "⤴", "∞", "⚓"])
_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF, 1, 2, 3, 4))
_COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright)\s", re.IGNORECASE)

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
        if not node.is_element_node or tag in _UNSEEN or tag in STRUCK_TAGS:
            return
        attributes: Mapping[str, str | None] = node.attributes
        if self.opened and self._is_left_out(node, tag, attributes, above.state):
            return
        tag = self._role(tag, attributes)
        state = self._state(tag, attributes, above.state)
        item = _Open(tag, state)
        if tag in _BLOCKS:
            self.flush()
        elif tag in _APART or (tag in ("button", "textarea")):
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
        item = self.opened.pop()
        sink = self.sinks[-1]
        if item.leaves == "button" or item.leaves == "symbol":
            text = " ".join("".join(sink.parts[item.at :]).split())
            if text in _SYMBOLS or (item.leaves == "button" and len(text.split()) <= 2):
                del sink.parts[item.at :]
        if item.closing:
            self._put(item.closing)
        if item.tag in _BLOCKS or item.leaves == "block":
            if item.tag in ("li", "pre"):
                self.flush(item=item.tag == "li", pre=item.tag == "pre")
            elif item.tag in _PRE and item.tag != "textarea":
                self.flush(pre=True)
            else:
                self.flush(heading=item.tag in _HEADINGS)
        elif item.tag in _APART or item.tag in ("button", "textarea"):
            self._put(" ")
        if item.leaves == "cell":
            self._end_cell()
        elif item.leaves == "caption":
            caption = self.sinks.pop()
            self._frames[-1].caption = caption.text()
        elif item.leaves == "frame":
            self._frames.pop().close(self.sinks[-1])

    def flush(self, *, heading: bool = False, item: bool = False, pre: bool = False) -> None:
        """Ends the block at hand."""
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
            sink.add(Block(text, item))
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
        if links * 2 > len(text) - count or (_COPYRIGHT.match(text) and count <= 8):
            return True
        return count <= 2 and not re.search(r"[\d@]", text)

    def _add(self, text: str, above: _Open) -> None:
        """Takes down a text node."""
        if above.state & _GHOST:
            return
        text = text.translate(_INVISIBLE)
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
        if names and (_ICON.search(names) or _BACK_LINK.search(names)):
            return True
        if names and _SPOKEN.search(names) and state & _IN_LINK:
            return True
        if attributes.get("aria-hidden") == "true" and _has_spoken(node):
            return True
        return bool(_COOKIES.search(f"{attributes.get('id') or ''} {names}".lower()))

    def _role(self, tag: str, attributes: Mapping[str, str | None]) -> str:
        """The tag, or the one that its role stands for in a table of other elements."""
        role = _ROLES.get(attributes.get("role") or "") if attributes else None
        if role is None or tag in ("table", "tr", "td", "th", "thead", "tbody", "tfoot"):
            return tag
        inside = bool(self._frames) and self._frames[-1].kind == "aria"
        return role if role == "table" or inside else tag

    def _state(self, tag: str, attributes: Mapping[str, str | None], state: int) -> int:
        if tag in _PRE:
            state |= _IN_PRE
        elif tag == "a" and "href" in attributes:
            if not (attributes["href"] or "").startswith(("mailto:", "tel:")):
                state |= _IN_LINK
        elif tag in ("b", "strong", "th"):
            state |= _BOLD
        elif tag == "math":
            state |= _IN_MATH
        elif tag in _HEADINGS or tag in ("summary", "dt", "legend"):
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
            if item.state & _IN_HEADING or _opens(attributes):
                item.leaves = "" if above.tag in _BLOCKS and item.state & _IN_HEADING else "block"
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
        elif tag in _PARTS and self._frames and self._frames[-1].kind in _PARTS[tag]:
            self._begin_part(tag, attributes, item)
        return True

    def _raise(
        self, node: Any, tag: str, attributes: Mapping[str, str | None], item: _Open
    ) -> None:
        """Marks what is raised, lowered or a note's mark."""
        if item.state & _IN_RAISED:
            return
        mark = ""
        if tag == "sup" or (attributes and _is_raised(attributes)):
            mark = NOTE if _is_note(node, attributes) else RAISED
        elif tag == "sub":
            mark = LOWERED
        elif tag in ("a", "span") and attributes and _is_note_mark(tag, attributes):
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
            columns = _span(attributes.get("colspan") or attributes.get("aria-colspan"), 1)
            rows = _span(attributes.get("rowspan") or attributes.get("aria-rowspan"), 1)
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
        alt = " ".join((attributes.get("alt") or "").translate(_INVISIBLE).split())
        if not alt or _FILE.search(alt) or state & _GHOST:
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
        elif kind not in _PRIVATE_INPUTS and (value := attributes.get("value")):
            self._put(f" {value.translate(_INVISIBLE)} ")


def _span(value: str | None, default: int) -> int:
    """A whole number that begins the attribute, as browsers read it; 0 stands for all there are."""
    match = re.match(r"\s{0,5}\+?(\d{1,5})", value or "")
    return int(match.group(1)) if match else default


def _opens(attributes: Mapping[str, str | None]) -> bool:
    """Whether a button opens a part of the page, and so is its heading."""
    if any(name in attributes for name in _OPENING) or attributes.get("role") == "tab":
        return True
    return any(map(_OPENS.search, tokens(attributes)))


def _is_raised(attributes: Mapping[str, str | None]) -> bool:
    if _RAISED_STYLE.search((attributes.get("style") or "").lower()):
        return True
    return "class" in attributes and not _RAISED_CLASSES.isdisjoint(tokens(attributes))


def _is_note(node: Any, attributes: Mapping[str, str | None]) -> bool:
    """Whether raised text is the mark of a note: by its name, its link, or the link around it."""
    if _names_note(attributes):
        return True
    inner = node.first_child
    around = node.parent
    for link in (inner, around):
        if link is not None and link.tag == "a":
            own = link.attributes
            if (own.get("href") or "").startswith("#") or _names_note(own):
                return True
    return False


def _names_note(attributes: Mapping[str, str | None]) -> bool:
    if not attributes:
        return False
    if attributes.get("role") == "doc-noteref" or "noteref" in (attributes.get("epub:type") or ""):
        return True
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower()
    return _NOTE_NAME.search(names) is not None


def _is_note_mark(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Whether a link or span that is not raised says that it is a note's mark."""
    if attributes.get("role") == "doc-noteref" or "noteref" in (attributes.get("epub:type") or ""):
        return True
    names = (attributes.get("class") or "").lower()
    if re.search(r"(?:foot|end)-?note|noteref|fnref", names):
        return True
    return tag == "a" and _NOTE_LINK.match(attributes.get("href") or "") is not None


def _has_spoken(node: Any) -> bool:
    """Whether a text for screen readers stands beside the element, which says the same."""
    for other in (node.prev, node.next):
        if other is not None and not other.is_element_node:
            other = other.prev if other is node.prev else other.next
        if other is None or not other.is_element_node:
            continue
        if _SPOKEN.search((other.attributes.get("class") or "").lower()):
            return True
    return False
