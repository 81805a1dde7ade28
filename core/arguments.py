"""Validation of arguments at the public calls: each is told at once, by name, what it should be.

    @takes(scope=text, last=optional(count(1)))
    def turns(self, scope: str, *, last: int | None = None) -> list[Turn]: ...

A kind gives the value back as the call uses it: NumPy's scalars as Python's, what can be gone
through once as a list. What is of another type is an ArgumentError, which is a TypeError, too; a
value out of range is an InputError. Neither prints more than a line of what it was given.
"""

from __future__ import annotations

import inspect
import io
import math
import os
import reprlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar, cast

from . import times
from .errors import ArgumentError, InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "MOST",
    "Kind",
    "brief",
    "choice",
    "conditions",
    "count",
    "flag",
    "function",
    "instance",
    "instances",
    "instant",
    "optional",
    "path",
    "paths",
    "plain",
    "refused",
    "string",
    "takes",
    "text",
    "texts",
    "time",
    "unit_vector",
]

Kind: TypeAlias = Callable[[str, Any], Any]
"""From an argument's name and value to the value as it is used. Raises InputError."""

P = ParamSpec("P")
R = TypeVar("R")

MOST = 10**9
"""No count is larger: databases and indexes know no such numbers."""
_SHOWN = 60
"""Characters of a refused value that a message repeats."""


def takes(**kinds: Kind) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check the arguments of these names before the call; defaults are left alone."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        if unknown := kinds.keys() - signature.parameters.keys():
            raise TypeError(f"{function.__qualname__} has no {', '.join(sorted(unknown))}")

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            for name, value in bound.arguments.items():
                if name in kinds:
                    bound.arguments[name] = kinds[name](name, value)
            return function(*bound.args, **bound.kwargs)

        return checked

    return decorate


def refused(name: str, value: object, wanted: str) -> ArgumentError:
    """The error for a value of a wrong type; `wanted` goes on from "give"."""
    kind = "" if value is None else f", of type {type(value).__name__}"
    return ArgumentError(f"{name} is {brief(value)}{kind}; give {wanted}")


def brief(value: object) -> str:
    """What a value looks like, in a part of one line."""
    return " ".join(reprlib.repr(value).split())[:_SHOWN]


def optional(kind: Kind) -> Kind:
    """That kind, or None."""
    return lambda name, value: None if value is None else kind(name, value)


def string(name: str, value: Any) -> str:
    """Text of any characters."""
    if not isinstance(value, str):
        hint = " (decode the bytes first)" if isinstance(value, bytes | bytearray) else ""
        raise refused(name, value, f"text{hint}")
    return str(value)


def text(name: str, value: Any) -> str:
    """Text of any characters where "" stands for none, which None does not.

    A program that has lost a customer's name must not speak for all customers.
    """
    if value is None:
        raise refused(name, value, 'text, or "" for none')
    return string(name, value)


def texts(name: str, value: Any) -> list[str]:
    """Texts, gone through once; one text alone, which is a row of letters, is refused."""
    items = list(_several(name, value, "a list of texts"))
    for i, item in enumerate(items):
        if not isinstance(item, str):
            string(f"{name}[{i}]", item)
    return [str(item) for item in items]


def instance(*types: type, wanted: str) -> Kind:
    """A value of one of the types."""

    def kind(name: str, value: Any) -> Any:
        if not isinstance(value, types):
            raise refused(name, value, wanted)
        return value

    return kind


def instances(of: type | tuple[type, ...], wanted: str) -> Kind:
    """Values of a type, or of one of several, gone through once."""

    def kind(name: str, value: Any) -> list[Any]:
        items = list(_several(name, value, wanted))
        for i, item in enumerate(items):
            if not isinstance(item, of):
                raise refused(f"{name}[{i}]", item, wanted)
        return items

    return kind


def count(least: int) -> Kind:
    """A whole number from `least` on; true and false are none."""

    def kind(name: str, value: Any) -> int:
        number = plain(value)
        if isinstance(number, bool) or not isinstance(number, int):
            raise refused(name, value, f"a whole number, {least} or more")
        if number < least:
            raise InputError(f"{name} is {number}; give {least} or more")
        if number > MOST:
            raise InputError(f"{name} is {brief(number)}; give {MOST:,} at most")
        return number

    return kind


