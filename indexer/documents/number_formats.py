"""Numbers of spreadsheets as they are shown: 0.19 in "0%" is 19%, 45000 in "yyyy-mm-dd" is
2023-03-15. By ECMA-376 part 1, 18.8.30 (numFmts)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

__all__ = ["BUILT_IN", "shown"]

BUILT_IN: Mapping[int, str] = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "$#,##0", 6: "$#,##0", 7: "$#,##0.00",
    8: "$#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 14: "yyyy-mm-dd", 15: "d-mmm-yy",
    16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00",
    41: "#,##0", 42: "$#,##0", 43: "#,##0.00", 44: "$#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss.0", 48: "0.0E+0", 49: "@",
}  # fmt: skip
"""What the first numbers stand for; 14 and 22 are of the reader's country, here of none."""
_TOKEN = re.compile(
    r'"([^"]{0,200})"|\\(.)|_(.)|\*(.)|\[(\$[^\]]{0,40}|[^\]]{0,40})\]|(AM/PM|A/P|am/pm|a/p)'
    r"|([#0?](?:[#0?,]{0,60})(?:\.[#0?]{0,60},{0,9})?|\.[#0?]{1,60},{0,9})|(E[+-])|([yYmMdDhHsS]{1,10})|(.)",
    re.DOTALL,
)
"""Quoted, escaped, space as wide as, filled with, bracketed, halves of the day, digits, exponent,
parts of a date, another character."""
_EPOCH = dt.datetime(1899, 12, 30)
_LARGEST = 1e200
_LAST = 2_958_466
"""The day after 9999-12-31, the last one that spreadsheets know."""
_Part = tuple[str, str]
"""Kind and text of a piece of a format."""


@lru_cache(maxsize=4096)
def _sections(code: str) -> tuple[tuple[_Part, ...], ...]:
    """The sections of a format (positive; negative; zero; text), each as its pieces."""
    kinds = ("text", "text", "space", "", "bracket", "half", "digits", "exponent", "date", "char")
    sections: list[list[_Part]] = [[]]
    for match in _TOKEN.finditer(code[:500]):
        at = next(i for i, group in enumerate(match.groups()) if group is not None)
        kind, text = kinds[at], match.group(at + 1)
        if kind == "char" and text == ";":
            sections.append([])
        elif kind:
            sections[-1].append((kind, text))
    return tuple(map(tuple, sections))


def shown(number: float, code: str, *, from_1904: bool = False) -> str:
    """The number as the format shows it; "" where the format hides it.

    Formats of fractions and conditions are shown as the plain number, and so is a number that could
    become infinite as a percentage.
    """
    if code in {"", "General", "@"} or abs(number) > _LARGEST:
        return _plain(number)
    sections = _sections(code)
    at = _section(number, len(sections))
    parts = sections[at]
    if not parts and len(sections) > 1:
        return ""
    if any(kind == "bracket" and text[:1] in {"<", ">", "="} for kind, text in parts):
        return _plain(number)
    if any(kind == "date" for kind, _ in parts) or any(_is_elapsed(*part) for part in parts):
        return _date(number + 1462 * from_1904, parts)
    if not any(kind == "digits" for kind, _ in parts):
        words = "".join(text for kind, text in parts if kind in {"text", "char"})
        return words.replace("General", _plain(number)) if parts else _plain(number)
    return _number(number, parts, signed=at == 0 and number < 0)


def _section(number: float, count: int) -> int:
    if number < 0 and count > 1:
        return 1
    return 2 if number == 0 and count > 2 else 0


