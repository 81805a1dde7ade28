"""Strings that are one to a reader, though a tokenizer parts them at their marks. Pure, linear.

Addresses, links, paths, versions, keys, codes, numbers with sign, separators and unit, telephone
and account numbers: an answer holds the whole of one, or nothing of it. Words that a dash, a slash
or a forgotten space joins stay apart: either of them may be the answer.

Texts are folded ones (`core/folding.py`): hyphens and minus signs are ``-``, blanks are plain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..core.expressions import expression

__all__ = ["merged", "whole_words"]

_Place = tuple[int, int]

_CODE = expression(r"(?<!`)`([^`\n]{1,256})`(?!`)")
"""What Markdown sets as code: a command with its arguments is one string."""
_RUN = expression(r"\S+")
_SCRIPT = "\u0e00-\u0eff\u1000-\u109f\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Scripts that put no blanks between words, and their punctuation."""
_PART = expression(rf'[^\s"«»`|;—…{_SCRIPT}]+')
_LINK_PART = expression(rf'[^\s"«»`<>{_SCRIPT}]+')
_ATOM = expression(r"[^\W_]+")
_LINK = expression(r"[A-Za-z][A-Za-z0-9+.-]{1,15}://|\bwww\.|\bmailto:")
_MAIL = expression(r"[\w.!#$%&'*+/=?^{}~-]{1,128}@[\w.-]{0,254}\w(?::[\w./~-]{0,254}\w)?")
_PATH = expression(
    r"(?:(?:~|\.{1,2}|\$\w{1,64}|%\w{1,64}%|[A-Za-z]:)?[/\\]|\\\\)[\w.{~$%]"  # from a root
    r"|(?:[\w.@+-]{1,255}/){2}"  # of three steps and more
    r"|[\w.$%-]{1,255}\\\w"
    r"|(?:doi:)?10\.\d{4,9}/\w"
)
_MIME = expression(r"(?:application|audio|font|image|message|model|multipart|text|video)/\w")
_FLAG = expression(r"--?[A-Za-z]")
_OPENING = "([{<'\"*_“‘¿¡"
_CLOSING = ".,;:!?)]}>'\"*_”’"
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}

_YEAR = expression(r"1\d{3}|20\d\d")
_GROUP = expression(r"[0-9A-Fa-f]{1,4}")
_SEAM = frozenset(["mid", "pre", "post", "late", "early", "circa", "ex", "non", "since", "until"])

_SCALE = r"(?:thousand|million|billion|trillion|mn|bn)"
_ORDINAL = expression(
    r"(?:[A-Za-z]{1,30}-)?\d{1,9}(?:st|nd|rd|th|s|m|km|ft|cm|mm|kg|lb)(?:-[A-Za-z]{1,30}){0,3}"
)

