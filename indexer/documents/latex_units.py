"""Numbers and units of LaTeX (siunitx): `\\SI{42.5}{\\kilo\\metre\\per\\hour}` -> `42.5 km/h`."""

from __future__ import annotations

import html
import re

__all__ = ["QUANTITIES", "quantity"]

QUANTITIES = {
    "SI": "[{[{", "qty": "[{{", "num": "[{", "si": "[{", "unit": "[{", "ang": "[{",
    "SIrange": "[{{{", "qtyrange": "[{{{", "numrange": "[{{", "SIlist": "[{{", "qtylist": "[{{",
    "numlist": "[{",
}  # fmt: skip
"""Macros and their arguments, as pylatexenc writes them."""
_PREFIXES = {
    "pico": "p", "nano": "n", "micro": "µ", "milli": "m", "centi": "c", "deci": "d", "hecto": "h",
    "kilo": "k", "mega": "M", "giga": "G", "tera": "T", "peta": "P", "kibi": "Ki", "mebi": "Mi",
    "gibi": "Gi", "tebi": "Ti",
}  # fmt: skip
_UNITS = {
    "metre": "m", "meter": "m", "gram": "g", "kilogram": "kg", "second": "s", "ampere": "A",
    "kelvin": "K", "mole": "mol", "candela": "cd", "hertz": "Hz", "newton": "N", "pascal": "Pa",
    "joule": "J", "watt": "W", "coulomb": "C", "volt": "V", "farad": "F", "ohm": "Ω", "tesla": "T",
    "siemens": "S", "weber": "Wb", "henry": "H", "lumen": "lm", "lux": "lx", "becquerel": "Bq",
    "gray": "Gy", "sievert": "Sv", "celsius": "°C", "degreeCelsius": "°C", "degree": "°",
    "percent": "%", "litre": "L", "liter": "L", "minute": "min", "hour": "h", "day": "d",
    "tonne": "t", "hectare": "ha", "bar": "bar", "electronvolt": "eV", "decibel": "dB",
    "bit": "bit", "byte": "B", "radian": "rad", "dalton": "Da", "arcminute": "′", "arcsecond": "″",
    "kg": "kg", "km": "km", "cm": "cm", "mm": "mm", "um": "µm", "nm": "nm", "kWh": "kWh",
    "kHz": "kHz", "MHz": "MHz", "GHz": "GHz", "kW": "kW", "MPa": "MPa", "kPa": "kPa", "kN": "kN",
    "ms": "ms", "ns": "ns", "mA": "mA", "mV": "mV", "kV": "kV", "mL": "mL", "ml": "ml", "mg": "mg",
}  # fmt: skip
_TOKEN = re.compile(r"\\([A-Za-z]+)\s*|\^\{?([^{}\s]{1,9})\}?|([^\\^{}])|[{}]")
_RAISED = {"squared": "2", "square": "2", "cubed": "3", "cubic": "3"}


def quantity(macro: str, arguments: list[str]) -> str:
    """What one of `QUANTITIES` shows, as HTML; `arguments` are its sources, without options."""
    if macro in ("si", "unit"):
        return _unit(arguments[0])
    if macro == "ang":
        marks = ("°", "′", "″")
        parts = arguments[0].split(";")
        return "".join(f"{_number(p)}{m}" for p, m in zip(parts, marks, strict=False) if p.strip())
    unit = "" if macro.startswith("num") else _unit(arguments[-1])
    numbers = arguments if macro.startswith("num") else arguments[:-1]
    if macro.endswith("list"):
        numbers = numbers[0].split(";")
    last = " to " if macro.endswith("range") else " and "
    shown = [f"{_number(n)}{'' if unit == '°' else ' '}{unit}".strip() for n in numbers]
    return last.join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _number(text: str) -> str:
    """A number as it is set: `1.5e-3` with a power, `+-` as ±."""
    text = re.sub(r"[\s{}]|\\,", "", text).replace("\\pm", "±").replace("+-", "±")
    text = html.escape(text)
    return re.sub(r"[eEdD]([+-]?\d+)$", r" × 10<sup>\1</sup>", text)


def _unit(source: str) -> str:
    shown, raised = "", ""
    source = source.replace("~", " ")
    for match in _TOKEN.finditer(source):
        name, power, other = match.groups()
        if name in ("squared", "cubed"):
            shown += f"<sup>{_RAISED[name]}</sup>"
        elif name in _RAISED:
            raised = _RAISED[name]
        elif name == "per":
            shown += "/"
        elif name in _PREFIXES:
            shown += _PREFIXES[name] if _bare(shown) else f" {_PREFIXES[name]}"
            continue
        elif name is not None and name not in ("of", "tothe", "raiseto"):
            unit = _UNITS.get(name, html.escape(name))
            shown += (
                unit if _bare(shown) or shown.endswith(tuple(_PREFIXES.values())) else f" {unit}"
            )
            shown += f"<sup>{raised}</sup>" if raised else ""
            raised = ""
        elif power:
            shown += f"<sup>{html.escape(power)}</sup>"
        elif other:
            shown += html.escape(" " if other == "." else other)
    return shown.strip()


def _bare(shown: str) -> bool:
    return not shown or shown[-1] in "/ "
