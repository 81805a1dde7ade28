"""What the commands print: one JSON object, or text for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "print_json", "print_table", "table_lines"]


def print_json(table: Mapping[str, Any]) -> None:
    """Exactly one JSON object on stdout, in ASCII: the same under every locale."""
    typer.echo(json.dumps(table, ensure_ascii=True, allow_nan=False))


def print_table(table: Mapping[str, Any], *, as_json: bool) -> None:
    """Figures: one JSON object, or a line each."""
    if as_json:
        print_json({name: str(v) if isinstance(v, Path) else v for name, v in table.items()})
    else:
        typer.echo("\n".join(table_lines(table)))


def console() -> Console:
    """Where text for people goes: stdout, in color on a terminal."""
    from rich.console import Console

    return Console(highlight=False, markup=False)


def table_lines(table: Mapping[str, Any], prefix: str = "") -> list[str]:
    """One line per figure; nested ones under joined names."""
    lines: list[str] = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            lines += table_lines(value, f"{prefix}{name} ")
        else:
            lines.append(f"{prefix + name:<28} {_figure(value)}")
    return lines


def _figure(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