_CURRENCY = "[$€£¥₹₽₩₺₴₿¢]"
_CODES = "(?:EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|AUD|CAD)"
_UNIT = (
    r"(?:dB[(][ABCZ][)]|(?:[kcdmµμn]?m|s|ft|in|l|mol|g|kg)\^?-?[1-9]|[kKMGTPmcdµμnp]?(?:Hz|bit/s|bps|B|Wh?|Ah"
    r"|Pa|J|N|m|g|l|L|mol|Ω|eV)|[kmMµμ]?V|kVA|[kmµμ]A|A(?! \w)|[KMGT]i?B(?:/s)?|k?cal"
    r"|bar|psi|rpm|dB|ppm|ppb|lm|lx|cd|ha|t|h|s|min|ft|lbs?|oz|mph|kts?|kn|Nm|mmHg|[kM]bit|Mb)"
)
_MEASURE = rf"{_UNIT}(?:[·*/]{_UNIT}){{0,3}}(?:/(?:day|week|month|year))?"
_AFTER_NUMBER = expression(
    r"(?: ?[×x] ?\d[\d.,]{0,30}(?<=\d)(?:\^-?\d{1,4})?){0,3}"
    rf"(?: {_SCALE}(?!\w))?"
    rf"(?: ?(?:%|‰|°(?: ?[CFK](?!\w))?|{_CURRENCY}|{_CODES}(?!\w)|{_MEASURE}(?![\w'-]))|"
    r" ?(?:[ap]m(?!\w)|[ap]\.m\.))?"
)
_BEFORE_NUMBER = expression(
    rf"(?:(?:(?<![\d ])|(?<!\d)(?= )|(?<=\D )|^)(?:\b[A-Z]{{1,3}})?{_CURRENCY} ?|§{{1,2}} ?"
    rf"|\b{_CODES} )?(?:(?<![^\s(\[{{$€£¥§\"'])[-+±≤≥<>])?$"
)
_LOOK_BACK = 8
"""Characters before a number in which its sign and currency are looked for."""
_EXTENSION = r"(?:,? ?(?:ext\.?|extension|x) ?\d{1,6}\b)?"
_ACROSS_BLANKS = expression(
    r"(?:\+\d{1,3}(?:(?: ?[(][\d ]{1,6}[)] ?|[ ./-])\d{1,6}){1,7}"  # +49 30 1234-56
    r"|[(]0?\d{2,5}[)] ?\d{2,8}(?:[ /-]\d{2,8}){0,4}"  # (030) 123 456
    r"|\b0\d{1,5}(?:[ /-]\d{2,8}){1,5}\b"  # 030 123 456
    r"|\b(?:\d{3}[-.])?\d{3}[-.]\d{4}(?=,? ?(?:ext|x)))"  # 555-0134 x22
    rf"{_EXTENSION}"
    r"|\b[A-Z]{2}\d\d(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?\b"  # an IBAN
    r"|\b\d{4}(?: \d{4}){2,4}\b"  # a card
    r"|\b97[89](?: \d{1,7}){3,4}\b"  # an ISBN
    r"|(?<![\w.,])[-+±]?\d{1,3}(?: \d{3}){1,8}(?:[.,]\d{1,12})?(?![\w])"  # 1 240 000,50
    r"|\b\d{1,3}°\d{1,2}'(?:\d{1,2}(?:\.\d{1,6})?(?:''|″|\")) ?[NSEW]?\b"
)

_GROUPED = r"\d{1,3}(?:[,.' ]\d{3}){1,5}(?:[.,]\d{1,4})?|\d{1,12}[.,]\d{1,4}"
_MONEY = rf"(?:{_CURRENCY}|{_CODES})"
_NEGATIVE = expression(
    rf"(?m:^|(?<=: )|(?<=\| ))(?:{_MONEY} ?)?"
    rf"[(](?:{_MONEY} ?(?:{_GROUPED}|\d{{1,12}})|(?:{_GROUPED}|\d{{1,12}}(?= ?{_MONEY}))"
    rf"(?: ?(?:{_MONEY}|%))?)[)](?: ?{_MONEY})?(?m:(?=[.,;]?$|[.,;] | ?\|))"
)
"""Below zero as accountants write it, (320.50): an amount that fills a field of a table, or a
line. A number in brackets after a word is an aside, and so is a plain one: a note, or a year."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What its marks say of a string without blanks; counted once, not at each mark."""

    dots: int
    hyphens: int
    colons: int
    commas: int
    coded: bool
    """Whether letters and digits stand side by side in it, or an underscore."""
    ordinal: bool
    """Whether what has digits in it is a 19th-century or a mid-1990s."""

    @classmethod
    def of(cls, part: str, atoms: Sequence[_Atom]) -> _Part:
        return cls(
            dots=part.count("."),
            hyphens=part.count("-"),
            colons=part.count(":"),
            commas=part.count(","),
            coded="_" in part or any(a.mixed and not a.text.isdigit() for a in atoms),
            ordinal=_ORDINAL.fullmatch(part) is not None,
        )


@dataclass(frozen=True, slots=True)
class _Atom:
    """Letters and digits without a mark in between."""

    start: int
    end: int
    text: str

    @property
    def mixed(self) -> bool:
        return any(map(str.isdigit, self.text))

    @property
    def lower_word(self) -> bool:
        return self.text.isalpha() and self.text.islower() and len(self.text) > 2

    @property
    def caps(self) -> bool:
        return self.text.isalpha() and self.text.isupper()


