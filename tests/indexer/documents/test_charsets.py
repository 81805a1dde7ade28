"""The encoding of a page: as browsers take it, and better where they would show garbage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.indexer.documents.charsets import page_text

DECLARED = [
    ("iso-8859-1", "cp1252", "5 € – “all in”, Ångström"),
    ("latin1", "cp1252", "Größe"),
    ("us-ascii", "cp1252", "Größe"),
    ("ISO-8859-9", "cp1254", "Köprü ağzı, şehir"),
    ("tis-620", "cp874", "สะพาน"),
    ("gb2312", "gb18030", "朱镕基生于1928年"),
    ("Shift_JIS", "cp932", "①橋は1931年に完成"),
    ("ks_c_5601-1987", "cp949", "다리는 1931년에 완공되었다"),
    ("big5", "big5hkscs", "大橋於1931年完工"),
    ("windows-1251", "cp1251", "Мельница"),
    ("koi8-r", "koi8_r", "Мост построен"),
    ("utf-16", "utf-8", "Tür"),
    ("utf8", "utf-8", "Tür"),
    ("nonsense", "utf-8", "Tür"),
    ("punycode", "utf-8", "Tür"),
    ("base64", "utf-8", "Tür"),
]
FORMS = [
    '<meta charset="{}">',
    "<META CHARSET = '{}' >",
    "<meta charset={}>",
    '<meta http-equiv="Content-Type" content="text/html; charset={}">',
    "<!-- <meta charset=big5> --><meta content='text/html;charset={}' http-equiv=content-type>",
    '<?xml version="1.0" encoding="{}"?>',
]


@pytest.mark.parametrize(("label", "codec", "words"), DECLARED)
@pytest.mark.parametrize("form", FORMS)
def test_a_declared_encoding_is_the_one_browsers_take(
    label: str, codec: str, words: str, form: str
) -> None:
    markup = form.format(label) + f"<p>{words}</p>"
    assert page_text("a.html", markup.encode(codec)) == markup


@given(st.text(st.characters(exclude_characters="\0\ufffd", exclude_categories=["Cs"]), min_size=1))
@pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig", "utf-16-be"])
def test_a_byte_order_mark_settles_it(codec: str, words: str) -> None:
    mark = "\ufeff" if codec == "utf-16-be" else ""
    raw = (mark + f"<meta charset=big5><p>{words}</p>").encode(codec)
    assert page_text("a.html", raw) == f"<meta charset=big5><p>{words}</p>"


def test_utf16_without_a_mark_is_known_by_its_first_tag() -> None:
    for codec in ("utf-16-le", "utf-16-be"):
        assert page_text("a.html", "<p>Tür</p>".encode(codec)) == "<p>Tür</p>"


@pytest.mark.parametrize(
    ("language", "codec", "words"),
    [
        ("de", "cp1252", "Mühle"),
        ("ru", "cp1251", "Мельница"),
        ("el", "cp1253", "Η γέφυρα"),
        ("pl", "cp1250", "Łódź"),
        ("ja", "cp932", "橋は完成"),
    ],
)
def test_an_undeclared_page_is_read_by_its_language(language: str, codec: str, words: str) -> None:
    markup = f'<html lang="{language}"><p>{words}</p>'
    assert page_text("a.html", markup.encode(codec)) == markup


def test_an_undeclared_page_without_a_language_is_guessed_from_its_letters() -> None:
    russian = "<p>Мост через реку построен в тысяча девятьсот тридцать первом году.</p>"
    assert page_text("a.html", russian.encode("cp1251")) == russian
    assert page_text("a.html", "<p>café – 3 €</p>".encode("cp1252")) == "<p>café – 3 €</p>"


def test_utf8_that_declares_itself_latin_is_utf8() -> None:
    markup = "<meta charset=iso-8859-1><p>Größe</p>"
    assert page_text("a.html", markup.encode()) == markup


def test_latin_that_declares_itself_utf8_is_latin() -> None:
    markup = "<meta charset=utf-8><p>Die Straße nach München</p>"
    assert page_text("a.html", markup.encode("cp1252")) == markup


def test_a_damaged_byte_costs_one_character() -> None:
    raw = "<p>ärgerlich — Größe".encode() + b"\xff</p>"
    assert page_text("a.html", raw) == "<p>ärgerlich — Größe\ufffd</p>"


def test_binary_data_is_refused() -> None:
    with pytest.raises(InputError, match="binary data, not HTML"):
        page_text("a.html", b"\x89PNG\0\0")


@given(st.binary(max_size=200))
def test_whatever_bytes_come_they_are_text_or_refused(raw: bytes) -> None:
    try:
        assert isinstance(page_text("a.html", raw), str)
    except InputError:
        assert b"\0" in raw
