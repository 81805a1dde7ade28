"""Readers of all families read what `transformers` reads: its pairs, its logits, its spans."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import processors

from spanmem.core.errors import InputError, ModelError
from spanmem.core.records import Passage
from spanmem.reader.reader import ReadRequest, SpanReader
from spanmem.reader.templates import PairTemplate, read_template
from spanmem.reader.windows import Windows
from tests.models.families import FAMILIES, write_family

QUESTION = "Who built the old mill?"
CONTEXTS = (
    "The old mill was built by Anna Kroll (a miller's daughter).  The river\nflows north!",
    "Der Müller fährt über die Brücke",
    " ".join(["In winter the river freezes; the wheel, of stone, stands still."] * 12),
)
WINDOWS = Windows(size=160, overlap=16, max_answer_tokens=6)
WITH_SEGMENTS = {"bert", "electra", "albert", "mobilebert"}
"""Those that `transformers` is to give token types; BigBird makes its own."""


@dataclass(frozen=True)
class Pair:
    """A reader, and the same model and tokenizer in `transformers`."""

    name: str
    reader: SpanReader
    model: Any
    tokenizer: Any

    def forward(self, ids: list[int], types: list[int]) -> tuple[Any, Any]:
        """Start and end logits of one row, as the library computes it alone."""
        inputs = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids))}
        if self.name in WITH_SEGMENTS:
            inputs["token_type_ids"] = torch.tensor([types])
        if self.name == "big_bird":  # which forgets it with each short row
            self.model.bert.set_attention_type("block_sparse")
        with torch.inference_mode():
            output = self.model(**inputs)
        return output.start_logits[0].numpy(), output.end_logits[0].numpy()


@pytest.fixture(scope="module", params=FAMILIES)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    from transformers import AutoTokenizer

    name, folder = request.param, tmp_path_factory.mktemp("family")
    model = write_family(name, folder)
    reader = SpanReader.load(folder, device="cpu", windows=WINDOWS)
    module: Any = reader.runtime
    module.module.float()
    return Pair(name, reader, model, AutoTokenizer.from_pretrained(folder))


def passage(text: str) -> Passage:
    return Passage(document="d", start=0, end=len(text), text=text)


def outside_words(text: str, start: int, end: int) -> bool:
    """Whether no word is cut by the ends of a stretch."""
    return not any(0 < at < len(text) and text[at - 1 : at + 1].isalnum() for at in (start, end))


def scored_places(
    pair: Pair, context: str
) -> tuple[dict[tuple[int, int], list[float]], list[float]]:
    """The scores of each place by the library's logits, and the nulls of its windows."""
    encoded = pair.tokenizer(
        QUESTION,
        context,
        truncation="only_second",
        max_length=WINDOWS.size,
        stride=WINDOWS.overlap,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_token_type_ids=True,
    )
    places: dict[tuple[int, int], list[float]] = {}
    nulls: list[float] = []
    for row, ids in enumerate(encoded["input_ids"]):
        start, end = pair.forward(ids, encoded["token_type_ids"][row])
        nulls.append(float(start[0] + end[0]))
        own = [i for i, part in enumerate(encoded.sequence_ids(row)) if part == 1]
        for i in own:
            for j in own[own.index(i) : own.index(i) + WINDOWS.max_answer_tokens]:
                (a, _), (last, b) = (encoded["offset_mapping"][row][at] for at in (i, j))
                text = context[a:b]
                if not pair.reader.featurizer._knows_words:  # their marks stand in pieces
                    if re.match(r"\s*[.,;:!?]", text):
                        continue
                    text = re.sub(r"[\s.,;:!?]+$", "", text)
                    b = a + len(text)
                if not context[last:b].strip():
                    continue  # no answer ends with a blank
                place = (b - len(text.lstrip()), a + len(text.rstrip()))
                if text.strip() and outside_words(context, *place):
                    places.setdefault(place, []).append(float(start[i] + end[j]))
    return places, nulls


def test_its_spans_and_nulls_are_those_of_the_library_s_logits(pair: Pair) -> None:
    request = ReadRequest(QUESTION, tuple(map(passage, CONTEXTS)))
    (reading,) = pair.reader.read([request])
    assert {span.passage for span in reading.spans} == set(range(len(CONTEXTS)))
    for index, context in enumerate(CONTEXTS):
        places, nulls = scored_places(pair, context)
        spans = [span for span in reading.spans if span.passage == index]
        best = max(places, key=lambda place: max(places[place]))
        tolerance = 1e-4 * max(1.0, *map(abs, places[best]))
        assert reading.nulls[index] == pytest.approx(min(nulls), abs=tolerance)
        assert (spans[0].start, spans[0].end) == best
        assert spans[0].score == pytest.approx(max(places[best]), abs=tolerance)
        for span in spans:
            assert span.text == context[span.start : span.end]
            assert min(abs(span.score - s) for s in places[span.start, span.end]) < tolerance


