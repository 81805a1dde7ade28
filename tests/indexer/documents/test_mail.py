"""E-mails: their heads, their text, and what is attached."""

# ruff: noqa: E501 -- each document in a line

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.indexer.documents.extracted import Extracted
from spanmem.indexer.documents.mail import read_mail

HEAD = "Sent by: Ada <ada@a.org>\n\nTo: Bo <bo@b.org>\n\nDate: Mon, 04 May 2026 10:00:00 +0200\n"


def mail(text: str = "The van is blue.\n", subject: str = "The van") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ada <ada@a.org>", "Bo <bo@b.org>", subject
    made["Date"] = "Mon, 04 May 2026 10:00:00 +0200"
    made.set_content(text)
    return made


def read(tmp_path: Path, made: EmailMessage | bytes | str) -> Extracted:
    raw = made.encode() if isinstance(made, str) else bytes(made)
    (tmp_path / "a.eml").write_bytes(raw)
    return read_mail(tmp_path / "a.eml")


def body(document: Extracted) -> str:
    """The text below the head."""
    assert document.text.startswith(HEAD)
    return document.text[len(HEAD) :].strip()


def test_the_head_is_title_metadata_and_first_lines(tmp_path: Path) -> None:
    document = read(tmp_path, mail())
    assert (document.title, body(document)) == ("The van", "The van is blue.")
    assert document.metadata == {
        "from": "Ada <ada@a.org>",
        "to": "Bo <bo@b.org>",
        "date": "2026-05-04",
    }


def test_of_text_and_html_the_text_is_read(tmp_path: Path) -> None:
    made = mail()
    made.add_alternative("<p>The van is <b>blue</b>.</p>", subtype="html")
    assert body(read(tmp_path, made)) == "The van is blue."


@pytest.mark.parametrize("empty", ["", " \n"])
def test_html_is_read_where_there_is_no_text(tmp_path: Path, empty: str) -> None:
    made = mail(empty)
    made.add_alternative("<p>It is blue.</p><p>It is big.</p>", subtype="html")
    assert body(read(tmp_path, made)) == "It is blue.\n\nIt is big."


def test_attachments_are_named_and_pictures_in_the_text_are_not_lost(tmp_path: Path) -> None:
    made = mail()
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Preisliste ü.pdf")
    made.add_attachment("a,b", subtype="csv", filename="b.csv")
    assert body(read(tmp_path, made)).endswith("blue.\n\nAttachments: Preisliste ü.pdf, b.csv")


def test_a_mail_in_a_mail_is_read(tmp_path: Path) -> None:
    made = mail("See below.\n")
    made.add_attachment(mail("It has 9 seats.\n", "Seats"))
    text = body(read(tmp_path, made))
    assert text.startswith("See below.\n\nSubject: Seats\n\nSent by: Ada")
    assert text.endswith("It has 9 seats.")


def test_quoted_replies_are_kept(tmp_path: Path) -> None:
    text = "Yes, 89 euros.\n\n> What is the rate?\n"
    assert body(read(tmp_path, mail(text))) == text.strip()


HEADS = "From: Ada <ada@a.org>\r\nTo: Bo <bo@b.org>\r\nDate: Mon, 04 May 2026 10:00:00 +0200\r\n"
VARIANTS = {
    "quoted-printable": ("Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9 =\r\nau lait", "café au lait"),
    "base64": ("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nY2Fmw6k=", "café"),
    "an unknown alphabet": ("Content-Type: text/plain; charset=x-nobody\r\n\r\ncafé", "café"),
    "lines of a flow": ("Content-Type: text/plain; format=flowed\r\n\r\nThe rate \r\nis 89.\r\nYes.\r\n> a \r\n> b", "The rate is 89.\nYes.\n\nQuoted mail:\n> a \n> b"),
    "no type at all": ("\r\nIt is blue.", "It is blue."),
    "parts without end": ('Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nIt is blue.\r\n', "It is blue."),
    "a picture in HTML": ('Content-Type: multipart/related; boundary="x"\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>Blue.</p>\r\n--x\r\nContent-Type: image/png; name="a.png"\r\n\r\nx\r\n--x--', "Blue.\n\nAttachments: a.png"),
    "a table in HTML": ("Content-Type: text/html\r\n\r\n<table><tr><td>Rate</td><td>89</td></tr></table>", "Rate: 89"),
}  # fmt: skip


