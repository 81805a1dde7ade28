"""Books: their chapters in the order of the spine, without their table of contents."""

# ruff: noqa: E501 -- each document in a line

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.documents.epub import read_epub
from spanmem.indexer.documents.extracted import Extracted

CONTAINER = '<container><rootfiles><rootfile full-path="{}"/></rootfiles></container>'
XHTML = (
    '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" '
    'xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head><body>{}</body></html>'
)


def book(
    path: Path,
    pages: dict[str, str],
    *,
    root: str = "OPS/book.opf",
    more: str = "",
    **parts: str,
) -> Path:
    """A book of the pages, in their order; a page `nav...` is the table of contents."""
    folder = root.rpartition("/")[0]
    items = "".join(
        f'<item id="i{n}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml" '
        f'properties="{"nav" if name.startswith("nav") else ""}"/>'
        for n, name in enumerate(pages)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    opf = (
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Pump</dc:title>'
        f"<dc:creator>Ada Berg</dc:creator></metadata><manifest>{items}{more}</manifest>"
        f"<spine>{spine}</spine></package>"
    )
    with zipfile.ZipFile(path / "a.epub", "w") as new:
        new.writestr("META-INF/container.xml", CONTAINER.format(root))
        new.writestr(root, opf)
        for name, text in pages.items():
            new.writestr(f"{folder}/{name}".lstrip("/"), text)
        for name, text in parts.items():
            new.writestr(name, text)
    return path / "a.epub"


def read(path: Path, pages: dict[str, str], **more: str) -> Extracted:
    return read_epub(book(path, pages, **more))


def test_chapters_come_in_the_order_of_the_spine(tmp_path: Path) -> None:
    pages = {"z.xhtml": XHTML.format("<h1>One</h1>"), "a.xhtml": XHTML.format("<p>Two.</p>")}
    document = read(tmp_path, pages)
    assert (document.text, document.title) == ("One\n\nTwo.", "The Pump")
    assert document.metadata == {"author": "Ada Berg"}


VARIANTS = {
    "an empty title": (XHTML.format("<p>It is blue.</p>"), "It is blue."),
    "entities of HTML": ("<html><body><p>caf&eacute;&nbsp;au lait</p></body></html>", "café\u00a0au lait"),
    "no well-formed page": ("<html><body><p>a<br>b</body></html>", "a\nb"),
    "an empty anchor": (XHTML.format('<a id="x"/><p>b</p><script src="x"/><p>c</p>'), "b\n\nc"),
    "Latin letters": (XHTML.format("<p>Grüße</p>"), "Grüße"),
}  # fmt: skip


@pytest.mark.parametrize(("page", "text"), VARIANTS.values(), ids=VARIANTS.keys())
def test_a_page_says_what_it_shows(tmp_path: Path, page: str, text: str) -> None:
    assert read(tmp_path, {"a.xhtml": page}).text.replace("\u00a0", " ") == text.replace(
        "\u00a0", " "
    )


def test_the_table_of_contents_is_left_out(tmp_path: Path) -> None:
    pages = {
        "nav.xhtml": XHTML.format("<p>Chapter 1 ... 3</p>"),
        "a.xhtml": XHTML.format("<p>a</p>"),
    }
    assert read(tmp_path, pages).text == "a"


def test_names_with_blanks_and_a_root_at_the_top(tmp_path: Path) -> None:
    assert read(tmp_path, {"a b.xhtml": XHTML.format("<p>a</p>")}, root="book.opf").text == "a"


def test_a_chapter_that_is_not_there_is_passed_over(tmp_path: Path) -> None:
    path = book(tmp_path, {"a.xhtml": XHTML.format("<p>a</p>"), "b.xhtml": ""})
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist() if not name.endswith("b.xhtml")}
    with zipfile.ZipFile(path, "w") as new:
        for name, raw in parts.items():
            new.writestr(name, raw)
    assert read_epub(path).text == "a"


def test_a_locked_or_broken_book_is_told_in_one_line(tmp_path: Path) -> None:
    lock = {"META-INF/encryption.xml": "<a>http://ns.adobe.com/adept</a>"}
    with pytest.raises(InputError, match="locked against copying"):
        read(tmp_path, {"a.xhtml": "x"}, **lock)
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as new:
        new.writestr("META-INF/container.xml", CONTAINER.format("missing.opf"))
    with pytest.raises(InputError, match="does not say which of its parts is the book") as caught:
        read_epub(tmp_path / "a.epub")
    assert "\n" not in str(caught.value)