def test_its_windows_are_the_library_s_pairs(pair: Pair) -> None:
    for context in CONTEXTS[:2]:
        encoded = pair.tokenizer(QUESTION, context, return_token_type_ids=True)
        featurizer = pair.reader.with_windows(Windows(size=400)).featurizer
        (window,) = featurizer.windows(QUESTION, [passage(context)])
        assert list(window.ids) == encoded["input_ids"]
        assert list(window.types) == encoded["token_type_ids"]


def test_a_window_may_be_as_long_as_its_positions_suffice_for(pair: Pair) -> None:
    longest = FAMILIES[pair.name].longest
    assert pair.reader.runtime.max_length == longest
    wide = pair.reader.with_windows(Windows(size=10**6))
    text = "stone " * longest
    windows = wide.featurizer.windows(QUESTION, [passage(text)])
    assert len(windows[0].ids) == longest
    reading = wide.read([ReadRequest(QUESTION, (passage(text[:longest]),))])[0]
    assert all(np.isfinite(span.score) for span in reading.spans)


def test_a_title_and_marks_in_the_text_are_read_by_every_family(pair: Pair) -> None:
    text = "The mill </s> stands [SEP] by the river <s> x [CLS]"
    titled = Passage(document="d", start=0, end=len(text), text=text, title="The old mill")
    (reading,) = pair.reader.read([ReadRequest(QUESTION, (titled, passage("in 1912")))])
    assert {span.passage for span in reading.spans} == {0, 1}
    assert all(
        span.text == text[span.start : span.end] for span in reading.spans if not span.passage
    )


class Bare:
    """A tokenizer as the protocol has it, over a backend with a post-processor of its own."""

    pad_token_id = 0

    def __init__(self, tokenizer: Any, template: str | None, cls: int | None, sep: int | None):
        from tokenizers import Tokenizer

        self.cls_token_id, self.sep_token_id = cls, sep
        self.backend_tokenizer = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
        none = processors.TemplateProcessing(single="$A", pair="$A $B", special_tokens=[])
        marks = [("[CLS]", 2), ("[SEP]", 3)]
        self.backend_tokenizer.post_processor = (
            none
            if template is None
            else processors.TemplateProcessing(single="$A", pair=template, special_tokens=marks)
        )

    def __len__(self) -> int:
        return 9


@pytest.mark.parametrize(
    ("pair_of", "marks", "expected"),
    [
        # As BERT writes it, also where a tokenizer.json was written without it.
        ("[CLS] $A [SEP] $B:1 [SEP]:1", (2, 3), ((2,), (3,), (3,), ((0,), 0, (0,), 1, (1,)), 3)),
        (None, (2, 3), ((2,), (3,), (3,), ((0,), 0, (0,), 1, (1,)), 3)),
        # XLNet: the classifying token stands at the end, in a segment of its own.
        (
            "$A [SEP] $B:1 [SEP]:1 [CLS]:2",
            (2, 3),
            ((), (3,), (3, 2), ((), 0, (0,), 1, (1, 2)), 3, -1),
        ),
        # T5 has none, GPT-2 has no mark at all.
        ("$A [SEP] $B [SEP]", (None, None), ((), (3,), (3,), ((), 0, (0,), 0, (0,)), None)),
        (None, (None, None), ((), (), (), ((), 0, (), 0, ()), None)),
    ],
)
def test_the_template_is_read_from_what_the_tokenizer_does(
    tokenizer: Any, pair_of: str | None, marks: tuple[Any, Any], expected: tuple[Any, ...]
) -> None:
    assert read_template(Bare(tokenizer, pair_of, *marks)) == PairTemplate(*expected)


def test_a_tokenizer_that_puts_the_passage_first_is_refused(tokenizer: Any) -> None:
    with pytest.raises(ModelError, match=r"before its passage.*--tokenizer"):
        read_template(Bare(tokenizer, "[CLS] $B [SEP] $A [SEP]", 2, 3))


def test_windows_without_a_mark_for_titles_part_them_by_a_line(tokenizer: Any) -> None:
    from spanmem.reader.windows import Featurizer

    featurizer = Featurizer(Bare(tokenizer, None, None, None), size=96, overlap=4)
    titled = Passage(document="d", start=0, end=7, text="the sea", title="old mill")
    (window,) = featurizer.windows("who ?", [titled])
    assert tokenizer.convert_ids_to_tokens(window.ids) == ["who", "?", "old", "mill", "the", "sea"]
    assert (window.at, window.null) == (4, 0)


def test_a_window_must_have_room_for_all_that_the_template_adds(tmp_path: Path) -> None:
    write_family("roberta", tmp_path)
    reader = SpanReader.load(tmp_path, device="cpu", windows=Windows(size=90, overlap=4))
    with pytest.raises(InputError, match="no room"):
        reader.with_windows(Windows(size=89, overlap=4))
