"""Tables of LaTeX -> HTML: cells that span, a first row that a rule sets off, heads told once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["table_markup"]

_RULES = frozenset(("midrule", "hline", "toprule", "bottomrule", "cmidrule", "cline", "Xhline",
                    "hhline", "specialrule", "addlinespace", "rowcolor"))  # fmt: skip
_PARTS = frozenset(("endfirsthead", "endhead", "endfoot", "endlastfoot"))
_ENDS = frozenset(("\\", "tabularnewline", "cr"))


def table_markup(nodes: Any, shown: Callable[[list[Any]], str]) -> str:
    """A table's nodes as HTML; `shown` gives what a cell's nodes show."""
    rows: list[list[list[Any]]] = []
    first_ruled = False
    head = 0
    """Rows at the beginning that each page of a long table repeats."""
    heads_done = False
    for event in _events(nodes):
        if isinstance(event, list):
            rows.append(event)
        elif event in _PARTS:
            if event == "endfirsthead" or not heads_done:
                head = len(rows) if event in ("endfirsthead", "endhead") else head
            elif event != "endlastfoot":
                del rows[head:]
            heads_done = True
        elif len(rows) == 1:
            first_ruled = True
    headed = max(head, int(first_ruled)) if len(rows) > 1 else 0
    return _markup(rows, headed, shown)


def _events(nodes: Any) -> Iterator[list[list[Any]] | str]:
    """Rows of cells of nodes, and the names of rules and of parts of long tables between them."""
    row: list[list[Any]] = [[]]
    for node in nodes:
        name = getattr(node, "macroname", "")
        if name in _ENDS:
            yield row
            row = [[]]
        elif name in _RULES or name in _PARTS:
            yield name
        elif getattr(node, "specials_chars", "") == "&":
            row.append([])
        else:
            row[-1].append(node)
    if len(row) > 1 or any(n for n in row[0] if getattr(n, "chars", "x").strip()):
        yield row


def _markup(rows: list[list[list[Any]]], headed: int, shown: Callable[[list[Any]], str]) -> str:
    parts = ["<table>"]
    open_spans: dict[int, int] = {}
    for number, row in enumerate(rows):
        column = 0
        element = "th" if number < headed else "td"
        parts.append("<tr>")
        for cell in row:
            text, across, down = _cell(cell, shown)
            if open_spans.get(column, 0):
                open_spans[column] -= 1
                if not text.strip():
                    column += 1
                    continue
            if down > 1:
                open_spans[column] = min(down - 1, len(rows) - number - 1)
            spans = f' colspan="{across}"' * (across > 1) + f' rowspan="{down}"' * (down > 1)
            parts.append(f"<{element}{spans}>{text}</{element}>")
            column += across
        parts.append("</tr>")
    return "".join((*parts, "</table>"))


def _cell(nodes: list[Any], shown: Callable[[list[Any]], str]) -> tuple[str, int, int]:
    """What a cell shows, and how many columns and rows it spans."""
    across = down = 1
    for node in nodes:
        name = getattr(node, "macroname", "")
        if name in ("multicolumn", "multirow"):
            given = [a for a in node.nodeargd.argnlist if a is not None]
            number = re.search(r"\d{1,3}", given[0].latex_verbatim()) if given else None
            if name == "multicolumn":
                across = int(number[0]) if number else 1
                inner = given[-1].nodelist if hasattr(given[-1], "nodelist") else []
                _, _, down = _cell(list(inner), lambda _: "")
            else:
                down = int(number[0]) if number else 1
    return shown(nodes), across, down
