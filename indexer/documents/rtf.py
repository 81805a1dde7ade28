"""Rich Text (.rtf): what the page shows. By Microsoft's RTF specification 1.9.1.

An own reader: striprtf leaves out notes, text boxes and headers, and shows what is hidden, deleted
or struck out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.errors import InputError
from .embedded import add_extracted
from .extracted import Extracted, TextBuilder
from .grids import Cell, row_texts
from .raised import raised, settled
from .symbols import symbol

__all__ = ["read_rtf"]

_BYTES = 200_000_000
_DEEPEST = 10_000
"""Groups in groups; what is nested deeper is text of the last."""
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,40})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])"
    rb"|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
"""Word with its number, byte, sign, brace, break of the source's line, text."""
_SKIPPED = frozenset({
    "colortbl", "stylesheet", "listtable", "listoverridetable", "rsidtbl", "generator",
    "xmlnstbl", "themedata", "colorschememapping", "latentstyles", "datastore", "pict", "object",
    "objdata", "objclass", "fldinst", "datafield", "bkmkstart", "bkmkend", "annotation", "atnid",
    "atnauthor", "atndate", "atnref", "atnicn", "atnparent", "atrfstart", "atrfend", "shprslt",
    "nonshppict", "sn", "sv", "mmathPict", "filetbl", "revtbl", "ftnsep", "ftnsepc", "ftncn",
    "aftnsep", "aftnsepc", "aftncn", "xe", "tc", "txe", "rxe", "pn", "pnseclvl", "formfield",
    "ffname", "ffdeftext", "operator", "author", "company", "creatim", "revtim", "printim",
    "buptim", "doccomm", "keywords", "subject", "category", "manager", "hlinkbase", "comment",
    "panose", "falt", "listpicture", "pgptbl", "userprops", "background", "wgrffmtfilter",
    "mhtmltag", "htmltag",
})  # fmt: skip
_VISIBLE = frozenset({
    "shpinst", "shptxt", "fldrslt", "result", "shp", "footnote", "nesttableprops", "mmath",
})  # fmt: skip
"""Of the destinations that older programs may leave out, those that are shown."""
_NOTES = frozenset(["footnote", "endnote", "shptxt"])
_HEADERS = frozenset({
    "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf",
})  # fmt: skip
_SIGNS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "tab": "\t", "emdash": "—",
    "endash": "–",
    "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "•", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "nestcell": "\t", "nestrow": "\n",
}  # fmt: skip
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5",
    161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 255: "cp850",
}  # fmt: skip
_SYMBOLS = 2


@dataclass(frozen=True, slots=True)
class _State:
    """What holds for the text of a group."""

    place: str = "body"
    """Where the text goes: body, skipped, title, fonts, or the name of a note or header."""
    gone: frozenset[str] = frozenset()
    """Words that hide or strike out, which are on."""
    up: bool = False
    bold: bool = False
    font: int = -1
    skips: int = 1
    """Characters that stand for a Unicode one in older programs."""
    starred: bool = False


def read_rtf(path: Path) -> Extracted:
    """Paragraphs, tables and notes in order. Raises InputError for what is no RTF file."""
    size = path.stat().st_size
    if size > _BYTES:
        raise InputError(f"{path}: {size:,} bytes, and RTF of at most {_BYTES:,} is read; split it")
    raw = path.read_bytes()
    if not raw.lstrip().startswith(b"{\\rtf"):
        raise InputError(f"{path}: no readable RTF file (it does not begin as one); save it again")
    return _Reader().read(raw)


