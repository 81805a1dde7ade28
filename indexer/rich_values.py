"""Values that programs write for programs -> what a person sees of them, before rows are read.

{"assignee": {"self": "https://…", "displayName": "Ann Lee"}, "body": {"type": "doc", …}}
    ->   {"assignee": "Ann Lee", "body": "The roller is worn."}
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ..core.rows import plain_name
from .documents.confluence import storage_markup
from .documents.embedded import read_markup

__all__ = ["plain_values"]

_DEEPEST = 100
"""Objects in each other in which values are looked for."""
_MARKUP = re.compile(
    r"<(?:!doctype|html|body|article|section|div|p|h[1-6]|[uod]l|table|blockquote|pre|br|hr|"
    r"span|strong|b|em|i|a|img|ac:[\w-]{1,40})\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
"""How a value begins that is a page or a part of one."""
_CONFLUENCE = re.compile(r"<(?:ac|ri|at):[a-z-]{1,40}[\s/>]")
_FORMS = ("storage", "atlas_doc_format", "export_view", "view", "styled_view", "editor")
"""Forms that Confluence gives a body in."""
_ENTITY = frozenset(
    ("self", "avatar", "avatarurl", "avatarurls", "gravatarid", "nodeid", "iconurl")
)
"""Keys by which an object is known for a person or a choice of a service."""
_NAMES = ("displayname", "fullname", "realname", "name", "login", "username", "title", "value")
_TECHNICAL = re.compile(
    r".*(?:id|urls?|self|avatar|gravatar|key|color|timezone|locale|type|admin)|href|links?"
)
"""Plain names of what says nothing about a person or a choice to people."""
_TWIN = re.compile(r"html|plain|rendered|raw")
"""What is added to a value's name where it is written once more in another form."""
_MARKS: dict[str, str] = {
    "paragraph": "p", "blockquote": "blockquote", "panel": "div", "bulletList": "ul",
    "orderedList": "ol", "listItem": "li", "codeBlock": "pre", "table": "table",
    "tableRow": "tr", "tableHeader": "th", "tableCell": "td", "taskList": "ul",
    "taskItem": "li", "decisionList": "ul", "decisionItem": "li", "expand": "div",
}  # fmt: skip
"""Nodes of Atlassian's document format, and of ProseMirror's, as elements of HTML."""


def plain_values(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a row with texts in the place of HTML, documents and persons in JSON.

    HTML is a value that begins and ends with an element. Of a person or a choice of a service (an
    object that brings its own address, or a picture) the name is left, and what else it says to
    people. A text that stands beside itself in another form (`html_body`) is told once.
    """
    if not any(isinstance(v, Mapping | list) or _is_page(v) for v in fields.values()):
        return fields
    value = _plain(fields, 0)
    return value if isinstance(value, Mapping) and value else fields


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return (_page_text(value) or value) if _is_page(value) else value
    if depth > _DEEPEST:
        return value
    if isinstance(value, list):
        inner = [_plain(v, depth + 1) for v in value]
        return value if all(map(_same, inner, value)) else inner
    if not isinstance(value, Mapping):
        return value
    if value.get("type") == "doc" and isinstance(value.get("content"), list):
        return _page_text("".join(_markup(value, 0)))
    if (body := _body(value)) is not None:
        return body
    fields = {key: _plain(v, depth + 1) for key, v in value.items()}
    if any(_TWIN.search(plain_name(key)) for key in fields):
        fields = _without_twins(fields)
    if depth and not _ENTITY.isdisjoint(map(plain_name, fields)):
        return _entity(fields)
    return fields


def _same(one: Any, other: Any) -> bool:
    return one is other


def _is_page(value: object) -> bool:
    if not isinstance(value, str) or value[:1] not in ("<", " ", "\n", "\r", "\t"):
        return False
    text = value.strip()
    return text.endswith(">") and bool(_MARKUP.match(text))


def _page_text(markup: str) -> str:
    try:
        if _CONFLUENCE.search(markup):
            markup = storage_markup(markup)
        return read_markup(markup, "its HTML").text.strip()
    except ValueError:  # too deeply nested
        return ""


def _body(value: Mapping[str, Any]) -> str | None:
    """The text of a body of Confluence's, `{"storage": {"value": "<p>…"}}`, in the first of the
    forms that it has; None for another object."""
    forms = [form for key in _FORMS if isinstance(form := value.get(key), Mapping)]
    if not any(form.keys() >= {"value", "representation"} for form in forms):
        return None
    for form in forms:
        said = form.get("value")
        if form.get("representation") == "atlas_doc_format" and isinstance(said, str):
            with suppress(ValueError, RecursionError):
                said = "".join(_markup(json.loads(said), 0))
        if isinstance(said, str) and (text := _page_text(said)):
            return text
    return ""


# -- persons and choices


def _entity(fields: Mapping[str, Any]) -> Any:
    """The name of a person or a choice, with what else it says to people."""
    names = {plain_name(key): key for key in reversed(list(fields))}
    key = next((names[n] for n in _NAMES if n in names and isinstance(fields[names[n]], str)), None)
    if key is None:
        return fields
    kept = {
        k: v
        for k, v in fields.items()
        if k == key
        or not (
            v in (None, "", [], {}) or isinstance(v, bool) or _TECHNICAL.fullmatch(plain_name(k))
        )
    }
    return kept[key] if len(kept) == 1 else kept


# -- one text in two forms


def _without_twins(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without texts that stand there once more; of two the one that says more stays."""
    kept = dict(fields)
    names = {plain_name(key): key for key, v in fields.items() if isinstance(v, str)}
    for name, key in names.items():
        own = names.get(_TWIN.sub("", name))
        if own is None or own == key or own not in kept:
            continue
        words, others = set(_words(fields[key])), set(_words(fields[own]))
        if words <= others:
            del kept[key]
        elif others <= words:
            kept[own] = kept.pop(key)
    return kept


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


# -- documents in JSON


def _markup(node: Any, depth: int) -> Iterator[str]:
    """A node as HTML, which knows how tables and lists are read."""
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        return
    kind, attributes = str(node.get("type")), node.get("attrs")
    attributes = attributes if isinstance(attributes, Mapping) else {}
    if (shown := _INLINE.get(kind)) is not None:
        yield html.escape(shown(node, attributes))
        return
    if kind == "hardBreak":
        yield "<br>"
        return
    element = f"h{attributes.get('level', 2)}" if kind == "heading" else _MARKS.get(kind, "div")
    spans = "".join(
        f' {name}="{attributes[name]}"'
        for name in ("colspan", "rowspan")
        if isinstance(attributes.get(name), int)
    )
    yield f"<{element}{spans}>"
    content = node.get("content")
    for child in content if isinstance(content, list) else ():
        yield from _markup(child, depth + 1)
    yield f"</{element}>"


def _day(node: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    stamp = str(attributes.get("timestamp", ""))
    if not re.fullmatch(r"-?\d{1,14}", stamp):
        return stamp
    return datetime.fromtimestamp(int(stamp) / 1000, UTC).date().isoformat()


def _named(*keys: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], str]:
    def shown(node: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
        return next((str(attributes[key]) for key in keys if attributes.get(key)), "")

    return shown


_INLINE: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "text": lambda node, attributes: str(node.get("text", "")),
    "date": _day,
    "emoji": _named("text", "shortName"),
    "mention": _named("text", "label"),
    "status": _named("text"),
    "inlineCard": _named("url"),
    "blockCard": _named("url"),
}
