from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.errors import InputError
from spanmem.core.records import Passage
from spanmem.pipeline.settings import RESERVED_TOKENS
from spanmem.reader.windows import Featurizer, pad_batch, strides

TEXT = "The old mill was built in 1912. The river flows north to the sea, and it was long."


def passage(text: str, title: str = "") -> Passage:
    return Passage(document="d", start=0, end=len(text), text=text, title=title)


@given(st.integers(0, 400), st.integers(1, 60), st.data())
def test_stretches_cover_every_token_and_neighbors_share_the_overlap(
    length: int, size: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, size - 1))
    spans = strides(length, size, overlap)
    assert sorted({i for a, b in spans for i in range(a, b)}) == list(range(length))
    assert all(0 < b - a <= size for a, b in spans)
    assert all(b - c == overlap for (_, b), (c, _) in pairwise(spans))
    assert all(b < length for _, b in spans[:-1])  # none lies wholly in what others have read


@pytest.mark.parametrize("overlap", [-1, 8, 9])
def test_a_window_that_cannot_advance_is_refused(overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap"):
        strides(100, 8, overlap)


def test_windows_together_hold_each_token_of_the_passage(tokenizer: Any) -> None:
    featurizer = Featurizer(tokenizer, size=96, overlap=4)
    long = " ".join([TEXT] * 8)
    windows = featurizer.windows("when was the mill built ?", [passage(TEXT), passage(long)])
    assert [w.passage for w in windows][:2] == [0, 1]
    assert len(windows) > 3
    seen = {i for w in windows if w.passage == 1 for i in range(w.first, w.last)}
    assert seen == set(range(len(featurizer.tokenize(long).ids)))
    for window in windows:
        assert len(window.ids) <= 96
        held = window.ids[window.at : window.at + window.last - window.first]
        assert held == window.tokens.ids[window.first : window.last]
        assert window.ids[0] == tokenizer.cls_token_id
        assert window.ids[-1] == tokenizer.sep_token_id


def test_a_title_stands_between_question_and_text(tokenizer: Any) -> None:
    featurizer = Featurizer(tokenizer, size=96, overlap=4)
    (window,) = featurizer.windows("who ?", [passage(TEXT, title="old mill")])
    assert tokenizer.convert_ids_to_tokens(window.ids[: window.at]) == (
        ["[CLS]", "who", "?", "[SEP]", "old", "mill", "[SEP]"]
    )
    assert window.types == (0,) * 4 + (1,) * (len(window.ids) - 4)


def test_a_passage_without_a_token_has_no_window(tokenizer: Any) -> None:
    assert Featurizer(tokenizer, size=96, overlap=4).windows("who ?", [passage(" ")]) == []


def test_pieces_of_a_word_know_that_they_go_on_with_it(tokenizer: Any) -> None:
    tokens = Featurizer(tokenizer, size=96, overlap=4).tokenize("northern mills")
    assert tokens.inside == (False, True, False, True)
    assert tokens.offsets == ((0, 5), (5, 8), (9, 13), (13, 14))


def test_padding_is_masked_and_the_passage_is_the_second_segment(tokenizer: Any) -> None:
    featurizer = Featurizer(tokenizer, size=96, overlap=4)
    windows = featurizer.windows("who ?", [passage("the sea"), passage(TEXT)])
    batch = pad_batch(windows, featurizer.pad)
    assert batch.ids.shape == batch.mask.shape == batch.types.shape
    for row, window in enumerate(windows):
        n = len(window.ids)
        assert batch.mask[row].tolist() == [1] * n + [0] * (batch.ids.shape[1] - n)
        assert batch.ids[row, n:].tolist() == [featurizer.pad] * (batch.ids.shape[1] - n)
        assert batch.types[row, :n].tolist() == [0] * 4 + [1] * (n - 4)


def test_a_window_too_small_for_its_parts_is_refused(tokenizer: Any) -> None:
    with pytest.raises(InputError, match="no room"):
        Featurizer(tokenizer, size=RESERVED_TOKENS + 4, overlap=4)
    Featurizer(tokenizer, size=RESERVED_TOKENS + 5, overlap=4)


def test_a_lone_surrogate_moves_no_offset(tokenizer: Any) -> None:
    tokens = Featurizer(tokenizer, size=96, overlap=4).tokenize("the \ud800 mill")
    assert "the \ud800 mill"[slice(*tokens.offsets[-1])] == "mill"
    assert Featurizer(tokenizer, size=96, overlap=4).tokenize_all(["\udfff mill"])[0].ids


def test_blank_lines_part_paragraphs_and_line_breaks_do_not(tokenizer: Any) -> None:
    tokens = Featurizer(tokenizer, size=96, overlap=4).tokenize("the mill\nwas\n \nbuilt\n\n\nnew")
    assert tokens.stretches == (0, 0, 0, 1, *[max(tokens.stretches)] * (len(tokens.ids) - 4))
    assert tokens.stretches[-1] > 1


def test_a_text_with_labels_is_known_as_such(tokenizer: Any) -> None:
    featurizer = Featurizer(tokenizer, size=96, overlap=4)
    assert featurizer.tokenize("Mill. Rate: 89 euros. Seats: 9.").labelled
    assert not featurizer.tokenize("The mill was built in town: it was new.").labelled


def test_a_tokenizer_that_cuts_and_pads_does_so_no_more(tokenizer: Any) -> None:
    tokenizer.backend_tokenizer.enable_truncation(5)
    tokenizer.backend_tokenizer.enable_padding(length=40)
    featurizer = Featurizer(tokenizer, size=96, overlap=4)
    assert len(featurizer.tokenize("the old mill was built").ids) == 5
    assert len(featurizer.tokenize("the old mill was built in town .").ids) == 8


def test_a_tokenizer_that_others_read_with_is_not_touched(tokenizer: Any) -> None:
    class Shared:
        """A backend that may be looked at, but not changed."""

        truncation = None
        padding = None
        encode = tokenizer.backend_tokenizer.encode
        pre_tokenizer = tokenizer.backend_tokenizer.pre_tokenizer

    class Owner:
        cls_token_id = 2
        sep_token_id = 3
        pad_token_id = 0
        backend_tokenizer: Any = Shared()

        def __len__(self) -> int:
            return 9

    assert Featurizer(Owner()).template.before == (2,)


def test_the_tokenizer_sees_folded_text_and_offsets_are_those_of_the_text(tokenizer: Any) -> None:
    featurizer = Featurizer(tokenizer, size=96, overlap=4)
    text = "Ｔｈｅ o\u00adl\u200bd mill\u00a0was ﬁne"
    tokens = featurizer.tokenize(text)
    plain = featurizer.tokenize("The old mill was fine")
    assert tokens.ids == plain.ids == featurizer.tokenize_all([text])[0].ids
    words = [text[a:b] for a, b in tokens.offsets]
    assert words[:4] == ["Ｔｈｅ", "o\u00adl\u200bd", "mill", "was"]
    assert tokens.offsets[-1][1] == len(text)


def test_pieces_of_one_ligature_are_one_word(tokenizer: Any) -> None:
    text = "½ mill"
    tokens = Featurizer(tokenizer, size=96, overlap=4).tokenize(text)
    halves = [i for i, place in enumerate(tokens.offsets) if place == (0, 1)]
    assert len(halves) > 1
    assert [tokens.inside[i] for i in halves] == [False] + [True] * (len(halves) - 1)


def test_strings_that_are_one_are_stretches_of_tokens(tokenizer: Any) -> None:
    text = "the mill at a.b-c@d.example, and the sea"
    tokens = Featurizer(tokenizer, size=96, overlap=4).tokenize(text)
    ((first, last),) = tokens.wholes
    assert text[tokens.offsets[first][0] : tokens.offsets[last - 1][1]] == "a.b-c@d.example"
    assert Featurizer(tokenizer, size=96, overlap=4).tokenize("the old mill.").wholes == ()