def whole_words(text: str) -> list[_Place]:
    """Places in a folded text that an answer must not cut; ascending, and none in another.

    Plain words are not among them: a tokenizer knows them as they are.
    """
    places: list[_Place] = [match.span() for match in _ACROSS_BLANKS.finditer(text)]
    places += [match.span() for match in _NEGATIVE.finditer(text)]
    places += [match.span(1) for match in _CODE.finditer(text) if match[1] == match[1].strip()]
    for run in _RUN.finditer(text):
        if run.group().isalpha():
            continue
        for start, end in _in_run(text, run.start(), run.end()):
            places.append(_extended(text, start, end))
    return merged(places)


def merged(places: Sequence[_Place]) -> list[_Place]:
    """Half-open places in order, those that overlap as one."""
    merged: list[_Place] = []
    for start, end in sorted(places):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged


def _in_run(text: str, start: int, end: int) -> Iterator[_Place]:
    """The whole strings in a run of characters without a blank, and its single numbers."""
    link = _LINK.search(text, start, end)
    if link is not None:
        part = _LINK_PART.match(text, link.start(), end)
        if part is not None:
            yield from _in_part(text, start, link.start())
            yield _trimmed(text, *part.span())
            yield from _in_part(text, part.end(), end)
            return
    for part in _PART.finditer(text, start, end):
        yield from _in_part(text, *part.span())


def _in_part(text: str, start: int, end: int) -> Iterator[_Place]:
    start, end = _trimmed(text, start, end)
    if start >= end:
        return
    part = text[start:end]
    mail = _MAIL.search(part)
    if mail is not None:
        yield from _groups(text, start, start + mail.start())
        yield start + mail.start(), start + mail.end()
        yield from _groups(text, start + mail.end(), end)
    elif _PATH.match(part) or _MIME.match(part) or _is_flag(text, start, part):
        yield start, end
    else:
        yield from _groups(text, start, end)


def _is_flag(text: str, start: int, part: str) -> bool:
    """Whether it is an option of a command; a hyphen that opens a line is a bullet."""
    if not _FLAG.match(part):
        return False
    return part.startswith("--") or (start > 0 and text[start - 1] not in "\n-" and len(part) < 24)


def _trimmed(text: str, start: int, end: int) -> _Place:
    """Without the brackets, quotes and stops around it; what opens inside may close at its end."""
    while start < end and text[start] in _OPENING and not _is_name_mark(text, start, end):
        start += 1
    open_inside = {
        closer: text.count(opener, start, end) - text.count(closer, start, end)
        for closer, opener in _PAIRS.items()
    }
    while start < end and (char := text[end - 1]) in _CLOSING and open_inside.get(char, -1) < 0:
        if char in open_inside:
            open_inside[char] += 1
        end -= 1
    return start, end


def _is_name_mark(text: str, start: int, end: int) -> bool:
    """Whether an underscore belongs to a name such as _id, and is no emphasis."""
    return text[start] == "_" and "_" not in text[max(start + 1, end - 2) : end]


def _groups(text: str, start: int, end: int) -> Iterator[_Place]:
    """Atoms that their marks join, and atoms with digits or signs of their own."""
    atoms = [_Atom(*m.span(), m.group()) for m in _ATOM.finditer(text, start, end)]
    if not atoms:
        return
    part = _Part.of(text[start:end], atoms)
    first = 0
    for i, atom in enumerate(atoms):
        following = atoms[i + 1] if i + 1 < len(atoms) else None
        if following is not None:
            mark = text[atom.end : following.start]
            if _joins(atom, mark, following, part):
                continue
        yield from _group(text, atoms[first].start, atom.end, (start, end))
        first = i + 1


def _group(text: str, start: int, end: int, part: _Place) -> Iterator[_Place]:
    """A group with the signs that cling to it, if there are any or it is of several atoms."""
    bare = (start, end)
    if text.startswith(("++", "()"), end):
        end += 2
    elif text[end : end + 1] in ("+", "#") and not text[end + 1 : end + 2].isalnum():
        end += 1
    while start > part[0] and text[start - 1] == "_":
        start -= 1
    before = text[start - 1] if start else " "
    outside = text[start - 2] if start > 1 else " "
    if before in ".#@$" and (outside.isspace() or outside in _OPENING):
        start -= 1
    if (
        (start, end) != bare
        or any(map(str.isdigit, text[start:end]))
        or not text[start:end].isalpha()
    ):
        yield start, end


