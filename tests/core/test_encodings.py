"""Encodings of texts that are no UTF-8: told by marks and NULs, guessed where words come of it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.core.encodings import announced, guess

TEXTS = {
    "Die Wartung der Kühlanlage kostet viel, Größe und Maß stehen auf dem Schild.": (
        "cp1252", "cp850", "mac_roman",
    ),
    "Der Preis beträgt 120 € für die Kühlanlage.": ("cp1252", "iso8859_15"),
    "La clé est chez le gérant, l’été à 20 h, le café ferme à midi.": ("cp1252",),
    "As estações não abrem aos sábados, o portão fecha às nove.": ("cp1252",),
    "Färjan går från Åre klockan sju, säger Örjan.": ("cp1252",),
    "The “Orsa” pump – built 1974 – isn’t cheap: £120.": ("cp1252",),
    "Żółta łódź kosztuje trzysta złotych, przewoźnik odpływa.": ("cp1250", "iso8859_2"),
    "Příliš žluťoučký kůň, jízdenka stojí dvacet pět korun.": ("cp1250", "iso8859_2"),
    "Az őrség hétfőn nyit, a fűtött terem ötszáz forint.": ("cp1250", "iso8859_2"),
    "Köprünün ışıkları akşam yanar, geçiş ücreti beş lira.": ("cp1254",),
    "Насос был построен в 1974 году. Цена триста рублей.": (
        "cp1251", "koi8_r", "iso8859_5", "cp866",
    ),
    "Η αντλία κατασκευάστηκε. Το κλειδί είναι στο γραφείο.": ("cp1253", "iso8859_7"),
    "このポンプは1974年に作られました。鍵は事務所にあります。": ("shift_jis", "euc_jp"),
    "这台水泵建于1974年，钥匙在办公室里，门票十二元。": ("gb18030",),
    "這台水泵建於1974年。高度為十二米，重量為兩噸。": ("big5",),
    "이 펌프는 1974년에 제작되었습니다. 높이는 십이 미터입니다.": ("cp949",),
    "המשאבה נבנתה בשנת 1974 ומחירה 120 שקלים.": ("cp1255",),
}  # fmt: skip
CASES = [(text, codec) for text, codecs in TEXTS.items() for codec in codecs]


@pytest.mark.parametrize(("text", "codec"), CASES)
@pytest.mark.parametrize("times", [1, 30])
def test_a_code_page_is_guessed_by_the_words_it_gives(text: str, codec: str, times: int) -> None:
    raw = (text + "\n").encode(codec, "ignore") * times
    encoding = guess(raw)
    assert encoding is not None
    assert raw.decode(encoding.codec) == raw.decode(codec)
    assert encoding.told


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff", b'{"text": "\xff"}', b"caf\xc3", "é".encode() + b" caf\xe9", b"\0\xe9t\xe9",
        b"\x01\xe9t\xe9", random.Random(1).randbytes(3000),
        bytes(random.Random(2).choices([*range(32, 127), *range(128, 256)], k=400)),
    ],
)  # fmt: skip
def test_what_gives_no_words_is_not_guessed_at(raw: bytes) -> None:
    assert guess(raw) is None


@pytest.mark.parametrize("cut", [1, 2])
def test_a_cut_download_of_utf8_stays_utf8(cut: int) -> None:
    assert guess("Größe und Maß für die Tür — 12 €".encode()[:-cut]) is None


def test_a_declared_code_page_is_believed() -> None:
    encoding = guess(b"# -*- coding: iso-8859-7 -*-\n\xe1")
    assert encoding is not None
    assert encoding.codec == "iso8859-7"


@given(
    st.text(st.sampled_from("abcdefgh ABC.,0123456789\n\täöß€“"), min_size=8),
    st.sampled_from(["utf-16-le", "utf-16-be"]),
)
@settings(deadline=None)
def test_utf16_without_a_mark_is_told_by_its_nuls(text: str, codec: str) -> None:
    text += "plain words" * len(text)
    encoding = announced(text.encode(codec), whole=True)
    assert encoding is not None
    assert encoding.codec == codec


@pytest.mark.parametrize("codec", ["utf-16", "utf-32", "utf-8-sig", "utf-16-le", "utf-16-be"])
def test_marks_and_lines_of_other_scripts_are_read(codec: str) -> None:
    text = "这台水泵建于1974年。\n钥匙在办公室。\n"
    encoding = announced(text.encode(codec), whole=True)
    assert encoding is not None
    assert text.encode(codec)[encoding.mark :].decode(encoding.codec) == text


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_bytes_of_no_text_announce_nothing_that_cannot_be_decoded(raw: bytes) -> None:
    encoding = announced(raw, whole=True)
    if encoding is not None and encoding.unit == 2 and not encoding.mark:
        raw.decode(encoding.codec)


@pytest.mark.parametrize("raw", [bytes(range(256)), b"\x7fELF\x02\x01\x01" + bytes(60), b"ab\0c"])
def test_binary_data_announces_nothing(raw: bytes) -> None:
    assert announced(raw, whole=True) is None
