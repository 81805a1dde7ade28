"""The standard streams of a command: they may be closed, broken, or know few letters."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, TextIO, cast

__all__ = ["refused_by_output", "standard_streams"]


@contextmanager
def standard_streams() -> Generator[None]:
    """Let a command do its work, whatever became of its streams; puts those of the host back.

    What is closed leads nowhere. Talk on standard error that cannot be written is dropped: there is
    nowhere to show it. Standard output is another matter: a result that cannot be written is an
    error. There letters that its encoding lacks are shown as escapes.
    """
    with ExitStack() as stack:
        for number in range(3):
            _open_to_nowhere(number)
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            stream = cast("TextIO | None", getattr(sys, name))
            if stream is None or stream.closed:
                nowhere = stack.enter_context(open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123
                _replaced(stack, name, nowhere)
        if isinstance(sys.stdout, io.TextIOWrapper):
            stack.callback(_with_errors, sys.stdout, sys.stdout.errors)
            _with_errors(sys.stdout, "backslashreplace")
        _replaced(stack, "stdout", _Output(sys.stdout))
        _replaced(stack, "stderr", _Talk(sys.stderr))
        yield


def refused_by_output(error: OSError) -> bool:
    """Whether standard output, within `standard_streams`, could not be written."""
    return isinstance(sys.stdout, _Output) and sys.stdout.refusal is error


class _Stream:
    """A text stream behind which another one lies."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Output(_Stream):
    """Remembers what it could not write: who catches the error asks whose it was."""

    refusal: OSError | None = None

    def write(self, text: str) -> int:
        """See `TextIO.write`."""
        with self._remembering():
            return self._stream.write(text)

    def flush(self) -> None:
        """See `TextIO.flush`."""
        with self._remembering():
            self._stream.flush()

    @contextmanager
    def _remembering(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            self.refusal = error
            raise


class _Talk(_Stream):
    """Passes over what it cannot write."""

    def write(self, text: str) -> int:
        """All of the text, or nothing; returns its length."""
        with suppress(OSError, ValueError):  # ValueError: it was closed meanwhile
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """What cannot be written is dropped."""
        with suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        """Whether it is a terminal; what is closed is none."""
        with suppress(OSError, ValueError):
            return self._stream.isatty()
        return False


def _open_to_nowhere(number: int) -> None:
    """Take a closed descriptor for the null device, lest a file of the memory gets its number.

    What a native library says on standard error would be written into that file.
    """
    try:
        os.fstat(number)
    except OSError:
        with suppress(OSError):
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            if opened == number:
                os.set_inheritable(opened, True)
            else:
                os.close(opened)


def _replaced(stack: ExitStack, name: str, stream: object) -> None:
    """Let `sys.<name>` be another stream until the stack is closed."""
    stack.callback(setattr, sys, name, getattr(sys, name))
    setattr(sys, name, stream)


def _with_errors(stream: io.TextIOWrapper, errors: str | None) -> None:
    with suppress(OSError, ValueError):  # closed, or the reader has left
        stream.reconfigure(errors=errors)
