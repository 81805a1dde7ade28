"""LaTeX: what its pages show, and no mark."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.indexer.documents.latex import read_latex

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=1, max_size=5)


def read(folder: Path, text: str, name: str = "oven.tex") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return read_latex(path).text


PARTS = {
    "fonts": (r"A \textbf{hot} {\em oven} \textcolor{red}{glows}.", "A hot oven glows."),
    "signs": (r"5\,\% of \$9 \& a\_b, ``so'' --- 1999--2003~AD", "5 % of $9 & a_b, “so” — 1999–2003 AD"),
    "accents": (r"M\"unchen, caf\'e, \c{c}a, \ss, na\"{\i}ve", "München, café, ça, ß, naïve"),
    "quantities": (r"\SI{42.5}{\kilo\metre\per\hour}, \qty{9}{\percent}, \num{1.5e-3}", "42.5 km/h, 9 %, 1.5 × 10⁻³"),
    "ranges": (r"\SIrange{3}{5}{\degreeCelsius}, \ang{45}, \si{m.s^{-1}}", "3 °C to 5 °C, 45°, m s⁻¹"),
    "powers": (r"$10^{6}$ and $10^7$, H$_2$O, \ce{H2SO4}, m\textsuperscript{2}", "10⁶ and 10⁷, H2O, H2SO4, m²"),
    "formulas": (r"$\alpha \leq \frac{a}{b} \cdot \sqrt{x}$", "α ≤ a/b · √(x)"),
    "references": (r"It is hot~\cite[p.~3]{lee}, as Table~\ref{t} shows (\eqref{e}).", "It is hot, as Table shows."),
    "remarks": ("Hot. % cold\nSo % it is\nis it.", "Hot. So is it."),
    "footnotes": (r"Hot\footnote{At last.} and dry. Then cold.", "Hot and dry. Then cold.\n\nAt last."),
    "lists": (r"\begin{enumerate}\item One.\item[b] Two.\end{enumerate}", "One.\n\nb Two."),
    "code": ("\\begin{verbatim}\nrun % \\all\n\\end{verbatim}", "run % \\all"),
    "code with options": ("\\begin{lstlisting}[language=C]\nx = {1};\n\\end{lstlisting}", "x = {1};"),
    "addresses": (r"\url{https://o.example/a%20b_c} \href{https://x.example}{here}", "https://o.example/a%20b_c here (https://x.example)"),
    "struck out": (r"Now 9. \sout{Once 8.}", "Now 9."),
    "switched off": ("a\n\\iffalse no \\fi b", "a b"),
    "own macros": ("\\newcommand{\\oven}{Oven~9}\\newcommand{\\x}[2]{#2 #1}\n\\oven{} is \\x{hot}{so}.", "Oven 9 is so hot."),
    "own macros in plain TeX": ("\\def\\vers{3.2}\nVersion \\vers.", "Version 3.2."),
    "pictures": (r"\begin{figure}\includegraphics[width=1cm]{a}\caption[b]{An oven}\end{figure}", "An oven"),
    "drawings": (r"a \begin{tikzpicture}\draw (0,0) -- (1,1);\end{tikzpicture} b", "a b"),
    "German": ("\\usepackage[ngerman]{babel}\n\\begin{document}\nSch\"one \"`Gr\"u\"se\"'\n\\end{document}", "Schöne „Grüße“"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "shown"), PARTS.values(), ids=PARTS.keys())
def test_a_part_is_read_as_it_is_shown(tmp_path: Path, source: str, shown: str) -> None:
    assert read(tmp_path, source) == shown


def table(rows: str, kind: str = "tabular", columns: str = "lr") -> str:
    return f"\\begin{{{kind}}}{{{columns}}}\n{rows}\n\\end{{{kind}}}"


TABLES = {
    "a rule below the head": (table("\\toprule\nPan & Heat \\\\ \\midrule\nIron & 90 \\\\\nTin & 80 \\\\"), "Iron. Heat: 90.\nTin. Heat: 80."),
    "cells that span": (table("Pan & Heat \\\\ \\hline\n\\multirow{2}{*}{Iron} & 90 \\\\\n & 80 \\\\"), "Iron. Heat: 90.\nIron. Heat: 80."),
    "a head on each page": (table("Pan & Heat\\\\\\hline\\endfirsthead Pan & Heat\\\\\\hline\\endhead Iron & 90\\\\", "longtable"), "Iron. Heat: 90."),
}  # fmt: skip


@pytest.mark.parametrize(("source", "shown"), TABLES.values(), ids=TABLES.keys())
def test_rows_of_tables_are_read_by_themselves(tmp_path: Path, source: str, shown: str) -> None:
    assert read(tmp_path, source) == shown


@given(st.lists(WORDS, min_size=1, max_size=6), st.data())
def test_every_word_is_kept_and_no_mark(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]], data: st.DataObject
) -> None:
    forms = ("\\textbf{%s}", "{\\em %s}", "\\section{%s}", "%s\\cite{zz}", "%s~\\label{zz}")
    source = [data.draw(st.sampled_from(forms)) % " ".join(line) for line in lines]
    text = read(tmp_path_factory.mktemp("l"), "\n\n".join(source))
    assert text.split() == [word for line in lines for word in line]


def test_a_document_begins_with_its_title(tmp_path: Path) -> None:
    path = tmp_path / "a.tex"
    head = "\\documentclass[a4paper]{article}\n\\title{On \\emph{Heat}}\\author{Ann\\thanks{Of Kiel.}}\n"
    path.write_text(head + "\\begin{document}\n\\maketitle\nHot.\n\\end{document}\nNo.")
    document = read_latex(path)
    assert document.title == "On Heat"
    assert document.text == "On Heat\n\nAnn\n\nOf Kiel.\n\nHot."


def test_what_is_included_and_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.tex"
    path.write_text("\\input{here}\n% \\input{remark}\n\\include{gone}\nHot.")
    (tmp_path / "here.tex").write_text("Cold.")
    document = read_latex(path)
    assert document.notices == (f"{path}: what it includes is not there and not read: gone",)


@pytest.mark.parametrize("part", ["{", "\\textbf{", "\\begin{a}", "\\begin{tabular}{l}"])
def test_what_is_nested_too_deeply_is_refused_in_a_line(tmp_path: Path, part: str) -> None:
    with pytest.raises(InputError, match="no readable LaTeX"):
        read(tmp_path, part * 20_000)


def test_macros_that_call_themselves_end(tmp_path: Path) -> None:
    twice = "".join(
        f"\\newcommand{{\\{c}x}}{{\\{d}x\\{d}x}}"
        for c, d in zip("abcdefghijklmnopqrs", "bcdefghijklmnopqrst", strict=True)
    )
    text = read(tmp_path, twice + "\\newcommand{\\lo}{x\\lo}\n\\lo{} \\ax{} end")
    assert text.endswith("end")
    assert len(text) < 1_000


@pytest.mark.parametrize("cut", ["\\newcommand", "\\newcommand{\\a}", "\\newcommand{\\a}[1]{x"])
def test_a_definition_that_is_cut_off_loses_no_text(tmp_path: Path, cut: str) -> None:
    assert read(tmp_path, f"It holds 300 litres.\n\n{cut}").startswith("It holds 300 litres.")


def test_what_is_broken_shows_no_mark(tmp_path: Path) -> None:
    text = read(tmp_path, "\\section{Half\nIt holds 300 litres. $ a } \\begin{itemize} \\item b\n")
    assert "300 litres" in text
    assert "\\" not in text
