"""The walk over a page: forms, buttons, boilerplate, images, lines; and that it is linear."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.indexer.documents import flow, raised
from spanmem.indexer.documents.html import page_from


def text(markup: str) -> str:
    return page_from("a.html", markup.encode()).text


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("<form><p>42 euros.</p><button>Send</button></form>", "42 euros."),
        (
            "<fieldset><legend>Fee</legend><label>Name <input value='Ida'></label></fieldset>",
            "Fee\n\nName Ida",
        ),
        ("<label>Pin<input type=password value=x></label><input type=hidden value=y>", "Pin"),
        ("<select><option>One<option selected>Two</select>", "Two"),
        ("<label><input type=radio checked>A</label><label><input type=radio>B</label>", "☑ A B"),
        ("<textarea>Ring.\nTwice.</textarea>", "Ring.\nTwice."),
        ("<h2><button>Parcels</button></h2><p>Free.</p>", "Parcels\n\nFree."),
        ("<button aria-expanded=false>Pets</button><div>Yes.</div>", "Pets\n\nYes."),
        ("<button>Call the desk at night</button><button>OK</button>", "Call the desk at night"),
        ("<details><summary>Fees</summary>9 euros</details>", "Fees\n\n9 euros"),
        (
            "<table><tr><th><button>Van</button><th><button>Rate</button><tr><td>Uhu<td>9</table>",
            "Uhu. Rate: 9.",
        ),
    ],
)
def test_forms_and_buttons_hold_text(markup: str, plain: str) -> None:
    assert text(markup) == plain


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        (
            "<footer><p>Pier 4, Orsa</p><a href=x>Terms of use</a><p>© 2024 Holm</p></footer>",
            "Pier 4, Orsa",
        ),
        ("<footer><a href='mailto:a@b.example'>a@b.example</a></footer>", "a@b.example"),
        ("<article><footer>By Ida</footer></article>", "By Ida"),
        ("<nav><a href=x>Home</a><main><h1>Mill</h1></main>", "Home\n\nMill"),
        ("<h1>Mill<a class=headerlink href='#m'>¶</a></h1>", "Mill"),
        ("<h1>Mill <a href='#m'>#</a></h1>", "Mill"),
        ("<a class=skip-link href='#m'>Skip</a><p>x</p>", "x"),
        ("<li>Papers. <a href='#r' class=footnote-backref>↩</a>", "Papers."),
    ],
)
def test_boilerplate_goes_and_what_people_ask_for_stays(markup: str, plain: str) -> None:
    assert text(f"<div>{markup}</div>") == plain


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("<p>A<img alt='The mill by the lake'>B</p>", "A B\n\nThe mill by the lake"),
        ("<p>A<img alt=logo><img alt='a b c.png'>B</p>", "A B"),
        ("<p>I <img class=emoji alt=♥> it</p>", "I ♥ it"),
        ("<h1><img alt=Holm></h1><p>x</p>", "Holm\n\nx"),
        ("<p>sn&shy;ow a<wbr>b c\u200bd</p>", "snow ab cd"),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        ("<p>a <abbr title='long name'>LN</abbr></p>", "a LN"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "漢(kan)"),
        ("<p>5&#150;7 &amp;lt; &#x80;9</p>", "5–7 &lt; €9"),
        (
            "<p>in 1848<sup id=cite_ref-1><a href='#n'>[1]</a></sup> and</p>",
            "in 1848 and",
        ),
        ("<p>10<span style='vertical-align:super'>7</span> m</p>", "10⁷ m"),
        ("<p>15<sup><small>95</small></sup> €</p>", "15.95 €"),
        ("<p>1<sup>2<sup>3</sup></sup></p>", "1²³"),
        ("<p>in 1911<sup> 2 </sup>it</p>", "in 1911 it"),
    ],
)
def test_inline_text_is_what_is_seen(markup: str, plain: str) -> None:
    assert text(markup) == plain


NAMES = "div p ul li table tr td th b sup a button dl dt dd pre math sub"
TAGS = st.sampled_from(NAMES.split())


@settings(deadline=None)
@given(st.lists(st.tuples(TAGS, st.booleans()), max_size=40))
def test_no_visible_word_is_lost_however_tags_lie(tags: list[tuple[str, bool]]) -> None:
    words = [f"word{n}x" for n in range(len(tags))]
    parts = (
        f"<{'/' if closes else ''}{tag}> {word} and its own long text "
        for (tag, closes), word in zip(tags, words, strict=True)
    )
    plain = text("<body>" + "".join(parts))
    assert [word for word in words if word not in plain] == []


@pytest.mark.parametrize(
    "unit",
    [
        "<p>a</p>",
        "<b>a",
        "<tr><td>a<td>b",
        "<sup>6",
        "10<sup>6</sup> ",
        "<dt>a<dd>b",
        "<a href='#x'>#</a><div id=x hidden>a</div>",
        "<style>.a{display:none}/*</style>",
        "<!-- ",
        "<footer><p>a</p></footer>",
        "<img alt='a b c'>",
        "<math><msup><mn>1</mn>",
    ],
)
def test_work_grows_with_the_page(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entered = characters = 0
    enter, settle = flow._Walk.enter, raised.settled

    def counted(self: flow._Walk, node: object) -> None:
        nonlocal entered
        entered += 1
        enter(self, node)

    def settled(paragraph: str) -> str:
        nonlocal characters
        characters += len(paragraph)
        return settle(paragraph)

    monkeypatch.setattr(flow._Walk, "enter", counted)
    monkeypatch.setattr("spanmem.indexer.documents.flow.settled", settled)
    for number in (250, 1_000):
        entered = characters = 0
        page_from("a.html", f"<table>{unit * number}".encode())
        assert entered <= 12 * number + 10
        assert characters <= 24 * number + 10
