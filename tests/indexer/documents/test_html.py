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
        "Mill & wheel\n\nBuilt in 1912.\nBy two brothers.\n\nrye\n\noats\n\nWeight: 9 kg."
    )


def test_the_first_heading_stands_in_for_a_title(path: Path) -> None:
    assert page(path, "<title> </title><h1>Mill</h1><p>x</p>") == ("Mill\n\nx", "Mill")
    assert page(path, "<p>x</p>") == ("x", "")
    assert page(path, "<svg><title>Icon</title></svg><h1>Mill</h1>")[1] == "Mill"


def test_a_table_in_a_table_is_read_once(path: Path) -> None:
    inner = "<table><tr><th>Price</th><td>5 euros</td></tr></table>"
    assert page(path, f"<table><tr><td>{inner}</td></tr></table>")[0] == "Price: 5 euros."


def test_rows_are_told(path: Path) -> None:
    path.write_text("<p>a</p><table><tr><th>B<th>C<tr><td>b<td>c</table>")
    document = read_html(path)
    ((start, end),) = document.rows
    assert document.text[start:end] == "b. C: c."


def test_a_page_in_another_encoding_is_read(path: Path) -> None:
    assert (
        page(path, '<meta charset="windows-1251"><p>мельница</p>'.encode("cp1251"))[0] == "мельница"
    )


def test_empty_elements_of_xhtml_hold_nothing(path: Path) -> None:
    markup = '<?xml version="1.0"?><html xmlns="x"><head><title/><script src="a"/></head>'
    assert page(path, markup + '<body><a id="x"/><p class="a"/><p>Text.</p></body>')[0] == "Text."
    assert page(path, "<div/>in it")[0] == "in it"  # as HTML has it


def test_a_page_of_navigation_alone_is_read(path: Path) -> None:
    assert page(path, "<nav><ul><li>Opening hours</ul></nav>")[0] == "Opening hours"
    assert page(path, "<noscript><p>Open on Sunday.</p></noscript>")[0] == "Open on Sunday."


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        (b"<p>\0</p>", "binary data, not HTML"),
        (b"<div>" * 5_000 + b"x", "nested too deeply"),
        (b"<ul><li>" * 100_000 + b"x", "nested too deeply"),
        (b"<span>" * 100_000 + b"x", "nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_named(path: Path, markup: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        page(path, markup)


@pytest.mark.parametrize("tag", ["p", "li", "br", "p><b", "td", "a"])
def test_elements_that_close_themselves_are_not_deep(path: Path, tag: str) -> None:
    markup = f"<table><tr><td>{f'<{tag}>x' * 5_000}"
    assert page(path, markup)[0].count("x") >= 5_000
