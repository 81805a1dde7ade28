"""The sentences of a passage as all rules on its answers see them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanmem.pipeline.english.sentences import sentences_of

TEXT = "Dr. Ono left\u00ad. He came back.\nNobody saw him."


def test_a_place_is_looked_for_in_its_own_sentence_of_the_folded_text() -> None:
    sentences = sentences_of(TEXT)
    first, last = sentences.place(TEXT.index("came"), TEXT.index("came") + 4)
    assert sentences.text[first:last] == "came"
    begin, stop = sentences.around(first, last)
    assert sentences.text[begin:stop] == "He came back.\n"
    assert sentences.low_around(first, last, 14) == (begin, "he came back.\n")
    assert sentences.low_around(first, last, 13) == (begin, "")


def test_the_last_sentence_ends_with_the_text() -> None:
    sentences = sentences_of(TEXT)
    end = len(sentences.text)
    assert sentences.around(end - 2, end) == (sentences.text.index("Nobody"), end)


@given(st.text(alphabet="ab. \n", min_size=1, max_size=40), st.data())
def test_an_answer_is_cut_where_sentences_begin(text: str, data: st.DataObject) -> None:
    sentences = sentences_of(text)
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, len(text)))
    pieces = list(sentences.pieces(first, last))
    assert pieces[0][0] == first
    assert [end for _, end in pieces[:-1]] == [start for start, _ in pieces[1:]]
    assert pieces[-1][1] == last
    assert {start for start, _ in pieces[1:]} == {s for s in sentences.starts if first < s < last}
    assert sentences.parts([2, 2, 1]) == sorted({*sentences.starts, 1, 2})
