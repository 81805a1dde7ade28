"""The log: an object a line, or text; one line each, whatever stands in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What a test changes of the loggers is put back."""
    loggers = [logging.getLogger(name) for name in ("spanmem.web", "uvicorn")]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(["json", "text"]))
def test_each_event_is_one_line(name: str, value: str, form: str) -> None:
    out = io.StringIO()
    logs.configure(form, out)
    logs.event("request", route=name, problem=value, nothing=None, status=200)
    assert len(out.getvalue().splitlines()) == 1
    if form == "json":
        table = json.loads(out.getvalue())
        assert (table["route"], table["problem"], table["status"]) == (name, value, 200)
        assert "nothing" not in table
        assert list(table)[:3] == ["time", "level", "event"]
    else:
        assert "request" in out.getvalue()
        assert "status=200" in out.getvalue()


def test_it_is_text_on_a_terminal_alone() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, begins in ((Terminal(), ""), (io.StringIO(), "{")):
        logs.configure("auto", stream)
        logs.event("ready")
        assert stream.getvalue().startswith(begins)
        assert ("{" in stream.getvalue()) is bool(begins)


def test_a_fault_is_told_by_its_class_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    logs.configure("json", out)
    try:
        raise KeyError("the question")
    except KeyError as error:
        logs.fault(error, request="r1")
        logs.fault(error, texts=True)
    told, with_texts = (json.loads(line) for line in out.getvalue().splitlines())
    assert told["error"] == "KeyError"
    assert told["request"] == "r1"
    assert "test_logs.py" in told["where"][-1]
    assert "the question" not in json.dumps(told)
    assert "the question" in with_texts["said"]


def test_the_server_s_own_warnings_are_told_without_what_they_quote() -> None:
    out = io.StringIO()
    logs.configure("json", out)
    try:
        raise ValueError("xyzzy")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    logging.getLogger("uvicorn.error").info("Started")
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["error"] == "ValueError"
    assert "xyzzy" not in line
