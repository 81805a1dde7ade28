"""What the commands print: one JSON object, or text for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "flat", "print_json", "print_table"]


def flat(text: str) -> str:
    """One line, and nothing that would steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def print_json(table: Mapping[str, Any]) -> None:
    """Exactly one JSON object on stdout, in ASCII: the same under every locale."""
    typer.echo(json.dumps(table, ensure_ascii=True, allow_nan=False))


def print_table(table: Mapping[str, Any], *, as_json: bool) -> None:
    """Figures: one JSON object, or a line each."""
    if as_json:
        print_json({name: str(v) if isinstance(v, Path) else v for name, v in table.items()})
    else:
        from ...evaluation.render import table_lines

        typer.echo("\n".join(table_lines(table)))


def console() -> Console:
    """Where text for people goes: stdout, in color on a terminal."""
    from rich.console import Console

    return Console(highlight=False, markup=False)
