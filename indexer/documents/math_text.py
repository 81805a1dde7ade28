"""MathML as text on one line: 10^6, 1/2, √(x+1); digits of two numbers never join."""

from __future__ import annotations

from typing import Any

__all__ = ["MATH_TAGS", "before_child", "token"]

_NAMES = (
    "mrow mi mn mo mtext ms mfrac msup msub msubsup msqrt mroot mover munder munderover "
    "mtable mtr mtd mstyle mpadded menclose mfenced mspace semantics mmultiscripts"
)
MATH_TAGS = frozenset(_NAMES.split())
_BETWEEN = {
    "msup": ("", "^"),
    "msub": ("", "_"),
    "msubsup": ("", "_", "^"),
    "mfrac": ("", "/"),
    "munder": ("", "_"),
    "mover": ("", "^"),
    "munderover": ("", "_", "^"),
    "mroot": ("√", "^(1/"),
}
_TOKENS = frozenset(("mi", "mn", "mo", "mtext", "ms"))
_INVISIBLE: dict[int, None] = dict.fromkeys((0x2061, 0x2062, 0x2063, 0x2064))


def token(text: str, before: str) -> str:
    """A token's text, apart from `before` where both are digits, or both words."""
    text = " ".join(text.translate(_INVISIBLE).split())
    return f" {text}" if text and _joins(before[-1:], text[0]) else text


def before_child(node: Any, tag: str, around: str, number: int, before: str) -> tuple[str, str]:
    """What stands before and behind the part `number`, from 1, of an element `around`."""
    if tag == "mspace":
        return " ", ""
    if tag == "msqrt":
        return "√(", ")"
    if tag in ("mtr", "mtd"):
        return " ", ""
    signs = _BETWEEN.get(around)
    if signs is None or number > len(signs):
        # 3 and a fraction 1/2 are no 31/2.
        return (" " if tag == "mfrac" and before[-1:].isdigit() else ""), ""
    sign = signs[number - 1]
    if sign.endswith("(1/"):
        return sign, ")"
    return (sign, "") if _is_single(node, tag) else (f"{sign}(", ")")


def _joins(last: str, first: str) -> bool:
    return (last.isdigit() and first.isdigit()) or (last.isalpha() and first.isalpha())


def _is_single(node: Any, tag: str) -> bool:
    """Whether the element is one token, so that it needs no parentheses."""
    steps = 0
    while tag not in _TOKENS and steps < 8:
        children = _first_two(node)
        if len(children) != 1:
            return False
        node = children[0]
        tag = node.tag or ""
        steps += 1
    return tag in _TOKENS


def _first_two(node: Any) -> list[Any]:
    children: list[Any] = []
    child = node.first_child
    while child is not None and len(children) < 2:
        if child.is_element_node:
            children.append(child)
        child = child.next
    return children
