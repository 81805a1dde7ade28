"""Heads, footers and page numbers: out of the sentences, and nothing that they say is lost."""

from __future__ import annotations

import random

import pytest

from spanmem.indexer.documents.pdf import text_of
from spanmem.indexer.documents.pdf_pages import Line, Page

ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")


def line(text: str, y: float, x: float = 72.0) -> Line:
    """A line of ten points' height, whose letters are five points wide."""
    return Line(text, x, y, x + 5 * len(text), y + 10)


def page(
    body: list[str], head: str = "", foot: str = "", *, gap: float = 3.0, last: bool = False
) -> Page:
    """A page whose head and foot stand `gap` lines from the text, drawn first or last."""
    lines = [line(text, 760 - 14 * gap - 14 * at) for at, text in enumerate(body)]
    around = [line(head, 760)] * bool(head) + [line(foot, 40)] * bool(foot)
    return Page(tuple(lines + around if last else around + lines))


def bodies(count: int, rng: random.Random) -> list[list[str]]:
    """The text of each page, full lines; a sentence goes on over each page's end."""
    words = ["pump", "valve", "motor", "filter", "rotor", "nozzle", "gasket", "spring", "lever"]
    pages: list[list[str]] = []
    for number in range(count):
        full = [" ".join(rng.choices(words, k=10)) for _ in range(rng.choice([1, 4, 12]))]
        start = [f"rear {7 * number} of it is painted in one colour only and it shines."] * (
            number > 0
        )
        end = [f"It was measured by all of the people there that the front {7 * number}"]
        pages.append(start * (number > 0) + full + end)
    return pages


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("head", "foot", "said"),
    [
        ("Manual P20", "{n}", "Manual P20"),
        ("Manual P20 — {n}", "", "Manual P20 — "),
        ("", "{n} | Terms of Use", "| Terms of Use"),
        ("ACME Corp. 2024", "Page {n} of {N}", "ACME Corp. 2024"),
        ("", "- {n} -", ""),
        ("", "Seite {n} von {N}", ""),
        ("{r}", "Confidential", "Confidential"),
        ("p. {n}", "", ""),
        ("{n}/{N}", "Rev. 3, page {n}", "Rev. 3, page"),
    ],
)
def test_a_sentence_goes_on_over_the_page(head: str, foot: str, said: str, seed: int) -> None:
    rng = random.Random(f"{head}{foot}{seed}")
    count, first = rng.choice([2, 3, 5, 8]), rng.choice([1, 1, 3])
    gap, last = rng.choice([1.0, 2.0, 4.0]), rng.random() < 0.5
    names = [{"n": k + first, "N": count + first - 1, "r": ROMAN[k + 1]} for k in range(count)]
    texts = bodies(count, rng)
    pages = [
        page(text, head.format(**name), foot.format(**name), gap=gap, last=last)
        for text, name in zip(texts, names, strict=True)
    ]
    text = text_of("", pages).text
    for number in range(count - 1):
        assert f"there that the front {7 * number} rear {7 * number + 7} of it is painted" in text
    assert said in text
    if gap > 1:
        assert text.count(said) == 1 or not said


def test_a_hyphenated_word_goes_on_over_the_page() -> None:
    pages = [
        page(["The lid is of heat-"], "Manual", "1"),
        page(["resistant glass."], "Manual", "2"),
    ]
    extracted = text_of("", pages)
    assert "The lid is of heat-resistant glass." in extracted.text
    assert extracted.text[extracted.pages[1] :] == "resistant glass."


def test_headings_that_count_what_the_page_tells_are_kept() -> None:
    pages = [page([f"We walk to town number {n}."], f"Day {n}") for n in range(1, 6)]
    text = text_of("", pages).text
    assert all(f"Day {n}" in text for n in range(1, 6))


def test_numbers_that_do_not_keep_pace_with_the_pages_are_kept() -> None:
    weeks = [f"The gear number {n} is greased every {n + 10} weeks." for n in range(1, 8)]
    text = text_of("", [page([week]) for week in weeks]).text
    assert all(week in text for week in weeks)
    prices = [40, 18, 77, 5]
    text = text_of("", [page(["An offer."], f"Total: {price} euros") for price in prices]).text
    assert all(f"Total: {price} euros" in text for price in prices)


def test_heads_that_change_with_the_chapter_stand_outside_of_sentences() -> None:
    chapters = ["Cleaning", "Cleaning", "Repair", "Repair", "Storage"]
    pages = [
        page(text, f"{chapter} | {number}")
        for number, (text, chapter) in enumerate(
            zip(bodies(5, random.Random(1)), chapters, strict=True), 1
        )
    ]
    text = text_of("", pages).text
    for number in range(4):
        assert f"there that the front {7 * number} rear {7 * number + 7}" in text
    assert all(chapter in text for chapter in chapters)


def test_lines_of_the_text_that_pages_share_are_all_kept() -> None:
    pages = [
        Page((line(f"Lamp number {n} {'x' * 40}.", 700), line("It weighs nine kilograms.", 686)))
        for n in range(4)
    ]
    assert text_of("", pages).text.count("It weighs nine kilograms.") == 4


def test_a_single_page_keeps_what_stands_at_its_edges() -> None:
    text = text_of("", [page(["It is blue."], "Lamp 7", "12 | Office")]).text
    assert "Lamp 7" in text
    assert "12 | Office" in text
    assert text_of("", [page(["It is blue."], "", "1")]).text == "It is blue."