def _extended(text: str, start: int, end: int) -> _Place:
    """A number with its sign, currency, scale and unit; others as they are."""
    is_number = not any(map(str.isalpha, text[start:end]))
    if text[start].isdigit() or text[start] in ".$":
        back = max(0, start - _LOOK_BACK)
        lead = _BEFORE_NUMBER.search(text[back:start])
        if lead is not None and lead.group():
            start = back + lead.start()
    if is_number and text[end - 1].isdigit():
        after = _AFTER_NUMBER.match(text, end)
        if after is not None:
            end = after.end()
    return start, end


def _joins(left: _Atom, mark: str, right: _Atom, part: _Part) -> bool:
    """Whether two atoms of one part are one string: see the module."""
    bare = mark.strip("_")
    if mark and not bare:
        return True
    rule = _RULES.get(bare)
    return rule is not None and rule(left, right, part)


def _at_dot(left: _Atom, right: _Atom, part: _Part) -> bool:
    """Versions, file names, names of programs; not a sentence without its space."""
    first = right.text[0]
    if left.text[-1].isdigit() or first.isdigit():
        return not (first.isupper() and right.text[1:].islower() and right.text.isalpha())
    if first.islower():
        return True
    if len(left.text) == len(right.text) == 1 or (right.caps and len(right.text) > 1):
        return True
    return part.coded or part.dots > 1 or any(map(str.isupper, right.text[1:]))


def _at_hyphen(left: _Atom, right: _Atom, part: _Part) -> bool:
    """Codes, keys and numbers; not a span of years, nor "12-year" and "mid-1990s"."""
    digits = len(right.text) if right.text.isdigit() else 0
    if _YEAR.fullmatch(left.text) and part.hyphens == 1 and digits in (2, 4):
        return False
    if part.coded and not part.ordinal:
        return left.text.lower() not in _SEAM or not right.mixed
    if left.text.isdigit() and right.text.isdigit():
        return True
    if right.text.isdigit():
        return left.text.lower() not in _SEAM
    if left.text.isdigit():
        return not right.lower_word
    return part.dots > 0 or (left.text[0].isupper() and right.text[0].isupper())


def _at_colon(left: _Atom, right: _Atom, part: _Part) -> bool:
    if left.text.isdigit() and right.text[0].isdigit():
        return True
    if _GROUP.fullmatch(left.text) and _GROUP.fullmatch(right.text) and part.colons > 1:
        return True
    return left.text[0].islower() and (right.mixed or left.mixed)


def _at_comma(left: _Atom, right: _Atom, part: _Part) -> bool:
    if not (left.text[-1].isdigit() and right.text[0].isdigit()):
        return False
    return part.commas == 1 or len(right.text) == 3


def _at_slash(left: _Atom, right: _Atom, part: _Part) -> bool:
    if left.mixed and right.mixed:
        return True
    if left.caps and right.caps:
        return len(left.text) < 4 and len(right.text) < 4
    if (left.caps and right.mixed) or (left.mixed and right.caps):
        return True
    return part.coded and (left.mixed or right.mixed)


def _at_apostrophe(left: _Atom, right: _Atom, part: _Part) -> bool:
    if left.text.isdigit() and right.text.isdigit():
        return True
    return len(left.text) < 3 and left.text[0].isupper() and right.text[0].isupper()


def _of_numbers(left: _Atom, right: _Atom, part: _Part) -> bool:
    return left.text[-1].isdigit() and right.text[0].isdigit()


def _at_ampersand(left: _Atom, right: _Atom, part: _Part) -> bool:
    return left.caps and right.caps and len(left.text) < 5 and len(right.text) < 5


_RULES = {
    ".": _at_dot,
    "-": _at_hyphen,
    ":": _at_colon,
    "::": _at_colon,
    ",": _at_comma,
    "/": _at_slash,
    "'": _at_apostrophe,
    "&": _at_ampersand,
    "#": lambda left, right, part: right.text[0].isdigit(),
    **dict.fromkeys(["^", "^-", "×", "·", "*", "°", "″", "''", "+"], _of_numbers),
}
