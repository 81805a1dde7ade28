"""Documents' metadata as filters compare them, and filters in the SQL of PostgreSQL.

What a text says of numbers and dates is read once, when its document is stored, by the functions
that the folder's filters call; a filter then compares columns. So both mean the same.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from ...dates import dates_in, day_comes_first
from ...filters import Condition, Dialect, Scalar, number_in
from .values import key_of, storable

__all__ = ["Facet", "ServerDialect", "facets_of"]

_BITS = 63
"""Of a whole number, without its sign: SQLite keeps a larger one as a real number."""
_ISO = "^[0-9]{4}-[0-9]{2}"
_HEAD = 60
"""Characters of a text by which an index finds it."""
_DIGITS = 4096
"""A text of more characters is no number."""


class Facet(NamedTuple):
    """A document's value of one key, as the columns of `facets` have it."""

    key: uuid.UUID
    type: str
    value: str | None
    number: Decimal | None
    number_in_text: Decimal | None
    day_first_date: str | None
    month_first_date: str | None
    day_first: bool | None


def facets_of(metadata: Mapping[str, Any]) -> Iterator[Facet]:
    """A document's metadata, a value each."""
    # By way of JSON, as they come back: keys are texts, and 1 and "1" two types.
    for key, value in json.loads(json.dumps(dict(metadata))).items():
        yield _facet(key_of(key), value)


def _facet(key: uuid.UUID, value: Any) -> Facet:
    if value is None or isinstance(value, bool):
        kind = "null" if value is None else str(value).lower()
        number = None if value is None else Decimal(value)
        return Facet(key, kind, None, number, None, None, None, None)
    if isinstance(value, int | float):
        whole = isinstance(value, int) and value.bit_length() <= _BITS
        text = str(value)
        kind = "integer" if isinstance(value, int) and whole else "real"
        number = Decimal(value) if whole else _real(value)
        days = _days(text) if kind == "integer" else (None, None)
        return Facet(key, kind, text, number, None, *days, None)
    if isinstance(value, str):
        inner = number_in(value) if len(value) <= _DIGITS else None
        exact = None if inner is None else Decimal(inner)
        return Facet(
            *(key, "text", storable(value), None, exact),
            *(*_days(value), day_comes_first(value)),
        )
    text = storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return Facet(key, "other", text, None, None, None, None, None)


def _real(value: float) -> Decimal | None:
    try:
        return Decimal(float(value))
    except OverflowError:
        return None


def _days(text: str) -> tuple[str | None, str | None]:
    """The date that a text is where days come first, and where months do."""
    readings = (dates_in(text, True), dates_in(text, False))
    return readings[0][0] if readings[0] else None, readings[1][0] if readings[1] else None


class ServerDialect(Dialect):
    """A key of documents' metadata, compared in PostgreSQL.

    Conditions are of a row `f` of facets; `within` looks for a document by them, that of `p`.
    """

    _false = "false"

    def within(self, condition: Condition) -> Condition:
        """The document of `p` has a facet of this key that meets the condition."""
        sql = (
            "EXISTS (SELECT 1 FROM facets AS f WHERE f.document = p.document AND f.key = %s "
            f"AND {condition.sql})"
        )
        return Condition(sql, (str(key_of(self._key)), *condition.values))

    def unplaced(self, sign: str, bound: str) -> Condition:
        """There, and neither a date in the form of ISO 8601 nor one that can be compared."""
        met, values = self._met(sign, bound)
        sql = (
            f"(f.type = 'text' AND btrim(f.value, ' ') <> '' AND f.value !~ %s AND ({met}) IS NULL)"
        )
        return Condition(sql, (_ISO, *values))

    def _there(self) -> Condition:
        return Condition("true", ())

    def _same(self, value: Scalar) -> Condition:
        if isinstance(value, str):
            sql = (
                "(f.type IN ('text', 'other') AND left(f.value, %s) = left(%s, %s) "
                "AND f.value = %s)"
            )
            text = storable(value)
            return Condition(sql, (_HEAD, text, _HEAD, text))
        return Condition("f.number = %s", (_exact(value),))

    def _text(self, sign: str, text: str) -> Condition:
        return Condition(f"(f.type = 'text' AND f.value {sign} %s)", (storable(text),))

    def _typed(self, sign: str, number: float) -> Condition:
        sql = f"(f.type IN ('integer', 'real') AND f.number {sign} %s)"
        return Condition(sql, (_exact(number),))

    def _number_in_text(self, number: float, sign: str = "=") -> Condition:
        return Condition(f"f.number_in_text {sign} %s", (_exact(number),))

    def _digits_in_text(self, number: float, digits: str) -> Condition:
        sql = "(f.number_in_text = %s AND replace(btrim(f.value, ' '), ',', '') = %s)"
        return Condition(sql, (_exact(number), digits))

    def _truth(self, low: str) -> Condition:
        return Condition("f.type = %s", (low,))

    def _truth_in_text(self, low: str) -> Condition:
        sql = "(f.type = 'text' AND lower(btrim(f.value, ' ') COLLATE \"C\") = %s)"
        return Condition(sql, (low,))

    def _iso_dated(self, sign: str, bound: str) -> Condition:
        sql = f"(f.type = 'text' AND f.value ~ %s AND left(f.value, %s) {sign} %s)"
        return Condition(sql, (_ISO, len(bound), bound))

    def _otherwise_dated(self, sign: str, bound: str) -> Condition:
        met, values = self._met(sign, bound)
        kinds = "'text', 'integer'" if len(bound) > len("2024") else "'text'"
        sql = f"(f.type IN ({kinds}) AND f.value !~ %s AND coalesce(({met}), false))"
        return Condition(sql, (_ISO, *values))

    def _met(self, sign: str, bound: str) -> tuple[str, tuple[Scalar, ...]]:
        """Whether a date is so to a bound; NULL where it is none, or may be two that differ."""
        first = f"left(f.day_first_date, {len(bound)}) {sign} %s"
        second = f"left(f.month_first_date, {len(bound)}) {sign} %s"
        key = str(key_of(self._key))
        order = (
            "(SELECT CASE WHEN days <> months THEN days END FROM (SELECT "
            "EXISTS (SELECT 1 FROM facets WHERE key = %s AND day_first) AS days, "
            "EXISTS (SELECT 1 FROM facets WHERE key = %s AND NOT day_first) AS months) AS told)"
        )
        sql = (
            f"CASE {order} WHEN true THEN {first} WHEN false THEN {second} ELSE CASE "
            f"WHEN f.month_first_date IS NULL THEN {first} "
            f"WHEN f.day_first_date IS NULL OR ({first}) = ({second}) THEN {second} END END"
        )
        return sql, (key, key, *(bound,) * 6)


def _exact(number: float) -> Any:
    """A number as `numeric` compares it, without rounding; infinities compare, too."""
    return Decimal(number) if not isinstance(number, bool) else Decimal(int(number))
