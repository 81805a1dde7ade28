"""HTML: the text a reader of the page sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...core.errors import InputError
from .extracted import Extracted

__all__ = ["read_html"]

_BLOCKS = (
    "p div section article aside main header h1 h2 h3 h4 h5 h6 ul ol dl dt dd li table caption tr "
    "blockquote pre figure figcaption hr br details summary address body"
)

_BLOCK = frozenset(_BLOCKS.split())

_PARAGRAPH = _BLOCK - {"li", "tr", "br", "dt", "dd"}

_DROPPED = (
    "script, style, noscript, template, nav, footer, form, button, select, input, textarea, svg, "
    "iframe, head"
)

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset=[\"']?([\w-]{2,40})", re.IGNORECASE)


def read_html(path: Path) -> Extracted:
    """The text a reader of the page sees, without navigation and forms; one block a paragraph."""
    from selectolax.lexbor import LexborHTMLParser

    raw = path.read_bytes()
    if b"\0" in raw:
        raise InputError(f"{path}: binary data, not HTML; give a text file")
    page = LexborHTMLParser(_decoded(path, raw))
    nodes = [page.css_first("title"), page.css_first("h1")]
    title = next((n.text(strip=True) for n in nodes if n and n.text(strip=True)), "")
    for node in page.css(_DROPPED):
        node.decompose()
    try:
        text = "".join(_flow(page.body)) if page.body else ""
    except RecursionError as error:
        raise InputError(f"{path}: the HTML is nested too deeply; save it as text") from error
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return Extracted(text, " ".join(title.split()))


def _decoded(path: Path, raw: bytes) -> str:
    """By the charset the page names, else as UTF-8."""
    declared = re.search(
        rb"<meta[^>]{0,200}?charset=[\"']?([\w-]{2,40})", raw[:4096], re.IGNORECASE
    )
    charset = declared.group(1).decode() if declared else "utf-8"
    try:
        return raw.decode("utf-8-sig" if charset.lower() in ("utf-8", "utf8") else charset)
    except (LookupError, UnicodeError) as error:
        raise InputError(f"{path}: not {charset} text ({error}); convert it to UTF-8") from error


def _flow(node: Any) -> Iterator[str]:
    """Texts of the node in order, with line breaks where blocks begin and end."""
    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            yield re.sub(r"\s+", " ", child.text(deep=False))
        elif tag == "br":
            yield "\n"
        elif tag == "tr":
            # Its own cells, not those of tables within them.
            nodes = [node for node in child.iter() if node.tag in ("th", "td")]
            cells = [" ".join("".join(_flow(node)).split()) for node in nodes]
            yield "\n" + ": ".join(cell for cell in cells if cell) + "\n"
        elif tag in _BLOCK:
            around = "\n\n" if tag in _PARAGRAPH else "\n"
            yield around
            yield from _flow(child)
            yield around
        else:
            yield from _flow(child)
