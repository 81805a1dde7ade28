# ruff: noqa: E501 - pages are written as pages
"""Pages of many makers with the facts a reader of each sees: which extraction keeps them?

    python benchmarks/webpages.py                         # this project's reader
    python benchmarks/webpages.py trafilatura html2text   # others, where they are installed

Each page names what its text must hold (`keeps`), what it must not (`never`: what is hidden, struck
out, or digits that were never beside each other) and the values of its tables (`cells`: row, column,
value). A cell counts as kept if one line says it: `Name. Column: value.`, or a Markdown row whose
value stands below its column. All is of our own writing.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Page:
    """A page and what a reader of it sees."""

    name: str
    kind: str
    markup: str | bytes
    keeps: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    cells: tuple[tuple[str, str, str], ...] = ()
    suffix: str = ".html"


def _table(*rows: str, more: str = "") -> str:
    return f"<table {more}>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


_FORMS = (
    Page(
        "help-centre",
        "forms",
        """<title>Help</title><nav><a href=/>Home</a></nav><main><h1>Help centre</h1>
<div class="accordion-item"><h3 class="accordion-header"><button class="accordion-button collapsed"
data-bs-toggle="collapse" data-bs-target="#c1" aria-expanded="false" aria-controls="c1">Parcels?
</button></h3><div id="c1" class="accordion-collapse collapse" hidden><p>Free above 30 euros.</p>
</div></div><div class="faq"><button aria-expanded="false">Refunds</button>
<div style="display: none"><p>Paid within 14 days.</p></div></div>
<form><button type="submit">Search</button><button>OK</button></form></main>""",
        ("Parcels?", "Free above 30 euros.", "Refunds", "Paid within 14 days."),
        ("Home", "Search", "OK"),
    ),
    Page(
        "aspnet",
        "forms",
        """<html><body><form id="aspnetForm" action="p.aspx"><input type=hidden name="__VIEWSTATE"
value="dDwtMTA4"><table id="layout" width="100%"><tr><td><div class="menu">Menu</div></td><td>
<h2>Moorings</h2><p>A mooring costs 310 euros a season.</p><p>The harbour master is Ida Falk.</p>
</td></tr></table><input type="submit" value="Postback"></form></body></html>""",
        ("Moorings", "A mooring costs 310 euros a season.", "harbour master is Ida Falk"),
        ("dDwtMTA4", "Postback"),
    ),
    Page(
        "profile-form",
        "forms",
        """<h1>Station record</h1><form><fieldset><legend>Station</legend><label>Height
<input type="text" value="412 m"></label><label for=k>Keeper</label><select id=k><option>Choose one
</option><option selected>Runa Vik</option></select><label>Remarks<textarea>Roof repaired in
2019.</textarea></label><input type=password value="geheim"><input type=hidden value="tok3n">
<button>Save</button></fieldset></form>""",
        ("Height 412 m", "Keeper Runa Vik", "Roof repaired in 2019."),
        ("geheim", "tok3n", "Choose one", "Save"),
    ),
    Page(
        "details-faq",
        "forms",
        """<h1>Questions</h1><details><summary>When is the kiln fired?</summary>Every second
Friday.</details><details><summary><h3>Who may use it?</h3></summary><p>Members above 16.</p>
</details><div hidden="until-found"><p>Gloves are provided.</p></div>
<template><p>Never shown.</p></template><p hidden>Draft note.</p>""",
        (
            "When is the kiln fired?",
            "Every second Friday.",
            "Who may use it?",
            "Members above 16.",
            "Gloves are provided.",
        ),
        ("Never shown", "Draft note"),
    ),
    Page(
        "tabs",
        "forms",
        """<h1>Loom 3</h1><div role=tablist><button role=tab aria-controls=p1>Size</button>