@pytest.mark.parametrize(("rest", "text"), VARIANTS.values(), ids=VARIANTS.keys())
def test_a_mail_says_what_it_shows(tmp_path: Path, rest: str, text: str) -> None:
    assert body(read(tmp_path, HEADS + rest)).rstrip(".") == text.rstrip(".")


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("=?utf-8?q?Caf=C3=A9?= =?utf-8?b?IGF1IGxhaXQ=?=", "Café au lait"),
        ("Café", "Café"),
        ("=?x-nobody?q?a?=", "=?x-nobody?q?a?="),
        ("The\r\n rate", "The rate"),
        ("", ""),
    ],
)
def test_subjects_are_decoded(tmp_path: Path, subject: str, title: str) -> None:
    assert read(tmp_path, f"{HEADS}Subject: {subject}\r\n\r\na").title == title


def test_a_date_that_is_none_is_no_metadata(tmp_path: Path) -> None:
    assert "date" not in read(tmp_path, "From: a\r\nDate: soon\r\n\r\na").metadata


@pytest.mark.parametrize("raw", ["", "only words", "\0\0"])
def test_what_is_no_mail_is_told_in_one_line(tmp_path: Path, raw: str) -> None:
    with pytest.raises(InputError, match=r"a\.eml: no readable mail") as caught:
        read(tmp_path, raw)
    assert "\n" not in str(caught.value)


def test_mails_in_mails_without_end_are_bounded(tmp_path: Path) -> None:
    raw = "From: a\r\nContent-Type: message/rfc822\r\n\r\n" * 3_000 + "\r\nend"
    try:
        text = read(tmp_path, raw).text
    except InputError as error:
        text = str(error)
    assert len(text) < 500


def test_what_calls_itself_latin_1_is_windows_1252(tmp_path: Path) -> None:
    head = b"Subject: Freezer\nContent-Type: text/plain; charset=iso-8859-1\n"
    raw = head + b"Content-Transfer-Encoding: 8bit\n\nAlarm at \x9618 degrees, 75 \x80.\n"
    (tmp_path / "a.eml").write_bytes(raw)
    assert "Alarm at –18 degrees, 75 €." in read_mail(tmp_path / "a.eml").text


PLAIN, PAGE = "Content-Type: text/plain\r\n\r\n", "Content-Type: text/html\r\n\r\n"
LONG = "<p>The board dinner is at Villa Sorrel at 19:30, in the hall upstairs.</p>"
TABLE = "<table><tr><th>Item<th>Price<th>Seats</tr><tr><td>Rotor<td>70<td>2</tr></table>"
EVENT = "BEGIN:VEVENT\r\nLOCATION:Hall 3\r\nEND:VEVENT"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((PLAIN + "No HTML here.", PAGE + LONG), "The board dinner is at Villa Sorrel at 19:30, in the hall upstairs."),
        ((PLAIN + "It is at 7.", PAGE + "<p>It is at <b>7</b>.</p>"), "It is at 7."),
        ((PLAIN + "Item\r\nPrice\r\nSeats\r\nRotor\r\n70\r\n2", PAGE + TABLE), "Rotor. Price: 70. Seats: 2."),
        ((PLAIN + "Come.", "Content-Type: text/calendar\r\n\r\n" + EVENT), "Come.\n\nPlace: Hall 3"),
    ],
)  # fmt: skip
def test_of_alternatives_the_one_is_read_that_says_more(
    tmp_path: Path, parts: tuple[str, ...], text: str
) -> None:
    inner = "".join(f"--q\r\n{part}\r\n" for part in parts)
    raw = f"{HEADS}Content-Type: multipart/alternative; boundary=q\r\n\r\n{inner}--q--\r\n"
    assert body(read(tmp_path, raw)) == text


def test_what_is_attached_and_not_read_is_told(tmp_path: Path) -> None:
    made = mail("See the contract.")
    made.add_attachment(b"x", maintype="application", subtype="pdf", filename="c 1.pdf")
    document = read(tmp_path, made)
    assert body(document).endswith("Attachments: c 1.pdf")
    (notice,) = document.notices
    assert "attachments are not read: c 1.pdf; save them beside the mail" in notice
