"""Every error SpanMem raises on purpose.

    SpanMemError
    |-- InputError        what was given cannot be used (a path, a row, a question, a setting)
    |   |-- ArgumentError an argument of a call is of another type than wanted; a TypeError, too
    |   `-- RowError      one row of a file, or the file as a whole
    |-- MemoryNotFound    no memory at that path
    |-- MemoryLocked      another process is writing to the memory
    |-- MemoryDamaged     the rows of the memory contradict themselves
    |-- FormatTooNew      written by a newer SpanMem
    |-- EncoderMismatch   written with another encoder
    |-- StorageError      the operating system refused to read or write
    |-- ServiceError      a service of ours cannot be reached, or cannot answer now
    `-- ModelError        a model folder cannot serve the purpose

Each message states both facts and the way out, in one line: the command line prints it as it is
and leaves with exit code 2.
"""

from __future__ import annotations

import os

from .encoder_names import recipe_of, weights_of
from .expressions import expression

_PASSWORD = expression(r"(?i)(\b[a-z][a-z0-9+.-]{0,30}:/{1,2}[^\s:/@]{0,200}):[^\s@/]{1,500}@")
"""In an address, also where a path has lost one of its slashes."""


class SpanMemError(Exception):
    """Base of all errors that a caller can act upon; in one line, whatever a path holds.

    A password of an address is not shown, wherever that was given: for a file, as a model's name.
    Pickle and copies keep class, message and attributes, so that an error can be carried from one
    process to another.
    """

    def __str__(self) -> str:
        return _PASSWORD.sub(r"\1:***@", "\\n".join(super().__str__().splitlines()))

    def __reduce__(self) -> tuple[object, ...]:
        # Exception would call the class with the message alone, which takes other arguments.
        return _restored, (type(self), self.args, self.__dict__.copy())


def _restored(
    kind: type[SpanMemError], args: tuple[object, ...], facts: dict[str, object]
) -> object:
    """An error of this class as it was, without its `__init__`: the message is made already."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


class InputError(SpanMemError):
    """Something that was given cannot be used: a path, a row, a question or a setting."""


class ArgumentError(InputError, TypeError):
    """An argument of a call is of another type than is wanted: a program's slip."""


class RowError(InputError):
    """A row of a file, or the file as a whole, cannot be read as what its name says it is."""

    def __init__(self, place: object, why: str, way_out: str) -> None:
        """`place` is the file, with the line or the path to the row where it is one row's."""
        self.place, self.why = place, why
        super().__init__(f"{place}: {why}; {way_out}")


class MemoryNotFound(SpanMemError):
    """There is no memory at the path."""

    def __init__(self, path: object, why: str) -> None:
        self.path = path
        super().__init__(
            f"no memory at {path}: {why}; make one with `spanmem index DOCUMENTS --memory {path}`"
        )


class MemoryLocked(SpanMemError):
    """Another writer holds the memory."""

    def __init__(self, path: object, holder: str) -> None:
        self.path, self.holder = path, holder
        way_out = "wait for it, or stop that process"
        if holder.startswith(f"process {os.getpid()} "):
            way_out = (
                "that is this one: close the memory (`memory.close()`) before it is opened again"
            )
        super().__init__(f"memory at {path} is being written by {holder}; {way_out}")


class MemoryDamaged(SpanMemError):
    """The memory's own rows cannot be trusted; its views can always be rebuilt."""

    def __init__(self, path: object, what: str, *, way_out: str = "") -> None:
        self.path, self.what = path, what
        out = way_out or f"run `spanmem memory recover --memory {path}`"
        super().__init__(f"memory at {path} is damaged: {what}; {out}")


class FormatTooNew(SpanMemError):
    """The memory was written by a newer release."""

    def __init__(self, path: object, *, found: int, known: int) -> None:
        self.path, self.found, self.known = path, found, known
        super().__init__(
            f"memory at {path} has format {found}, and this SpanMem knows up to {known}; "
            "upgrade it with `pip install -U spanmem`"
        )


OTHER_PROMPTS = (
    "set encoder.query_prompt and encoder.passage_prompt to what it was written with, or index "
    "into another folder"
)
"""The way out where an encoder is the same, but what it puts before each text is not."""


OTHER_DIMENSIONS = (
    "set encoder.dimensions to the number behind its colon, or to null where there is none, or "
    "index into another folder"
)
"""The way out where an encoder is the same, but other numbers of its vectors are kept."""


OTHER_RECIPE = (
    "its modules, pooling or tokenizer have changed since, in the same folder: put those files "
    "back, or index into another folder"
)
"""The way out where an encoder's weights are the same, and its vectors are not."""


class EncoderMismatch(SpanMemError):
    """The memory's vectors come from another encoder than the one at hand."""

    def __init__(self, path: object, *, found: str, wanted: str, way_out: str = "") -> None:
        self.path, self.found, self.wanted = path, found, wanted
        out = way_out or "pass that encoder with --encoder, or index into another folder"
        if not way_out and weights_of(found) == weights_of(wanted) is not None:
            changed = recipe_of(found) not in (None, recipe_of(wanted))
            out = OTHER_RECIPE if changed else OTHER_DIMENSIONS
        super().__init__(
            f"memory at {path} was written with encoder {found!r}, but {wanted!r} is loaded; {out}"
        )


class StorageError(SpanMemError):
    """The operating system refused: no space, no permission, an I/O error."""


class ServiceError(SpanMemError):
    """A running service cannot be reached, or cannot answer now."""

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        """`status` is HTTP's, None where nothing came back; `retry_after` is in seconds."""
        self.status, self.retry_after = status, retry_after
        super().__init__(message)


class ModelError(SpanMemError):
    """A model folder or name cannot serve the purpose it was given for."""


_LONGEST = 200
"""Characters of what a library says."""


def first_line(error: Exception) -> str:
    """What a library says is wrong, short enough for a line of ours."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    words = line[: _LONGEST + 1].rpartition(" ")[0]
    if len(line) <= _LONGEST or len(words) < _LONGEST // 2:
        return line[:_LONGEST]
    return f"{words} …"


def missing_extra(extra: str, need: str) -> InputError:
    """The error for a library that an extra of the package brings: what needs it, and the way out.

    `need` is the first half of the sentence: `training needs accelerate`.
    """
    return InputError(f"{need}; install it with `pip install 'spanmem[{extra}]'`")
