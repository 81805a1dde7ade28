"""Zip packages of XML parts (OOXML, OpenDocument, EPUB), unpacked and parsed within bounds.

A few bytes can stand for gigabytes: in the zip, in entities of the XML, in what is nested without
end. Parts are read one by one, no further than to the size they declare; none defines an entity
of its own that is used; and the parser refuses what is nested deeper than 256 elements.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ...core.errors import InputError, first_line
from .extracted import Extracted

__all__ = ["Package", "Relation", "local", "parsed", "parser", "read_package"]

_BYTES = 100_000_000
"""Of XML in a package, unpacked; its tree takes up to ten times as much memory."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/([A-Za-z]{1,40})/")
_TRANSITIONAL = rb"http://schemas.openxmlformats.org/\1/2006/"


@dataclass(frozen=True, slots=True)
class Relation:
    """What one part of an OOXML package refers to."""

    kind: str
    """The last word of its type: `header`, `slide`, `footnotes`."""
    target: str
    """The part's name in the package."""


class Package:
    """The parts of a zip package, by name. Raises ValueError where they are too many bytes."""

    def __init__(self, file: IO[bytes], limit: int = _BYTES) -> None:
        self._zip = zipfile.ZipFile(file)
        self._left = self._limit = limit
        self._names = {name.lstrip("/"): name for name in self._zip.namelist()}
        self._folded = {name.lower(): name for name in self._names}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._folded

    def names(self) -> list[str]:
        """Of all parts."""
        return list(self._names)

    def read(self, name: str) -> bytes:
        """A part's bytes. Raises KeyError where there is no such part."""
        size = self._zip.getinfo(self._names[self._folded[name.lower()]]).file_size
        with self.stream(name) as stream:
            return stream.read(size)  # it may unpack to more than it declares

    @contextmanager
    def stream(self, name: str) -> Generator[IO[bytes]]:
        """A part to be read bit by bit; what it declares counts as read."""
        info = self._zip.getinfo(self._names[self._folded[name.lower()]])
        self._left -= info.file_size
        if self._left < 0:
            total = self._limit - self._left
            raise ValueError(f"{total:,} bytes of text, and at most {self._limit:,} are read")
        with self._zip.open(info) as stream:
            yield stream

    def xml(self, name: str) -> Any:
        """A part's root element. Raises KeyError, or ValueError for what is no XML part."""
        return parsed(self.read(name), name)

    def relations(self, part: str = "") -> dict[str, Relation]:
        """What an OOXML part refers to inside the package, by relation id; "" is the package."""
        folder, name = posixpath.split(part)
        place = posixpath.join(folder, "_rels", f"{name}.rels")
        if place not in self:
            return {}
        relations: dict[str, Relation] = {}
        for node in self.xml(place):
            target, kind = node.get("Target", ""), node.get("Type", "").rpartition("/")[2]
            if node.get("TargetMode") != "External" and target:
                inside = target[1:] if target.startswith("/") else posixpath.join(folder, target)
                relations[node.get("Id", "")] = Relation(kind, posixpath.normpath(inside))
        return relations

    def main(self, kind: str = "officeDocument") -> str:
        """The name of an OOXML package's main part. Raises ValueError where it names none."""
        for relation in self.relations().values():
            if relation.kind == kind and relation.target in self:
                return relation.target
        raise ValueError("it does not say which of its parts is the document")


def parsed(raw: bytes, name: str) -> Any:
    """The root element of an XML part; ISO's strict namespaces become the usual ones.

    Raises ValueError where it defines entities, is nested too deeply, or is no XML.
    """
    import lxml.etree as etree

    if _STRICT.search(raw, 0, 10_000):
        raw = _STRICT.sub(_TRANSITIONAL, raw)
    try:
        root = etree.fromstring(raw, parser())
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{name}: {first_line(error)}") from error
    document = root.getroottree().docinfo.internalDTD
    if document is not None and any(True for _ in document.iterentities()):
        raise ValueError(f"{name} defines entities")
    return root


def parser() -> Any:
    """An XML parser that fetches and expands nothing, and refuses what is nested too deeply."""
    import lxml.etree as etree

    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def local(node: Any) -> str:
    """An element's name without its namespace; "" for what is no element."""
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def read_package(path: Path, kind: str, read: Callable[[Package], Extracted]) -> Extracted:
    """What `read` makes of the package. Raises InputError, which calls it `kind`, for whatever is
    wrong with it."""
    with path.open("rb") as file:
        try:
            if file.read(len(_OLE)) == _OLE:
                raise ValueError(_ole(file.read(1_000_000)))
            file.seek(0)
            return read(Package(file))
        except InputError:
            raise
        except Exception as error:  # damaged files fail anywhere
            why = first_line(error)
            raise InputError(f"{path}: no readable {kind} ({why}); save it again") from error


def _ole(raw: bytes) -> str:
    if _ENCRYPTED in raw:
        return "it is locked with a password: unlock it first"
    return "it is of the formats before 2007"
