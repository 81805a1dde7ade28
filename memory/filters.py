"""Conditions on documents' metadata, as SQL. Pure.

    {"lang": "en"}                       equal
    {"lang": ["en", "de"]}               any of these
    {"year": {"gte": 2019, "lt": 2024}}  a range: gt, gte, lt, lte
    {"lang": {"ne": "de"}}               present, and another; a list: none of these
    {"lang": {"in": ["en", "de"]}}       any of these; `eq` alike

All keys must hold; a document without a key does not meet a condition on it.

Tables and command lines know texts alone, so a text that is wholly a number (`number_in`) meets a
number of its value, and in a range a text of such a number, too. Two texts are equal if they are
the same characters, thousands separators aside: the version "1.10" is not "1.1". The texts "true"
and "false", in any case, meet these truth values. In a range of dates, in whatever form they are
written (`dates_in`), a date counts as far as the bound goes: 2021-05-03 is not after 2021-05. Of
05/03/2024 the other dates of its key tell whether a day or a month comes first; where they do not,
and it makes a difference, it lies in no range, and `uncompared` says so. No other text lies in a
range of numbers, so that "n/a" is not above 500.
"""

from __future__ import annotations

import json
import operator
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from ..core.errors import InputError
from ..core.records import encodable
from .dates import dates_in, day_comes_first

__all__ = [
    "Condition",
    "Dialect",
    "Scalar",
    "Where",
    "condition",
    "named",
    "number_in",
    "teach",
    "uncompared",
]

Where: TypeAlias = Mapping[str, Any]
Scalar: TypeAlias = str | int | float

_RANGES = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_KNOWN = "eq, ne, in, gt, gte, lt and lte"
_BITS = 63
"""Of a whole number, without its sign: more than SQLite compares exactly."""
_NUMBER = re.compile(
    r"[+-]?(?:0|[1-9][0-9]{0,17}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5})(?:\.[0-9]{1,18})?"
)
_DECIMAL_COMMA = re.compile(
    r"[+-]?(?:(?:0|[1-9][0-9]{0,17}),(?:[0-9]{1,2}|[0-9]{4,18})|0,[0-9]{3}"
    r"|[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,5},[0-9]{1,18})"
)
"""A number whose comma cannot part thousands: "2,5", "0,125", "1.200,50"."""
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?:[T ][0-9:.+Z-]{1,32})?)?)?")
_SIGNS = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
_BYTES = "CAST(json_extract({m}) AS BLOB)"
"""A value as functions of ours get it: one that holds half a character is no text to SQLite."""
_STORED_DATE = "[0-9][0-9][0-9][0-9]-[0-9][0-9]*"
_ORDER = (
    "SELECT day_first(CASE json_type({all}) WHEN 'text' THEN CAST(json_extract({all}) AS BLOB) END)"
    " FROM documents"
)
_TRUTH = ("true", "false")


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL expression over the table `d` of documents, and the values of its marks.

    It calls a function that `teach` must have taught the connection.
    """

    sql: str
    values: tuple[Scalar, ...]


def number_in(text: str) -> int | float | None:
    """The number that a text wholly is, None where it is none; blanks around it do not count.

    Digits with a sign, a decimal point and English thousands separators: "-3.50", "1,200"; a comma
    that can part no thousands is a decimal one: "2,5", "1.200,50". What begins with a needless zero
    is a code ("007"), and what has an exponent ("12e4") may be one. In brackets an amount is
    negative, as accountants write it: "(320.50)", but not the note "(3)".
    """
    plain = text.strip()
    if plain[:1] == "(" and plain[-1:] == ")" and plain[1:2].isdigit() and {*plain} & {".", ","}:
        plain = f"-{plain[1:-1]}"
    if _DECIMAL_COMMA.fullmatch(plain):
        return float(plain.replace(".", "").replace(",", "."))
    if not _NUMBER.fullmatch(plain):
        return None
    digits = plain.replace(",", "")
    return float(digits) if "." in digits else int(digits)


def teach(connection: sqlite3.Connection) -> None:
    """Let a connection understand the conditions of this module."""
    connection.create_function("number_in", 1, _number_in, deterministic=True)
    connection.create_function("is_named", 4, _is_named, deterministic=True)
    connection.create_function("date_meets", 4, _date_meets, deterministic=True)
    # The stubs know of no aggregate that may give NULL.
    connection.create_aggregate("day_first", 1, _DayFirst)  # type: ignore[arg-type]


def _number_in(stored: bytes | None) -> int | float | None:
    """`number_in` of a stored text, None of what is not there."""
    return None if stored is None else number_in(_text_of(stored))


def _text_of(stored: str | bytes) -> str:
    """A stored text; what is no UTF-8 in it, such as half a character, is in no number or date."""
    return stored.decode("utf-8", "replace") if isinstance(stored, bytes) else stored


def named(prefix: str, text: str) -> Condition | None:
    """That a document's id begins so, and its id or title holds each word of `text`, in any case.

    None where that bounds nothing.
    """
    words = " ".join(text.casefold().split())
    if not prefix and not words:
        return None
    return Condition("is_named(d.id, d.title, ?, ?)", (encodable(prefix), encodable(words)))


def _is_named(name: str | bytes, title: str | bytes, prefix: str, words: str) -> bool:
    """`named` of one document; a text that is no UTF-8 is stored as bytes."""
    texts = [_text_of(name), _text_of(title)]
    held = "\n".join(texts).casefold()
    return texts[0].startswith(prefix) and all(word in held for word in words.split())


def _date_meets(stored: bytes | None, sign: str, bound: str, day_first: int | None) -> int | None:
    """Whether a stored date is so to a bound in the form of ISO 8601, as far as the bound goes.

    None where it is no date, or may be two of which one is so and one is not.
    """
    if stored is None:
        return None
    order = None if day_first is None else bool(day_first)
    held = {_SIGNS[sign](day[: len(bound)], bound) for day in dates_in(_text_of(stored), order)}
    return int(held.pop()) if len(held) == 1 else None


class _DayFirst:
    """An aggregate of SQLite's: whether days come before months in all dates that tell."""

    def __init__(self) -> None:
        self._orders: set[bool] = set()

    def step(self, stored: bytes | None, /) -> None:
        """Take note of one value."""
        if stored is not None and (order := day_comes_first(_text_of(stored))) is not None:
            self._orders.add(order)

    def finalize(self) -> int | None:
        """1 or 0; None where none tells, or some tell otherwise."""
        return int(self._orders.pop()) if len(self._orders) == 1 else None