<button role=tab aria-controls=p2>Care</button></div><div role=tabpanel id=p1><p>It is 90 cm
wide.</p></div><div role=tabpanel id=p2 hidden><p>Oil it each month.</p></div>
<dialog id=d><p>Subscribe to our letter!</p></dialog><a href="#more" onclick="show('more')">More</a>
<div id=more style="display:none"><p>Weighs 21 kg.</p></div>""",
        ("Size", "It is 90 cm wide.", "Care", "Oil it each month.", "Weighs 21 kg."),
        ("Subscribe to our letter",),
    ),
    Page(
        "struck-and-hidden",
        "hidden",
        """<style>.gone{display:none} .was{text-decoration:line-through} @media print{.scr{display:
none}}</style><h1>Ferry</h1><p>A crossing costs <del>12 euros</del> <ins>14 euros</ins>.</p>
<p>A bicycle costs <s>5</s> 6 euros, a dog <span style="text-decoration-line: line-through">2</span>
3 euros, a van <span class="was">31</span> 35 euros.</p><p class=gone>Old timetable.</p>
<p style="visibility:hidden">Ghost line.</p><p class=scr>Sails at noon.</p>""",
        ("14 euros", "6 euros", "3 euros", "35 euros", "Sails at noon."),
        ("12 euros", "costs 5", "dog 2", "31", "Old timetable", "Ghost line"),
    ),
    Page(
        "shop-price",
        "hidden",
        """<h1>Kettle</h1><div class="price"><strike>49 euros</strike> <b>39 euros</b></div>
<span style="display:none" itemprop="sku">SKU-771</span><p style="DISPLAY : NONE !important">seo
words</p><div class="product-note" style="color:red;display:block">Holds 1.7 litres.</div>
<p class="hidden">Out of print.</p><p class="hidden md:block">Made in Orsa.</p>""",
        ("39 euros", "Holds 1.7 litres.", "Made in Orsa."),
        ("49 euros", "SKU-771", "seo words", "Out of print"),
    ),
    Page(
        "footer-address",
        "hidden",
        """<header><h1>Bakery Holm</h1></header><nav><ul><li><a href=a>Bread</a></li></ul></nav>
<main><p>We bake rye bread.</p></main><footer><address>Quay Street 9, Orsa<br>Telephone
<a href="tel:4711">4711</a></address><p>Open Tuesday to Sunday, 7 to 13.</p><ul><li><a href=i>
Imprint</a></li><li><a href=p>Privacy</a></li></ul><p>&copy; 2024 Holm</p></footer>""",
        ("We bake rye bread.", "Quay Street 9, Orsa", "4711", "Open Tuesday to Sunday, 7 to 13."),
        ("Privacy", "Imprint"),
    ),
    Page(
        "cookie-banner",
        "hidden",
        """<div id="cookie-consent" class="cookie-banner"><p>We use cookies to improve.</p><button>
Accept all cookies</button></div><article><h1>Weir</h1><p>The weir is 3 m high.</p></article>
<noscript><img src=t.gif>Please enable JavaScript</noscript>""",
        ("The weir is 3 m high.",),
        ("We use cookies", "enable JavaScript", "Accept all"),
    ),
    Page(
        "sphinx",
        "hidden",
        """<div class="sphinxsidebar" role="navigation"><ul><li><a href=#>Index</a></li></ul></div>
<div class="body" role="main"><h1>valve<a class="headerlink" href="#valve" title="Link">¶</a></h1>
<dl class="py function"><dt id="valve.open"><code>valve.open(bar=4)</code><a class="headerlink"
href="#x">¶</a></dt><dd><p>Opens the valve at the given pressure.</p></dd></dl>
<div class="highlight"><pre>open = valve.open
open(bar=7)</pre></div></div>""",
        ("valve.open(bar=4)", "Opens the valve at the given pressure.", "open(bar=7)"),
        ("¶", "Index"),
    ),
)

_RAISED = (
    Page(
        "wiki-article",
        "raised",
        """<h1>Orsa lock</h1><p>The lock was dug in 1848<sup id="cite_ref-1" class="reference"><a
href="#cite_note-1">[1]</a></sup> and widened in 1911.<sup class="reference"><a href="#cite_note-2">
<span class="cite-bracket">[</span>2<span>]</span></a></sup> It lifts 12,000<sup><a href="#fn3">3</a>
</sup> tonnes.<sup>[<i>citation needed</i>]</sup></p><ol class="references"><li id="cite_note-1">
<span class="mw-cite-backlink"><a href="#cite_ref-1">^</a></span> County papers, p. 12.</li></ol>""",
        ("dug in 1848 and", "widened in 1911. It", "12,000 tonnes", "County papers, p. 12."),
        ("18481", "1911.2", "12,0003", "citation needed"),
    ),
    Page(
        "powers",
        "raised",
        """<p>The basin holds 4.5 × 10<sup>5</sup> m<sup>3</sup>; the limit is 2·10<sup>−9</sup> g/cm
