"""Plugins: stores, readers and encoders that other packages bring, found by their entry points.

A package names what it brings in its metadata, under `spanmem.stores`, `spanmem.readers` or
`spanmem.encoders`; `docs/extending.md` shows how. The metadata is read when a name is met that may
be a plugin's, and the plugin's own code is imported when that name is its.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, TypeAlias

from ..core.arguments import brief, refused
from ..core.encoder_names import same_space
from ..core.errors import OTHER_PROMPTS, EncoderMismatch, InputError, SpanMemError, first_line

if TYPE_CHECKING:
    from ..indexer.encoders.encoder import Encoder
    from ..memory.protocol import PassageStore

__all__ = ["Maker", "find_plugin", "must_fulfil", "must_match", "plugin_names"]

Maker: TypeAlias = Callable[..., Any]
"""Makes a store, a reader or an encoder from what names it and the settings."""


_WAY_OUT = "update that package, or name something else"


def plugin_names(group: str) -> list[str]:
    """Names of the installed plugins of a group, in alphabetical order."""
    return sorted(entry_points(group=group).names)


def find_plugin(group: str, name: str) -> Maker | None:
    """What makes the things that plugin `name` brings; None where there is no such plugin.

    Raises InputError for a plugin that cannot be loaded, and where two packages bring one of this
    name. The function returned raises InputError in place of whatever the plugin raises, but for
    errors of ours.
    """
    points = list({point.value: point for point in entry_points(group=group, name=name)}.values())
    if not points:
        return None
    if len(points) > 1:
        packages = " and ".join(map(_package, points))
        raise InputError(f"{packages} both bring {name!r} for {group}; uninstall one of them")
    (point,) = points
    try:
        make = point.load()
    except Exception as error:
        what = f"cannot be loaded ({_short(error)})"
        raise InputError(f"{_described(point)} {what}; {_WAY_OUT}") from error
    if not callable(make):
        raise InputError(f"{_described(point)} is no function but {brief(make)}; {_WAY_OUT}")
    return _guarded(point, make)


def must_fulfil(thing: object, protocol: type, kind: str) -> None:
    """Raise InputError where `thing` lacks something that the protocol promises.

    A name, or a class that was not called, is an ArgumentError.
    """
    if isinstance(thing, str | bytes | type):
        way = f" (settings name one by {kind}.model)" if kind in ("encoder", "reader") else ""
        raise refused(kind, thing, f"the {kind} itself{way}")
    promised = {
        name
        for base in protocol.__mro__
        if getattr(base, "_is_protocol", False)
        for name in vars(base)
        if not name.startswith("_")
    }
    if missing := sorted(name for name in promised if not hasattr(thing, name)):
        raise InputError(
            f"{brief(thing)} is no {kind}: it lacks {', '.join(missing)}; "
            f"{protocol.__module__}.{protocol.__name__} says what each one has"
        )


def must_match(memory: PassageStore, encoder: Encoder) -> None:
    """Raise EncoderMismatch where the memory's vectors are not those that `encoder` makes."""
    if not same_space(memory.encoder, encoder.name):
        raise EncoderMismatch(memory.path, found=memory.encoder, wanted=encoder.name)
    if encoder.prompts != memory.prompts:
        raise EncoderMismatch(
            memory.path,
            found=memory.prompts.beside(memory.encoder),
            wanted=encoder.prompts.beside(encoder.name),
            way_out=OTHER_PROMPTS,
        )


def _guarded(point: EntryPoint, make: Maker) -> Maker:
    def guarded(*arguments: Any) -> Any:
        try:
            return make(*arguments)
        except SpanMemError:
            raise
        except Exception as error:
            raise InputError(f"{_described(point)} failed ({_short(error)}); {_WAY_OUT}") from error

    return guarded


def _described(point: EntryPoint) -> str:
    """`the plugin 'sky' of sky-store 1.2 (sky_store:open_sky)`."""
    return f"the plugin {point.name!r} of {_package(point)} ({point.value})"


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown package"


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error)}"
