"""Libraries that trainings alone need: the extra `train`, checked before anything is loaded."""

from __future__ import annotations

from importlib.util import find_spec

from ...core.errors import InputError

__all__ = ["require_training"]

_LIBRARIES = ("accelerate", "tensorboard")


def require_training() -> None:
    """Raise InputError, which says what to install, where a library of the extra is missing."""
    absent = [name for name in _LIBRARIES if find_spec(name) is None]
    if absent:
        names = " and ".join(absent)
        raise InputError(f"training needs {names}; install it with `pip install 'spanmem[train]'`")
