"""The `spanmem` command. Exit code 0: done; 2: the user can mend it; 1: a fault; 130: Ctrl-C.

141: whoever read the output has left; 143, 129: told to stop by SIGTERM, SIGHUP.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from .apps.cli.stopping import Stopped, stoppable
from .core.errors import SpanMemError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; `arguments` default to the process's own. Returns the exit code."""
    from .apps.cli.streams import standard_streams

    with standard_streams():
        return _with_exit_code(arguments)


def _with_exit_code(arguments: Sequence[str] | None) -> int:
    try:
        with stoppable():
            return _run(arguments)
    except SpanMemError as error:
        return _say(str(error), 2)
    except Stopped as stop:
        return _say(f"stopped by {stop.signal.name}; what was finished is kept", 128 + stop.signal)
    except KeyboardInterrupt:
        return _say("interrupted; what was finished is kept", 130)
    except BrokenPipeError:
        _drop_output()
        return 141  # as a shell says of a command whose reader has left
    except Exception as error:
        if os.environ.get("SPANMEM_DEBUG") == "1":
            raise
        if isinstance(error, OSError) and error.errno is not None:  # no permission, a full disk
            return _say(_refusal(error), 2)
        what = " ".join(str(error).split()) or "no further word"
        return _say(f"fault: {type(error).__name__}: {what} (SPANMEM_DEBUG=1 shows where)", 1)


def _run(arguments: Sequence[str] | None) -> int:
    import typer
    from typer.main import get_command

    from .apps.cli.main import command_line

    words = list(sys.argv[1:] if arguments is None else arguments)
    # Not typer's own `main`, which turns a closed pipe and Ctrl-C into exit codes of its own.
    try:
        command = get_command(command_line(words[0] if words else None))
        with command.make_context("spanmem", words) as context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # so rich leaves, with a code of its own
            raise error.__context__ from None
        raise
    except typer.TyperException as error:  # what is wrong with the words of the command line
        why = " ".join(error.format_message().split())
        if not why:  # no command at all: its help has been shown
            return 2
        place = getattr(getattr(error, "ctx", None), "command_path", "spanmem")
        return _say(f"{why} (see `{place} --help`)", 2)
    return 0


def _refusal(error: OSError) -> str:
    """What the system refused, in a line."""
    from .apps.cli.streams import refused_by_output
    from .core.files import refusal

    if refused_by_output(error):
        _drop_output()
        return f"the output: {error.strerror}"
    return str(refusal(error))


def _drop_output() -> None:
    """Send what is still to be written nowhere: Python would complain while flushing at exit."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(message: str, code: int) -> int:
    sys.stderr.write(f"spanmem: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