<sup>3</sup>, 100<sup>2</sup>=10000 and 2<sup>n</sup> ways; 30 W·m<sup>-2</sup>·K<sup>-1</sup>;
E=mc<sup>2</sup>; Ca<sup>2+</sup>; <sup>14</sup>C; x<sup>2</sup>+y<sup>2</sup>.</p>""",
        ("10⁵ m³", "10⁻⁹", "100²=10000", "2ⁿ", "m⁻²", "K⁻¹", "mc²", "Ca²⁺", "¹⁴C", "x²+y²"),
        ("105", "10-9", "1002", "m-2", "Ca2+"),
    ),
    Page(
        "cents",
        "raised",
        """<p>Ticket: 7<sup>90</sup> €.</p><p>Pass: $ 129<sup>99</sup> a year.</p><p>Map: 3,<sup>50
</sup> euros.</p><p>Lamp: 1.299<sup>00</sup> €.</p><p>Rope: <span>€ 4</span><sup>25</sup></p>
<p>Oar: 8<sup>40</sup> francs each.</p>""",
        ("7.90 €", "$ 129.99", "3,50 euros", "1.299,00 €", "€ 4.25", "8.40 francs"),
        ("790", "12999", "350", "129900", "425", "840"),
    ),
    Page(
        "ordinals",
        "raised",
        """<p>On the 21<sup>st</sup> of May, in the 19<sup>th</sup> century, the 1<sup>er</sup> mai,
XIX<sup>e</sup> siècle, n<sup>o</sup> 5, M<sup>me</sup> Roy, Acme<sup>TM</sup> pumps, CO<sub>2</sub>,
H<sub>2</sub>O, SO<sub>4</sub><sup>2-</sup>, log<sub>2</sub>8, 1010<sub>2</sub>.</p>""",
        ("21st", "19th", "1er", "XIXe", "no 5", "Mme Roy", "CO2", "H2O", "²⁻"),
        ("21 st", "CO 2", "42-", "log28", "10102"),
    ),
    Page(
        "plain-notes",
        "raised",
        """<p>The bridge opened in 1936<sup>2</sup>. The county<sup>4</sup> paid 60 %<sup>1</sup> of it,
"all of it"<sup>5</sup> later. Mast: 44 m<sup>*</sup>. In 1950<sup>1,2</sup> it fell.</p><p><sup>1
</sup> Without interest.</p><p>See note <a role="doc-noteref" href="#n7">7</a> below and 88<a
class="footnote-ref" href="#fn:9">9</a>.</p>""",
        ("opened in 1936", "The county paid", "60 % of it", "Mast: 44 m", "In 1950", "88."),
        ("19362", "county4", "%1", '"5', "19501", "889"),
    ),
    Page(
        "fractions-and-math",
        "raised",
        """<p>Cut it 3<sup>1</sup>/<sub>2</sub> inches wide and 7<sup>3</sup>&frasl;<sub>4</sub> long.</p>
<p>Energy <math><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math> and <math>
<mn>6</mn><mo>×</mo><msup><mn>10</mn><mn>23</mn></msup></math> with <math><mfrac><mn>1</mn><mn>2</mn>
</mfrac></math>.</p><p><ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby></p>""",
        ("3 1/2 inches", "c^2", "10^23", "1/2", "漢字(かんじ)"),
        ("31/2", "73", "mc2", "1023", "12."),
    ),
    Page(
        "styled-raised",
        "raised",
        """<p>Capacity 8 × 10<span style="vertical-align: super; font-size: smaller">7</span> litres.</p>
