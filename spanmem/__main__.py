"""The `spanmem` command. Exit code 0: done; 2: the user can mend it; 1: a fault; 130: Ctrl-C."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .memory.errors import SpanMemError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; `arguments` default to the process's own. Returns the exit code."""
    try:
        return _run(arguments)
    except SpanMemError as error:
        return _say(str(error), 2)
    except KeyboardInterrupt:
        return _say("interrupted; what was finished is kept", 130)
    except BrokenPipeError:
        # Whoever read our output has left; Python would complain while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("SPANMEM_DEBUG") == "1":
            raise
        what = " ".join(str(error).split()) or "no further word"
        return _say(f"fault: {type(error).__name__}: {what} (SPANMEM_DEBUG=1 shows where)", 1)


def _run(arguments: Sequence[str] | None) -> int:
    from typer import BadParameter

    from .pipeline.cli import app

    usage_error: type[Exception] = BadParameter.__mro__[2]  # ClickException, wherever typer has it
    try:
        code = app(args=arguments, prog_name="spanmem", standalone_mode=False)
    except usage_error as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "spanmem")
        why = getattr(error, "format_message", error.__str__)().split()
        if not why:  # no command at all: its help has been shown
            return 2
        return _say(f"{' '.join(why)} (see `{command} --help`)", 2)
    if code == 130:  # typer turns Ctrl-C into this code
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


def _say(message: str, code: int) -> int:
    sys.stderr.write(f"spanmem: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
