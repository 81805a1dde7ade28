"""The log: one JSON object a line on stderr, or text for people. Question texts are not in it.

What a fault said is left out, too, since it may quote a document or a question: its class and the
places in our code are enough to find it. `service.log_questions` puts both in.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

from ...core.times import utc

__all__ = ["LOGGER", "JsonLines", "configure", "event", "fault"]

LOGGER = logging.getLogger("spanmem.web")
_FIELDS = "spanmem_fields"


def event(name: str, /, *, level: int = logging.INFO, **fields: object) -> None:
    """Write a line about an event; `fields` that are None are left out."""
    if LOGGER.isEnabledFor(level):
        known = {field: value for field, value in fields.items() if value is not None}
        LOGGER.log(level, name, extra={_FIELDS: known})


def fault(error: BaseException, *, texts: bool = False, **fields: object) -> None:
    """Write a line about a fault of ours; with `texts`, what it said, too."""
    said = str(error) if texts else None
    event("fault", level=logging.ERROR, **_of(error), said=said, **fields)


def _of(error: BaseException) -> dict[str, object]:
    """Class and place of an error, without a word of its message."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": where}


def configure(form: str, stream: TextIO | None = None) -> None:
    """Let our lines, and the server's warnings, go to stderr in the form `json` or `text`.

    `auto` is text on a terminal.
    """
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    as_text = form == "text" or (form == "auto" and target.isatty())
    handler.setFormatter(_Text() if as_text else JsonLines())
    for name, level in (("spanmem.web", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


def _table(record: logging.LogRecord) -> dict[str, object]:
    moment = utc(datetime.fromtimestamp(record.created, UTC))
    table: dict[str, object] = {"time": moment, "level": record.levelname.lower()}
    table["event"] = record.getMessage().strip()
    table.update(getattr(record, _FIELDS, {}))
    if record.exc_info is not None and record.exc_info[1] is not None:
        table.update(_of(record.exc_info[1]))
    return table


class JsonLines(logging.Formatter):
    """Lines for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """One object in one line, in ASCII."""
        return json.dumps(_table(record), default=str)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The same for people: the time of day, the event, and its fields."""
        table = _table(record)
        head = f"{str(table.pop('time'))[11:19]} {table.pop('level'):7} {table.pop('event')}"
        return "  ".join([head, *(f"{name}={_plain(value)}" for name, value in table.items())])


def _plain(value: object) -> str:
    """A value in one line, whatever a caller put into it."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if text.isprintable() else ascii(text)
