"""HTML: the text a reader of the page sees."""

from __future__ import annotations

import re
from pathlib import Path

from ...core.errors import InputError
from .blocks import extracted
from .charsets import page_text
from .extracted import Extracted
from .flow import page_pieces

__all__ = ["page_from", "read_html"]

_DEEPEST = 2_000
"""Of blocks in blocks, and `_DEEPEST_INLINE` of other elements: the parser looks at all of them
again and again, so that deeper ones would take it minutes. Browsers stop at 512."""
_DEEPEST_INLINE = 20_000
_BLOCK = re.compile(
    r"<(/?)(?:div|section|article|aside|main|header|footer|ul|ol|dl|table|blockquote|fieldset|"
    r"details|figure|center|nav|form|menu|button|object|template|select|svg|math)\b",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r"<(/?)(?:span|a|b|i|u|em|strong|font|small|big|code|tt|s|strike|del|ins|sup|sub|label|q|mark|"
    r"cite|abbr|kbd|samp|var|bdi|bdo|ruby|[a-z]{1,20}-[a-z-]{1,30})\b",
    re.IGNORECASE,
)
_XHTML = re.compile(
    r"\s{0,50}(?:<\?xml\b|<!DOCTYPE[^>]{0,100}XHTML|<html[^>]{0,200}\bxmlns\b)",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"<(title|script|style|textarea|iframe|noscript|a|p|div|span|td|th|tr|li|i|b|em|strong|h[1-6]|"
    r"sup|sub|ul|ol|table|button|select|section|template)((?:\s[^<>]{0,1000})?)/>",
    re.IGNORECASE,
)


def read_html(path: Path) -> Extracted:
    """The text a reader of the page sees, one block a paragraph, each row of a table by itself.

    Without navigation, controls, and what is hidden or struck out. Raises InputError.
    """
    return page_from(path, path.read_bytes())


def page_from(place: object, raw: bytes) -> Extracted:
    """`read_html` of a page's bytes, such as a chapter of a book. Raises InputError."""
    from selectolax.lexbor import LexborHTMLParser

    markup = page_text(place, raw)
    if _XHTML.match(markup):  # where an empty element may be one tag, which HTML does not close
        markup = _EMPTY.sub(r"<\1\2></\1>", markup)
    if _depth(_BLOCK, markup) > _DEEPEST or _depth(_INLINE, markup) > _DEEPEST_INLINE:
        raise InputError(f"{place}: the HTML is nested too deeply; save it as text")
    page = LexborHTMLParser(markup)
    nodes = [page.css_first("head title"), page.css_first("h1"), page.css_first("title")]
    title = next((n.text(strip=True) for n in nodes if n and n.text(strip=True)), "")
    document = extracted(page_pieces(page), " ".join(title.split()))
    if not document.text:
        document = extracted(page_pieces(page, everything=True), document.title)
    return document


def _depth(tags: re.Pattern[str], markup: str) -> int:
    """How deep such tags lie in each other, if none is closed that was not opened."""
    depth = deepest = 0
    for match in tags.finditer(markup):
        depth = max(0, depth - 1) if match.group(1) else depth + 1
        deepest = max(deepest, depth)
    return deepest