<p>Area 12 km<span class="superscript">2</span>. Built in 1877<span class="footnote">4</span> by hand.
Price: 15<sup><small>95</small></sup> €. The 3<sup><u>rd</u></sup> floor is 40 ft<sup>2</sup>.</p>""",
        ("10⁷ litres", "12 km²", "Built in 1877", "15.95 €", "3rd floor", "40 ft²"),
        ("107", "km2", "18774", "1595"),
    ),
    Page(
        "table-notes",
        "raised",
        "<h1>Masts</h1>"
        + _table(
            "<th>Mast</th><th>Height (m)<sup>a</sup></th><th>Built</th>",
            "<td>Nord<sup>1</sup></td><td>44<sup>b</sup></td><td>1931<sup>2</sup></td>",
            "<td>Syd</td><td>52<sup>†</sup></td><td>1940</td>",
        ),
        (),
        ("19312", "Nord1", "44b"),
        (("Nord", "Height (m)", "44"), ("Nord", "Built", "1931"), ("Syd", "Height (m)", "52")),
    ),
)

_TABLES = (
    Page(
        "price-spans",
        "tables",
        _table(
            "<th>Cabin</th><th>Night</th><th>Beds</th><th>Deposit</th>",
            '<td>Alm</td><td>70 euros</td><td>4</td><td rowspan="2">100 euros</td>',
            "<td>Berg</td><td>85 euros</td><td>6</td>",
            '<td>Dal</td><td colspan="2">on request</td><td></td>',
            "<td>Elv</td><td></td><td>3</td><td>40 euros</td>",
        ),
        cells=(
            ("Berg", "Deposit", "100 euros"),
            ("Berg", "Beds", "6"),
            ("Dal", "Night", "on request"),
            ("Elv", "Beds", "3"),
            ("Elv", "Deposit", "40 euros"),
            ("Elv", "Night", ""),
            ("Dal", "Deposit", ""),
        ),
    ),
    Page(
        "row-heads",
        "tables",
        _table(
            '<th></th><th scope="col">Gross</th><th scope="col">Net</th>',
            '<th scope="row">Sloop</th><td>310</td><td>290</td>',
            '<th scope="row">Ketch</th><td></td><td>512</td>',
        ),
        cells=(("Sloop", "Gross", "310"), ("Ketch", "Net", "512"), ("Ketch", "Gross", "")),
    ),
    Page(
        "two-levels",
        "tables",
        "<table><caption>Fares</caption><thead><tr><th rowspan=2>Line</th><th colspan=2>Single</th>"
        "<th rowspan=2>Zone</th></tr><tr><th>adult</th><th>child</th></tr></thead><tfoot><tr><td "
        "colspan=4>Valid from May.</td></tr></tfoot><tbody><tr><td>A</td><td>3 kr</td><td>1 kr</td>"
        "<td>5</td></tr><tr><td>B</td><td>4 kr</td><td></td><td>8</td></tr></tbody></table>",
        ("Valid from May.", "Fares"),
        cells=(("A", "Single child", "1 kr"), ("B", "Zone", "8"), ("B", "Single child", "")),
    ),
    Page(
        "groups",
        "tables",
        "<table><thead><tr><th>Model</th><th>Power</th><th>Price</th></tr></thead><tbody><tr>"
        "<th colspan=3 scope=rowgroup>Pumps</th></tr><tr><td>K1</td><td>3 kW</td><td>900</td></tr>"
        "</tbody><tbody><tr><th colspan=3>Fans</th></tr><tr><td>K2</td><td>1 kW</td><td>250</td></tr>"
        "</tbody></table>",
        cells=(("K1", "Price", "900"), ("K2", "Power", "1 kW")),
    ),
    Page(
        "transposed",
        "tables",
        _table(
            "<th>Model</th><td>Arn</td><td>Bror</td><td>Cai</td>",
            "<th>Price</th><td>450 euros</td><td>520 euros</td><td></td>",
            "<th>Weight</th><td>9 kg</td><td>11 kg</td><td>14 kg</td>",
        ),
        cells=(("Bror", "Price", "520 euros"), ("Cai", "Weight", "14 kg"), ("Cai", "Price", "")),
    ),
    Page(
        "nested",
        "tables",
        _table(
            "<th>Tent</th><th>Sizes</th><th>Season</th>",
            "<td>Fjell</td><td>"
            + _table("<td>S</td><td>2 persons</td>", "<td>L</td><td>5 persons</td>")
            + "</td><td>winter</td>",
            "<td>Strand</td><td>one size</td><td>summer</td>",
        ),
        ("5 persons",),
        cells=(("Fjell", "Season", "winter"), ("Strand", "Sizes", "one size")),
    ),
    Page(
        "layout-table",
        "tables",
        """<table width=100% cellpadding=0><tr><td width=150><a href=1>News</a><br><a href=2>Club</a></td>
