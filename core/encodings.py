"""Which encoding a text is in: marks, NULs, and a guess among the 8-bit code pages.

A guess is made only where it gives words: the letters of one Latin alphabet where such words have
them, or, by `charset-normalizer`, whole words of another script. Everything else stays refused.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["SAMPLE", "Encoding", "announced", "guess"]

SAMPLE = 1 << 16
"""Bytes that are looked at; more are never needed to tell, and a guess takes time for each."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes are to be read as text."""

    codec: str
    """As Python's `codecs` know it."""
    mark: int = 0
    """Bytes of a byte order mark before the text."""
    unit: int = 1
    """Bytes of the smallest character."""
    told: str = ""
    """Its name for people where it was a guess; empty where the text itself says it."""


_MARKS = (
    (codecs.BOM_UTF32_LE, Encoding("utf-32-le", 4, 4)),
    (codecs.BOM_UTF32_BE, Encoding("utf-32-be", 4, 4)),
    (codecs.BOM_UTF16_LE, Encoding("utf-16-le", 2, 2)),
    (codecs.BOM_UTF16_BE, Encoding("utf-16-be", 2, 2)),
    (codecs.BOM_UTF8, Encoding("utf-8", 3)),
)
_ESCAPE = re.compile(rb"\x1b\$[@B]")
"""How ISO-2022-JP, which is ASCII else, begins what is Japanese."""