class _Text:
    """The text of one place, in pieces; what is raised is marked."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.plain = False
        """Some of it is not bold."""

    def put(self, text: str, state: _State) -> None:
        self.parts.append(raised(text) if state.up else text)
        self.plain |= not state.bold and bool(text.strip())

    def taken(self) -> str:
        """The text, which is then gone from here."""
        text = "".join(self.parts)
        self.parts, self.plain = [], False
        return "\n".join(settled(line).replace("\u00ad", "") for line in text.split("\n"))


class _Reader:
    def __init__(self) -> None:
        self._builder = TextBuilder()
        self._texts: dict[str, _Text] = {}
        self._notes: list[str] = []
        self._headers: dict[str, list[str]] = {"header": [], "footer": []}
        self._charset = "cp1252"
        self._fonts: dict[int, int] = {}
        self._bytes = bytearray()
        self._high = 0xD800  # the first half of a character beyond the first 65,536
        self._unread = 0  # characters that follow a Unicode one in its place
        self._state = _State()
        self._stack: list[_State] = []
        self._deeper = 0  # groups beyond those that are told apart
        self._rows: list[list[Cell]] = []
        self._row: list[tuple[str, bool]] = []
        self._merges: list[set[str]] = []
        self._merge: set[str] = set()
        self._head = False
        self._in_table = False

    def read(self, raw: bytes) -> Extracted:
        at = 0
        while at < len(raw) and (match := _TOKEN.match(raw, at)):
            word, number, byte, sign, brace, text = match.groups()
            at = match.end()
            if byte is not None:
                self._byte(int(byte, 16))
                continue
            if word == b"bin":
                at += min(max(0, int(number or 0)), len(raw))
                continue
            if text is not None:
                if self._unread:
                    text, self._unread = text[self._unread :], max(0, self._unread - len(text))
                self._bytes += text
                continue
            if word is not None or sign is not None or brace is not None:
                self._flush()
            if word is not None:
                self._word(word.decode(), None if number is None else int(number))
            elif sign is not None:
                self._sign(sign)
            elif brace is not None:
                self._brace(brace)
        self._flush()
        self._paragraph()
        return self._whole()

    def _whole(self) -> Extracted:
        self._end_table()
        body = self._builder.extracted()
        builder = TextBuilder()
        for text in dict.fromkeys(self._headers["header"]):
            builder.add(text)
        add_extracted(builder, body)
        for text in dict.fromkeys(self._headers["footer"]):
            builder.add(text)
        return builder.extracted(" ".join(self._taken("title").split()))

    def _byte(self, value: int) -> None:
        if self._unread:
            self._unread -= 1
        else:
            self._bytes.append(value)

    def _flush(self) -> None:
        """Bytes that came, as the text that they are in the font's alphabet."""
        if not self._bytes:
            return
        kind = self._fonts.get(self._state.font, -1)
        if kind == _SYMBOLS:
            text = "".join(symbol("Symbol", byte) for byte in self._bytes)
        else:
            text = self._bytes.decode(_CHARSETS.get(kind, self._charset), "replace")
        self._bytes.clear()
        self._put(text)

    def _put(self, text: str) -> None:
        state = self._state
        if state.place != "skipped" and not state.gone and state.place != "fonts":
            self._texts.setdefault(state.place, _Text()).put(text, state)

    def _taken(self, place: str) -> str:
        return self._texts[place].taken() if place in self._texts else ""

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._state = replace(self._state, starred=True)
        elif sign in {b"\r", b"\n"}:
            self._word("par", None)
        elif sign in b"~_{}\\":
            self._put({b"~": "\u00a0", b"_": "-"}.get(sign, sign.decode()))

    def _brace(self, brace: bytes) -> None:
        self._unread = 0
        if brace == b"{":
            if len(self._stack) < _DEEPEST:
                self._stack.append(self._state)
            else:
                self._deeper += 1
            return
        if self._deeper:
            self._deeper -= 1
            return
        place = self._state.place
        self._state = self._stack.pop() if self._stack else _State(place="skipped")
        if place != self._state.place and place in _NOTES | _HEADERS | {"listtext"}:
            text = self._taken(place).strip()
            if place in _HEADERS:
                self._headers[place[:6]] += filter(None, [text])
            elif place != "listtext":
                self._notes += filter(None, [text])
            elif any(c.isalnum() for c in text):  # else a bullet
                self._put(f"{text} ")

    def _word(self, word: str, number: int | None) -> None:
        state = self._state
        starred = state.starred
        if starred:
            state = self._state = replace(state, starred=False)
        if word in _SKIPPED or (starred and word not in _VISIBLE) or word.endswith("Pr"):
            self._state = replace(state, place="skipped")
        elif state.place == "skipped":
            if word in _VISIBLE and word == "shptxt":
                self._state = replace(state, place=word)
        elif word in _NOTES | _HEADERS | {"title"}:
            self._state = replace(state, place=word)
        elif word in {"listtext", "pntext"}:
            self._state = replace(state, place="listtext")
        elif word == "nonesttables":
            self._state = replace(state, place="skipped")
        elif word == "fonttbl":
            self._state = replace(state, place="fonts")
        elif word == "fcharset" and state.place == "fonts":
            self._fonts[state.font] = number or 0
        elif word in _SIGNS:
            self._break(word)
        elif word == "u" and number is not None:
            self._unicode(number)
        elif word == "uc":
            self._state = replace(state, skips=number or 0)
        elif word == "ansicpg":
            self._charset = _charset(number)
        elif word in {"mac", "pc", "pca"}:
            self._charset = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif not self._format(word, number):
            self._table_word(word)

    def _break(self, word: str) -> None:
        if word in {"par", "sect", "page"} and self._state.place == "body" and not self._in_table:
            self._paragraph()
        else:
            self._put(_SIGNS[word])

    def _unicode(self, number: int) -> None:
        code = number + 65_536 if number < 0 else number
        if 0xD800 <= code < 0xDC00:
            self._high = code
        elif 0xDC00 <= code < 0xE000:
            self._put(chr(0x10000 + ((self._high - 0xD800) << 10) + code - 0xDC00))
        elif 0xF020 <= code < 0xF100:
            self._put(symbol("Symbol", code))
        elif 0 < code < 0x110000:
            self._put(chr(code))
        self._unread = self._state.skips

    def _format(self, word: str, number: int | None) -> bool:
        """Whether the word is one of the characters' look."""
        state = self._state
        if word in {"v", "strike", "striked", "deleted"}:
            on = number != 0
            self._state = replace(state, gone=state.gone | {word} if on else state.gone - {word})
        elif word == "super" or (word == "up" and number != 0):
            self._state = replace(state, up=number != 0)
        elif word in {"nosupersub", "sub", "up", "dn"}:
            self._state = replace(state, up=False)
        elif word == "b":
            self._state = replace(state, bold=number != 0)
        elif word == "f" and number is not None:
            self._state = replace(state, font=number)
        elif word == "plain":
            self._state = replace(state, gone=frozenset(), up=False, bold=False)
        else:
            return False
        return True

    def _table_word(self, word: str) -> None:
        if self._state.place != "body":
            return
        if word == "trowd":
            self._merges, self._merge, self._head = [], set(), False
        elif word == "trhdr":
            self._head = True
        elif word in {"clmgf", "clmrg", "clvmgf", "clvmrg"}:
            self._merge.add(word)
        elif word == "cellx":
            self._merges.append(self._merge)
            self._merge = set()
        elif word == "intbl":
            self._in_table = True
        elif word == "cell":
            text = self._texts.setdefault("body", _Text())
            bold = not text.plain
            self._row.append((text.taken().strip(), bold))
        elif word == "row":
            self._end_row()
        elif word == "pard" and not self._row:
            self._in_table = False

    def _end_row(self) -> None:
        self._in_table = False
        bold = len(self._row) > 1 and all(bold for text, bold in self._row if text)
        head = self._head or (bold and not self._rows)
        cells: list[Cell] = []
        for at, (text, _) in enumerate(self._row):
            merge = self._merges[at] if at < len(self._merges) else set[str]()
            if "clmrg" in merge and cells:
                cells[-1] = replace(cells[-1], columns=cells[-1].columns + 1)
            elif "clvmrg" in merge and self._rows and at < len(self._rows[-1]):
                cells.append(replace(self._rows[-1][at], header=head))
            else:
                cells.append(Cell(text, header=head))
        if cells:
            self._rows.append(cells)
        self._row = []

    def _end_table(self) -> None:
        if self._row:
            self._end_row()
        rows, self._rows = self._rows, []
        if len(rows) > 1 and all(cell.header for cell in rows[1]) and not self._head:
            rows = [[replace(cell, header=False) for cell in row] for row in rows]
        self._builder.add_rows(row_texts(rows))

    def _paragraph(self) -> None:
        text = self._taken("body")
        if text.strip() or self._notes:
            self._end_table()
            self._builder.add(text)
        for note in self._notes:
            self._builder.add(note)
        self._notes = []


def _charset(number: int | None) -> str:
    import codecs

    name = {65001: "utf-8", 10000: "mac_roman"}.get(number or 1252, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
