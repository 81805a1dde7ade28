"""Quotations of mails stand apart from what was written; invitations say what, when and where."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

import pytest

from spanmem.indexer.documents.mail_parts import (
    event_lines,
    without_block_quotes,
    without_quotes,
)


@pytest.mark.parametrize(
    ("text", "own", "quoted"),
    [
        ("It is Monday.\n\nOn Tue Zoe wrote:\n> It is Friday.\n> Bye.", "It is Monday.\n", ["On Tue Zoe wrote:\n> It is Friday.\n> Bye."]),
        ("It is Monday.\n\n-----Original Message-----\nFrom: Zoe\nIt is Friday.", "It is Monday.\n", ["-----Original Message-----\nFrom: Zoe\nIt is Friday."]),
        ("FYI.\n---------- Forwarded message ---------\nFrom: Ola", "FYI.", ["---------- Forwarded message ---------\nFrom: Ola"]),
        ("> Which gate?\nGate 5.", "> Which gate?\nGate 5.", []),
        ("> One.\nYes.\n> Two.\nNo.", "> One.\nYes.\n> Two.\nNo.", []),
        ("Plain.\n-- \nZoe", "Plain.\n-- \nZoe", []),
    ],
)  # fmt: skip
def test_what_is_quoted_stands_apart(text: str, own: str, quoted: list[str]) -> None:
    assert without_quotes(text) == (own, quoted)


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
