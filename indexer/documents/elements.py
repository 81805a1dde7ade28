"""What the elements of HTML are to a reader, by their tags, classes, roles and links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .visibility import tokens

__all__ = [
    "APART",
    "BACK_LINK",
    "BLOCKS",
    "COOKIES",
    "COPYRIGHT",
    "FILE",
    "HEADINGS",
    "ICON",
    "INVISIBLE",
    "PARTS",
    "PRE",
    "PRIVATE_INPUTS",
    "ROLES",
    "SPOKEN",
    "SYMBOLS",
    "UNSEEN",
    "has_spoken",
    "is_note",
    "is_note_mark",
    "is_raised",
    "opens",
    "span",
]

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCK_NAMES = (
    "p div section article aside main header footer nav ul ol menu li dir dl dt dd "
    "table caption tr td th thead tbody tfoot blockquote pre listing xmp plaintext "
    "figure figcaption hr details summary address body form fieldset legend center "
    "search hgroup dialog optgroup noscript"
)
BLOCKS = HEADINGS | frozenset(_BLOCK_NAMES.split())
PRE = frozenset(("pre", "listing", "xmp", "plaintext", "textarea"))
APART = frozenset(("label", "option", "output", "meter", "progress", "img", "input", "select"))
_UNSEEN_NAMES = (
    "script style template svg iframe object embed applet audio video canvas head title "
    "datalist map frameset noframes rp rtc annotation annotation-xml link meta base col "
    "colgroup param source track"
)
UNSEEN = frozenset(_UNSEEN_NAMES.split())
_PRIVATE_NAMES = "hidden password submit button reset image file radio checkbox color range"
PRIVATE_INPUTS = frozenset(_PRIVATE_NAMES.split())
ROLES = {
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
PARTS: dict[str, tuple[str, ...]] = {
    "tr": ("table", "aria"),
    "td": ("table", "aria"),
    "th": ("table", "aria"),
    **dict.fromkeys(("thead", "tbody", "tfoot", "caption"), ("table", "aria")),
    "dt": ("dl",),
    "dd": ("dl",),
}
_NOTE_NAME = re.compile(
    r"(?:foot|end)-?note|noteref|note-ref|fnref|reference|cite|citation|(?<![a-z])fn(?![a-z])"
)
_NOTE_LINK = re.compile(
    r"#_?(?:user-content-)?_?(?:fn|ftn|edn|cite|foot|endnote|note|ref)", re.IGNORECASE
)
BACK_LINK = re.compile(
    r"backlink|backref|reversefootnote|headerlink|editsection|(?:^| )linenos?\b|lineno"
)
_RAISED_CLASSES = frozenset(("superscript", "sup", "super", "cents", "cent", "price-cents"))
_RAISED_STYLE = re.compile(r"vertical-align\s{0,5}:\s{0,5}(?:super|text-top)\b")
ICON = re.compile(r"material-(?:icons|symbols)|(?:^| )skip-")
SPOKEN = re.compile(
    r"sr-only|visually-?hidden|screen-?reader|a-offscreen|katex-mathml|mjx-assistive|mjx_assistive"
)
COOKIES = re.compile(
    r"cookie[-_]?(?:consent|banner|notice|bar|popup|law|info|message|dialog|alert)|onetrust|cookiebot"
    r"|(?:gdpr|consent)[-_](?:banner|consent|notice|popup)"
)
_OPENS = re.compile(r"accordion|collaps|toggle|faq|question|disclosure")
_OPENING = ("aria-expanded", "aria-controls", "data-bs-toggle", "data-toggle")
FILE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp)$", re.IGNORECASE)
SYMBOLS = frozenset(["#", "¶", "§", "🔗", "↩", "↩︎", "↑", "^", "⤴", "∞", "⚓"])
INVISIBLE: dict[int, None] = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF, 1, 2, 3, 4))
COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright)\s", re.IGNORECASE)


def span(value: str | None, default: int) -> int:
    """A whole number that begins the attribute, as browsers read it; 0 stands for all there are."""
    match = re.match(r"\s{0,5}\+?(\d{1,5})", value or "")
    return int(match.group(1)) if match else default


def opens(attributes: Mapping[str, str | None]) -> bool:
    """Whether a button opens a part of the page, and so is its heading."""
    if any(name in attributes for name in _OPENING) or attributes.get("role") == "tab":
        return True
    return any(map(_OPENS.search, tokens(attributes)))


def is_raised(attributes: Mapping[str, str | None]) -> bool:
    if _RAISED_STYLE.search((attributes.get("style") or "").lower()):
        return True
    return "class" in attributes and not _RAISED_CLASSES.isdisjoint(tokens(attributes))


def is_note(node: Any, attributes: Mapping[str, str | None]) -> bool:
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


def is_note_mark(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Whether a link or span that is not raised says that it is a note's mark."""
    if attributes.get("role") == "doc-noteref" or "noteref" in (attributes.get("epub:type") or ""):
        return True
    names = (attributes.get("class") or "").lower()
    if re.search(r"(?:foot|end)-?note|noteref|fnref", names):
        return True
    return tag == "a" and _NOTE_LINK.match(attributes.get("href") or "") is not None


def has_spoken(node: Any) -> bool:
    """Whether a text for screen readers stands beside the element, which says the same."""
    for other in (node.prev, node.next):
        if other is not None and not other.is_element_node:
            other = other.prev if other is node.prev else other.next
        if other is None or not other.is_element_node:
            continue
        if SPOKEN.search((other.attributes.get("class") or "").lower()):
            return True
    return False
