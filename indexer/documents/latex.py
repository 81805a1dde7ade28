"""LaTeX (.tex): what its pages show, by way of HTML, whose reader knows tables and raised text."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ...core.errors import InputError, first_line
from .embedded import read_markup
from .extracted import Extracted
from .latex_source import SILENT, argument_macros, definitions, included, prepared
from .latex_tables import table_markup
from .latex_units import QUANTITIES, quantity
from .text import read_text

__all__ = ["read_latex"]

_LONGEST = 3_000_000
"""Characters of a file at most, and of what its own macros give."""
_DEEPEST, _NESTED = 20, 200
"""Macros of the document's own in each other at most, and what each counts for each around it."""
_HEADINGS = {"part": "h1", "chapter": "h1", "section": "h2", "subsection": "h3",
             "subsubsection": "h4", "paragraph": "h5", "subparagraph": "h6"}  # fmt: skip
_NOTES = frozenset(("footnote", "thanks", "footnotetext", "endnote", "marginpar", "sidenote"))
_SPACES = frozenset(
    (" ", ",", ";", ":", ">", "\n", "\t", "quad", "qquad", "thinspace", "enspace", "enskip",
     "space", "medspace", "thickspace", "hfill", "xspace", "nobreakspace", "hspace", "dotfill")
)  # fmt: skip
_TIGHT = frozenset(("xspace",))
_STRUCK = frozenset(("sout", "st", "xout", "cancel"))
_LISTS = {"itemize": "ul", "enumerate": "ol", "description": "dl", "compactitem": "ul",
          "compactenum": "ol", "itemize*": "ul", "enumerate*": "ol"}  # fmt: skip
_CODE = frozenset(("verbatim", "verbatim*", "lstlisting", "minted", "Verbatim", "alltt"))
_UNSEEN = frozenset(
    ("tikzpicture", "comment", "filecontents", "filecontents*", "pgfpicture", "picture",
     "thebibliography", "CJK", "axis")
)  # fmt: skip
_TABLES = frozenset(
    ("tabular", "tabular*", "tabularx", "tabulary", "longtable", "tabu", "supertabular", "tblr")
)
_HERE = "\0"
"""Stands where the source refers to something whose number or name is not known."""
_RELATION = re.compile(r"\s{0,9}([=≤≥≈≠→±×·])\s{0,9}")
_REFERENCE = re.compile(r"[ \t\n]{0,9}\(\s{0,9}(?:\0[\s,;]{0,9}){1,9}\)|[ \t\n]{0,9}\0")
_FORMULAS = frozenset(
    ("equation", "align", "gather", "multline", "eqnarray", "displaymath", "math", "alignat",
     "flalign", "split", "cases", "array", "matrix", "pmatrix", "bmatrix", "aligned")
)  # fmt: skip
_SPECIALS = {"~": " ", "``": "“", "''": "”", "`": "‘", "'": "’", "--": "–", "---": "—", "&": " ",
             "!`": "¡", "?`": "¿"}  # fmt: skip
_SIGNS = {"pounds": "£", "euro": "€", "texteuro": "€", "%": "%", "$": "$", "&": "&",
          "_": "_", "#": "#", "{": "{", "}": "}", "-": "", "/": "", "!": "", "@": "",
          "left": "", "right": "", "big": "", "Big": "", "ldots": "…", "dots": "…", "today": "",
          "textdegree": "°", "degree": "°", "LaTeX": "LaTeX", "TeX": "TeX", "cdot": "·",
          "times": "×", "textasciitilde": "~", "maketitle": "", "tableofcontents": "",
          "centering": "", "noindent": "", "item": ""}  # fmt: skip
_ACCENTS = frozenset("'`^\"~=.uvHcdbrk")


