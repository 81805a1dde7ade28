"""Manuals in troff: every word that `man` shows, and no mark."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.corpus import read_documents
from spanmem.indexer.documents.manual import is_manual, read_manual

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=1, max_size=5)
HEAD = ".TH OVEN 8\n"


def read(folder: Path, text: str, name: str = "oven.8") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return read_manual(path).text


PAGES = {
    "fonts": ("Use\n.B oven\nwith \\fI\\-\\-heat\\fP\\|=\\|\\f[B]9\\fR.", "Use oven with --heat=9."),
    "fonts in turn": (".BR oven (8),\n.RB [ \\-p\n.IR port ]", "oven(8), [-p port]"),
    "tags": (".TP\n.BR \\-t , \\ \\-\\-time\nWait for\n45 s.", "-t, --time\nWait for 45 s."),
    "two tags": (".TP\n.B a\n.TQ\n.B b\nBoth.", "a\nb\nBoth."),
    "bullets": (".IP \\(bu 2\nOne.\n.IP \\(bu\nTwo.", "•\nOne.\n\n•\nTwo."),
    "drawn bullets": (".IP \"\\h'-04'\\(bu\\h'+03'\" 4\nOne.", "•\nOne."),
    "numbers drawn": ("\\h'-04' 1.\\h'+01'Heat it.", "1. Heat it."),
    "code": (".nf\noven \\-d \\e\n    \\-p 9\n.fi\nSo.", "oven -d \\\n    -p 9\nSo."),
    "quotation marks": ("It isn\\(aqt \\(lqhot\\(rq; \\*(lqcold\\*(rq.", "It isn't “hot”; “cold”."),
    "letters": ("Caf\\['e], gar\\(,con, \\[u00C4]rger, 3\\(mu4.", "Café, garçon, Ärger, 3×4."),
    "unknown letters": ("a \\(zz b", "a \ufffd b"),
    "raised": ("10\\v'-0.4m'\\s-26\\s+2\\v'0.4m' bytes, 10\\u3\\d.", "10⁶ bytes, 10³."),
    "remarks": (".\\\" gone\nSeen.\\\" gone\n'\\\" t\n.", "Seen."),
    "left out": (".ig\nno\n..\n.de XY\nno \\\\$1\n..\nYes.", "Yes."),
    "own macros": (".de FN\n\\fI\\\\$1\\fP\n..\nSee\n.FN /etc/oven\n.", "See /etc/oven"),
    "own macros with remarks": (".de Sp \\\" space\n.sp\n..\nHot.\n.Sp\nDry.", "Hot.\n\nDry."),
    "own macros added to": (".de URL\n\\$2 <\\$1>\\$3\n..\n.if \\n[.g] \\{\\\n.  mso www.tmac\n.  am URL\n.    ad l\n.  .\n.\\}\n.URL o.example here .", "here <o.example>."),
    "own strings": (".ds VE 2.1\nOven \\*(VE, \\*[VE].", "Oven 2.1, 2.1."),
    "conditions": (".ie n on a screen\n.el on paper\n.if t no\n.if !t yes", "on a screen yes"),
    "blocks": (".if n \\{\\\n.RS 4\n.\\}\nIn.\n.if t \\{\\\nOut.\n.\\}\n.RE", "In."),
    "links": (".UR https://o.example\nhere\n.UE .\n.MT a@o.example\n.ME", "here (https://o.example). a@o.example"),
    "tables": (".TS\ntab(;);\nlb lb\nl l.\nPan;Heat\n_\niron;T{\nvery\nhot\nT}\n.TE", "iron. Heat: very hot."),
    "a dot that is text": ("\\&.ovenrc is read.", ".ovenrc is read."),
}  # fmt: skip


@pytest.mark.parametrize(("page", "shown"), PAGES.values(), ids=PAGES.keys())
def test_a_page_is_read_as_it_is_shown(tmp_path: Path, page: str, shown: str) -> None:
    assert read(tmp_path, HEAD + page + "\n") == shown


MDOC = {
    "names": (".Nm oven\n.Nd heats\n.Pp\n.Nm\nheats.", "oven – heats\n\noven heats."),
    "options": (".Op Fl n Ar count\n.Op Fl v\n.Ar", "[-n count] [-v] file ..."),
    "marks": ("See\n.Xr init 8 ,\n.Dq the book .", "See init(8), “the book”."),
    "joined": (".Fl -heat Ns = Ns Ar n ,\n.Pf ( Ar x )", "--heat=n, (x)"),
    "tags": (".Bl -tag -width 4n\n.It Fl n Ar k\nRetry\n.Ar k\ntimes.\n.El", "-n k\nRetry k times."),
    "items": (".Bl -bullet\n.It\nOne.\n.It\nTwo.\n.El", "One.\n\nTwo."),
    "code": (".Bd -literal\noven -n 3\n  -v\n.Ed", "oven -n 3\n  -v"),
    "systems": ("On\n.Fx 14 .\n.Fn bake x y", "On FreeBSD 14. bake(x, y)"),
}  # fmt: skip


@pytest.mark.parametrize(("page", "shown"), MDOC.values(), ids=MDOC.keys())
def test_a_page_of_bsd_is_read_as_it_is_shown(tmp_path: Path, page: str, shown: str) -> None:
    assert read(tmp_path, f".Dd May 1, 2024\n.Dt OVEN 8\n.Os\n{page}\n") == shown


@given(st.lists(WORDS, min_size=1, max_size=6), st.data())
def test_every_word_is_kept(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]], data: st.DataObject
) -> None:
    forms = [data.draw(st.sampled_from((".B {}", "\\fB{}\\fR", ".SM {}", "{}\\&"))) for _ in lines]
    page = [form.format(" ".join(line)) for form, line in zip(forms, lines, strict=True)]
    text = read(tmp_path_factory.mktemp("m"), HEAD + "\n".join(page))
    assert text.split() == [word for line in lines for word in line]


def test_its_title_is_its_name_and_its_foot_is_kept(tmp_path: Path) -> None:
    (tmp_path / "oven.8").write_text('.TH OVEN 8 2024-05-01 "oven 2.3"\n.SH NAME\noven \\- heat\n')
    page = read_manual(tmp_path / "oven.8")
    assert (page.title, page.text) == ("OVEN(8)", "NAME\n\noven - heat\n\noven 2.3, 2024-05-01")


ENDLESS = {
    "lines": "".join(f".de X{n}\n.X{n + 1}\n.X{n + 1}\n..\n" for n in range(19)) + ".X0",
    "a loop": ".de LO\nround\n.LO\n..\n.LO",
    "arguments": ".de LO\n\\$*\n.LO \\$* \\$*\n..\n.LO abcd",
    "arguments in a line": ".de LO\n" + "\\$*" * 99 + "\n..\n.LO " + "abcd" * 99,
    "strings": ".ds a " + "\\*b" * 99 + "\n.ds b " + "\\*c" * 99 + "\n.ds c hot\n\\*a",
    "a string of itself": ".ds a " + "\\*a" * 99 + "\n\\*a",
    "strings that grow": ".ds a hot\n" + ".as a \\*a\n.as b \\*a\n" * 99 + "\\*b",
}


@pytest.mark.parametrize("page", ENDLESS.values(), ids=ENDLESS.keys())
def test_little_that_gives_much_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr("spanmem.indexer.documents.roff._EXPANDED", 2_000)
    text = read(tmp_path, f"{HEAD}{page}\nend\n")
    assert text.endswith("end")
    assert len(text) < 2_100


DEEP = {
    "blocks": (".if n \\{\n" * 5_000 + "end\n" + ".\\}\n" * 5_000, "end"),
    "blocks that do not hold": (".if t \\{\n" * 5_000 + "no\n" + ".\\}\n" * 5_000 + "end", "end"),
    "blocks never closed": (".if n \\{\n" * 5_000 + "end", "end"),
    "conditions in a line": (".if n " * 5_000 + "no\nend", "end"),
    "alternatives": (".ie n \\{\\\n.ie t no\n.el a\n.\\}\n.el no\n.ie t \\{ no\n.\\}\n.el b", "a b"),
    "blanks": (".B a" + " " * 300_000 + "\\", "a"),
}  # fmt: skip


@pytest.mark.parametrize(("page", "shown"), DEEP.values(), ids=DEEP.keys())
def test_what_is_nested_is_read_in_one_pass(tmp_path: Path, page: str, shown: str) -> None:
    assert read(tmp_path, f"{HEAD}{page}\n") == shown


@pytest.mark.parametrize("name", ["oven.8", "oven.3pm", "oven", "oven.man"])
def test_a_folder_of_manuals_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(HEAD + "Heats to\n.B 90\ndegrees.\n", encoding="utf-8")
    (tmp_path / "oven.1.gz").write_bytes(gzip.compress(b".TH O 1\nHeats to\n.B 80\ndegrees.\n"))
    texts = {document.text for document in read_documents([tmp_path])}
    assert texts == {"Heats to 90 degrees.", "Heats to 80 degrees."}


@pytest.mark.parametrize("text", ["10:00 GET /\n.hidden\n", "I. TH\n", ".THE END\n", ".Ddos\n"])
def test_a_log_is_no_manual(tmp_path: Path, text: str) -> None:
    assert not is_manual(text)
    assert read(tmp_path, text, "access.log.1") == text
