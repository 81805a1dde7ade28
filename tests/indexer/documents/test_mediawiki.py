"""MediaWiki: wikitext as its pages show it, and the pages of a dump."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

import bz2
import html
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.corpus import read_documents
from spanmem.indexer.documents.mediawiki import read_wiki
from spanmem.indexer.documents.wikitext import wiki_markup
from spanmem.indexer.files import ReadLog

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=1, max_size=5)


def read(folder: Path, text: str) -> str:
    path = folder / "oven.wiki"
    path.write_text(text, encoding="utf-8", newline="")
    return read_wiki(path).text


PARTS = {
    "type": ("The '''hot''' ''oven'' <b>glows</b>.", "The hot oven glows."),
    "links": ("A [[heat|hot]] [[oven]], [[Alpha (pump)|]].", "A hot oven, Alpha."),
    "addresses": ("See [https://o.example the page], [https://x.example] and https://q.example/a_b.", "See the page, https://x.example and https://q.example/a_b."),
    "headings": ("== Heat ==\nHot.", "Heat\n\nHot."),
    "lists": ("* One.\n** Two.\n# Three.\n: Four.", "One.\n\nTwo.\n\nThree.\n\nFour."),
    "definitions": (";Weight: 12 kg\n;Price\n:300 euros", "Weight: 12 kg\n\nPrice\n\n300 euros"),
    "notes": ('Hot.<ref>zz</ref><ref name="zz" /> Dry.<!-- zz -->', "Hot. Dry."),
    "pictures": ("Hot.\n[[File:zz.jpg|thumb|300px|alt=zz|An [[oven]] at night]]", "Hot.\n\nAn oven at night"),
    "what shows nothing": ("Hot.\n[[Category:zz]] [[de:zz]] __NOTOC__ ~~~~", "Hot."),
    "literal text": ("<nowiki>[[a]] {{b}}</nowiki> <code>a_b</code>", "[[a]] {{b}} a_b"),
    "code": ('<syntaxhighlight lang="zz">\nrun {{x}} <all>\n</syntaxhighlight>', "run {{x}} <all>"),
    "signs": ("x<sup>2</sup>, 10&nbsp;km &amp; 3&#160;m", "x², 10 km & 3 m"),
    "templates that set type": ("{{nowrap|10 km}} {{lang|fr|bon}} {{convert|12|km|mi}}", "10 km bon 12 km"),
    "templates": ("It is hot{{zz|a}} and dry{{cite web|title=zz|url=zz}}.", "It is hot and dry."),
    "boxes": ("{{Infobox oven\n| heat = 90 [[degree]]s\n| owner = Ann\n}}\nHot.", "heat: 90 degrees.\nowner: Ann.\n\nHot."),
    "arguments": ("The fee is {{{fee|9 euros}}}.", "The fee is 9 euros."),
    "tables": ('{| class="zz"\n|+ Loads\n! scope="col" | Pan !! Heat\n|-\n| align=right | iron || 90\n|-\n| rowspan="2" | tin\n| 80\n|-\n| 70\n|}', "Loads\n\niron. Heat: 90.\ntin. Heat: 80.\ntin. Heat: 70."),
    "what is not closed": ("Hot [[a and {{b and <ref>c", "Hot a and b and c"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "shown"), PARTS.values(), ids=PARTS.keys())
def test_a_part_is_read_as_it_is_shown(tmp_path: Path, source: str, shown: str) -> None:
    assert read(tmp_path, source) == shown


@given(st.lists(WORDS, min_size=1, max_size=6), st.data())
def test_every_word_is_kept_and_no_mark(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]], data: st.DataObject
) -> None:
    forms = ("'''%s'''", "[[zz|%s]]", "* %s", "== %s ==", "%s{{zz}}", "{{nowrap|%s}}")
    source = [data.draw(st.sampled_from(forms)) % " ".join(line) for line in lines]
    text = read(tmp_path_factory.mktemp("w"), "\n\n".join(source))
    assert text.split() == [word for line in lines for word in line]


MARKS = ("{{", "}}", "[[", "]]", "{{{", "}}}", "|", "{|", "|-", "|}", "a", "==", "*", "<ref>", "\n")


@given(st.lists(st.sampled_from(MARKS)))
def test_no_mark_is_kept_closed_or_not(marks: list[str]) -> None:
    markup, _ = wiki_markup(" ".join(marks))
    assert "[[" not in markup
    assert "{{" not in markup


@pytest.mark.parametrize("part", ["{|\n|-\n| a\n", "<div>"])
def test_what_is_nested_too_deeply_is_refused_and_loses_no_other(tmp_path: Path, part: str) -> None:
    (tmp_path / "a.wiki").write_text(part * 5_000)
    (tmp_path / "b.wiki").write_text("Hot.")
    bad: list[str] = []
    texts = [d.text for d in read_documents([tmp_path], on_bad=lambda e, _: bad.append(str(e)))]
    assert texts == ["Hot."]
    assert bad == [f"{tmp_path / 'a.wiki'}: the HTML is nested too deeply; save it as text"]


def test_templates_that_are_not_carried_out_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.wiki"
    path.write_text("{{zz}} Hot. {{yy|1}}")
    assert read_wiki(path).notices == (f"{path}: 2 templates are not carried out",)


def dump(*entries: tuple[str, int, str]) -> str:
    parts = ['<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/">']
    for number, (title, space, text) in enumerate(entries, 1):
        old = "<revision><timestamp>2023-01-01T00:00:00Z</timestamp><text>Old.</text></revision>"
        new = f"<revision><timestamp>2024-01-01T00:00:00Z</timestamp><model>wikitext</model><text>{html.escape(text)}</text></revision>"
        parts.append(
            f"<page><title>{title}</title><ns>{space}</ns><id>{number}</id>{new}{old}</page>"
        )
    return "".join((*parts, "</mediawiki>"))


@pytest.mark.parametrize("name", ["wiki.xml", "pages-articles.xml.bz2"])
def test_pages_of_a_dump_are_read_in_their_newest_version(tmp_path: Path, name: str) -> None:
    pages = dump(
        ("Oven", 0, "The '''oven''' is hot."), ("Stove", 0, "#REDIRECT [[Oven]]"),
        ("Template:Fee", 10, "9"), ("Talk:Oven", 1, "Why?"), ("Help:Heat", 12, "Turn it."),
    ).encode()  # fmt: skip
    (tmp_path / name).write_bytes(bz2.compress(pages) if name.endswith("2") else pages)
    log = ReadLog()
    documents = [(d.id, d.title, d.text) for d in read_documents([tmp_path], log=log)]
    assert documents == [
        (f"{name}:1", "Oven", "The oven is hot."),
        (f"{name}:5", "Help:Heat", "Turn it."),
    ]
    assert log.notices == (f"{tmp_path / name}: not read: 1 redirects, 1 templates, 1 discussions",)
