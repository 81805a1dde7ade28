"""`spanmem backup` and `spanmem restore`: a copy of a service, and a service from a copy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as opt
from .output import print_json

if TYPE_CHECKING:
    from ..web.backup import Report

__all__ = ["backup", "restore"]


def backup(
    ctx: typer.Context,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="A new folder, or that of an earlier copy.")
    ],
    service_data: opt.ServiceData = None,
    config: opt.ConfigSource = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Copy a service while it serves: memories, originals, keys; verified."""
    from ..web.backup import back_up
    from ..web.database import data_folder

    run = opt.invocation(ctx)
    report = back_up(data_folder(run.settings), run.settings, out)
    _tell("copied to", report, as_json=run.json_output)


def restore(
    ctx: typer.Context,
    copy: Annotated[Path, typer.Argument(metavar="COPY", help="What `spanmem backup` made.")],
    service_data: opt.ServiceData = None,
    config: opt.ConfigSource = None,
    json_output: opt.JsonOutput = None,
) -> None:
    """Make a service from a copy, in a new data folder."""
    from ..web.backup import restore as restored
    from ..web.database import data_folder

    run = opt.invocation(ctx)
    _tell("restored to", restored(copy, data_folder(run.settings)), as_json=run.json_output)


def _tell(what: str, report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(report.to_json())
        return
    for notice in report.notices:
        typer.echo(notice, err=True)
    names = ", ".join(report.memories) or "no memories"
    typer.echo(f"{what} {report.path}: {names}; {report.files:,} files, {report.bytes:,} bytes")
