"""What elements say of themselves."""

from __future__ import annotations

import pytest

from spanmem.indexer.documents.elements import is_note_mark, is_raised, opens, span


@pytest.mark.parametrize(
    ("value", "number"),
    [("3", 3), (" 3px", 3), ("0", 0), (None, 1), ("", 1), ("x", 1), ("-2", 1), ("9" * 20, 99_999)],
)
def test_spans_are_read_as_browsers_do(value: str | None, number: int) -> None:
    assert span(value, 1) == number


def test_buttons_open_by_state_target_or_class() -> None:
    assert opens({"aria-expanded": "false"})
    assert opens({"class": "btn Accordion-button"})
    assert not opens({"class": "btn primary", "type": "submit"})


def test_raised_text_is_known_by_style_or_class() -> None:
    assert is_raised({"style": "font-size:60%; Vertical-Align: super"})
    assert is_raised({"class": "sup"})
    assert not is_raised({"class": "supper", "style": "vertical-align: top"})


def test_marks_of_notes_are_known_by_role_class_or_link() -> None:
    assert is_note_mark("a", {"role": "doc-noteref", "href": "#x"})
    assert is_note_mark("a", {"href": "#fn:3"})
    assert is_note_mark("span", {"class": "footnote"})
    assert not is_note_mark("a", {"href": "#chapter-3"})
    assert not is_note_mark("span", {"class": "notes"})
