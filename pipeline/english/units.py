"""Whether an answer is measured in what a question asks for. Pure.

Asked how many volts a charger delivers, a reader gives its amperes: there is no other number. So
an answer with a unit of another quantity than the one that is asked for is that to another
question. Units of one quantity (minutes and hours) answer each other; currencies do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...core.expressions import expression
from ...core.records import Passage
from .lexicon import words
from .words import folded_passage

__all__ = ["Asked", "Units"]

_UNITS = {
    unit: quantity
    for quantity, units in {
        "voltage": "V kV mV volt volts kilovolt kilovolts millivolt millivolts",
        "current": "A mA amp amps ampere amperes milliamp milliamps milliampere milliamperes",
        "charge": "Ah mAh amp-hour amp-hours ampere-hour ampere-hours milliamp-hours",
        "power": "W kW MW GW mW watt watts kilowatt kilowatts megawatt megawatts hp horsepower",
        "energy": "J kJ MJ Wh kWh MWh kcal calorie calories joule joules kilojoule kilojoules "
        "kilocalories kilowatt-hour kilowatt-hours",
        "resistance": "ohm ohms kilohm kilohms",
        "length": "mm cm m km inch inches ft foot feet yd yard yards mile miles millimetre "
        "millimetres millimeter millimeters centimetre centimetres centimeter centimeters metre "
        "metres meter meters kilometre kilometres kilometer kilometers",
        "mass": "mg g kg t lb lbs oz gram grams gramme grammes kilogram kilograms kilo kilos "
        "milligram milligrams tonne tonnes ton tons ounce ounces stone",
        "volume": "ml cl dl l litre litres liter liters millilitre millilitres milliliter "
        "milliliters gallon gallons pint pints",
        "time": "ms s min h second seconds minute minutes hour hours day days week weeks month "
        "months year years fortnight decade decades century centuries millisecond milliseconds "
        "night nights",
        "temperature": "°C °F degree degrees celsius fahrenheit kelvin",
        "data": "KB MB GB TB kB KiB MiB GiB byte bytes kilobyte kilobytes megabyte megabytes "
        "gigabyte gigabytes terabyte terabytes",
        "frequency": "Hz kHz MHz GHz hertz kilohertz megahertz gigahertz",
        "pressure": "bar psi Pa kPa hPa pascal pascals",
        "loudness": "dB decibel decibels",
        "rotation": "rpm",
        "torque": "Nm",
        "speed": "km/h mph kmh knots knot",
        "euro": "€ EUR euro euros",
        "dollar": "$ USD dollar dollars",
        "pound": "£ GBP",
        "share": "% percent",
    }.items()
    for unit in units.split()
}
_BOTH = {"pound": ("mass", "pound"), "pounds": ("mass", "pound")}
"""Units of two quantities."""
_MONEY = ("euro", "dollar", "pound")
_NO_SUM = frozenset(_UNITS.values()) - {*_MONEY, "data"}
"""What numbers of things may be measured in: no "how many users" is answered by 29 euros."""
_HOW_MANY = expression(r"\bhow many ([\w-]+)")
_THINGS = expression(r"(?!(?:hundred|thousand|million|billion|dozen|score)s)\w{3,}(?<!bit)s")
_IN = expression(r"\b(?:(?:number|amount) of|in) (?:[\w-]+ )??([\w-]+)\b")
_ASKED = (
    (r"(?:what|which)(?: is| was)?(?: the)? (?:[\w-]+ )?voltage|how many volts", ("voltage",)),
    (r"amperage", ("current",)),
    (r"wattage", ("power",)),
    (r"(?:what|which)(?: is| was)?(?: the)? (?:[\w-]+ )?temperature|how (?:hot|cold|warm)",
     ("temperature",)),
    (r"how (?:heavy|much (?:do|does|did) (?:[\w'-]+ ){1,8}weigh)\b|what (?:do|does|did) "
     r"(?:[\w'-]+ ){1,8}weigh|what(?: is|'s) the weight", ("mass", "pound")),
    (r"how (?:tall|wide|deep|thick)\b|what(?: is|'s) the (?:height|width|depth|thickness)",
     ("length",)),
    (r"how long\b", ("length", "time", "data")),
    (r"how (?:loud|noisy)\b|(?:noise|sound) level", ("loudness",)),
    (r"what(?: is|'s) the frequency|(?:what|which) frequency", ("frequency",)),
    (r"how fast\b", ("speed", "time", "data", "rotation", "frequency", "length", "share")),
    (r"how (?:far)\b", ("length", "time")),
    (r"how much (?:memory|ram|storage|disk space)\b", ("data", "share")),
    (r"how much (?:do|does|did|is|are|will|would) (?:[\w'-]+ ){1,8}cost\b|what (?:do|does|did) "
     r"(?:[\w'-]+ ){1,8}cost\b|what(?: is|'s) the price", (*_MONEY, "share")),
)  # fmt: skip
_ASKED_FORMS = tuple((expression(rf"\b(?:{form})"), quantities) for form, quantities in _ASKED)
_BEHIND = expression(r"(?:-|\s{0,2})(?:(°[CF]|km/h|[^\W\d_]+(?:-[^\W\d_]+)?)(?![\w])|([%€$£]))")
_SPELLED = words(
    """two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty
    sixty ninety hundred"""
)
_NUMBER = expression(rf"\d[\d.,:]*|\b(?:{'|'.join(sorted(_SPELLED))})\b")


class Units:
    """The quantities in which the answer to one question is measured; all, where it tells none."""

    def __init__(self, question: str) -> None:
        self._asked = _asked(folded_passage(question).text.lower())

    def __bool__(self) -> bool:
        return bool(self._asked)

    def in_passage(self, passage: Passage) -> Asked:
        """The units of a passage; made once for all answers in the passage."""
        return Asked(self._asked, passage)


class Asked:
    """The quantities of a question, compared with the answers of one passage."""

    def __init__(self, quantities: frozenset[str], passage: Passage) -> None:
        self._quantities, self._text = quantities, passage.text

    def another(self, start: int, end: int) -> bool:
        """Whether the numbers of the answer at `start:end` have units, of other quantities all."""
        measured = [
            quantities
            for number in _NUMBER.finditer(self._text, start, end)
            if (quantities := self._measured(number))
        ]
        return bool(measured) and not any(self._quantities & q for q in measured)

    def _measured(self, number: re.Match[str]) -> frozenset[str]:
        before = self._text[max(0, number.start() - 2) : number.start()].strip()[-1:]
        if before in ("$", "€", "£"):
            return _quantities(before)
        behind = _BEHIND.match(self._text, number.end())
        return _quantities(behind[1] or behind[2]) if behind else frozenset()


def _asked(low: str) -> frozenset[str]:
    counted = _HOW_MANY.findall(low)
    if counted:  # "how many volts": the unit counts, and nothing else of the question does
        things = _THINGS.fullmatch(counted[0])
        return _quantities_of(counted) or (_NO_SUM if things else frozenset())
    for form, quantities in _ASKED_FORMS:
        if form.search(low):
            return frozenset(quantities)
    return _quantities_of(_IN.findall(low)) if low.startswith(("in ", "to ")) else frozenset()


def _quantities_of(nouns: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(_quantities, filter(_is_spelled, nouns)))


def _is_spelled(noun: str) -> bool:
    """Whether it is a unit written out, or one of several letters: no "s" or "a"."""
    return len(noun) > 2 or noun in ("db", "gb", "mb", "kg", "km", "cm", "mm", "kw", "hp", "ml")


_LOW = {unit.lower(): quantity for unit, quantity in _UNITS.items() if len(unit) > 1}


def _quantities(unit: str) -> frozenset[str]:
    low = unit.lower()
    if low in _BOTH:
        return frozenset(_BOTH[low])
    quantity = _UNITS.get(unit) or _LOW.get(low)
    return frozenset([quantity]) if quantity else frozenset()
