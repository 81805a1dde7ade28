"""HTML: what a reader of the page sees, and pages that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.documents.html import read_html


def page(path: Path, markup: str | bytes) -> tuple[str, str]:
    """Text and title of a page."""
    path.write_bytes(markup if isinstance(markup, bytes) else markup.encode())
    document = read_html(path)
    return document.text, document.title


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.html"


def test_it_is_what_a_reader_sees(path: Path) -> None:
    text, title = page(
        path,
        "<html><head><title> The  mill </title><style>p{}</style></head><body><nav>Home</nav>"
        "<h1>Mill &amp; wheel</h1><p>Built <b>in</b>\n1912.<br>By two brothers.</p>"
        "<ul><li>rye</li><li>oats</li></ul><script>x()</script>"
        "<table><tr><th>Weight</th><td>9 kg</td></tr></table><footer>Imprint</footer></body>",
    )
    assert title == "The mill"
    assert text == (
        "Mill & wheel\n\nBuilt in 1912.\nBy two brothers.\n\nrye\n\noats\n\nWeight: 9 kg"
    )


def test_the_first_heading_stands_in_for_a_title(path: Path) -> None:
    assert page(path, "<title> </title><h1>Mill</h1><p>x</p>") == ("Mill\n\nx", "Mill")
    assert page(path, "<p>x</p>") == ("x", "")


def test_a_table_in_a_table_is_read_once(path: Path) -> None:
    inner = "<table><tr><th>Price</th><td>5 euros</td></tr></table>"
    assert page(path, f"<table><tr><td>{inner}</td></tr></table>")[0] == "Price: 5 euros"


@pytest.mark.parametrize(
    ("charset", "named"),
    [
        ("latin-1", '<meta charset="iso-8859-1">'),
        ("cp1251", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'),
        ("utf-8", '<meta charset="utf-8">'),
        ("utf-8-sig", ""),
    ],
)
def test_a_page_is_decoded_by_the_charset_it_names(path: Path, charset: str, named: str) -> None:
    word = "мельница" if charset == "cp1251" else "Mühle"
    assert page(path, f"{named}<p>{word}</p>".encode(charset))[0] == word


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        (b"<meta charset=undefined><p>x</p>", "not undefined text"),
        (b"<meta charset=punycode><p>\xff</p>", "not punycode text"),
        (b"<p>\xff</p>", "not utf-8 text .* convert it to UTF-8"),
        (b"<p>\0</p>", "binary data, not HTML"),
        (b"<div>" * 5000 + b"x", "nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_named(path: Path, markup: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        page(path, markup)
