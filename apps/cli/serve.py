"""`spanmem serve`: the HTTP API and the page."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options as opt

__all__ = ["serve"]


def serve(
    ctx: typer.Context,
    memories: Annotated[
        list[str] | None,
        typer.Option(
            "--memory",
            "-m",
            metavar="[NAME=]PLACE",
            help="A memory to serve, beside those in the data folder; may be given several times.",
        ),
    ] = None,
    service_data: Annotated[
        str | None,
        typer.Option("--data", metavar="FOLDER", help="All that the service keeps."),
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", help="Port to listen on; 0: any.")
    ] = None,
    encoder: opt.EncoderModel = None,
    reader: opt.ReaderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
) -> None:
    """Serve memories to many callers: an HTTP API, safe from the first start."""
    try:
        import uvicorn

        from ..web.app import create_app
    except ImportError as error:
        from ...core.errors import missing_extra

        raise missing_extra("serve", f"serving needs {error.name}") from error
    from ..web.service import Service

    settings = opt.invocation(ctx).settings
    with Service(settings) as service:
        uvicorn.run(
            create_app(service),
            host=settings.service.host,
            port=settings.service.port,
            log_level="warning",
        )
