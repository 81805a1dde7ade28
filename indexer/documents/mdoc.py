"""Manuals in mdoc, the macros of BSD that say what words are -> lines as those of `man` are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .roff import Line, roff_lines

__all__ = ["mdoc_lines"]

_PAIRS = {
    "Op": "[]", "Bq": "[]", "Dq": "“”", "Sq": "‘’", "Ql": "‘’", "Pq": "()", "Brq": "{}",
    "Aq": "<>", "Qq": '""', "Eq": "  ",
}  # fmt: skip
_OPEN = {"Oo": "[", "Bo": "[", "Do": "“", "So": "‘", "Po": "(", "Bro": "{", "Ao": "<", "Qo": '"'}
_CLOSE = {"Oc": "]", "Bc": "]", "Dc": "”", "Sc": "’", "Pc": ")", "Brc": "}", "Ac": ">", "Qc": '"'}
_PLAIN_NAMES = (
    "Ad An Ar Cd Cm Dv Em Er Ev Fa Fn Ft Ic In Li Lk Ms Mt Nm No Pa St Sx Sy Tn Va Vt Fl Xr Ns "
    "Pf Ap Tg Bx Nx Ox Fx Ux Dx At Nd Fd Lb"
)
_PLAIN = frozenset(_PLAIN_NAMES.split())
_CALLABLE = _PLAIN | _PAIRS.keys() | _OPEN.keys() | _CLOSE.keys()
_EMPTY = {"Ar": "file ...", "Ux": "UNIX", "Bx": "BSD", "Nx": "NetBSD", "Ox": "OpenBSD",
          "Fx": "FreeBSD", "Dx": "DragonFly", "At": "AT&T UNIX", "Pa": "~", "Ap": "'"}  # fmt: skip
_SYSTEMS = frozenset(("Bx", "Nx", "Ox", "Fx", "Dx", "At"))
_AFTER, _BEFORE = frozenset(".,:;)]?!"), frozenset("([")
_TITLES = frozenset(("Sh", "Ss"))
_TAGGED = frozenset(("-tag", "-hang", "-ohang", "-inset", "-diag"))
_GLUE = "\0"
"""Between words that stand without a space."""


def mdoc_lines(text: str) -> Iterator[Line]:
    """The lines of a page of mdoc with the macros of `man` in the place of its own."""
    yield from _Translation().lines(roff_lines(text, _CALLABLE | _TITLES | {"It", "Bl", "Nd"}))


class _Translation:
    def __init__(self) -> None:
        self._name = ""
        self._lists: list[str] = []
        self._synopsis = False

    def lines(self, source: Iterator[Line]) -> Iterator[Line]:
        for line in source:
            if line.macro in ("TS", "TE", "EQ", "EN") or not line.macro:
                yield line
            else:
                yield from self._macro(line.macro, list(line.words))

    def _macro(self, name: str, words: list[str]) -> Iterator[Line]:
        if name == "Dt":
            yield Line("TH", "", tuple(words))
        elif name in _TITLES:
            self._synopsis = words == ["SYNOPSIS"]
            yield Line(name.upper(), "", (self._shown(words),))
        elif name in ("Pp", "Lp"):
            yield Line("PP", "")
        elif name in ("Bd", "D1", "Dl", "Ed"):
            yield from self._display(name, words)
        elif name in ("Bl", "El", "It"):
            yield from self._list(name, words)
        elif name in ("Ex", "Rv"):
            about = " ".join(words[1:]) or self._name
            ends = "0 on success, and >0 if an error occurs."
            yield Line("", f"The {about} utility exits {ends}") if name == "Ex" else Line("br", "")
        elif name[0] == "%" and len(name) == 2:
            yield Line("", " ".join(words) + ",")
        elif name == "Fo" and words:
            yield Line("", f"{words[0]}(")
        elif name == "Fc":
            yield Line("", ")")
        elif name in _CALLABLE:
            if name == "Nm" and self._synopsis:
                yield Line("br", "")
            yield Line("", self._shown([name, *words]))
        elif name in ("nf", "fi", "br", "sp"):
            yield Line(name, "")

    def _display(self, name: str, words: Sequence[str]) -> Iterator[Line]:
        if name in ("D1", "Dl"):
            yield Line("nf", "")
            yield Line("", self._shown(words))
            yield Line("fi", "")
        elif name == "Ed":
            yield Line("fi", "")
        else:
            yield Line("nf" if {"-literal", "-unfilled"} & set(words) else "PP", "")

    def _list(self, name: str, words: list[str]) -> Iterator[Line]:
        if name == "Bl":
            self._lists.append(words[0] if words else "-item")
        elif name == "El":
            del self._lists[-1:]
            yield Line("PP", "")
        elif self._lists and self._lists[-1] in _TAGGED:
            yield Line("TP", "")
            yield Line("", self._shown(words) or "-")
        else:
            yield Line("PP", "")
            yield Line("", self._shown([word for word in words if word != "Ta"]))

    def _shown(self, words: Sequence[str]) -> str:
        """The words as they stand in the page, macros among them carried out."""
        end = len(words)
        while end and words[end - 1] in _AFTER:
            end -= 1
        parts = [*self._parts(words[:end]), *(_GLUE + mark for mark in words[end:])]
        text = " ".join(part for part in parts if part)
        return re.sub(rf" ?{_GLUE}+ ?(?:{_GLUE} ?)*", "", text)

    def _parts(self, words: Sequence[str]) -> Iterator[str]:
        at = 0
        closing: list[str] = []
        while at < len(words):
            word = words[at]
            at += 1
            if word in _PAIRS:
                yield from (_PAIRS[word][0], _GLUE)
                closing.append(_PAIRS[word][1])
            elif word in _OPEN:
                yield from (_OPEN[word], _GLUE)
            elif word in _CLOSE:
                yield from (_GLUE, _CLOSE[word])
            elif word in _PLAIN:
                end = at
                while end < len(words) and words[end] not in _CALLABLE | _AFTER:
                    end += 1
                yield from self._meant(word, words[at:end])
                at = end
            else:
                yield from (_GLUE, word) if word in _AFTER else (word,)
                if word in _BEFORE:
                    yield _GLUE
        for mark in reversed(closing):
            yield from (_GLUE, mark)

    def _meant(self, macro: str, words: Sequence[str]) -> Iterator[str]:
        if macro == "Nm":
            self._name = self._name or " ".join(words)
            yield " ".join(words) or self._name
        elif macro == "Fl":
            yield " ".join(f"-{word}" for word in words) or f"-{_GLUE}"
        elif macro == "Nd":
            yield f"– {' '.join(words)}"
        elif macro == "Xr":
            yield f"{words[0]}({words[1]})" if len(words) > 1 else " ".join(words)
        elif macro == "Fn":
            yield f"{words[0]}({', '.join(words[1:])})" if words else ""
        elif macro == "In":
            yield f"#include <{' '.join(words)}>"
        elif macro == "Lk":
            yield f"{' '.join(words[1:])} ({words[0]})" if len(words) > 1 else " ".join(words)
        elif macro == "Ns":
            yield from (_GLUE, " ".join(words))
        elif macro == "Ap":
            yield from (_GLUE, "'", _GLUE, " ".join(words))
        elif macro == "Pf" and words:
            yield from (words[0], _GLUE, " ".join(words[1:]))
        elif macro == "Tg":
            return
        elif macro in _SYSTEMS:
            yield " ".join([_EMPTY[macro], *words])
        else:
            yield " ".join(words) or _EMPTY.get(macro, "")
