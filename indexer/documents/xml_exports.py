"""Exports in XML (.xml) of Confluence's spaces and of MediaWiki: a document for each page.

XML says nothing of how it is to be read: any other is passed over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from ...core.compression import open_unpacked
from ...core.errors import InputError, first_line
from ..files import NoText
from .confluence import read_space, storage_markup
from .embedded import read_markup
from .extracted import Extracted
from .mediawiki import read_dump

__all__ = ["read_exports"]

_HEAD, _LARGEST = 8_192, 20_000_000
_ROOT = re.compile(rb"<(?![?!])([\w:-]{1,60})")
_STORAGE = re.compile(rb"<ac:[a-z]|<ri:[a-z]|xmlns:ac=")
_Opener = Callable[[], IO[bytes]]


def read_exports(path: Path, on_notice: Callable[[str], None]) -> Iterator[tuple[str, Extracted]]:
    """Each page of an export, with its id. What is left out is told, by kind.

    Raises NoText for XML of other makers, and InputError for what cannot be parsed.
    """
    left_out: Counter[str] = Counter()

    def on_left_out(what: str, number: int) -> None:
        left_out[what] += number

    with ExitStack() as stack:

        def opened() -> IO[bytes]:
            return stack.enter_context(open_unpacked(path))

        head = opened().read(_HEAD)
        try:
            yield from _pages(head, opened, path, on_left_out)
        except ValueError as error:
            why = first_line(error)
            raise InputError(f"{path}: no readable XML ({why}); export it again") from error
    if left_out:
        kinds = ", ".join(f"{number:,} {what}" for what, number in left_out.items())
        on_notice(f"{path}: not read: {kinds}")


def _pages(
    head: bytes, opened: _Opener, path: Path, on_left_out: Callable[[str, int], None]
) -> Iterator[tuple[str, Extracted]]:
    root = found[1] if (found := _ROOT.search(head)) else b""
    if root == b"mediawiki":
        yield from read_dump(opened, on_left_out)
    elif root == b"hibernate-generic":
        yield from read_space(opened, on_left_out)
    elif _STORAGE.search(head):
        storage = opened().read(_LARGEST + 1)
        if len(storage) > _LARGEST:
            most = f"{_LARGEST // 10**6} MB"
            raise InputError(f"{path}: a page of more than {most}; export its space, or cut it")
        yield "1", read_markup(storage_markup(storage.decode("utf-8", "replace")), path.name)
    else:
        what = "XML of no export that is known (Confluence's, MediaWiki's)"
        raise NoText(f"{path}: {what}; give it as text, JSON or HTML", path.suffix.lower())
