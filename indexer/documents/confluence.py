"""Pages of Confluence: its storage format -> HTML, and exports of spaces (`entities.xml`)."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import IO, Any

from .embedded import read_markup
from .extracted import Extracted
from .xml_streams import elements

__all__ = ["read_space", "storage_markup"]

_CODE = frozenset(("code", "noformat", "plantuml", "mermaid", "mermaid-macro", "sql"))
_SILENT = frozenset(
    ("toc", "toc-zone", "children", "pagetree", "recently-updated", "contentbylabel", "attachments",
     "gallery", "anchor", "include", "excerpt-include", "html", "style", "livesearch", "blog-posts",
     "profile", "profile-picture", "viewfile", "view-file", "viewpdf", "widget", "iframe", "chart",
     "drawio", "gliffy", "pagetreesearch", "listlabels", "contributors", "create-from-template")
)  # fmt: skip
"""Macros that show what stands elsewhere, or pictures."""
_LABELLED = {"status": "title", "jira": "key"}
_ELEMENTS = {"task-list": "ul", "layout": "div", "layout-section": "div",
             "layout-cell": "div", "rich-text-body": "div", "adf-content": "div",
             "caption": "p"}  # fmt: skip
_GONE = frozenset(("parameter", "task-id", "task-uuid", "task-status", "placeholder", "emoticon",
                   "adf-attribute", "adf-mark", "default-parameter"))  # fmt: skip
_NAMES = ("content-title", "filename", "space-key")
_BODIES, _PAGES = "BodyContent", ("Page", "BlogPost")


def storage_markup(storage: str) -> str:
    """A body in storage format as HTML that shows what its page shows; linear.

    Task lists are lists, macros what they hold with their titles, links their texts or the titles
    they lead to. Pictures, and what is drawn from other pages, show nothing. Raises ValueError for
    what is nested too deeply to be parsed.
    """
    import lxml.etree as etree

    named = re.sub(r"&(?!(?:amp|lt|gt|quot|apos);)(\w{2,31});", _character, storage)
    wrapped = f'<div xmlns:ac="a" xmlns:ri="r" xmlns:at="t">{named}</div>'
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, strip_cdata=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    root = etree.fromstring(wrapped.encode("utf-8", "replace"), parser)
    if root is None or any("depth" in entry.message.lower() for entry in parser.error_log):
        raise ValueError("its storage format is nested too deeply")
    for node in list(root.iter("{a}*")):
        _shown(node)
    for node in list(root.iter("{r}*")):
        _empty(node)
    for node in root.iter("time"):
        node.text = node.text or node.get("datetime")
    return str(etree.tostring(root, method="html", encoding="unicode", with_tail=False))


def _character(match: re.Match[str]) -> str:
    return html.unescape(match[0]) if html.unescape(match[0]) != match[0] else f"&amp;{match[1]};"


def _name(node: Any) -> str:
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _shown(node: Any) -> None:
    """One of Confluence's elements as one of HTML; what it does not show goes."""
    name = _name(node)
    if name in ("structured-macro", "macro"):
        _macro(node, node.get("{a}name", ""))
    elif name == "plain-text-body":
        node.tag = "pre"
    elif name == "link":
        _link(node)
    elif name == "image":
        captions = node.findall("{a}caption")
        node[:] = captions
        node.tag = "div" if captions else "span"
    elif name == "task":
        if node.findtext("{a}task-status") == "complete":
            for body in node.findall("{a}task-body"):
                body.text = "☑ " + (body.text or "")
        node.tag = "li"
    elif name == "adf-extension":
        if node.find(".//{a}adf-content") is not None:
            for other in node.findall("{a}adf-fallback"):  # the same, for older programs
                _empty(other)
        node.tag = "div"
    elif name in _GONE:
        _empty(node)
    else:
        node.tag = _ELEMENTS.get(name, "span")
    if isinstance(node.tag, str):
        node.attrib.clear()


def _macro(node: Any, name: str) -> None:
    given = {p.get("{a}name", ""): "".join(p.itertext()) for p in node.findall("{a}parameter")}
    if name in _LABELLED:
        _empty(node)
        node.text = given.get(_LABELLED[name], "")
        return
    if name in _SILENT:
        _empty(node)
        return
    node.tag = "div"
    if title := given.get("title", "").strip():
        heading = node.makeelement("p")
        heading.text = title
        node.insert(0, heading)
    if name not in _CODE and node.find("{a}rich-text-body") is None and not title:
        for body in node.findall("{a}plain-text-body"):
            body.tag = "pre"


def _link(node: Any) -> None:
    """Its text, or the title of what it leads to."""
    has_text = any(_name(child).endswith("link-body") for child in node)
    if not has_text:
        target = next((t for child in node for n in _NAMES if (t := child.get(f"{{r}}{n}"))), "")
        node.text = target
    node.tag = "span"


def _empty(node: Any) -> None:
    """Takes what an element holds; it stays, as taking many out of one text is quadratic."""
    node.clear(keep_tail=True)
    node.tag = "span"


# -- exports of spaces


def read_space(
    open_file: Callable[[], IO[bytes]], on_left_out: Callable[[str, int], None]
) -> Iterator[tuple[str, Extracted]]:
    """The current pages and posts of a space, each with its id; it is read twice.

    `on_left_out` takes what is not read, and how many. Raises ValueError for what is no XML.
    """
    titles: dict[str, str] = {}
    left_out: Counter[str] = Counter()
    with open_file() as file:
        for node in elements(file, "object"):
            kind = node.get("class", "")
            if kind in _PAGES:
                if _is_current(node):
                    titles[_id(node)] = _property(node, "title")
                else:
                    left_out["older versions, drafts or deleted pages"] += 1
            elif kind == "Comment":
                left_out["comments"] += 1
    with open_file() as file:
        for node in elements(file, "object"):
            if node.get("class") != _BODIES:
                continue
            page = _id(_field(node, "content"))
            if page not in titles:
                continue
            if _property(node, "bodyType") not in ("", "2"):
                left_out["pages in the markup of Confluence before 4"] += 1
                continue
            # A section of literal text within another is written so.
            body = _property(node, "body").replace("]] >", "]]>")
            try:
                extracted = read_markup(storage_markup(body), titles[page])
            except ValueError:
                left_out["pages nested too deeply"] += 1
                continue
            yield page, Extracted(extracted.text, titles[page], rows=extracted.rows)
    for what, number in left_out.items():
        on_left_out(what, number)


def _is_current(node: Any) -> bool:
    if _field(node, "originalVersion") is not None:
        return False
    return _property(node, "contentStatus") in ("", "current")


def _field(node: Any, name: str) -> Any:
    found = (child for child in node if child.get("name") == name)
    return next((child for child in found if _name(child) == "property"), None)


def _property(node: Any, name: str) -> str:
    field = _field(node, name)
    return "" if field is None else "".join(field.itertext()).strip()


def _id(node: Any) -> str:
    return "" if node is None else (node.findtext("id") or "").strip()
