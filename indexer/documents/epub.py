"""EPUB: the chapters of a book, in the order of its spine, each read as a page of HTML."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .embedded import add_extracted, read_markup
from .extracted import Extracted, TextBuilder
from .packages import Package, local, parsed, read_package

__all__ = ["read_epub"]

_DC = "{http://purl.org/dc/elements/1.1/}"
_PAGES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}


def read_epub(path: Path) -> Extracted:
    """All chapters, without the table of contents. Raises InputError for what is no EPUB book."""
    return read_package(path, "EPUB book", _book)


def _book(package: Package) -> Extracted:
    locked = "META-INF/encryption.xml"
    if locked in package and b"adobe.com" in package.read(locked).replace(b"ns.adobe.com/pdf", b""):
        raise ValueError("it is locked against copying: unlock it first")
    place = _root_file(package)
    root = package.xml(place)
    items = {node.get("id", ""): node for node in root.iter("{*}item")}
    builder = TextBuilder()
    for reference in root.iter("{*}itemref"):
        item = items.get(reference.get("idref", ""))
        if item is None or reference.get("linear") == "no" or not _is_page(item):
            continue
        name = posixpath.join(posixpath.dirname(place), unquote(item.get("href", "")))
        name = posixpath.normpath(name.partition("#")[0])
        if name in package:
            add_extracted(builder, read_markup(_markup(package.read(name), name), name))
    title = " ".join((root.findtext(f".//{_DC}title") or "").split())
    authors = [" ".join((node.text or "").split()) for node in root.iter(_DC + "creator")]
    said = ", ".join(filter(None, authors))
    return builder.extracted(title, {"author": said} if said else {})


def _root_file(package: Package) -> str:
    for node in package.xml("META-INF/container.xml").iter("{*}rootfile"):
        if (place := str(node.get("full-path", ""))) in package:
            return place
    raise ValueError("it does not say which of its parts is the book")


def _is_page(item: Any) -> bool:
    properties = item.get("properties", "").split()
    return item.get("media-type") in _PAGES and "nav" not in properties


def _markup(raw: bytes, name: str) -> bytes | str:
    """XHTML as HTML, in which an empty `<title/>` does not swallow the page; as it is where it
    is not well-formed, or uses HTML's entities, as many books do."""
    import lxml.etree as etree

    try:
        root = parsed(raw, name)
    except ValueError:
        return raw
    for node in root.iter():
        if local(node):
            node.tag = local(node)
    etree.cleanup_namespaces(root)
    return str(etree.tostring(root, method="html", encoding="unicode"))