def uncompared(
    where: Where | None, dialect: type[Dialect] | None = None
) -> Iterator[tuple[str, str, Condition]]:
    """For each bound of dates the key, the bound, and what documents meet that it cannot place.

    Raises InputError, as `condition` does.
    """
    of = dialect or Dialect
    for key, criterion in (where or {}).items():
        if not isinstance(criterion, Mapping):
            continue
        for name, value in cast("Mapping[str, Any]", criterion).items():
            if name in _RANGES and (bound := _bound(key, value)) is not None:
                field = of(key)
                yield key, bound, field.within(field.unplaced(_RANGES[name], bound))


def _bound(key: str, value: Any) -> str | None:
    """The date in the form of ISO 8601 that a bound is; None where it is none.

    A year is a number as well, and counts as one. Raises InputError for one that may be two dates.
    """
    text = str(value).strip()
    if not isinstance(value, str) or len(text) < len("2024-1"):
        return None
    if _DATE.fullmatch(text):
        return text
    days = dates_in(text)
    if len(days) > 1:
        raise InputError(
            f"{key!r} is compared with {text}, which is {' or '.join(sorted(days))}; write the one "
            "that is meant"
        )
    return days[0] if days else None


def condition(where: Where | None, dialect: type[Dialect] | None = None) -> Condition | None:
    """The condition that `where` states; None for no condition. Raises InputError.

    `dialect` is that of another engine than SQLite.
    """
    if not where:
        return None
    of = dialect or Dialect
    return _joined(
        [part for key, criterion in where.items() for part in _conditions(key, criterion, of)],
        "AND",
    )


