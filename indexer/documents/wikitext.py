"""Wikitext of MediaWiki -> HTML: links, lists, tables; templates give way to what they are given.

Own code, since mwparserfromhell 0.7 takes quadratic time for what is not closed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

__all__ = ["wiki_markup"]

_MARK = re.compile(r"\{\{\{?|\}\}\}?|\[\[|\]\]")
_CODE = ("nowiki", "pre", "source", "syntaxhighlight")
_DROPPED = ("ref", "references", "includeonly", "templatestyles", "timeline", "graph", "score",
            "gallery", "imagemap", "math", "chem", "mapframe", "indicator")  # fmt: skip
_TAG = re.compile(
    rf"<(/?)({'|'.join((*_CODE, *_DROPPED))})\b([^<>]{{0,500}}?)(/?)>|<!--", re.IGNORECASE
)
_FILES = re.compile(
    r"\s*(?:file|image|datei|bild|fichier|archivo|imagen|immagine|bestand|ficheiro|plik)\s*:",
    re.IGNORECASE,
)
_UNSEEN = re.compile(
    r"\s*(?:category|kategorie|catégorie|categoría|categoria|categorie|kategoria)\s*:"
    r"|[a-z]{2,3}(?:-[a-z]{2,10})?:", re.IGNORECASE,
)  # fmt: skip
_OPTION = re.compile(
    r"\s*(?:thumb|thumbnail|mini|miniatur|vignette|frame|frameless|framed|border|left|right|center|"
    r"none|links|rechts|zentriert|gauche|droite|upright|hochkant|\d{0,5}x?\d{1,5} ?px|"
    r"baseline|sub|super|top|middle|bottom|[a-z]+=.*)\s*", re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_SHOWN = {"nowrap": 0, "nobr": 0, "small": 0, "big": 0, "lang": 1, "abbr": 0, "em": 0, "strong": 0,
          "code": 0, "tt": 0, "mono": 0, "kbd": 0, "nobold": 0}  # fmt: skip
"""Templates that only set one of their arguments in another way, and which."""
_EXTERNAL = re.compile(r"\[((?:https?:|ftp:|mailto:)?//[^\s\[\]]{1,2000}|mailto:[^\s\[\]]{1,200})"
                       r"(?:[ \t]+([^\[\]\n]{1,1000}))?\]")  # fmt: skip
_QUOTES = re.compile(r"'{2,5}")
_WORDS = re.compile(r"__[A-Z]{3,40}__|~{3,5}")
_ATTRIBUTES = re.compile(
    r"[ \t]*(?:[\w-]{1,40}[ \t]*=[ \t]*(?:\"[^\"]*\"|'[^']*'|[^\s|\"']+(?=[ \t]|$))[ \t]*)+"
)
_DEEPEST = 100
"""Links and templates in each other at most."""


def wiki_markup(source: str) -> tuple[str, int]:
    """The page as HTML, and how many templates are not carried out; linear.

    Of a template at the beginning of a line the named values are rows of a table. Notes, pictures,
    categories and formulas go; captions of pictures stay.
    """
    kept: list[str] = []
    text = _without_tags(source.replace("\r\n", "\n").replace("\0", ""), kept)
    page = _Page()
    lines = list(_blocks(page.resolved(text)))
    markup = "\n".join(lines)
    return re.sub("\0(\\d+)\0", lambda match: kept[int(match[1])], markup), page.templates


def _without_tags(source: str, kept: list[str]) -> str:
    """Without remarks, notes and the like; literal text stands in `kept`, here its number."""
    parts, at = list[str](), 0
    unclosed: set[str] = set()
    while match := _TAG.search(source, at):
        parts.append(source[at : match.start()])
        at = match.end()
        name = (match[2] or "!--").lower()
        if match[1] or match[4]:
            continue
        end = "-->" if name == "!--" else f"</{name}"
        stop = -1 if name in unclosed else _found(source, end, at)
        if stop < 0:
            unclosed.add(name)
            continue
        inner, at = source[at:stop], source.find(">", stop) + 1 or len(source)
        if name in _CODE:
            code = html.escape(html.unescape(inner))
            kept.append(code if name == "nowiki" else f"<pre>{code}</pre>")
            parts.append(f"\0{len(kept) - 1}\0")
        elif name == "gallery":
            captions = (line.partition("|")[2] for line in inner.split("\n"))
            parts.append("\n\n".join(["", *filter(None, captions), ""]))
    return "".join((*parts, source[at:]))


def _found(source: str, end: str, at: int) -> int:
    match = re.compile(re.escape(end), re.IGNORECASE).search(source, at)
    return match.start() if match else -1


class _Page:
    def __init__(self) -> None:
        self.templates = 0

    def resolved(self, text: str) -> str:
        """Links and templates, the innermost first, as what they show. What is not closed stays
        without its marks."""
        stack: list[tuple[str, list[str]]] = [("", [])]
        at = 0
        for match in _MARK.finditer(text):
            stack[-1][1].append(text[at : match.start()])
            at = match.end()
            mark = match[0]
            if mark[0] in "{[":
                if len(stack) < _DEEPEST:
                    stack.append((mark, []))
                continue
            opened = {"}}": "{{", "}}}": "{{{", "]]": "[["}[mark]
            if len(stack) > 1 and stack[-1][0][0] == opened[0]:
                own, parts = stack.pop()
                before = "".join(stack[-1][1][-1:])
                stack[-1][1].append(self._shown(own, "".join(parts), before))
        stack[-1][1].append(text[at:])
        return "".join(part for _, parts in stack for part in parts)

    def _shown(self, opened: str, inner: str, before: str) -> str:
        if opened == "[[":
            return _link(inner)
        if opened == "{{{":
            return inner.partition("|")[2]
        self.templates += 1
        name, *given = inner.split("|")
        key = name.strip().lower()
        if key in _SHOWN and len(given) > _SHOWN[key]:
            self.templates -= 1
            return given[_SHOWN[key]].partition("=")[2] or given[_SHOWN[key]]
        if key in ("convert", "cvt") and len(given) > 1:
            return f"{given[0].strip()} {given[1].strip()}"
        if key == "!":
            return "|"
        named = [(k.strip(), v.strip()) for k, sign, v in (g.partition("=") for g in given) if sign]
        pairs = [(k, v) for k, v in named if v and "\n" not in v and not k.isdigit()]
        if len(pairs) < 2 or key.startswith(("cite", "citation", "literatur", "internetquelle")):
            return ""
        if before and not before.endswith("\n"):
            return ""
        rows = "".join(f"<tr><th>{k}</th><td>{v}</td></tr>" for k, v in pairs)
        return f"\n<table>{rows}</table>\n"


def _link(inner: str) -> str:
    target, *rest = inner.split("|")
    if _FILES.match(target):
        captions = [part for part in rest if not _OPTION.fullmatch(part)]
        return f"\n\n{captions[-1]}\n\n" if captions else ""
    if not target.startswith(":") and _UNSEEN.match(target):
        return ""
    if rest:
        label = "|".join(rest).strip()
        return label or re.sub(r"^[^:]{1,60}:|\s{0,9}\([^()]{0,99}\)$", "", target)
    return target.lstrip(":").partition("#")[0] or target.lstrip("#")


# -- lines


def _blocks(text: str) -> Iterator[str]:
    tables: list[bool] = []
    """Of each open table whether a row is open."""
    for line in text.split("\n"):
        bare = line.strip()
        if bare.startswith("{|"):
            tables.append(False)
            yield "<table>"
        elif tables and bare.startswith("|}"):
            tables.pop()
            yield "</table>" + _inline(bare[2:])
        elif tables and bare.startswith("|-"):
            tables[-1] = False
        elif tables and bare.startswith("|+"):
            yield f"<caption>{_cell(bare[2:])[1]}</caption>"
        elif tables and bare[:1] in ("|", "!"):
            yield ("" if tables[-1] else "<tr>") + _cells(bare)
            tables[-1] = True
        else:
            yield _line(line)
    yield "</table>" * len(tables)


def _cells(line: str) -> str:
    head = line[0] == "!"
    parts = re.split(r"\|\||!!" if head else r"\|\|", line[1:])
    element = "th" if head else "td"
    cells = (_cell(part) for part in parts)
    return "".join(f"<{element} {spans}>{text}" for spans, text in cells)


def _cell(part: str) -> tuple[str, str]:
    """The spans of a cell, and what it shows."""
    attributes, bar, text = part.partition("|")
    if not bar or not _ATTRIBUTES.fullmatch(attributes):
        attributes, text = "", part
    spans = re.findall(r"\b(?:row|col)span\s*=\s*[\"']?\d{1,4}", attributes)
    return " ".join(span.replace('"', "").replace("'", "") for span in spans), _inline(text.strip())


def _line(line: str) -> str:
    bare = line.strip()
    if len(bare) > 2 and bare[0] == bare[-1] == "=" and (said := bare.strip("= ")):
        level = min(6, len(bare) - len(bare.lstrip("=")))
        return f"<h{level}>{_inline(said)}</h{level}>"
    if line[:1] in ("*", "#"):
        return f"<li>{_inline(line.lstrip('*#:; '))}</li>"
    if line[:1] == ";":
        term, colon, said = line[1:].partition(":")
        return f"<p>{_inline(term.strip())}{': ' if colon else ''}{_inline(said.strip())}<p>"
    if line[:1] == ":":
        return f"<p>{_inline(line.lstrip(':*#; '))}<p>"
    if not line.strip() or line.startswith("----"):
        return "<p>"
    return _inline(line)


def _inline(text: str) -> str:
    text = _QUOTES.sub("", text)
    text = _EXTERNAL.sub(lambda match: match[2] or match[1], text)
    return _WORDS.sub("", text)
