"""Strings that an answer must hold whole, and words that stay apart."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.folding import fold
from spanmem.reader.whole_words import whole_words

WHOLE = """
front.desk+tours@lyra-hub.example
o'neill_r@mail.tarn.example
git@code.example:team/repo.git
https://docs.brell.example/v3/(intro)/index.html?a=1&b=2#setup-2
www.lyra-hub.example
~/.config/morrow/settings.toml
C:\\ProgramData\\Morrow\\cache_v2
./run.sh
src/core/text.py
__init__.py
v2.10.3-rc.1
31.0.15.4601-rc2
registry.sable.example/core/api:1.4.2-alpine
nginx:1.25
localhost:8443
sha256:9f86d081884c7d659a2feaa0c55ad015
7d1a9c4e5b8f3026d4a7c1e9f2b5d8036a4c7e1f
sk-live_9f2Kz
XK4P-99TQ-0ZZA-7M1B
550e8400-e29b-41d4-a716-446655440000
3C:52:82:AF:09:1B
2001:0db8:85a3:0000:0000:8a2e:0370:7334
fe80::1ff:fe23:4567:890a
192.168.0.1/24
doi:10.5281/zenodo.1234567
HK-210/S-04
4:21-cv-00312/B
#4711
C++
C#
.NET
System.IO
YARROW_MAX_UPLOAD_MB
--no-cache
--color=never
application/json
TCP/IP
R&D
O'Brien
Jean-Luc
+49 30 1234-56
+1 (555) 010-4477
(030) 123 45 67
020 7946 0111, extension 45
+44 (0)20 7946-0958 ext. 12
555-0134 x22
(212) 555-0187 ext 402
DE89 3704 0044 0532 0130 00
4111 1111 1111 1111
1 250 000
1,250,000
1.240,50 €
$1,299.50
US$ 4.5 million
€ 12
5 EUR
-40 °C
±0.5 %
99.9%
5×10⁻³ mol/l
1.67 × 10^-27 kg
3,7 V
40 km/h
12 m²
10:30 am
52°31′12″N
§ 4.2
""".strip().split("\n")
APART = [
    ("The end.Next comes more.", "end"),
    ("They ran 1914-1918 there.", "1914"),
    ("A 12-year term.", "12"),
    ("In the mid-1990s it fell.", "1990s"),
    ("The red/green parties.", "red"),
    ("It was German-speaking land.", "German"),
    ("Rain—and snow—fell.", "snow"),
    ("He wrote Dorothy's book.", "Dorothy"),
    ("Port:8080 is open.", "8080"),
    ("In 2011 300 people came.", "300"),
    ("The 1996 season.", "1996"),
    ("It is 5 A new one.", "5"),
    ("A list 1,2,3 of them.", "2"),
    ("From 1990–2000 it grew.", "1990"),
]


@pytest.mark.parametrize("whole", WHOLE)
@pytest.mark.parametrize(
    "frame", ["It is {}.", "Is it ({}), then?", 'They say "{}"; so be it.', "{}"]
)
def test_a_string_that_is_one_is_found_whole_without_what_is_around_it(
    whole: str, frame: str
) -> None:
    text, plain = fold(frame.format(whole)), fold(whole)
    at = text.index(plain)
    touching = [(a, b) for a, b in whole_words(text) if a < at + len(plain) and b > at]
    assert touching == [(at, at + len(plain))]


@pytest.mark.parametrize(("text", "word"), APART)
def test_words_that_a_mark_joins_may_be_answers_by_themselves(text: str, word: str) -> None:
    at = text.index(word)
    assert not any(a < at < b or a < at + len(word) < b for a, b in whole_words(text))


@given(st.text(st.sampled_from("ab19 .,:/-_@+#$%°()'\n€—A"), max_size=60) | st.text(max_size=60))
def test_places_ascend_lie_apart_and_hold_no_space_at_their_ends(text: str) -> None:
    places = whole_words(fold(text))
    flat = [at for place in places for at in place]
    assert flat == sorted(flat)
    for a, b in places:
        assert text.isspace() or fold(text)[a:b] == fold(text)[a:b].strip()
        assert "\n\n" not in fold(text)[a:b]


@given(
    st.lists(st.text("abcdef0123456789", min_size=2, max_size=6), min_size=2, max_size=40),
    st.sampled_from("-_."),
)
def test_keys_of_any_length_are_one(groups: list[str], mark: str) -> None:
    key = "k1" + mark + mark.join(f"{group}7x" for group in groups)
    at = len("The key is ")
    assert (at, at + len(key)) in whole_words(f"The key is {key}.")


@given(
    st.integers(0, 10**12),
    st.sampled_from([",", "'", " "]),
    st.sampled_from(["", " kg", "%", " €"]),
)
def test_numbers_with_separators_and_units_are_one(number: int, mark: str, unit: str) -> None:
    text = f"{number:,}".replace(",", mark)
    if mark == "'" and number > 999:
        return
    at = len("It counts ")
    assert whole_words(f"It counts {text}{unit}.") == [(at, at + len(text + unit))]


def test_a_command_set_as_code_is_one() -> None:
    text = "The command `systemctl restart a.service --now` restarts it, and `` no`` code is."
    assert (13, 46) in whole_words(text)
    assert text[13:46] == "systemctl restart a.service --now"


def test_plain_prose_has_none() -> None:
    prose = "The mill, built in stone (and wood), was sold to the town; nobody knows why."
    assert [m for m in whole_words(prose) if re.search(r"\s", prose[m[0] : m[1]])] == []


@pytest.mark.parametrize(
    "amount",
    ["(320.50)", "(1,200)", "(1.234,56)", "($45)", "(45 €)", "$(1,299.50)", "(EUR 7)", "(3.2%)"],
)
def test_an_amount_below_zero_keeps_its_brackets_where_it_fills_a_field(amount: str) -> None:
    plain = fold(amount)
    for frame in ("Karsk. Balance: {}. Seen: May.", "{}", "| Karsk | {} | May |", "Loss: {}"):
        text = fold(frame.format(amount))
        at = text.index(plain)
        assert (at, at + len(plain)) in whole_words(text)
    text = fold(f"The balance {amount} fell.")
    assert not any(text[a] == "(" for a, _ in whole_words(text))


@pytest.mark.parametrize("text", ["Note: (12).", "(1931)", "Born: (1931)", "Ely (1931)", "x: (a)"])
def test_a_plain_number_in_brackets_is_an_aside(text: str) -> None:
    assert not any("(" in text[a:b] for a, b in whole_words(text))
