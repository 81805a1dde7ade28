"""Which elements of an HTML page nobody sees, and which are struck out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["STRUCK_TAGS", "Visibility", "tokens"]

STRUCK_TAGS = frozenset(("del", "s", "strike"))
_HIDDEN_STYLE = re.compile(r"(?:^|;)\s{0,20}display\s{0,5}:\s{0,5}none\b")
_INVISIBLE_STYLE = re.compile(
    r"(?:^|;)\s{0,20}visibility\s{0,5}:\s{0,5}(hidden|collapse|visible)\b"
)
_DISPLAY = re.compile(r"(?:^|;)\s{0,20}display\s{0,5}:\s{0,5}([a-z-]{1,20})")
_STRUCK_STYLE = re.compile(
    r"(?:^|;)\s{0,20}text-decoration(?:-line)?\s{0,5}:[^;]{0,60}\bline-through\b"
)
_HIDDEN_CLASSES = frozenset(("hidden", "d-none", "is-hidden", "display-none", "u-hidden"))
_SHOWN_AGAIN = re.compile(
    r"(?:[a-z]{2,6}:|d-(?:[a-z]{2,3}-)?)(?:block|flex|grid|inline|table|contents)"
)
_STRUCK_CLASSES = frozenset(
    ("line-through", "strikethrough", "text-decoration-line-through", "text-strike", "struck")
)
_PANEL = re.compile(
    r"accordion|collaps|tab-?pane|tab-?content|tabpanel|faq|answer|toggle-?content"
    r"|(?:^|_)panel-?_?(?:body|content)"
)
_SIMPLE = re.compile(r"[a-z][a-z0-9]{0,20}|(?:[a-z][a-z0-9]{0,20})?([.#][\w-]{1,80})")
_CLASSES = re.compile(r"[.#][\w-]{1,80}")
_OPENERS = (
    "[aria-controls], [data-target], [data-bs-target], [popovertarget], [commandfor], [onclick], "
    "a[href^='#'], [aria-expanded][data-toggle], [data-tab], [data-tab-target], "
    "[data-accordion-target], [data-collapse-toggle]"
)
_TARGETS = (
    "aria-controls", "data-target", "data-bs-target", "popovertarget", "commandfor", "href",
    "data-tab", "data-tab-target", "data-accordion-target", "data-collapse-toggle",
)  # fmt: skip


def tokens(attributes: Mapping[str, str | None]) -> list[str]:
    """The classes of an element, in small letters."""
    return (attributes.get("class") or "").lower().split()


class Visibility:
    """What a page's own attributes, styles and style sheets hide or strike out.

    What a reader can open stays: closed `details`, panels of accordions and tabs, what a button or
    link names, what stands behind a heading or term that has a button. Style sheets and scripts
    that are no part of the page are not known.
    """

    def __init__(self, page: Any) -> None:
        scripts = " ".join(
            node.text() for node in page.css("script") if not node.attributes.get("src")
        )
        self._scripted = frozenset(re.findall(r"[\w-]{1,80}", scripts.lower()))
        self._hidden: set[str] = set()
        self._struck: set[str] = set()
        varied: set[str] = set()
        for node in page.css("style"):
            _read_sheet(node.text().lower(), self._hidden, self._struck, varied)
        self._hidden -= varied
        self._hidden = {name for name in self._hidden if name[1:] not in self._scripted}
        self._opened = frozenset(_opened(page.css(_OPENERS)))

    def is_struck(self, attributes: Mapping[str, str | None]) -> bool:
        """Whether the element's text is crossed out, by style or class."""
        if not attributes:
            return False
        if _STRUCK_STYLE.search((attributes.get("style") or "").lower()):
            return True
        names = tokens(attributes)
        return not _STRUCK_CLASSES.isdisjoint(names) or self._sheet_has(self._struck, attributes)

    def is_hidden(self, node: Any, attributes: Mapping[str, str | None]) -> bool:
        """Whether neither the element nor its place is on the page, and nothing can open it."""
        if not attributes:
            return False
        names = tokens(attributes)
        hidden = (
            ("hidden" in attributes and (attributes["hidden"] or "").lower() != "until-found")
            or _HIDDEN_STYLE.search((attributes.get("style") or "").lower()) is not None
            or (not _HIDDEN_CLASSES.isdisjoint(names) and not any(map(_SHOWN_AGAIN.match, names)))
            or "popover" in attributes
            or self._sheet_has(self._hidden, attributes)
        )
        return hidden and not self._can_be_opened(node, attributes, names)

    def is_opened(self, identity: str) -> bool:
        """Whether a button or link names the element of that id."""
        return identity in self._opened

    @staticmethod
    def visibility(attributes: Mapping[str, str | None]) -> bool | None:
        """What the element's style says of itself and all in it: seen, or not; None for nothing."""
        match = _INVISIBLE_STYLE.search((attributes.get("style") or "").lower())
        return match and match.group(1) == "visible"

    def _sheet_has(self, names: set[str], attributes: Mapping[str, str | None]) -> bool:
        if not names:
            return False
        own = [f".{name}" for name in tokens(attributes)]
        return any(name in names for name in (*own, f"#{(attributes.get('id') or '').lower()}"))

    def _can_be_opened(
        self, node: Any, attributes: Mapping[str, str | None], names: list[str]
    ) -> bool:
        identity = attributes.get("id")
        if identity and (identity in self._opened or identity.lower() in self._scripted):
            return True
        if "dialog" in (attributes.get("role") or node.tag):
            return False
        if attributes.get("role") == "tabpanel" or "aria-labelledby" in attributes:
            return True
        if any(map(_PANEL.search, names)) or node.tag == "dd":
            return True
        return _follows_a_button(node)