def read_latex(path: Path) -> Extracted:
    """What the pages show: text, footnotes after their paragraph, tables by row, formulas in a
    line; macros that the document defines as they are meant. References show nothing.

    Files that it includes are not looked for; those that do not lie there are told. Raises
    InputError for what cannot be parsed.
    """
    plain = read_text(path)
    if len(plain.text) > _LONGEST:
        raise InputError(f"{path}: more than {_LONGEST:,} characters of LaTeX; divide it")
    try:
        page = _Page(plain.text)
        extracted = read_markup(page.markup(), "its text")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        why = first_line(error)
        raise InputError(f"{path}: no readable LaTeX ({why}); save it as text or PDF") from error
    missing = [name for name in included(plain.text) if not _lies_there(path, name)]
    notices = plain.notices
    if missing:
        names = ", ".join(missing[:5]) + " ..." * (len(missing) > 5)
        notices = (*notices, f"{path}: what it includes is not there and not read: {names}")
    return replace(extracted, title=page.title, notices=notices)


def _lies_there(path: Path, name: str) -> bool:
    return any((path.parent / f"{name}{suffix}").is_file() for suffix in ("", ".tex"))


class _Page:
    """Writes the nodes of a document as HTML."""

    def __init__(self, source: str) -> None:
        self._source = prepared(source)
        self._own: dict[str, tuple[int, str]] = {}
        self._context = argument_macros(self._own)
        self._notes: list[str] = []
        self._left = _LONGEST
        self._depth = 0
        self.title = ""

    def markup(self) -> str:
        nodes = self._parsed(self._source)
        if own := definitions(nodes):
            self._own = own
            self._context = argument_macros(own)
            nodes = self._parsed(self._source)
        body = next((n for n in nodes if _environment(n) == "document"), None)
        head = nodes if body is None else nodes[: nodes.index(body)]
        about = [self._about(head, name) for name in ("title", "author", "date")]
        self.title = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", about[0])).split())
        lines = "".join(f"<p>{line}" for line in about if line.strip()) + self._noted()
        shown = self.text(nodes if body is None else body.nodelist)
        return _REFERENCE.sub("", f"{lines}<p>{shown}{self._noted()}")

    def _parsed(self, source: str) -> list[Any]:
        from pylatexenc.latexwalker import LatexWalker

        walker = LatexWalker(source, latex_context=self._context, tolerant_parsing=True)
        return list(walker.get_latex_nodes()[0])

    def _about(self, nodes: list[Any], name: str) -> str:
        found = [n for n in nodes if getattr(n, "macroname", None) == name]
        return self.last(found[-1]) if found else ""

    # -- nodes

    def text(self, nodes: Any, *, math: bool = False) -> str:
        """The nodes as HTML; in a formula `^` and `_` raise and lower what follows."""
        parts: list[str] = []
        waiting = ""
        for node in nodes or ():
            if node is None:
                continue
            shown = self._node(node, math)
            if waiting and shown.strip():
                shown = f"<{waiting}>{shown.strip()}</{waiting}>"
                waiting = ""
            if math and type(node).__name__ == "LatexCharsNode":
                shown, waiting = _scripts(shown, waiting)
            parts.append(shown)
        return "".join(parts)

    def _node(self, node: Any, math: bool) -> str:
        kind = type(node).__name__
        if kind == "LatexCharsNode":
            said = html.escape(node.chars, quote=False)
            return said if math else re.sub(r"\n[ \t]*\n\s*", self._break, said)
        if kind == "LatexGroupNode":
            return self.text(node.nodelist, math=math)
        if kind == "LatexMathNode":
            shown = _RELATION.sub(r" \1 ", self.text(node.nodelist, math=True))
            return shown if node.displaytype == "inline" else f"<p>{shown}<p>"
        if kind == "LatexEnvironmentNode":
            return self._environment(node, math)
        if kind == "LatexMacroNode":
            return self._macro(node, math) + (" " if _ends_word(node) else "")
        if kind == "LatexSpecialsNode":
            return _special(node.specials_chars, self._break)
        return "" if node.comment_post_space.count("\n") < 2 else "<p>"

    def last(self, node: Any, *, math: bool = False) -> str:
        """What the last argument of a macro shows."""
        given = [a for a in _arguments(node) if a is not None]
        return self.text([given[-1]], math=math) if given else ""

    def _break(self, _match: object = None) -> str:
        return f"{self._noted()}<p>"

    def _noted(self) -> str:
        notes, self._notes = self._notes, []
        return "".join(f"<p>{note}" for note in notes)

    # -- macros

    def _macro(self, node: Any, math: bool) -> str:
        name = node.macroname
        if name in self._own:
            return self._defined(node, math)
        if name in QUANTITIES:
            return quantity(name, [_source(a) for a in _braced(node)])
        if name in _HEADINGS:
            element = _HEADINGS[name]
            return f"{self._noted()}<{element}>{self.last(node)}</{element}><p>"
        if name in _NOTES:
            self._notes.append(self.last(node))
            return ""
        if name in ("\\", "newline", "linebreak", "tabularnewline"):
            return "<br>"
        if name == "par":
            return self._break()
        if name in ("title", "author", "date"):
            return ""
        if name in _SPACES:
            return " "
        if name == "caption":
            return f"<p>{self.last(node)}<p>"
        if name in ("url", "path", "nolinkurl", "verb", "lstinline", "mintinline"):
            return _literal(node)
        if name == "href":
            address, label = _braced(node)[:2]
            target = _address(_source(address))
            return f"{self.text([label])} ({target})"
        if name in ("ce", "chemfig"):
            return re.sub(r"(?<=[A-Za-z)])(\d+)", r"<sub>\1</sub>", self.last(node))
        return self._shown(node, name, math)

    def _shown(self, node: Any, name: str, math: bool) -> str:
        """A macro that marks what it holds, or stands for a character."""
        if name in ("frac", "tfrac", "dfrac", "sfrac"):
            parts = [self.text([a], math=math) for a in _braced(node)]
            return "/".join(p if re.fullmatch(r"\w+", p) else f"({p})" for p in parts)
        if name == "sqrt":
            return f"√({self.last(node, math=math)})"
        if name == "EUR" and _arguments(node):
            return f"{self.last(node)} €"
        if name in _STRUCK:
            return f"<s>{self.last(node)}</s>"
        if name in ("textsuperscript", "up", "textsubscript"):
            element = "sub" if "sub" in name else "sup"
            return f"<{element}>{self.last(node)}</{element}>"
        symbol = _symbol(node)
        if symbol is not None:
            return html.escape(symbol)
        return _HERE if name in SILENT else self.last(node, math=math)

    def _defined(self, node: Any, math: bool) -> str:
        """What a macro of the document's own stands for, its arguments put in."""
        _, body = self._own[node.macroname]
        given = [_source(a) for a in _arguments(node)]
        source = re.sub(
            r"#([1-9])", lambda m: given[int(m[1]) - 1] if int(m[1]) <= len(given) else "", body
        )
        self._left -= len(source) + _NESTED * self._depth  # nested ones may double at each step
        if self._depth >= _DEEPEST or self._left < 0:
            return ""
        self._depth += 1
        try:
            return self.text(self._parsed(source), math=math)
        finally:
            self._depth -= 1

    # -- environments

    def _environment(self, node: Any, math: bool) -> str:
        name = node.environmentname
        if name in _UNSEEN:
            return ""
        if name in _CODE:
            return f"{self._break()}<pre>{html.escape(_verbatim(node))}</pre><p>"
        if name in _TABLES:
            return f"{table_markup(node.nodelist, self.text)}{self._noted()}<p>"
        if name in _LISTS:
            return f"{self._noted()}{self._list(node.nodelist, _LISTS[name])}{self._noted()}<p>"
        if name == "abstract" or name in ("quote", "quotation", "verse"):
            return f"{self._break()}{self.text(node.nodelist)}{self._break()}"
        formula = math or name.rstrip("*") in _FORMULAS
        shown = self.text(node.nodelist, math=formula)
        shown = _RELATION.sub(r" \1 ", shown) if formula else shown
        return f"<p>{shown}{self._break()}"

    def _list(self, nodes: Any, element: str) -> str:
        items: list[tuple[Any, list[Any]]] = []
        for node in nodes:
            if getattr(node, "macroname", "") == "item":
                items.append((node, []))
            elif items:
                items[-1][1].append(node)
        shown: list[str] = []
        for item, inner in items:
            label, said = self.last(item).strip(), self.text(inner).strip()
            if element == "dl":
                shown.append(f"<dt>{label}</dt><dd>{said}</dd>")
            else:
                shown.append(f"<li>{label} {said}</li>")
        return f"<{element}>{''.join(shown)}</{element}>"


