"""Regular expressions that are compiled when they are first used.

Of the hundreds that tell what an English question asks, an answer needs few; to compile all would
take a new process longer than to read the passages.
"""

from __future__ import annotations

import re
from typing import Any, cast

__all__ = ["expression"]


def expression(source: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, made when one of its methods is first called.

    An error in `source` is raised then, too. Where another function wants a pattern, give it
    `source`: this is none to `isinstance`.
    """
    return cast("re.Pattern[str]", _Expression(source, flags))


class _Expression:
    def __init__(self, source: str, flags: int) -> None:
        self._source, self._flags = source, flags
        self._compiled: re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> Any:
        """Reached once for each name: from then on the method is the object's own."""
        if self._compiled is None:
            self._compiled = re.compile(self._source, self._flags)
        found = getattr(self._compiled, name)
        setattr(self, name, found)
        return found
