"""What is read of a model without torch: its tokenizer, its layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.models.runtimes.plain import Pooling, is_plain, read_pooling, read_tokenizer
from tests.models.tiny import SIZES, WORDS, write_json


def test_a_word_piece_tokenizer_is_read_with_its_marks(tiny_reader: Path) -> None:
    tokenizer = read_tokenizer(tiny_reader)
    assert len(tokenizer) == len(WORDS)
    marks = tokenizer.pad_token_id, tokenizer.cls_token_id, tokenizer.sep_token_id
    assert [WORDS[mark] for mark in marks] == ["[PAD]", "[CLS]", "[SEP]"]


@pytest.mark.parametrize("text", ["", "{}", '{"model": {"type": "BPE"}}'])
def test_what_is_no_tokenizer_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokenizer.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="tokenizer"):
        read_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("change", "plain"),
    [({}, True), ({"hidden_act": "relu"}, False), ({"model_type": "roberta"}, False)],
)
def test_a_configuration_out_of_the_ordinary_is_seen(change: dict[str, str], plain: bool) -> None:
    assert is_plain({**SIZES, "model_type": "bert", **change}) is plain


def test_an_encoder_with_a_mean_says_how_much_it_reads(tiny_encoder: Path, tmp_path: Path) -> None:
    assert read_pooling(tiny_encoder) == Pooling("mean", 48)
    assert read_pooling(tmp_path) is None
    write_json(tmp_path / "modules.json", [{"type": "x.Transformer", "path": ""}])
    assert read_pooling(tmp_path) is None