def _environment(node: Any) -> str:
    return getattr(node, "environmentname", "")


def _arguments(node: Any) -> list[Any]:
    return [a for a in (getattr(node.nodeargd, "argnlist", None) or ()) if a is not None]


def _braced(node: Any) -> list[Any]:
    """The arguments that must be there, without stars and options."""
    spec = node.nodeargd.argspec
    given = zip(spec, node.nodeargd.argnlist, strict=False)
    return [a for mark, a in given if mark == "{" and a is not None]


def _source(node: Any) -> str:
    """The source of an argument, without its braces."""
    text = str(node.latex_verbatim())
    return text[1:-1] if text[:1] == "{" and text[-1:] == "}" else text


def _address(source: str) -> str:
    return html.escape(re.sub(r"\\([%#&_~{}])", r"\1", source))


def _literal(node: Any) -> str:
    """What stands in `\\verb` or `\\url`, sign for sign."""
    said = getattr(node.nodeargd, "verbatim_text", None)
    if said is not None:
        return f"<code>{html.escape(said)}</code>"
    given = _arguments(node)
    return _address(_source(given[-1])) if given else ""


def _verbatim(node: Any) -> str:
    """The lines of code, without the options in the first."""
    said = getattr(node.nodeargd, "verbatim_text", None)
    text = said if said is not None else "".join(n.latex_verbatim() for n in node.nodelist)
    first, _, rest = text.partition("\n")
    return rest if re.fullmatch(r"\s*(?:\[.*\])?\s*(?:\{\w*\})?\s*", first) else text


