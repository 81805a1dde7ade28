"""XML of any size, read element by element: nothing is expanded or fetched, little is held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from ...core.errors import first_line

__all__ = ["elements"]


_CONTROLS = bytes(32 if b < 32 and b not in (9, 10, 13) else b for b in range(256))


class _Allowed:
    """A file without the controls that XML does not allow, but that programs write into it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._wide = file, False

    def read(self, size: int) -> bytes:
        part = self._file.read(size)
        self._wide = self._wide or part[:2] in (b"\xff\xfe", b"\xfe\xff")  # UTF-16 holds NULs
        return part if self._wide else part.translate(_CONTROLS)


def elements(file: IO[bytes], name: str) -> Iterator[Any]:
    """The elements of this name below the root, in whatever namespace, each gone when the next is
    asked for. Controls that XML does not allow are blanks. Raises ValueError for no XML."""
    import lxml.etree as etree

    try:
        # Texts of more than 10 MB are allowed; their depth is bounded all the same.
        events = etree.iterparse(
            _Allowed(file), events=("end",), tag=(name, f"{{*}}{name}"), resolve_entities=False,
            no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for _, node in events:
            yield node
            node.clear()
            while node.getprevious() is not None:
                del node.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise ValueError(first_line(error)) from error