<td><h1>Regatta</h1><p>The regatta starts at ten on the pier.</p><p>The entry fee is 25 euros. Pay at
the desk.</p>"""
        + _table(
            "<th>Class</th><th>Start</th>",
            "<td>Laser</td><td>10:15</td>",
            "<td>Finn</td><td>11:40</td>",
        )
        + "</td></tr></table>",
        ("The regatta starts at ten on the pier.", "The entry fee is 25 euros."),
        cells=(("Laser", "Start", "10:15"), ("Finn", "Start", "11:40")),
    ),
    Page(
        "definitions",
        "tables",
        "<h1>Boiler</h1>"
        + _table(
            "<th>Output</th><td>24 kW</td>",
            "<th>Fuel</th><td>pellets</td>",
            "<th>Flue</th><td></td>",
        )
        + "<dl><dt>Warranty</dt><dd>five years</dd><dt>Colours</dt><dd>red</dd><dd>grey</dd></dl>",
        ("Output: 24 kW", "Fuel: pellets", "five years", "grey"),
        ("Flue: Warranty",),
    ),
    Page(
        "same-rows-twice",
        "tables",
        "<h2>Summer</h2>"
        + _table("<th>Boat</th><th>Hour</th><th>Day</th>", "<td>Skiff</td><td>9</td><td>50</td>")
        + "<h2>Winter</h2>"
        + _table("<th>Boat</th><th>Hour</th><th>Day</th>", "<td>Skiff</td><td>6</td><td>30</td>"),
        ("Summer. Skiff", "Winter. Skiff"),
    ),
    Page(
        "aria-grid",
        "tables",
        """<div role=table><div role=rowgroup><div role=row><span role=columnheader>Hut</span>
<span role=columnheader>Beds</span><span role=columnheader>Height</span></div></div><div role=row>
<span role=cell>Glitter</span><span role=cell>140</span><span role=cell>1384 m</span></div>
<div role=row><span role=cell>Spiter</span><span role=cell></span><span role=cell>1106 m</span></div>
</div>""",
        cells=(("Glitter", "Beds", "140"), ("Spiter", "Height", "1106 m"), ("Spiter", "Beds", "")),
    ),
    Page(
        "bold-head-and-icons",
        "tables",
        _table(
            "<td><b>Plan</b></td><td><b>Seats</b></td><td><strong>Support</strong></td>",
            "<td>Basic</td><td>two</td><td><img src=x.png alt=No></td>",
            '<td>Team</td><td>ten<br>(more on request)</td><td><img src="y.png" alt="Yes"></td>',
        ),
        cells=(("Team", "Support", "Yes"), ("Basic", "Seats", "two"), ("Basic", "Support", "No")),
    ),
    Page(
        "rowspan-zero",
        "tables",
        "<table><tr><th>Trail<th>Grade<th>Guide</tr><tbody><tr><td>Rim<td>easy<td rowspan=0>Ada"
        "<tr><td>Gorge<td>hard</tbody><tbody><tr><td>Ridge<td>black<td>Bo</tbody></table>",
        cells=(("Gorge", "Guide", "Ada"), ("Ridge", "Guide", "Bo"), ("Ridge", "Grade", "black")),
    ),
)

_CODED = (
    Page(
        "latin1-quotes",
        "encodings",
        "<meta charset=iso-8859-1><p>The fee is 5 € – “all in”, says Ångström.</p>".encode(
            "cp1252"
        ),
        ("5 € – “all in”, says Ångström.",),
    ),
    Page(
        "gb2312",
        "encodings",
        '<meta http-equiv=Content-Type content="text/html;charset=gb2312"><p>朱镕基生于1928年。</p>'.encode(
            "gb18030"
        ),
        ("朱镕基生于1928年。",),
    ),
    Page("utf16-declared", "encodings", '<meta charset="utf-16"><p>Tür 9</p>'.encode(), ("Tür 9",)),
    Page("utf16-real", "encodings", "<p>Brücke 12</p>".encode("utf-16"), ("Brücke 12",)),
    Page(
        "xhtml",
        "encodings",
        '<?xml version="1.0" encoding="windows-1250"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        '<title/><script src="a.js"/></head><body><a id="x"/><p>Łódź 1920</p></body></html>'.encode(
            "cp1250"
        ),
        ("Łódź 1920",),
    ),
    Page(
        "undeclared",
        "encodings",
        '<html lang="de"><p>Die Mühle schließt um fünf.</p>'.encode("cp1252"),
        ("Die Mühle schließt um fünf.",),
    ),
    Page(
        "undeclared-russian",
        "encodings",
        '<html lang="ru"><p>Мельница построена в 1912 году.</p>'.encode("cp1251"),
        ("Мельница построена в 1912 году.",),
    ),
    Page(
        "entities",
        "encodings",
        b"<p>5&#150;7 &euro;, A&amp;B, &amp;lt;b&amp;gt;, 3&nbsp;000&#160;km, &#x2014;, sn&shy;ow, a<wbr>b</p>",
        ("5–7 €, A&B, &lt;b&gt;, 3 000 km, —, snow, ab",),
    ),
    Page(
        "declared-wrongly",
        "encodings",
        "<meta charset=iso-8859-1><p>Größe: 7 m²</p>".encode(),
        ("Größe: 7 m²",),
    ),
    Page(
        "sjis",
        "encodings",
        "<META CHARSET='Shift_JIS'><p>橋は①1931年に完成。</p>".encode("cp932"),
        ("橋は①1931年に完成。",),
    ),
)

_MARKDOWN = (
    Page(
        "pipes",
        "markdown",
        """# Huts

