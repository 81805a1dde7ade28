"""`spanmem mcp`: the memory as tools of an assistant on this machine."""

from __future__ import annotations

from contextlib import closing, redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as opt

if TYPE_CHECKING:
    from ..client.protocol import Client
    from .arguments import Invocation

__all__ = ["mcp"]


def mcp(
    ctx: typer.Context,
    memory: opt.MemoryFolder = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            metavar="URL",
            help="Of a running service; its key is in SPANMEM_API_KEY, --memory is a name there.",
        ),
    ] = None,
    corrections: Annotated[
        bool | None,
        typer.Option(
            "--corrections", help="Let the assistant correct answers; with --url, propose it."
        ),
    ] = None,
    where: opt.Where = None,
    passages: opt.Passages = None,
    read: opt.Read = None,
    mode: opt.Mode = None,
    encoder: opt.EncoderModel = None,
    reader: opt.ReaderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
) -> None:
    """Serve an assistant over standard input and output, by the Model Context Protocol."""
    import sys

    from ...core.errors import missing_extra
    from ...evaluation.environment import installed
    from ..mcp.stdio import serve

    run = opt.invocation(ctx)
    try:
        from ..mcp.server import create_server, the_one
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise missing_extra("mcp", "serving assistants needs the mcp SDK") from None
    # Standard output carries the protocol alone: what a library says there would break it.
    with redirect_stdout(sys.stderr):
        client = _client(run)
    with closing(client):
        server = create_server(
            the_one(client), version=installed(), corrections=run.arguments.mcp.corrections
        )
        serve(server)


def _client(run: Invocation) -> Client:
    """The memory of this machine, or the one behind the service that is named."""
    from ...core.errors import InputError
    from ...pipeline.factory import memory_source
    from ...pipeline.settings import Settings
    from ..client.connect import connect

    url, settings = run.arguments.mcp.url, run.settings
    if url is None:
        return connect(memory_source(settings), settings=settings)
    name = settings.memory.path
    if settings != Settings.load(overrides={} if name is None else {"memory.path": name}):
        raise InputError(
            f"the service at {url} has settings of its own; leave out all options but --memory and "
            "--corrections"
        )
    return connect(name, url=url)
