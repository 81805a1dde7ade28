"""How surely the reader answers a question at one place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Evidence, passage_key
from spanmem.pipeline.at_place import read_at, sentence_at
from spanmem.reader.overlap import OverlapReader

SENTENCE = "The old mill was built in 1912 by two brothers."
ASKED = ["When was the old mill built?", "Who painted the new barn?", "In 1912?"]


def place(text: str, before: str = "", after: str = "", *, at: int | None = None) -> Evidence:
    passage = f"{before}{SENTENCE}{after}"
    start = passage.index(text) if at is None else at
    return Evidence(
        document="d",
        start=start,
        end=start + len(text),
        text=text,
        passage=passage_key("d", 0, passage),
        passage_text=passage,
        title="The mill",
    )


def test_the_question_that_it_answers_scores_most() -> None:
    right, wrong, _ = read_at(OverlapReader(), place("two brothers"), ASKED)
    assert right > wrong


def test_what_the_reader_does_not_find_there_has_the_least_score() -> None:
    *_, said = read_at(OverlapReader(), place("1912"), ASKED)  # the question's own word
    assert said == -20


@given(
    st.lists(st.sampled_from(["Who painted the barn?", "It is new.", "A mill stood."]), max_size=4),
    st.lists(st.sampled_from(["Nobody knows.", "The old mill burnt down."]), max_size=4),
)
def test_no_other_sentence_counts(before: list[str], after: list[str]) -> None:
    here = place("two brothers", "".join(f"{s} " for s in before), "".join(f" {s}" for s in after))
    assert sentence_at(here).strip() == f"The mill\n{SENTENCE}"
    assert read_at(OverlapReader(), here, ASKED) == read_at(
        OverlapReader(), place("two brothers"), ASKED
    )


def test_of_two_like_words_the_sentence_is_that_of_the_place() -> None:
    twice = place("1912", after=" The barn is from 1912, too.", at=len(SENTENCE) + 18)
    assert sentence_at(twice) == "The mill\nThe barn is from 1912, too."


def test_a_place_in_another_cut_of_its_passage_is_read_in_all_of_it() -> None:
    here = place("two brothers", after=" It burnt down.")
    cut = Evidence(
        document="d",
        start=here.start,
        end=here.end,
        text="gone",
        passage=here.passage,
        passage_text=here.passage_text,
    )
    assert sentence_at(cut) == f"\n{here.passage_text}"
    assert read_at(OverlapReader(), cut, ASKED[:1])[0] > -20
