"""MediaWiki: files of wikitext (.wiki), and dumps of its pages in XML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from ...core.errors import InputError
from .embedded import read_markup
from .extracted import Extracted
from .text import read_text
from .wikitext import wiki_markup
from .xml_streams import elements

__all__ = ["read_dump", "read_wiki"]

_UNREAD = {2: "user pages", 8: "messages of the interface", 10: "templates", 828: "modules"}
"""Namespaces that hold nothing to read, besides those of discussions, which are odd."""
_REDIRECT = re.compile(r"\s*#[^\W\d_]{3,30}\s*:?\s*\[\[", re.UNICODE)


def read_wiki(path: Path) -> Extracted:
    """A page of wikitext as it is shown; templates that are not carried out are told by number.

    Raises InputError for no text, and for what is nested too deeply.
    """
    plain = read_text(path)
    markup, templates = wiki_markup(plain.text)
    notices = plain.notices
    if templates:
        notices = (*notices, f"{path}: {templates:,} templates are not carried out")
    try:
        page = read_markup(markup, str(path))
    except ValueError as error:
        raise InputError(str(error)) from error
    return replace(page, title="", notices=notices)


def read_dump(
    open_file: Callable[[], IO[bytes]], on_left_out: Callable[[str, int], None]
) -> Iterator[tuple[str, Extracted]]:
    """The pages of a dump, each with its id, in their newest version.

    `on_left_out` takes what is not read, and how many: redirects, templates, discussions. Raises
    ValueError for what is no XML.
    """
    left_out: Counter[str] = Counter()
    with open_file() as file:
        for node in elements(file, "page"):
            revision = _newest(node)
            why = _why_not(node, revision)
            if why:
                left_out[why] += 1
                continue
            markup, templates = wiki_markup(_text(revision, "text"))
            if templates:
                left_out["templates in pages"] += templates
            try:
                page = read_markup(markup, _text(node, "title"))
            except ValueError:
                left_out["pages nested too deeply"] += 1
                continue
            yield _text(node, "id"), replace(page, title=_text(node, "title"))
    for what, number in left_out.items():
        on_left_out(what, number)


def _why_not(page: Any, revision: Any) -> str:
    """What kind of a page it is that is not read; "" for one that is."""
    space = _text(page, "ns")
    number = int(space) if re.fullmatch(r"-?\d{1,6}", space) else 0
    if revision is None:
        return "pages without a text"
    if number % 2:
        return _UNREAD.get(number, "discussions")
    if number in _UNREAD:
        return _UNREAD[number]
    if page.find("{*}redirect") is not None or _REDIRECT.match(_text(revision, "text")):
        return "redirects"
    return "pages of code or data" if _text(revision, "model") not in ("", "wikitext") else ""


def _newest(page: Any) -> Any:
    revisions = page.findall("{*}revision")
    return max(revisions, key=lambda one: _text(one, "timestamp"), default=None)


def _text(node: Any, name: str) -> str:
    return node.findtext(f"{{*}}{name}") or ""