def _plain(number: float) -> str:
    """As shown without a format: at most eleven digits."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.11g}"


def _number(number: float, parts: tuple[_Part, ...], *, signed: bool) -> str:
    if any(kind == "char" and text == "/" for kind, text in parts):
        return _plain(number)
    power = any(kind == "exponent" for kind, _ in parts)
    if not power and sum(kind == "digits" for kind, _ in parts) > 1:
        return _masked(number, parts)
    percents = sum(kind == "char" and text == "%" for kind, text in parts)
    out: list[str] = []
    done = False
    for kind, text in parts:
        if kind == "digits" and done:
            continue  # of an exponent
        if kind == "digits":
            done = True
            out.append(_digits(abs(number) * 100**percents, text, power=power))
        elif kind == "space":
            out.append(" " if out else "")
        elif kind == "bracket":
            out.append(_currency(text))
        elif kind in {"text", "char"}:
            out.append(text)
    text = " ".join("".join(out).split())
    return f"-{text}" if signed else text


def _masked(number: float, parts: tuple[_Part, ...]) -> str:
    """A number whose digits stand in several places, as in 000-00-0000."""
    wanted = sum(text.count("0") for kind, text in parts if kind == "digits")
    digits = str(abs(round(number))).zfill(wanted)
    out: list[str] = []
    first = next(at for at, (kind, _) in enumerate(parts) if kind == "digits")
    for at in range(len(parts) - 1, -1, -1):
        kind, text = parts[at]
        if kind == "digits":
            size = len(digits) if at == first else min(len(text), len(digits))
            out.append(digits[len(digits) - size :])
            digits = digits[: len(digits) - size]
        elif kind in {"text", "char"}:
            out.append(text)
    return "".join(reversed(out)).strip()


def _digits(number: float, form: str, *, power: bool) -> str:
    scaled = form.rstrip(",")  # each comma at the end divides by a thousand
    number /= 1000.0 ** (len(form) - len(scaled))
    whole, _, decimals = scaled.partition(".")
    if power:
        return f"{number:.{len(decimals)}E}"
    group, places = "," if "," in whole else "", min(len(decimals), 30)
    head, _, tail = f"{_rounded(number, places):{group}.{places}f}".partition(".")
    wanted = sum(c == "0" for c in decimals)
    tail = tail[:wanted] + tail[wanted:].rstrip("0")
    least = sum(c == "0" for c in whole)
    if head == "0" and not least and not tail:
        return ""
    head = head if group else head.zfill(least)
    return f"{head}.{tail}" if tail else head


def _rounded(number: float, places: int) -> float:
    """Half away from zero, of the number as it was typed, as spreadsheets do."""
    from decimal import ROUND_HALF_UP, Decimal, localcontext

    with localcontext(prec=400):
        typed = Decimal(f"{number:.15g}")
        return float(typed.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def _currency(text: str) -> str:
    """The sign in `[$€-407]`; colours, languages and conditions show nothing."""
    return text[1:].partition("-")[0] if text.startswith("$") else ""


def _is_elapsed(kind: str, text: str) -> bool:
    return kind == "bracket" and text.lower() in {"h", "hh", "m", "mm", "s", "ss"}


def _date(number: float, parts: tuple[_Part, ...]) -> str:
    if not 0 <= number < _LAST:
        return _plain(number)
    # Spreadsheets hold 1900 for a leap year, so that the days before March are one too few.
    moment = _EPOCH + dt.timedelta(seconds=round((number + (number < 60)) * 86400))
    halves = any(kind == "half" for kind, _ in parts)
    out: list[str] = []
    before = ""  # the part of a date before, by which minutes are told from months
    for at, (kind, text) in enumerate(parts):
        if kind == "date":
            after = next((t for k, t in parts[at + 1 :] if k == "date"), "")
            name = text[0].lower()
            if name == "m" and len(text) < 3 and (before == "h" or after[:1].lower() == "s"):
                name = "minute"
            out.append(_DATE[name](moment, len(text), halves))
            before = name
        elif kind == "half":
            out.append("AM" if moment.hour < 12 else "PM")
        elif _is_elapsed(kind, text):
            unit = {"h": 3600, "m": 60, "s": 1}[text[0].lower()]
            out.append(str(round(number * 86400) // unit).zfill(len(text)))
            before = text[0].lower()
        elif kind in {"text", "char"} and text != "@":
            out.append(text)
    return " ".join("".join(out).split())


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _month(moment: dt.datetime, size: int, _: bool) -> str:
    name = _MONTHS[moment.month - 1]
    return {1: str(moment.month), 2: f"{moment.month:02}", 3: name[:3], 5: name[0]}.get(size, name)


def _day(moment: dt.datetime, size: int, _: bool) -> str:
    name = _DAYS[moment.weekday()]
    return {1: str(moment.day), 2: f"{moment.day:02}", 3: name[:3]}.get(size, name)


def _year(moment: dt.datetime, size: int, _: bool) -> str:
    return f"{moment.year % 100:02}" if size < 3 else f"{moment.year:04}"


def _hour(moment: dt.datetime, size: int, halves: bool) -> str:
    hour = (moment.hour % 12 or 12) if halves else moment.hour
    return str(hour).zfill(min(size, 2))


def _minute(moment: dt.datetime, size: int, _: bool) -> str:
    return str(moment.minute).zfill(min(size, 2))


def _second(moment: dt.datetime, size: int, _: bool) -> str:
    return str(moment.second).zfill(min(size, 2))


_DATE: Mapping[str, Callable[[dt.datetime, int, bool], str]] = {
    "y": _year,
    "m": _month,
    "d": _day,
    "h": _hour,
    "minute": _minute,
    "s": _second,
}