| Hut | Beds | Price |
|:----|-----:|-------|
| Alm | 8 | 30 euros |
| Berg | | 42 euros |
| Dal \\| Elv | 12 | `a|b` |

After.
""",
        ("After.",),
        cells=(
            ("Alm", "Beds", "8"),
            ("Berg", "Price", "42 euros"),
            ("Berg", "Beds", ""),
            ("Dal | Elv", "Beds", "12"),
            ("Dal | Elv", "Price", "a|b"),
        ),
        suffix=".md",
    ),
    Page(
        "no-outer-pipes",
        "markdown",
        """Gear | Weight | Cost
--- | :---: | ---:
Rope | 4 kg | 90
**Axe** | 1 kg |
""",
        cells=(("Rope", "Cost", "90"), ("Axe", "Weight", "1 kg"), ("Axe", "Cost", "")),
        suffix=".md",
    ),
    Page(
        "fenced",
        "markdown",
        """```
| a | b |
|---|---|
| c | d |
```

    | e | f |
    |---|---|

Text | with a pipe

x | y
""",
        ("| c | d |", "| e | f |", "Text | with a pipe"),
        suffix=".md",
    ),
    Page(
        "in-list-and-quote",
        "markdown",
        """- Rates:

  | Boat | Hour |
  |---|---|
  | Skiff | 9 euros |

> | Pool | Depth |
> |---|---|
> | Nord | 3 m |
""",
        cells=(("Skiff", "Hour", "9 euros"), ("Nord", "Depth", "3 m")),
        suffix=".md",
    ),
    Page(
        "two-tables",
        "markdown",
        """## Summer
|Boat|Hour|Day|
|-|-|-|
|Skiff|9|50|
## Winter
|Boat|Hour|Day|
|-|-|-|
|Skiff|6|30|
""",
        ("Summer. Skiff. Hour: 9.", "Winter. Skiff. Hour: 6."),
        suffix=".md",
    ),
    Page(
        "ragged",
        "markdown",
        """Name | Age | Town
