"""Ready-made settings, packaged as YAML: `cpu`, `gpu`, `spanbert-base`, `spanbert-large`.

The files beside these that begin with `train-` are recipes for `spanmem train`, and those that
begin with `benchmark-` grids for `spanmem benchmark grid`.
"""

from __future__ import annotations

from importlib.resources import files

__all__ = ["grids", "profiles", "read", "recipes"]

_NO_SETTINGS = ("benchmark-", "train-")


def profiles() -> tuple[str, ...]:
    """Names of the packaged settings, sorted."""
    return tuple(name for name in _names() if not name.startswith(_NO_SETTINGS))


def grids() -> tuple[str, ...]:
    """Names of the packaged benchmark grids, sorted."""
    return tuple(name for name in _names() if name.startswith("benchmark-"))


def recipes() -> tuple[str, ...]:
    """Names of the packaged training recipes, sorted."""
    return tuple(name for name in _names() if name.startswith("train-"))


def read(name: str) -> str:
    """The YAML text of a packaged file, named without its suffix. KeyError if there is none."""
    if name not in _names():
        raise KeyError(name)
    return files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def _names() -> tuple[str, ...]:
    entries = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name[: -len(".yaml")] for name in entries if name.endswith(".yaml")))
