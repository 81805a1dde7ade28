"""The characters of an HTML page from its bytes, as browsers read them.

https://html.spec.whatwg.org/#determining-the-character-encoding and the labels of
https://encoding.spec.whatwg.org/#names-and-labels
"""

from __future__ import annotations

import codecs
import re

from ...core.errors import InputError

__all__ = ["page_text"]

_HEAD = 8192
"""Bytes at the start in which a page may name its encoding; browsers look at 1024."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(
    rb"<meta[\s/][^>]{0,400}?charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([\w.:-]{2,40})", re.IGNORECASE
)
_XML = re.compile(rb"\s{0,50}<\?xml[^>]{0,200}?encoding\s{0,5}=\s{0,5}[\"']([\w.:-]{2,40})")
_LANGUAGE = re.compile(
    rb"<html[^>]{0,400}?\s(?:xml:)?lang\s{0,5}=\s{0,5}[\"']?([a-z]{2})\b", re.IGNORECASE
)
_LABELS = {
    **dict.fromkeys(
        ("iso-8859-1", "iso8859-1", "latin1", "latin-1", "ascii", "us-ascii"), "cp1252"
    ),
    **dict.fromkeys(("x-user-defined", "x-cp1252", "ansi", "iso_8859-1", "l1"), "cp1252"),
    **dict.fromkeys(("iso-8859-9", "latin5", "l5", "iso_8859-9"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620", "dos-874", "windows-874"), "cp874"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "chinese", "gb_2312-80", "cp936"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "ms932"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean", "ksc5601", "windows-949"), "cp949"),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("macintosh", "x-mac-roman", "mac"), "mac_roman"),
    **dict.fromkeys(("koi8", "koi", "koi8_r"), "koi8_r"),
    **dict.fromkeys(("iso-8859-8-i", "logical"), "iso8859-8"),
    "x-mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-8": "utf-8",
}
_LEGACY = {
    **dict.fromkeys(("ru", "bg", "mk", "be"), "cp1251"),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "sl", "hr", "ro"), "cp1250"),
    **dict.fromkeys(("lt", "lv", "et"), "cp1257"),
    **{"uk": "cp1251", "el": "cp1253", "tr": "cp1254", "he": "cp1255", "ar": "cp1256"},
    **{"fa": "cp1256", "vi": "cp1258", "th": "cp874", "ja": "cp932", "ko": "cp949"},
    "zh": "gb18030",
}
"""What pages of a language were written in before UTF-8."""
_NO_CHARSETS = frozenset(
    (
        "punycode",
        "idna",
        "undefined",
        "unicode_escape",
        "raw_unicode_escape",
        "utf-7",
        "mbcs",
        "oem",
    )
)
_SAMPLE = 20_000
"""Bytes of prose that tell an encoding as well as all of them."""


def page_text(place: object, raw: bytes) -> str:
    """The page's characters: by its mark, by what it declares, as UTF-8, by its language.

    A single-byte encoding that is declared gives way to UTF-8 where the bytes are valid UTF-8, and
    a declared UTF-8 to the legacy encoding of the language where they are not, unless only a few
    of them are damaged: those become U+FFFD, as in browsers. Raises InputError for binary data.
    """
    for mark, charset in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(charset, "replace")
    if b"\0" in raw:
        wide = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(raw.lstrip(b" \r\n\t")[:2])
        if wide is None:
            raise InputError(f"{place}: binary data, not HTML; give a text file")
        return raw.decode(wide, "replace")
    declared = _declared(raw)
    if declared is None or declared == "utf-8" or _is_single_byte(declared):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            if declared in (None, "utf-8") and _is_damaged_utf8(raw):
                return raw.decode("utf-8", "replace")
    if declared is None or declared == "utf-8":
        return _undeclared(raw)
    return _decoded(raw, declared)


def _declared(raw: bytes) -> str | None:
    """The codec that the page names; none where it names none, or one that browsers do not know."""
    head = re.sub(rb"<!--.{0,2000}?-->", b"", raw[:_HEAD], flags=re.DOTALL)
    match = _META.search(head) or _XML.match(head)
    if match is None:
        return None
    label = match.group(1).decode("ascii", "replace").lower()
    label = _LABELS.get(label, label.removeprefix("x-") if label.startswith("x-cp") else label)
    try:
        info = codecs.lookup(label)
    except LookupError:
        return None
    if label in _NO_CHARSETS or info.name in _NO_CHARSETS or not _is_text(info):
        return None
    # A page whose declaration can be read in single bytes is not written in double ones.
    return "utf-8" if info.name.startswith(("utf-16", "utf-32", "utf-8")) else info.name


def _is_text(info: codecs.CodecInfo) -> bool:
    try:
        return isinstance(codecs.decode(b"a", info.name), str)
    except (TypeError, ValueError, LookupError):
        return False


def _is_single_byte(charset: str) -> bool:
    return charset.startswith(
        ("cp125", "iso8859", "mac", "koi8", "cp874", "cp866", "cp437", "cp85")
    )


def _is_damaged_utf8(raw: bytes) -> bool:
    """Whether most characters beyond ASCII are UTF-8 for all that some are not."""
    text = raw.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    return sum(char > "\x7f" for char in text) - lost > 2 * lost


def _undeclared(raw: bytes) -> str:
    language = _LANGUAGE.search(raw[:_HEAD])
    charset = _LEGACY.get(language.group(1).decode().lower()) if language else None
    return _decoded(raw, charset or ("cp1252" if language else _guessed(raw)))


def _guessed(raw: bytes) -> str:
    """By the frequencies of letters where there are enough of them; else Windows-1252."""
    from charset_normalizer import from_bytes

    prose = re.sub(rb"<[^<>]{0,2000}>", b" ", raw[: 4 * _SAMPLE])[:_SAMPLE]
    if sum(byte > 0x7F for byte in prose) < 30:
        return "cp1252"
    best = from_bytes(prose).best()
    return best.encoding if best is not None else "cp1252"


def _decoded(raw: bytes, charset: str) -> str:
    text = raw.decode(charset, "replace")
    if charset == "cp1252" and "\ufffd" in text:  # five bytes have no character there: C1 controls
        return "".join(bytes((b,)).decode("cp1252", "ignore") or chr(b) for b in raw)
    return text
