"""What the commands print: one JSON object, or text for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "print_json", "rows"]


def print_json(table: Mapping[str, Any]) -> None:
    """Exactly one JSON object on stdout, in ASCII: the same under every locale."""
    typer.echo(json.dumps(table, ensure_ascii=True, allow_nan=False))


def console() -> Console:
    """Where text for people goes: stdout, in color on a terminal."""
    from rich.console import Console

    return Console(highlight=False, markup=False)


def rows(table: Mapping[str, Any], prefix: str = "") -> list[str]:
    """One line per figure; nested ones under joined names."""
    lines: list[str] = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            lines += rows(value, f"{prefix}{name} ")
        else:
            lines.append(f"{prefix + name:<28} {_plain(value)}")
    return lines


def _plain(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