def flag(name: str, value: Any) -> bool:
    """True or False: a text such as "no" would count as true."""
    truth = plain(value)
    if not isinstance(truth, bool):
        raise refused(name, value, "True or False")
    return truth


def function(name: str, value: Any) -> Callable[..., Any]:
    """What can be called."""
    if not callable(value):
        raise refused(name, value, "a function")
    return cast("Callable[..., Any]", value)


def choice(*names: str) -> Kind:
    """One of these texts."""

    def kind(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise refused(name, value, " or ".join(map(repr, names)))
        return str(value)

    return kind


def path(name: str, value: Any) -> str | Path:
    """A file or folder, or what names one: text stays text, since it may be a URL."""
    if isinstance(value, os.PathLike) and not isinstance(value, Path):
        value = os.fspath(value)
    if not isinstance(value, str | Path):
        hint = " (os.fsdecode makes it of bytes)" if isinstance(value, bytes) else ""
        raise refused(name, value, f"a path as text or pathlib.Path{hint}")
    if value == "":
        raise InputError(f"{name}: a path is empty; name a file or folder (is a variable not set?)")
    if "\0" in str(value):
        raise InputError(f"{name} holds the character NUL, which no path does; leave it out")
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        raise InputError(f"{name} holds half a character, which no path does here") from None
    if str(value) == "~" or str(value).startswith("~" + os.sep):
        # The shell does so too, but not with what stands behind `--memory=`.
        value = type(value)(Path(value).expanduser())
    return value if isinstance(value, Path) else str(value)


def paths(name: str, value: Any) -> tuple[str | Path, ...]:
    """One path or several, gone through once."""
    if isinstance(value, str | os.PathLike):
        return (path(name, value),)
    if isinstance(value, io.IOBase):
        raise refused(name, value, "the path of the file: what is open is not read")
    wanted = "a path, or a list of them"
    return tuple(path(name, item) for item in _several(name, value, wanted))


def time(name: str, value: Any) -> str:
    """A text, read as a time later, or that of a datetime.

    A datetime without a zone is refused: by Python's rules it is local time, by ours UTC.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InputError(
                f"{name} is a datetime without a time zone, {value}; make it one in UTC, such as "
                "datetime.now(UTC)"
            )
        return value.isoformat()
    if not isinstance(value, str):
        raise refused(name, value, "a datetime with its zone, or a text such as 2026-11-23T20:00")
    return str(value)


def instant(name: str, value: Any) -> str:
    """A `time` in its stored form; a text is of ISO 8601, in UTC where it names no zone."""
    return times.moment(time(name, value))


def conditions(name: str, value: Any) -> dict[str, Any]:
    """What documents' metadata must be: a mapping of texts to values, lists and comparisons."""
    if not isinstance(value, Mapping):
        raise refused(name, value, 'a mapping, such as {"lang": "en"}')
    return {
        string(f"a key of {name}", key): _condition(f"{name}[{key!r}]", v)
        for key, v in value.items()
    }


def _condition(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {string(f"a key of {name}", k): _condition(name, v) for k, v in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        return [_condition(name, item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    scalar = plain(value)
    if isinstance(scalar, float) and math.isnan(scalar):
        raise InputError(f"{name} is not a number, with which nothing compares; leave it out")
    return scalar


def unit_vector(name: str, value: Any) -> NDArray[np.float32]:
    """Finite numbers of one dimension, float32, shape (dim,)."""
    import numpy as np

    try:
        with np.errstate(over="ignore"):
            array = np.ascontiguousarray(value, np.float32)
    except (TypeError, ValueError):
        raise refused(name, value, "an array of numbers") from None
    if not np.isfinite(array).all():
        raise InputError(f"{name} holds numbers that are not finite; encode the text again")
    return array


def plain(value: Any) -> Any:
    """A scalar of NumPy's or of a like library as Python's own; anything else as it is."""
    if isinstance(value, bool | int | float | str | None) or not hasattr(value, "dtype"):
        return value
    return value.item() if getattr(value, "shape", None) == () else value


def _several(name: str, value: Any, wanted: str) -> Iterable[Any]:
    """What can be gone through, but for texts, bytes and mappings."""
    if isinstance(value, str | bytes | bytearray | Mapping):
        raise refused(name, value, wanted)
    try:
        return cast("Iterable[Any]", iter(value))
    except TypeError:
        raise refused(name, value, wanted) from None
