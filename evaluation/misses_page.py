"""The worst misses as one web page: no script, nothing fetched, light and dark. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from .misses import KINDS, Miss, Piece, Shown

__all__ = ["misses_page"]

_CSS = """
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1c2128; --soft: #5b6470; --line: #dfe3e8;
  --gold: #c9efd3; --gold-edge: #2c8a4b; --given: #ffdcc9; --given-edge: #c4551b;
  --both: #ddd6fe; --both-edge: #6d4bd0; --chip: #eaedf1; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14171c; --card: #1d2229; --text: #e4e8ed; --soft: #9aa4b1; --line: #313842;
  --gold: #1f4a30; --gold-edge: #58c07c; --given: #57301b; --given-edge: #ef9a66;
  --both: #3c3268; --both-edge: #a996f5; --chip: #2a313b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
p.about, .about { color: var(--soft); margin: 0 0 1.25rem; }
nav { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 0 1.5rem; }
nav label { background: var(--chip); border: 1px solid var(--line); border-radius: 2rem;
  padding: .25rem .8rem; font-size: .875rem; cursor: pointer; }
nav input { position: absolute; opacity: 0; }
nav label:has(:checked) { background: var(--text); color: var(--page); }
nav label:has(:focus-visible) { outline: 2px solid var(--both-edge); outline-offset: 2px; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: 1.1rem 1.25rem; margin: 0 0 1rem; }
article header { display: flex; justify-content: space-between; gap: 1rem; font-size: .8rem;
  color: var(--soft); }
h2 { font-size: 1.1rem; line-height: 1.4; margin: .35rem 0 .8rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: 0 0 .9rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
mark { color: var(--text); border-radius: .15rem; border-bottom: 2px solid; }
.about mark { padding: .05em .3em; }
mark.gold { background: var(--gold); border-color: var(--gold-edge); }
mark.given { background: var(--given); border-color: var(--given-edge); }
mark.both { background: var(--both); border-color: var(--both-edge); }
.kind { background: var(--chip); border-radius: 1rem; padding: .1rem .6rem; white-space: nowrap; }
.passage { border-left: 3px solid var(--line); padding: .1rem 0 .1rem .9rem; margin: .7rem 0; }
.passage h3 { font-size: .8rem; font-weight: 600; margin: 0; color: var(--soft); }
.passage p { margin: .15rem 0 0; font-size: .94rem; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--soft); font-size: .875rem; }
i.none { color: var(--soft); }
"""

_SHOWN = 2
"""Passages that are open; the others unfold."""


def misses_page(misses: Sequence[Miss], *, data: str, wrong: int, asked: int) -> str:
    """The page, complete; `wrong` of the `asked` questions of `data` were not answered exactly."""
    kinds = Counter(miss.kind for miss in misses)
    filters = "".join(
        f"body:has(#only-{kind}:checked) article:not(.{kind}) {{ display: none; }}\n"
        for kind in kinds
    )
    labels = [_label("all", f"all {len(misses)}", checked=True)]
    labels += [_label(kind, f"{KINDS[kind]} {n}") for kind, n in kinds.most_common()]
    cards = [_card(number, miss) for number, miss in enumerate(misses, start=1)]
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Misses: {escape(data)}</title>",
            f"<style>{_CSS}{filters}</style>\n</head>\n<body>\n<main>",
            f"<h1>The {len(misses)} worst misses</h1>",
            f'<p class="about">{escape(data)}: {wrong:,} of {asked:,} questions were not answered '
            "exactly. The least overlap with a right answer comes first, and of equals the surest. "
            '<mark class="gold">right answer</mark> <mark class="given">answer given</mark> '
            '<mark class="both">both</mark></p>',
            f"<nav>{''.join(labels)}</nav>",
            *cards,
            "</main>\n</body>\n</html>\n",
        ]
    )


def _label(kind: str, text: str, *, checked: bool = False) -> str:
    mark = " checked" if checked else ""
    return f'<label><input type="radio" name="kind" id="only-{kind}"{mark}>{escape(text)}</label>'


def _card(number: int, miss: Miss) -> str:
    o = miss.outcome
    golds = " · ".join(escape(a) for a in o.question.answers) or '<i class="none">none</i>'
    given = escape(o.prediction) or '<i class="none">no answer</i>'
    rows = [("Right", golds), ("Given", given)]
    if not o.prediction and o.best:
        rows.append(("Held back", escape(o.best)))
    facts = [f"F1 {100 * o.f1:.0f}", _confidence(o.confidence, probable=bool(o.hits))]
    if o.hits:
        facts.append(f"first right passage {o.rank or 'none'}")
    rows.append(("Facts", ", ".join(facts)))
    shown = [_passage(one) for one in miss.passages]
    more = shown[_SHOWN:]
    folded = (
        f"<details><summary>{len(more)} more passages</summary>{''.join(more)}</details>"
        if more
        else ""
    )
    return (
        f'<article class="{miss.kind}">\n<header><span>{number} · {escape(o.question.id)}</span>'
        f'<span class="kind">{KINDS[miss.kind]}</span></header>\n'
        f"<h2>{escape(o.question.text)}</h2>\n"
        f"<dl>{''.join(f'<dt>{name}</dt><dd>{value}</dd>' for name, value in rows)}</dl>\n"
        f"{''.join(shown[:_SHOWN])}{folded}\n</article>"
    )


def _confidence(value: float, *, probable: bool) -> str:
    return f"confidence {100 * value:.0f} %" if probable else f"margin {value:.1f}"


def _passage(shown: Shown) -> str:
    title = " · ".join(escape(part) for part in (shown.label, shown.title) if part)
    return (
        f'<section class="passage" title="{escape(shown.document)}"><h3>{title}</h3>'
        f"<p>{''.join(map(_piece, shown.pieces))}</p></section>\n"
    )


def _piece(piece: Piece) -> str:
    text = escape(piece.text)
    return f'<mark class="{piece.mark}">{text}</mark>' if piece.mark else text
