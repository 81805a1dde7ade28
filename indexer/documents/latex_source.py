"""The source of LaTeX before it is parsed, and the macros that its parser has to know."""

from __future__ import annotations

import re
from typing import Any

from .latex_units import QUANTITIES

__all__ = ["SILENT", "argument_macros", "definitions", "included", "prepared"]

SILENT: dict[str, str] = {
    **dict.fromkeys(
        ("cite", "citep", "citet", "Cite", "parencite", "textcite", "autocite", "footcite",
         "nocite", "supercite", "citeauthor", "citeyear", "citealp", "citealt", "fullcite",
         "Citet", "Citep", "Parencite", "Textcite", "Autocite", "smartcite"), "*[[{"),
    **dict.fromkeys(
        ("label", "ref", "eqref", "pageref", "autoref", "cref", "Cref", "nameref", "vref",
         "subref", "hyperref", "labelcref", "index", "glossary", "gls", "Gls", "glspl", "tag",
         "hspace", "vspace", "input", "include", "subfile", "bibliography", "bibliographystyle",
         "pagestyle", "thispagestyle", "pagenumbering", "graphicspath", "hypersetup", "geometry",
         "sisetup", "lstset", "captionsetup", "selectlanguage", "color", "hyphenation",
         "phantom", "vphantom", "hphantom", "stepcounter", "refstepcounter", "cline", "cmidrule",
         "allowdisplaybreaks", "linespread", "newcounter", "newlength", "usetikzlibrary",
         "setmainfont", "setstretch", "enlargethispage", "bibitem"), "*[{"),
    **dict.fromkeys(("includegraphics", "documentclass", "usepackage", "RequirePackage",
                     "addbibresource", "setlist", "bookmarksetup"), "*[[{"),
    "rule": "[{{", "setlength": "{{", "addtolength": "{{", "setcounter": "{{",
    "addtocounter": "{{", "fontsize": "{{", "theoremstyle": "{", "definecolor": "[{{{",
    "DeclareMathOperator": "*{{", "newtheorem": "*{[{[", "newcolumntype": "{[{",
    "addcontentsline": "{{{", "newenvironment": "{[[{{", "renewenvironment": "{[[{{",
    "numberwithin": "{{", "pgfplotsset": "{", "titleformat": "*{[{{{{",
    "DeclareUnicodeCharacter": "{{", "specialrule": "{{{",
    **dict.fromkeys(("newcommand", "renewcommand", "providecommand", "DeclareRobustCommand"),
                    "*{[[{"),
}  # fmt: skip
"""Macros that show nothing, or what stands elsewhere, and their arguments."""
_SHOWN = {
    "textcolor": "[{{", "colorbox": "[{{", "fcolorbox": "[{{{", "href": "[{{", "url": "{",
    "path": "{", "nolinkurl": "{", "multicolumn": "{{{", "multirow": "[{[{[{", "makecell": "*[{",
    "raisebox": "{[[{", "parbox": "[[[{{", "resizebox": "*{{{", "scalebox": "{[{",
    "footnote": "[{", "footnotetext": "[{", "marginpar": "[{", "sidenote": "[{", "endnote": "{",
    "thanks": "{", "title": "[{", "author": "[{", "date": "{", "caption": "*[{", "sout": "{",
    "st": "{", "xout": "{", "cancel": "{", "uline": "{", "underline": "{", "ce": "{",
    "textsuperscript": "{", "textsubscript": "{", "item": "[", "frac": "{{", "tfrac": "{{",
    "dfrac": "{{", "sfrac": "{{", "sqrt": "[{", "foreignlanguage": "{{", "EUR": "{",
    "enquote": "*{",
    "paragraph": "*[{", "subparagraph": "*[{", "part": "*[{", "acro": "{", "texorpdfstring": "{{",
    "hl": "{", "framebox": "[[{", "makebox": "[[{", "mbox": "{", "fbox": "{",
}  # fmt: skip
_TABLES = {
    "tabular": "[{", "tabular*": "{[{", "tabularx": "{[{", "tabulary": "{[{", "longtable": "[{",
    "tabu": "{", "supertabular": "{", "tblr": "[{", "minipage": "[[[{", "multicols": "{",
    "table": "[", "figure": "[", "table*": "[", "figure*": "[", "sidewaystable": "[",
    "wrapfigure": "[{[{", "enumerate": "[", "itemize": "[", "description": "[", "adjustbox": "{",
    "spacing": "{", "theorem": "[", "lemma": "[", "definition": "[", "proof": "[",
    "otherlanguage": "{",
}  # fmt: skip
_VERBATIM = ("minted", "Verbatim", "lstlisting", "alltt")
_ADDRESS = re.compile(r"(\\(?:url|path|nolinkurl|href)\s{0,9}\{)([^{}\n]{1,2000})\}")
_GONE = (("\\iffalse", "\\fi"), ("\\begin{comment}", "\\end{comment}"))
_TRIMMED = re.compile(r"\\cmidrule\s{0,9}\([^()\n]{0,40}\)")
_DEFINED = re.compile(r"\\[egx]?def\s{0,9}\\([A-Za-z@]{1,60})\s{0,9}\{")
_GERMAN = re.compile(r"(?<!\\)\"([aouAOUs`'=~|-])")
_GERMAN_SIGNS = {"s": "ß", "`": "„", "'": "“", "=": "-", "~": "-", "|": "", "-": "",
                 "a": "ä", "o": "ö", "u": "ü", "A": "Ä", "O": "Ö", "U": "Ü"}  # fmt: skip