def _conditions(key: str, criterion: Any, dialect: type[Dialect]) -> Iterator[Condition]:
    """What one key of a filter demands."""
    if '"' in key:
        raise InputError(
            f"the metadata key {key!r} holds a quotation mark, by which nothing can be found; "
            "name a key without one"
        )
    if encodable(key) != key:
        raise InputError(f"the metadata key {key!r} holds half a character; write it whole")
    field = dialect(key)
    if not isinstance(criterion, Mapping):
        yield field.within(field.any_of(criterion))
        return
    comparisons = cast("Mapping[str, Any]", criterion)
    if not comparisons:
        raise InputError(f"the range for {key!r} is empty; give {_KNOWN}")
    for name, value in comparisons.items():
        if name in _RANGES:
            yield field.within(field.in_range(_RANGES[name], value))
        elif name in ("eq", "in"):
            yield field.within(field.any_of(value))
        elif name == "ne":
            yield field.within(field.none_of(value))
        else:
            raise InputError(f"{name!r} is no comparison for {key!r}; known are {_KNOWN}")


class Dialect:
    """A key of documents' metadata, compared in the SQL of SQLite.

    What a criterion means is said by `any_of`, `none_of`, `in_range` and `_equal` for every engine;
    another one's dialect says the rest in its own SQL.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        # As it is written in the column: SQLite compares letter by letter.
        self._path = f"$.{json.dumps(key)}"

    def any_of(self, criterion: Any) -> Condition:
        """Equal to one value or to any of several."""
        return _joined([self._equal(value) for value in self._values(criterion)], "OR")

    def none_of(self, criterion: Any) -> Condition:
        """There, and equal to none of these."""
        same = self.any_of(criterion)
        # What cannot be compared is NULL, and so not the same.
        differs = Condition(f"NOT coalesce({same.sql}, {self._false})", same.values)
        return _joined([self._there(), differs], "AND")

    def in_range(self, sign: str, bound: Any) -> Condition:
        """Above or below a bound, as `sign` says: numbers, dates, or texts by their letters."""
        value = self._scalar(bound)
        number = number_in(value) if isinstance(value, str) else value
        parts: list[Condition] = []
        if number is not None:
            parts += [self._typed(sign, number), self._number_in_text(number, sign)]
        text = str(value).strip()
        if _DATE.fullmatch(text):
            parts += self._dated(sign, text)
        elif (day := _bound(self._key, value)) is not None:
            parts += self._dated(sign, day)
        elif number is None:
            parts.append(self._text(sign, str(value)))
        return _joined(parts, "OR")

    def _dated(self, sign: str, bound: str) -> Iterator[Condition]:
        """Dates as ISO 8601 writes them, and as people do, to a bound of the first kind."""
        yield self._iso_dated(sign, bound)
        yield self._otherwise_dated(sign, bound)

    def _equal(self, value: Scalar) -> Condition:
        parts = [self._same(value)]
        if isinstance(value, bool):
            parts.append(self._truth_in_text(str(value).lower()))
        elif not isinstance(value, str):
            parts.append(self._number_in_text(value))
        elif (number := number_in(value)) is not None:
            parts.append(self._typed("=", number))
            parts.append(self._digits_in_text(number, value.strip().replace(",", "")))
        elif (low := value.strip().lower()) in _TRUTH:
            parts += [self._truth(low), self._truth_in_text(low)]
        elif len(days := dates_in(value)) == 1 and ":" not in value:
            parts += self._dated("=", days[0])
        return _joined(parts, "OR")

    # -- in the SQL of SQLite

    _false = "0"

    def within(self, condition: Condition) -> Condition:
        """A condition on this key, where a document is looked for."""
        return condition

    def unplaced(self, sign: str, bound: str) -> Condition:
        """There, and neither a date in the form of ISO 8601 nor one that can be compared."""
        sql = (
            "(json_type({m}) = 'text' AND trim(json_extract({m})) <> '' "
            "AND NOT json_extract({m}) GLOB ? AND date_meets({b}, ?, ?, {o}) IS NULL)"
        )
        return self._sql(sql, _STORED_DATE, sign, bound)

    def _there(self) -> Condition:
        return self._sql("json_type({m}) IS NOT NULL")

    def _same(self, value: Scalar) -> Condition:
        """The same value, of the same type; true is 1, and false is 0."""
        return self._sql("json_extract({m}) = ?", value)

    def _text(self, sign: str, text: str) -> Condition:
        return self._sql(f"(json_type({{m}}) = 'text' AND json_extract({{m}}) {sign} ?)", text)

    def _typed(self, sign: str, number: float) -> Condition:
        """A number that is stored as such."""
        sql = f"(json_type({{m}}) IN ('integer', 'real') AND json_extract({{m}}) {sign} ?)"
        return self._sql(sql, number)

    def _number_in_text(self, number: float, sign: str = "=") -> Condition:
        sql = f"(json_type({{m}}) = 'text' AND number_in({{b}}) {sign} ?)"
        return self._sql(sql, number)

    def _digits_in_text(self, number: float, digits: str) -> Condition:
        """A text of this number, in the same digits: "1.10" is not "1.1"."""
        sql = (
            "(json_type({m}) = 'text' AND number_in({b}) = ? "
            "AND replace(trim(json_extract({m})), ',', '') = ?)"
        )
        return self._sql(sql, number, digits)

    def _truth(self, low: str) -> Condition:
        return self._sql("json_type({m}) = ?", low)

    def _truth_in_text(self, low: str) -> Condition:
        sql = "(json_type({m}) = ? AND lower(trim(json_extract({m}))) = ?)"
        return self._sql(sql, "text", low)

    def _iso_dated(self, sign: str, bound: str) -> Condition:
        sql = (
            "(json_type({m}) = 'text' AND json_extract({m}) GLOB ? "
            f"AND substr(json_extract({{m}}), 1, ?) {sign} ?)"
        )
        return self._sql(sql, _STORED_DATE, len(bound), bound)

    def _otherwise_dated(self, sign: str, bound: str) -> Condition:
        kinds = "'text', 'integer'" if len(bound) > len("2024") else "'text'"
        sql = (
            f"(json_type({{m}}) IN ({kinds}) AND NOT json_extract({{m}}) GLOB ? "
            "AND date_meets({b}, ?, ?, {o}) = 1)"
        )
        return self._sql(sql, _STORED_DATE, sign, bound)

    def _sql(self, sql: str, *values: Scalar) -> Condition:
        """SQL in which `{m}` stands for this key of the metadata; its values come after.

        `{b}` is the value in bytes, and `{o}` whether days come first in the key's dates: asked of
        all documents, once.
        """
        sql = sql.replace("{o}", f"({_ORDER})").replace("{b}", _BYTES)
        rest = iter(values)
        marks = re.findall(r"\{m\}|\{all\}|\?", sql)
        queue = [next(rest) if mark == "?" else self._path for mark in marks]
        sql = sql.replace("{m}", "d.metadata, ?").replace("{all}", "metadata, ?")
        return Condition(sql, tuple(queue))

    def _values(self, criterion: Any) -> Sequence[Scalar]:
        several = isinstance(criterion, (list, tuple, set, frozenset))
        values = cast("Sequence[Any]", criterion if several else [criterion])
        if not values:
            raise InputError(
                f"no value is allowed for {self._key!r}; leave the key out, or give one"
            )
        return [self._scalar(value) for value in values]

    def _scalar(self, value: Any) -> Scalar:
        key = self._key
        if not isinstance(value, (str, int, float)):
            raise InputError(
                f"{key!r} is compared with {value!r}; text, a number, true or false can be"
            )
        if isinstance(value, str) and encodable(value) != value:
            raise InputError(
                f"{key!r} is compared with {value!r}, half a character; write it whole"
            )
        if isinstance(value, int) and value.bit_length() > _BITS:
            raise InputError(
                f"{key!r} is compared with a number beyond 64 bits; give a smaller one"
            )
        return value


def _joined(parts: Sequence[Condition], word: str) -> Condition:
    """All of these conditions, or any of them."""
    if len(parts) == 1:
        return parts[0]
    return Condition(
        sql="(" + f" {word} ".join(part.sql for part in parts) + ")",
        values=tuple(value for part in parts for value in part.values),
    )