:-|-|-
Ida | 41
Bo | 37 | Orsa | extra
<b>Kai</b> | ~~20~~ 21 | [Mora](http://m.example)
End of it.
""",
        ("End of it.",),
        ("20",),
        cells=(("Ida", "Age", "41"), ("Bo", "Town", "Orsa"), ("Kai", "Age", "21")),
        suffix=".md",
    ),
)

PAGES = (*_FORMS, *_RAISED, *_TABLES, *_CODED, *_MARKDOWN)

Extraction = Callable[[Path], str]


def _ours(path: Path) -> str:
    from spanmem.indexer.documents.html import read_html
    from spanmem.indexer.documents.text import read_markdown

    return (read_markdown if path.suffix == ".md" else read_html)(path).text


def _trafilatura(path: Path) -> str:
    import trafilatura  # type: ignore[import-not-found]

    return trafilatura.extract(path.read_bytes(), favor_recall=True, output_format="markdown") or ""


def _html2text(path: Path) -> str:
    import html2text  # type: ignore[import-not-found]

    converter = html2text.HTML2Text()
    converter.body_width = 0
    return str(converter.handle(path.read_text("utf-8", "replace")))


def _markitdown(path: Path) -> str:
    import markitdown  # type: ignore[import-not-found]

    return str(markitdown.MarkItDown().convert(str(path)).text_content)


def _pandoc(path: Path) -> str:
    import pypandoc  # type: ignore[import-not-found]

    markup = path.read_text("utf-8", "replace")
    return str(pypandoc.convert_text(markup, "gfm", format="html", extra_args=["--wrap=none"]))


EXTRACTIONS: dict[str, Extraction] = {
    "spanmem": _ours,
    "trafilatura": _trafilatura,
    "html2text": _html2text,
    "markitdown": _markitdown,
    "pandoc": _pandoc,
}


def cell_is_kept(text: str, row: str, column: str, value: str) -> bool:
    """Whether one line says the value of a row's column; "" wants it not to say any."""
    above: list[str] = []
    for line in (line.lstrip("> ") for line in text.splitlines()):
        parts = [re.sub(r"[*_`]", "", part).strip() for part in line.strip().strip("|").split("|")]
        if column in parts:
            above = parts
        elif len(parts) > 1 and row in parts and column in above:
            at = above.index(column)
            return (parts[at] if at < len(parts) else "") == value
        elif len(parts) < 2 or row not in parts:
            said = re.search(rf"(?:^|\. ){re.escape(column)}: (.*?)\.(?: |$)", line)
            if re.search(rf"(?:^|\. ){re.escape(row)}\. ", line) and (said or not value):
                return (said.group(1) if said else "") == value
    return False


def faults(page: Page, extraction: Extraction) -> Iterator[tuple[str, str]]:
    """What the extraction of a page loses or shows wrongly: (`lost` or `wrong`, what)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"page{page.suffix}"
        path.write_bytes(page.markup if isinstance(page.markup, bytes) else page.markup.encode())
        try:
            text = extraction(path)
        except Exception as error:  # the libraries raise what they like
            text = f"!{type(error).__name__}"
    flat = " ".join(text.split())
    yield from (("lost", fact) for fact in page.keeps if " ".join(fact.split()) not in flat)
    yield from (("wrong", shown) for shown in page.never if shown in flat)
    for row, column, value in page.cells:
        if not cell_is_kept(text, row, column, value):
            yield "lost", f"{row} / {column} / {value}"


def main(names: Sequence[str], *, only: Sequence[str] = (), verbose: bool = False) -> None:
    """One line per extraction: facts lost and wrongly shown, by kind of page."""
    for name in names:
        counts: dict[str, list[int]] = {}
        for page in PAGES:
            if (name != "spanmem" and page.suffix == ".md") or (only and page.name not in only):
                continue
            lost, wrong, facts = 0, 0, len(page.keeps) + len(page.cells)
            for kind, what in faults(page, EXTRACTIONS[name]):
                lost += kind == "lost"
                wrong += kind == "wrong"
                if verbose:
                    print(f"{name} {page.name} {kind}: {what}")  # noqa: T201
            tally = counts.setdefault(page.kind, [0, 0, 0, 0])
            for at, number in enumerate((facts - lost, facts, wrong, len(page.never))):
                tally[at] += number
        cells = [f"{kind} {a}/{b}, wrong {c}/{d}" for kind, (a, b, c, d) in counts.items()]
        print(f"{name:12} " + " | ".join(cells))  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(EXTRACTIONS)}; else spanmem")
    parser.add_argument("--only", nargs="*", default=[], help="names of pages")
    parser.add_argument(
        "--verbose", action="store_true", help="name each fact lost or shown wrongly"
    )
    arguments = parser.parse_args()
    main(arguments.names or ["spanmem"], only=arguments.only, verbose=arguments.verbose)