_INCLUDED = re.compile(r"^[^%\n]*?\\(?:input|include|subfile)\s{0,9}\{([^{}\n]{1,300})\}", re.M)


def prepared(source: str) -> str:
    """The source without what is switched off or stands behind its end; linear."""
    source = source.replace("\r\n", "\n").partition("\\end{document}")[0]
    for begin, end in _GONE:
        source = _without(source, begin, end)
    # A comment sign in an address is none.
    source = _ADDRESS.sub(lambda m: m[1] + re.sub(r"(?<!\\)%", r"\\%", m[2]) + "}", source)
    source = _TRIMMED.sub(r"\\cmidrule", source)
    source = _DEFINED.sub(r"\\newcommand{\\\1}{", source)
    if re.search(r"n?german\b", source[:5_000]):
        source = _GERMAN.sub(lambda match: _GERMAN_SIGNS[match[1]], source)
    return source


def _without(source: str, begin: str, end: str) -> str:
    """The source without what stands between such marks."""
    kept, at = list[str](), 0
    while (start := source.find(begin, at)) >= 0 and (stop := source.find(end, start)) >= 0:
        kept.append(source[at:start])
        at = stop + len(end)
    return "".join((*kept, source[at:]))


def included(source: str) -> list[str]:
    """Names of the files that the source includes."""
    return _INCLUDED.findall(source)


def definitions(nodes: Any) -> dict[str, tuple[int, str]]:
    """The macros that nodes define: how many arguments each takes, and what it stands for."""
    found: dict[str, tuple[int, str]] = {}
    for node in nodes:
        if getattr(node, "macroname", "") in ("newcommand", "renewcommand", "providecommand"):
            given = getattr(node.nodeargd, "argnlist", None)
            if not given:  # cut off
                continue
            _, name, count, _, body = given
            if name is not None and body is not None:
                number = re.search(r"\d", count.latex_verbatim()) if count is not None else None
                key = name.latex_verbatim().strip("{} \\")
                found[key] = (int(number[0]) if number else 0, body.latex_verbatim()[1:-1])
    return found


def argument_macros(own: dict[str, tuple[int, str]]) -> Any:
    """What the parser is to know: the arguments of macros and environments, those of `own` too."""
    from pylatexenc.latexwalker import get_default_latex_context_db
    from pylatexenc.macrospec import EnvironmentSpec, MacroSpec, VerbatimArgsParser

    known = get_default_latex_context_db()
    given = {**SILENT, **_SHOWN, **QUANTITIES, **{n: "{" * count for n, (count, _) in own.items()}}
    verbatim = [
        EnvironmentSpec(
            name, args_parser=VerbatimArgsParser(verbatim_arg_type="verbatim-environment")
        )
        for name in _VERBATIM
    ]
    known.add_context_category(
        "ours",
        macros=[MacroSpec(name, arguments) for name, arguments in given.items()],
        environments=[*(EnvironmentSpec(name, spec) for name, spec in _TABLES.items()), *verbatim],
        prepend=True,
    )
    return known
