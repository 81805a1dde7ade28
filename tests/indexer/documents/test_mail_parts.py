"""Quotations of mails stand apart from what was written; invitations say what, when and where."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

import pytest

from spanmem.indexer.documents.mail_parts import (
    event_lines,
    quotation_rows,
    without_block_quotes,
    without_quotes,
)


@pytest.mark.parametrize(
    ("text", "own", "quoted"),
    [
        ("It is Monday.\n\nOn Tue Zoe wrote:\n> It is Friday.\n> Bye.", "It is Monday.\n", ["On Tue Zoe wrote:\n> It is Friday.\n> Bye."]),
        ("It is Monday.\n\n-----Original Message-----\nFrom: Zoe\nIt is Friday.", "It is Monday.\n", ["-----Original Message-----\nFrom: Zoe\nIt is Friday."]),
        ("FYI.\n---------- Forwarded message ---------\nFrom: Ola", "FYI.", ["---------- Forwarded message ---------\nFrom: Ola"]),
        ("The van comes on Monday at nine, as the workshop has told us just now.\n\nOn Tue Zoe wrote:\n> Does it come on Friday?", "The van comes on Monday at nine, as the workshop has told us just now.\n", ["On Tue Zoe wrote:\n> Does it come on Friday?"]),
        ("It is Monday.\n\nOn Tue Zoe wrote:\n> Is it Friday?", "It is Monday.\n\nOn Tue Zoe wrote:\n> Is it Friday?", []),
        ("It is Monday.\n\nFrom: Zoe\nSent: Tuesday, 5 May 2026\nTo: Ada\nSubject: When\n\nIt is Friday.", "It is Monday.\n", ["From: Zoe\nSent: Tuesday, 5 May 2026\nTo: Ada\nSubject: When\n\nIt is Friday."]),
        ("Gut.\n________________________________\nVon: Zoe\nGesendet: Dienstag, 5. Mai 2026\nAn: Ada\n\nEs ist Freitag.", "Gut.", ["________________________________\nVon: Zoe\nGesendet: Dienstag, 5. Mai 2026\nAn: Ada\n\nEs ist Freitag."]),
        ("From: the north gate\nTo: the south gate", "From: the north gate\nTo: the south gate", []),
        ("> Which gate?\nGate 5.", "> Which gate?\nGate 5.", []),
        ("> One.\nYes.\n> Two.\nNo.", "> One.\nYes.\n> Two.\nNo.", []),
        ("Plain.\n-- \nZoe", "Plain.\n-- \nZoe", []),
    ],
)  # fmt: skip
def test_what_is_quoted_stands_apart(text: str, own: str, quoted: list[str]) -> None:
    assert without_quotes(text) == (own, quoted)


@pytest.mark.parametrize(
    ("quotation", "rows"),
    [
        ("On Tue Zoe wrote:\n> It is Friday.\n>\n> Bye.", ["On Tue Zoe wrote:\n> It is Friday.\n>\n> Bye."]),
        ("On Tue\nZoe wrote:\n> It is Friday.", ["On Tue Zoe wrote:\n> It is Friday."]),
        ("It is Friday.\n\nBye.", ["Quoted mail:\n> It is Friday.\n> Bye."]),
        ("From: Zoe\nSent: 5 May\nTo: Ada\n\nIt is Friday.", ["Quoted mail of Zoe, 5 May:\n> From: Zoe\n> Sent: 5 May\n> To: Ada\n> It is Friday."]),
        ("Zoe wrote:\n> " + "It is so. " * 40, ["Zoe wrote:\n> " + " ".join(["It is so."] * 20)] * 2),
    ],
)  # fmt: skip
def test_each_part_of_a_quotation_says_whose_it_is(quotation: str, rows: list[str]) -> None:
    def plain(text: str) -> str:
        return " ".join(text.replace("\n>", "\n").split())

    made = list(quotation_rows(quotation))
    assert [*map(plain, made)] == [*map(plain, rows)]
    assert all(line.startswith(">") for row in made for line in row.split("\n")[1:])


def test_what_stands_below_the_mark_of_outlook_is_quoted() -> None:
    markup = "<div><p>Mine.</p><div id='divRplyFwdMsg'>From: Zoe</div><p>Hers.</p></div><p>End.</p>"
    page, quoted = without_block_quotes(markup)
    assert page is not None
    assert "Hers." not in page
    assert "Mine." in page
    assert ["Hers." in quotation for quotation in quoted] == [True]


def test_a_page_without_what_it_quotes() -> None:
    page, quoted = without_block_quotes("<p>Mine.</p><blockquote><p>His.</p></blockquote>")
    assert page is not None
    assert "Mine." in page
    assert "His." not in page
    assert ["His." in quotation for quotation in quoted] == [True]
    assert without_block_quotes("<blockquote>All.</blockquote>")[0] is None
    assert without_block_quotes("<p>Plain.</p>") == ("<p>Plain.</p>", [])


def test_an_invitation_says_what_when_and_where() -> None:
    text = (
        "BEGIN:VCALENDAR\r\nSUMMARY:no\r\nBEGIN:VEVENT\r\nSUMMARY:Board\r\n  dinner\r\n"
        "DTSTART;TZID=Europe/Berlin:20250603T193000\r\nDTEND:20250603T200000Z\r\n"
        "LOCATION:Villa\\, hall 3\r\nEND:VEVENT\r\n"
    )
    assert list(event_lines(text)) == [
        "Event: Board dinner", "Begins: 2025-06-03 19:30", "Ends: 2025-06-03 20:00 UTC",
        "Place: Villa, hall 3",
    ]  # fmt: skip
