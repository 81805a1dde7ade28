"""What nobody sees is left out; what a reader can open stays."""

from __future__ import annotations

import pytest

from spanmem.indexer.documents.html import page_from


def text(markup: str) -> str:
    return " ".join(page_from("a.html", markup.encode()).text.split())


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>gone</p>",
        "<p HIDDEN='hidden'>gone</p>",
        "<p style='color: red; DISPLAY : none !important'>gone</p>",
        "<p style='visibility:hidden'>gone</p>",
        "<p class='x hidden'>gone</p>",
        "<p class=d-none>gone</p>",
        "<style>/* .a{} */ .off , #b { display: none }</style><p class=off>gone</p><p id=b>x</p>",
        "<style>.off{text-decoration: red line-through}</style><p class=off>gone</p>",
        "<div class=side-panel hidden>gone</div>",
        "<template><p>gone</p></template>",
        "<dialog>gone</dialog>",
        "<div role=dialog aria-labelledby=t hidden>gone</div>",
        "<del>gone</del><s>gone</s><strike>gone</strike>",
        "<span style='text-decoration-line: line-through'>gone</span>",
        "<span class=line-through>gone</span>",
        "<div class=cookie-banner>gone</div>",
        "<noscript>gone</noscript><script>gone</script><svg><text>gone</text></svg>",
        "<i class=material-icons>gone</i>",
    ],
)
def test_what_is_hidden_or_struck_out_is_no_text(hidden: str) -> None:
    assert text(f"<p>Before.</p>{hidden}<p>After.</p>") == "Before. After."


@pytest.mark.parametrize(
    "shown",
    [
        "<div hidden=until-found>Here.</div>",
        "<details><summary>Q</summary>Here.</details>",
        "<button aria-controls=p>Quite a long title</button><div id=p hidden>Here.</div>",
        "<a data-bs-target='#p' href=x>Q</a><div id=p class=collapse hidden>Here.</div>",
        "<a href='#p'>Q</a><div id=p style='display:none'>Here.</div>",
        "<a onclick=\"show('p')\">Q</a><div id=p style='display:none'>Here.</div>",
        "<h3><button>Q</button></h3><div style='display:none'>Here.</div>",
        "<h3 role=button aria-expanded=false>Q</h3>\n<div hidden>Here.</div>",
        "<dl><dt>Q</dt><dd hidden>Here.</dd></dl>",
        "<div role=tabpanel hidden>Here.</div>",
        "<div class=faq-answer style='display:none'>Here.</div>",
        "<div><a>Q</a></div><div class='panel-body x' style='display:none'>Here.</div>",
        "<h2>How long?</h2>\n<div hidden>Here.</div>",
        "<li data-tab=t>Q</li><div id=t style='display:none'>Here.</div>",
        "<dialog open>Here.</dialog>",
        "<button commandfor=d>Size guide, please</button><dialog id=d>Here.</dialog>",
        "<p class='hidden md:block'>Here.</p>",
        "<style>.p{display:none}.p.open{display:block}</style><p class=p>Here.</p>",
        "<style>.p{display:none}</style><script>$('.p').show()</script><p class=p>Here.</p>",
        "<style>@media print{.p{display:none}}</style><p class=p>Here.</p>",
        "<style>@media (max-width:9em){.p{display:none}}</style><p class=p>Here.</p>",
        "<div style='visibility:hidden'><p style='visibility:visible'>Here.</p></div>",
        "<div aria-hidden=true>Here.</div>",
        "<ins>Here.</ins>",
        "<div class=cookie-recipes>Here.</div>",
    ],
)
def test_what_is_seen_or_can_be_opened_stays(shown: str) -> None:
    assert text(f"<p>Before.</p>{shown}").endswith("Here.")


def test_what_is_hidden_below_a_heading_that_asks_nothing_is_no_panel() -> None:
    assert text("<h2>Results</h2><div hidden>gone</div><p>After.</p>") == "Results After."


def test_a_text_for_screen_readers_stands_for_what_is_hidden_from_them() -> None:
    price = "<span class=sr-only>9.50 euros</span><span aria-hidden=true>9<sup>50</sup></span>"
    assert text(f"<p>It costs {price}.</p>") == "It costs 9.50 euros."
    assert text("<a href=x>Desk<span class=sr-only> (new tab)</span></a>") == "Desk"


def test_a_page_that_is_hidden_until_its_script_ran_is_read() -> None:
    assert text("<body style='display:none'><p>Here.</p>") == "Here."
