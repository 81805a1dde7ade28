"""Versions of the packages and the kind of machine that a benchmark ran on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

__all__ = ["about_machine", "installed"]

_ABSENT = "0+uninstalled"
_ENGINES = ("openvino", "onnxruntime")
"""They compute models where they are installed (the extra `fast`)."""
_PACKAGES = (
    "spanmem",
    "torch",
    "transformers",
    "sentence-transformers",
    "faiss-cpu",
    "tantivy",
    "numpy",
)


def installed(name: str = "spanmem") -> str:
    """The installed version of a distribution; `0+uninstalled` where only its code is there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return _ABSENT


def about_machine() -> dict[str, Any]:
    """Versions and the kind of machine, without any name that tells whose it is."""
    return {
        "versions": {
            "python": platform.python_version(),
            **{name: installed(name) for name in _PACKAGES},
            **{name: known for name in _ENGINES if (known := installed(name)) != _ABSENT},
        },
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
    }