def announced(head: bytes, *, whole: bool) -> Encoding | None:
    """The encoding that a byte order mark, NULs or escapes tell; None: UTF-8, or to be guessed.

    `head` is the beginning of a file, or, with `whole`, all of it.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if _ESCAPE.search(head) and _decoded(head, "iso2022_jp") is not None:
        return Encoding("iso2022_jp")
    return _wide(head, whole=whole)


# -- UTF-16 without a mark


def _wide(head: bytes, *, whole: bool) -> Encoding | None:
    """UTF-16 without a mark, told by NULs beside its ASCII characters; None for what is none."""
    if b"\0" not in head or (whole and len(head) % 2):
        return None
    scored = [
        (score, name)
        for name in ("utf-16-le", "utf-16-be")
        if (score := _wide_score(head[: len(head) // 2 * 2], name))
    ]
    return Encoding(max(scored)[1], 0, 2, "utf-16") if scored else None


def _wide_score(head: bytes, codec: str) -> float:
    """Share of ASCII in a text of few scripts; 0 for what is no text."""
    try:  # the last character may be cut in two
        text = codecs.getincrementaldecoder(codec)().decode(head[:8192])
    except UnicodeDecodeError:
        return 0.0
    if not _clean(text):
        return 0.0
    ascii_ = sum(char < "\x80" for char in text)
    scripts = Counter(_script(char) for char in text if char.isalpha())
    latin = scripts.pop("LATIN", 0)
    east = sum(scripts.pop(name, 0) for name in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL"))
    known = latin + max([east, *scripts.values()])
    coherent = known >= 0.95 * (latin + east + sum(scripts.values()))
    # Of few characters most must be ASCII: any two bytes make a Chinese one.
    enough = ascii_ >= max(2, 0.6 * len(text) if len(text) < 16 else 0.02 * len(text))
    return ascii_ / len(text) if coherent and enough else 0.0


def _clean(text: str) -> bool:
    """Whether it holds nothing but characters that texts have."""
    return not any(
        unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") and char not in "\t\n\r\f\v\x1a\x85"
        for char in text
    )


def _script(char: str) -> str:
    return unicodedata.name(char, "?").partition(" ")[0]


# -- 8-bit texts and those of East Asia

_VALID = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_DECLARED = re.compile(rb"(?:coding|charset)\s{0,3}[:=]\s{0,3}[\"']?([A-Za-z][\w.-]{2,30})")
_NO_PAGE = re.compile(
    r"utf|unicode|raw|idna|puny|base64|bz2|hex|quopri|rot13|uu|zlib|mbcs|oem|undefined"
)
"""Python's codecs that are no code page."""
_OTHERS = (
    "cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866", "cp1253", "iso8859_7", "cp1255", "cp1256",
    "cp932", "euc_jp", "gb18030", "big5", "cp949", "cp874", "iso2022_jp",
)  # fmt: skip
"""Code pages of other scripts than Latin, as `charset-normalizer` names them."""
_FEWEST = 4
"""Letters of another script that a guess needs,"""
_HEBREW = 12
"""and of Hebrew, whose letters are small ones of Windows-1251."""
_ALPHABETS = {
    "cp1252": (
        "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíóúüñ", "àèéìíòóùú", "áâãàçéêíóôõúü", "éëïóöèêüáú",
        "æøåéèêóòô", "åäöéà", "áéíóúýþæðö", "àçèéíïòóúü", "çëé",
    ),
    "cp1250": (
        "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţé",
    ),
    "cp1254": ("çğıöşüâîû",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž"),
}  # fmt: skip
"""Letters beyond ASCII of the languages that a code page was made for."""
_LATIN = (
    ("cp1252", "cp1252"), ("iso8859_15", "cp1252"), ("cp1250", "cp1250"), ("iso8859_2", "cp1250"),
    ("cp1254", "cp1254"), ("cp1257", "cp1257"), ("cp850", "cp1252"), ("mac_roman", "cp1252"),
    ("cp852", "cp1250"),
)  # fmt: skip
"""Code pages in the order in which they are tried, each with whose alphabets it writes."""
_SYMBOLS = frozenset("‘’‚“”„‹›«»–—…•€£¥§©®™°±²³¹µ·¿¡½¼¾×÷ªº†‡‰¢¶´\xa0\xad")
_WITHIN = frozenset("’´–—·\xad\xa0…")
"""Symbols that may stand between two letters."""
_ALONE = frozenset("àáéèêëôóíúåæøöùäÀÁÉÈÊÍÓÚÅÆØÖ")
"""Letters that are words."""
_NAMES = {
    "iso8859_15": "iso-8859-15", "iso8859_2": "iso-8859-2", "iso8859_5": "iso-8859-5",
    "iso8859_7": "iso-8859-7", "koi8_r": "koi8-r", "koi8_u": "koi8-u",
    "cp932": "shift_jis", "cp949": "euc-kr", "mac_roman": "macintosh",
}  # fmt: skip


def guess(sample: bytes) -> Encoding | None:
    """The encoding of bytes that are no UTF-8; None where none gives words for certain.

    Only a text that is UTF-8 but for a few bytes is not guessed at: it is damaged.
    """
    sample = sample[:SAMPLE]
    if b"\0" in sample or re.search(rb"[\x01-\x08\x0e-\x19\x1c-\x1f]", sample):
        return None
    valid = sum(len(run) for run in _VALID.findall(sample))
    high = len(_HIGH.findall(sample))
    if valid and high - valid <= max(1, high // 5):
        return None
    codec = _declared(sample) or _latin(sample) or _other(sample)
    return Encoding(codec, told=_told(codec)) if codec else None


def _told(codec: str) -> str:
    """A name that people know: `windows-1252` for `cp1252`."""
    return _NAMES.get(codec, re.sub(r"^cp(?=12\d\d$|874$)", "windows-", codec))


def _decoded(sample: bytes, codec: str) -> str | None:
    """The sample as text, a character cut at its end left out; None where it is none."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(sample)
    except (UnicodeDecodeError, LookupError):
        return None


def _declared(sample: bytes) -> str | None:
    """What the text says of itself in its first lines, where it can be so read."""
    named = _DECLARED.search(sample[:1024])
    if named is None:
        return None
    try:
        info = codecs.lookup(named[1].decode("ascii"))
    except LookupError:
        return None
    text = None if _NO_PAGE.match(info.name) else _decoded(sample, info.name)
    return info.name if text is not None and _clean(text) else None


def _latin(sample: bytes) -> str | None:
    """The first code page in which all letters beyond ASCII are those of one language.

    Failing that Windows-1252, if it gives letters of Western Europe's languages.
    """
    texts: list[tuple[str, str, frozenset[str]]] = []
    for codec, page in _LATIN:
        text = _decoded(sample, codec)
        if text is None or not _clean(text) or not _has_words(text):
            continue
        letters = frozenset(c.lower() for c in text if c > "\x7f" and c.isalpha()) - {"ª", "º", "µ"}
        if codec != "cp1252" and not letters:
            continue  # signs alone tell nothing
        if codec == "iso8859_15" and "€" not in text:
            continue  # the same as Windows-1252 then
        if page == "cp1252" and re.search(r"õ(?!e)", text, re.IGNORECASE):
            continue  # Portuguese has it before an e only: this is a Hungarian ő, or Estonian
        texts.append((codec, page, letters))
    amount = re.search(rb"\xa4 ?\d|\d ?\xa4", sample) is not None  # Latin-9's euro, else a ¤
    for codec, page, letters in texts:
        if codec == "cp1252" and amount:
            continue
        if any(letters <= frozenset(alphabet) for alphabet in _ALPHABETS[page]):
            return codec
    western = frozenset("".join(_ALPHABETS["cp1252"]))
    return next((c for c, _, letters in texts if c == "cp1252" and letters <= western), None)


def _has_words(text: str) -> bool:
    """Whether what is not ASCII stands where Latin letters and signs stand in words."""
    high = 0
    letters = 0
    for word in re.findall(r"[^\W\d_]+", text):
        beyond = sum(char > "\x7f" for char in word)
        high, letters = high + beyond, letters + len(word)
        if not beyond:
            continue
        if (len(word) == 1 and word not in _ALONE) or (beyond == len(word) and len(word) > 2):
            return False
        if not (word.islower() or word.isupper() or word[1:].islower()) and _mixed(word):
            return False
    if 100 * high > 45 * letters:
        return False
    for at, char in enumerate(text):
        if char > "\x7f" and not char.isalpha():
            if char not in _SYMBOLS:
                return False
            between = text[at - 1 : at].isalpha() and text[at + 1 : at + 2].isalpha()
            if between and char not in _WITHIN:
                return False
    return True


def _mixed(word: str) -> bool:
    """Whether a capital beyond ASCII follows a small letter: `cafÃ`."""
    return any(a.islower() and b.isupper() and max(a, b) > "\x7f" for a, b in pairwise(word))


def _other(sample: bytes) -> str | None:
    """The code page of another script, if a guess holds."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample[: SAMPLE // 4], cp_isolation=list(_OTHERS)).best()
    codec = None if best is None else best.encoding
    high = _HIGH.findall(sample)
    if (
        codec == "cp1251"
        and len(high) >= _HEBREW
        and all(b"\xe0" <= byte <= b"\xfa" for byte in high)
    ):
        codec = "cp1255"  # no Russian text does without capitals and each of ы, ь, э, ю and я
    if codec is None or (text := _decoded(sample, codec)) is None or not _clean(text):
        return None
    scripts = Counter(_script(char) for char in text if char > "\x7f" and char.isalpha())
    east = sum(scripts.pop(name, 0) for name in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL"))
    main, total = max([east, *scripts.values()]), east + sum(scripts.values())
    signs = sum(char > "\x7f" and not char.isalpha() for char in text)
    if main < _FEWEST or main < 0.95 * total or 2 * signs > total or scripts["LATIN"] == main:
        return None
    return codec