_ASKING = ("h2", "h3", "h4", "h5", "h6")
"""A question and its hidden answer are a panel, whatever script opens it."""


def _follows_a_button(node: Any) -> bool:
    """Whether the element before is a button, or holds one that opens something, or asks."""
    before, steps = node.prev, 0
    while before is not None and steps < 4 and not before.is_element_node:
        before, steps = before.prev, steps + 1
    if before is None or not before.is_element_node:
        return False
    if before.tag in ("button", "summary", "dt") or "aria-expanded" in before.attributes:
        return True
    if before.tag in _ASKING and before.text(strip=True).endswith(("?", "？")):
        return True
    if before.tag not in ("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "a"):
        return False
    inner = before.first_child
    steps = 0
    while inner is not None and steps < 4:
        if inner.is_element_node:
            return inner.tag == "button" or "aria-expanded" in inner.attributes
        inner, steps = inner.next, steps + 1
    return False


def _opened(nodes: Iterable[Any]) -> Iterable[str]:
    """The ids that buttons and links of the page name."""
    for node in nodes:
        attributes = node.attributes
        for name in _TARGETS:
            yield from (target.lstrip("#") for target in (attributes.get(name) or "").split())
        yield from re.findall(r"['\"]#?([\w-]{1,80})['\"]", attributes.get("onclick") or "")


def _read_sheet(css: str, hidden: set[str], struck: set[str], varied: set[str]) -> None:
    """Adds the classes and ids that a style sheet hides, strikes out, or also shows (`varied`)."""
    css = "".join(part.partition("/*")[0] for part in css.split("*/"))
    around: list[str] = []
    for chunk in css.split("}"):
        *opened, body = chunk.split("{")
        if not opened:
            del around[-1:]
            continue
        around += (at.strip() for at in opened[:-1])
        if any("print" in at or at.startswith("@keyframes") for at in around):
            continue
        display = _DISPLAY.search(body)
        crossed = _STRUCK_STYLE.search(body) is not None
        if not display and not crossed:
            continue
        for selector in opened[-1].split(","):
            simple = _SIMPLE.fullmatch(selector.strip())
            name = simple.group(1) if simple else None
            if display and (display.group(1) != "none" or around):
                varied.update(_CLASSES.findall(selector))
            elif display and name:
                hidden.add(name)
            if crossed and name and not around:
                struck.add(name)
