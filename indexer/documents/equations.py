"""Equations in one line: 1/2, x², a_1, √(x). Office's own XML (OMML) and MathML."""

from __future__ import annotations

from typing import Any

from .packages import local
from .raised import raised, settled

__all__ = ["equation"]

_PARTS = {
    "f": ("num", "den"),
    "rad": ("e",),
    "sSup": ("e", "sup"),
    "sSub": ("e", "sub"),
    "sSubSup": ("e", "sub", "sup"),
}
"""The children of OMML's structures, in the order of MathML's."""
_NAMES = {
    "f": "mfrac",
    "rad": "msqrt",
    "sSup": "msup",
    "sSub": "msub",
    "sSubSup": "msubsup",
    "munder": "msub",
    "mover": "msup",
    "munderover": "msubsup",
}
_SILENT = {"annotation", "annotation-xml", "ctrlPr", "rPr"}


def equation(node: Any) -> str:
    """The equation that `node` (`m:oMath`, `math`, or a part of one) is."""
    name = local(node)
    if name in _SILENT or name.endswith("Pr") or not name:
        return ""
    if name in _PARTS:
        parts = [next(node.iterfind(f"{{*}}{part}"), None) for part in _PARTS[name]]
    else:
        parts = list(node)
    texts = ["" if part is None else equation(part).strip() for part in parts]
    name = _NAMES.get(name, name)
    if name == "mfrac" and len(texts) == 2:
        return "/".join(map(_grouped, texts))
    if name == "msqrt":
        return f"√{_grouped(''.join(texts))}"
    if name == "msup" and len(texts) == 2:
        return texts[0] + _power(*texts)
    if name == "msub" and len(texts) == 2:
        return f"{texts[0]}_{_grouped(texts[1])}" if texts[1] else texts[0]
    if name == "msubsup" and len(texts) == 3:
        below = f"_{_grouped(texts[1])}" if texts[1] else ""
        return texts[0] + below + _power(texts[0], texts[2])
    if name == "d":
        return f"({', '.join(filter(None, texts))})"
    own = (node.text or "") if not len(node) else ""
    return own + "".join(texts)


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.isalnum() else f"({text})"


def _power(base: str, above: str) -> str:
    if not above:
        return ""
    last = base[-1:] or "x"
    power = settled(last + raised(above))[len(last) :]
    return f"^{_grouped(above)}" if power == above else power