def _scripts(text: str, waiting: str) -> tuple[str, str]:
    """Characters of a formula with `^2` as raised; what a sign at their end does to the next."""
    text = text.removeprefix(f"<{waiting}>") if waiting else text
    end = {"^": "sup", "_": "sub"}.get(text[-1:], "")
    text = text[:-1] if end else text
    text = re.sub(r"\^\s*(\w)", r"<sup>\1</sup>", text)
    return re.sub(r"_\s*(\w)", r"<sub>\1</sub>", text), end


def _special(characters: str, new_paragraph: Any) -> str:
    if characters.strip() == "" and "\n" in characters:
        return str(new_paragraph())
    return _SPECIALS.get(characters, html.escape(characters))


def _ends_word(node: Any) -> bool:
    """Whether a space in the source after a macro is one in the page: where it shows a word."""
    return bool(_arguments(node)) and bool(node.macro_post_space)


@cache
def _symbols() -> Any:
    from pylatexenc.latex2text import get_default_latex_context_db

    return get_default_latex_context_db()


def _symbol(node: Any) -> str | None:
    """The characters that a macro stands for; None for one that marks what it holds."""
    from pylatexenc.latex2text import LatexNodes2Text

    name = node.macroname
    if name in _SIGNS:
        return _SIGNS[name]
    spec = _symbols().get_macro_spec(name)
    if spec is None or name in SILENT:
        return None
    if name in _ACCENTS and _arguments(node):
        return str(LatexNodes2Text().nodelist_to_text([node]))
    shown = spec.simplify_repl
    return shown if isinstance(shown, str) and "%" not in shown else None
