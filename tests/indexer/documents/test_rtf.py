"""Rich Text: what the page shows, in whatever alphabet it is written."""
# ruff: noqa: E501 -- each document in a line

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.indexer.documents.extracted import Extracted
from spanmem.indexer.documents.rtf import read_rtf

FONTS = r"{\fonttbl{\f0 A;}{\f1\fcharset204 B;}{\f2\fcharset2 Symbol;}{\f3\fcharset128 C;}}"


def read(folder: Path, body: str) -> Extracted:
    path = folder / "a.rtf"
    path.write_bytes((r"{\rtf1\ansi\ansicpg1252" + FONTS + body + "}").encode("latin-1"))
    return read_rtf(path)


ROW = r"\trowd\cellx1\cellx2\cellx3 "
VARIANTS = {
    "paragraphs": (r"\pard One {\b big} word.\par Two\line lines.\par", "One big word.\n\nTwo\nlines."),
    "lines of the source": ("One \nword\r\n s.\\par", "One word s."),
    "struck out": (r"a {\strike b}{\striked1 c}d\par", "a d"),
    "hidden and deleted": (r"a {\v b}{\deleted c}{\v0 d}\v e\v0 f\par", "a df"),
    "raised": (r"3 \'d7 10{\super 6} m{\up6 2} CO{\sub 2}\par", "3 × 10⁶ m² CO2"),
    "a note": (r"in 1974{\super\chftn{\footnote\chftn Renewed.}}.\par b\par", "in 1974.\n\nRenewed.\n\nb"),
    "a field": (r"in {\field{\*\fldinst REF x}{\fldrslt 1931}}.\par", "in 1931."),
    "a text box": (r"a{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt Call us.\par}}{\shprslt Call us.}}\par", "a\n\nCall us."),
    "a header and a footer": (r"{\header Acme Terms\par}{\footer Call us.\par}a\par", "Acme Terms\n\na\n\nCall us."),
    "Unicode": (r"\uc1 caf\u233? \u8364\'80 {\uc0\u945}{\uc2\u946??}\par", "café € αβ"),
    "halves of a character": (r"\u-10179?\u-8704?\par", "😀"),
    "another alphabet": (r"{\f1 \'cf\'f0\'e8}{\f3\'83\'65\'83\'58}\par", "Приテス"),
    "a symbol": (r"20 {\f2\'b1} 2\par", "20 ± 2"),
    "signs": (r"\ldblquote a\rdblquote\endash b\~c\_d\-e\{\}\\\par", "“a”–b\u00a0c-de{}\\"),
    "a table": (rf"{ROW}\trhdr\intbl Van\cell Rate\cell Seats\cell\row {ROW}\intbl Uhu\cell 89\cell 9\cell\row\pard b\par", "Uhu. Rate: 89. Seats: 9.\n\nb"),
    "a bold first row": (rf"{ROW}\intbl\b Van\cell Rate\b0\cell\row {ROW}\intbl Uhu\cell free\cell\row\pard", "Uhu. Rate: free."),
    "an empty cell": (rf"{ROW}\trhdr\intbl Van\cell Rate\cell Seats\cell\row {ROW}\intbl Uhu\cell\cell 9\cell\row\pard", "Uhu. Rate: –. Seats: 9."),
    "a cell that reaches down": (r"\trowd\cellx1\clvmgf\cellx2 \intbl a\cell 89\cell\row \trowd\cellx1\clvmrg\cellx2 \intbl b\cell\cell\row\pard", "a: 89.\nb: 89."),
    "lines in a cell": (rf"{ROW}\intbl a\cell b\par c\cell\row\pard", "a: b c."),
    "numbers": (r"{\listtext 1.\tab}Drain it.\par{\listtext\f2\'b7\tab}Dry it.\par", "1. Drain it.\n\nDry it."),
    "a picture": (r"a{\*\shppict{\pict\bin4 }}{\}}{\pict ffd8}b\par", "ab"),
    "what nobody knows": (r"a{\*\newthing b{\c d}}e\par", "ae"),
    "a remark": (r"a{\*\annotation b}\par", "a"),
    "styles and lists": (r"{\stylesheet{\s0 Normal;}}{\*\listtable{\list x}}{\info{\author Ada}}a\par", "a"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "text"), VARIANTS.values(), ids=VARIANTS.keys())
def test_a_text_says_what_its_page_shows(tmp_path: Path, body: str, text: str) -> None:
    assert read(tmp_path, body).text == text


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20))
def test_any_character_is_read(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    units = text.encode("utf-16-le")
    codes = [
        int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2)
    ]
    body = "".join(rf"\u{code}?" for code in codes)
    assert read(tmp_path_factory.getbasetemp(), rf"{body}\par").text == text.strip()


@given(st.text("{}\\abc*'0 \n", max_size=40))
def test_no_markup_fails(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    assert isinstance(read(tmp_path_factory.getbasetemp(), body).text, str)


def test_the_title_is_the_files_own(tmp_path: Path) -> None:
    assert read(tmp_path, r"{\info{\title The pump}}a\par").title == "The pump"


def test_groups_without_end_are_read_in_bounded_depth(tmp_path: Path) -> None:
    assert read(tmp_path, "a" + "{" * 200_000 + "b").text == "ab"


def test_what_is_no_rich_text_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.rtf").write_text("words")
    with pytest.raises(InputError, match="no readable RTF file"):
        read_rtf(tmp_path / "a.rtf")
