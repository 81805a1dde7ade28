"""Which release of what is at hand."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["installed"]


def installed(name: str = "spanmem") -> str:
    """The installed version of a distribution; `0+uninstalled` where only its code is there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "0+uninstalled"
