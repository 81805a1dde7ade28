"""Numbers as spreadsheets show them: known values, read off Excel's own rules."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spanmem.indexer.documents.number_formats import BUILT_IN, shown

KNOWN = [
    (0.19, "0%", "19%"),
    (0.195, "0.0%", "19.5%"),
    (1240, '#,##0.00 "€"', "1,240.00 €"),
    (1240.5, r"#,##0.00\ [$€-407]", "1,240.50 €"),
    (89, "[$€-2] #,##0", "€ 89"),
    (1234.5, '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)', "$1,234.50"),
    (-1234.5, '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)', "$(1,234.50)"),
    (0, '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)', "$-"),
    (-5, "0.0", "-5.0"),
    (-5, "#,##0;[Red]-#,##0", "-5"),
    (2.5, "0", "3"),
    (1.005, "0.00", "1.01"),
    (7, "000", "007"),
    (12_345_678, '0.0,,"M"', "12.3M"),
    (0.5, "#.##", "0.5"),
    (5, "0.##", "5"),
    (12, '0" kg"', "12 kg"),
    (12, 'General" kg"', "12 kg"),
    (123456789, "000-00-0000", "123-45-6789"),
    (5550199, "(000) 000-0000", "(000) 555-0199"),
    (0.00012, "0.00E+00", "1.20E-04"),
    (0.3, "General", "0.3"),
    (0.1 + 0.2, "", "0.3"),
    (45000, "yyyy-mm-dd", "2023-03-15"),
    (45000, "d/m/yyyy", "15/3/2023"),
    (45000, "[$-409]d-mmm-yy;@", "15-Mar-23"),
    (45000, "[$-F800]dddd, mmmm dd, yyyy", "Wednesday, March 15, 2023"),
    (45000, 'yyyy"年"m"月"d"日"', "2023年3月15日"),
    (45000.75, "d.m.yyyy h:mm", "15.3.2023 18:00"),
    (0.75, "h:mm AM/PM", "6:00 PM"),
    (0.5, "hh:mm:ss", "12:00:00"),
    (1.5, "[h]:mm", "36:00"),
    (5, ";;;", ""),
    (5, '[>3]"high";"low"', "5"),
    (0.25, "# ?/?", "0.25"),
]


@pytest.mark.parametrize(("number", "code", "text"), KNOWN)
def test_a_number_is_shown_as_its_format_says(number: float, code: str, text: str) -> None:
    assert shown(number, code) == text


@given(st.dates(dt.date(1904, 1, 2), dt.date(2199, 12, 31)))
def test_days_are_those_of_the_calendar_from_either_epoch(day: dt.date) -> None:
    number = (day - dt.date(1899, 12, 30)).days
    assert shown(number, "yyyy-mm-dd") == day.isoformat()
    assert shown(number - 1462, "yyyy-mm-dd", from_1904=True) == day.isoformat()


@given(st.integers(-(10**9), 10**9))
def test_whole_numbers_keep_their_digits(number: int) -> None:
    assert shown(number, "#,##0").replace(",", "") == str(number)
    assert shown(number, "") == str(number)


@example(1.797693134862316e306, "0%")
@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.text('0#?.,%;"\\_*[]$€ymdhsAP/E+-@G', max_size=12),
)
def test_no_format_fails(number: float, code: str) -> None:
    assert isinstance(shown(number, code), str)


@pytest.mark.parametrize("code", BUILT_IN.values())
def test_the_first_formats_show_a_number(code: str) -> None:
    assert any(c.isdigit() for c in shown(45000.25, code))
