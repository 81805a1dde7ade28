"""Who sent a mail is told from who got it."""

from __future__ import annotations

import pytest

from spanmem.core.records import Passage
from spanmem.pipeline.english.senders import Senders

HEAD = "Sent by: Ada <ada@a.org>\n\nTo: Bo <bo@b.org>\n\nCc: Cy <cy@c.org>\n\nDee paid Eve."


def others(question: str, text: str = HEAD) -> list[str]:
    """The names that are another's than the one asked for."""
    passage = Passage(document="a.eml", start=0, end=len(text), text=text)
    rule = Senders(question)
    places = rule.in_passage(passage)
    names = [name for name in ("Ada", "Bo", "Cy", "Dee", "Eve") if name in text]
    return [
        name
        for name in names
        if rule and places.another(text.index(name), text.index(name) + len(name))
    ]


@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        ("Who sent the mail about the van?", ["Bo", "Cy"]),
        ("Who wrote the mail of 12 May?", ["Bo", "Cy"]),
        ("Who is the sender?", ["Bo", "Cy"]),
        ("From whom is the mail?", ["Bo", "Cy"]),
        ("Who was the mail from?", ["Bo", "Cy"]),
        ("To whom did Ada write?", ["Ada"]),
        ("Who received the mail?", ["Ada"]),
        ("Who did Ada write to?", ["Ada"]),
        ("Who is the recipient of the mail?", ["Ada"]),
        ("Who paid Eve?", []),
        ("When was the mail sent?", []),
    ],
)
def test_the_lines_of_a_head_are_told_apart(question: str, wrong: list[str]) -> None:
    assert others(question) == wrong


def test_what_is_no_mail_has_no_head() -> None:
    assert others("Who wrote it?", "To: Bo and Dee") == []
