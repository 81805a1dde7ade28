"""SpanMem answers questions verbatim, with the place it read the answer, or says it does not know.

    import spanmem

    memory = spanmem.index("docs/", into="support.memory")
    with spanmem.QA(memory) as qa:
        print(qa.ask("How long is the warranty?"))

Everything here is imported on first use, so that `import spanmem` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.errors import SpanMemError
    from .evaluation.benchmark import benchmark
    from .memory.store import Memory
    from .pipeline.adding import add, remove
    from .pipeline.answers import Answer
    from .pipeline.indexing import index
    from .pipeline.qa import QA
    from .pipeline.session import Session
    from .pipeline.settings import Settings

    __version__: str

__all__ = [
    "QA",
    "Answer",
    "Memory",
    "Session",
    "Settings",
    "SpanMemError",
    "__version__",
    "add",
    "benchmark",
    "index",
    "remove",
]

if find_spec(f"{__name__}.core") is None:
    raise ImportError(
        "spanmem's rooms are missing: this checkout lacks the links in spanmem/; make them with "
        "`git config core.symlinks true && git checkout -- spanmem`, or `pip install .`"
    )

_HOMES = {
    "Answer": ".pipeline.answers",
    "Memory": ".memory.store",
    "QA": ".pipeline.qa",
    "Session": ".pipeline.session",
    "Settings": ".pipeline.settings",
    "SpanMemError": ".core.errors",
    "add": ".pipeline.adding",
    "benchmark": ".evaluation.benchmark",
    "index": ".pipeline.indexing",
    "remove": ".pipeline.adding",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from .evaluation.environment import installed

        return installed()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
