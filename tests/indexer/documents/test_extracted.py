"""What readers of documents put together: the text, and where pages and rows lie in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.documents.extracted import TextBuilder

STEPS = st.lists(
    st.one_of(
        st.just(None),
        st.text("ab \n", max_size=5),
        st.lists(st.text("xy ", max_size=4), max_size=4),
    ),
    max_size=12,
)


@given(STEPS)
def test_pages_and_rows_point_at_what_was_added(steps: list[str | list[str] | None]) -> None:
    builder = TextBuilder()
    page = 0
    blocks: list[tuple[int, str]] = []
    rows: list[str] = []
    for step in steps:
        if step is None:
            builder.start_page()
            page += 1
        elif isinstance(step, str):
            builder.add(step)
            blocks += [(page, step.strip())] if step.strip() else []
        else:
            builder.add_rows(step)
            texts = [text.strip() for text in step if text.strip()]
            rows += texts
            blocks += [(page, text) for text in texts]
    document = builder.extracted("T", {"k": 1})
    assert (document.title, document.metadata) == ("T", {"k": 1})
    assert [document.text[start:end] for start, end in document.rows] == rows
    assert document.text.split() == " ".join(text for _, text in blocks).split()
    assert len(document.pages) == page
    assert list(document.pages) == sorted(document.pages)
    for number, start in enumerate(document.pages, 1):
        first = next((text for on, text in blocks if on >= number), "")
        assert document.text[start:].startswith(first)
        before = sum(on < number for on, _ in blocks)
        assert len(document.text[:start].split()) == sum(len(t.split()) for _, t in blocks[:before])


def test_blocks_are_paragraphs_unless_told_otherwise() -> None:
    builder = TextBuilder()
    builder.add(" One two ")
    builder.add("three.", before=" ")
    builder.add("Four.")
    builder.add_rows(["A: 1.", "A: 2."])
    assert builder.extracted().text == "One two three.\n\nFour.\n\nA: 1.\nA: 2."
