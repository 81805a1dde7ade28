"""Tokenizers as they lie in the folders of published models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import ModelError
from spanmem.models.checkpoints import load_tokenizer
from spanmem.models.tokenizers import has_tokenizer, open_tokenizer
from tests.models.families import merges, pieces, unigram

TEXT = "The old mill was built in 1912 by Anna Kroll."
PARTS = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def config(folder: Path, model_type: str) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))


def test_byte_pairs_are_read_from_vocabulary_and_merges(tmp_path: Path) -> None:
    merges(tmp_path, "Roberta")
    config(tmp_path, "roberta")
    tokenizer: Any = open_tokenizer(tmp_path)
    assert tokenizer.decode(tokenizer(TEXT)["input_ids"], skip_special_tokens=True) == TEXT
    assert tokenizer.convert_ids_to_tokens(tokenizer("a", "b")["input_ids"]) == (
        ["<s>", "a", "</s>", "</s>", "b", "</s>"]
    )


def test_a_vocabulary_without_its_merges_is_refused(tmp_path: Path) -> None:
    merges(tmp_path, "Roberta")
    (tmp_path / "merges.txt").unlink()
    with pytest.raises(ModelError, match=r"vocab\.json without its merges\.txt"):
        open_tokenizer(tmp_path)


def test_word_pieces_of_another_class_keep_its_marks(tmp_path: Path) -> None:
    pieces(tmp_path, "MPNet")
    config(tmp_path, "mpnet")
    whole: Any = open_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    bare: Any = open_tokenizer(tmp_path)
    assert whole("a", "b")["input_ids"] == bare("a", "b")["input_ids"]
    assert bare.cls_token == "<s>"


def test_word_pieces_that_need_more_than_a_vocabulary_are_refused(tmp_path: Path) -> None:
    pieces(tmp_path, "Bert")
    for name in PARTS:
        (tmp_path / name).unlink(missing_ok=True)
    config(tmp_path, "bert")
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "BertJapaneseTokenizer"}')
    with pytest.raises(ModelError) as caught:
        open_tokenizer(tmp_path)
    assert "\n" not in str(caught.value)


def test_sentence_pieces_alone_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (tmp_path / "sentencepiece.bpe.model").write_bytes(b"")
    assert has_tokenizer(tmp_path)
    with pytest.raises(
        ModelError, match=r"install sentencepiece and protobuf, or add the tokenizer\.json"
    ):
        open_tokenizer(tmp_path)


def test_the_file_of_a_fast_tokenizer_goes_before_sentence_pieces(tmp_path: Path) -> None:
    size = unigram(tmp_path, "XLMRoberta")
    config(tmp_path, "xlm-roberta")
    (tmp_path / "sentencepiece.bpe.model").write_bytes(b"")
    assert len(open_tokenizer(tmp_path)) == size


@pytest.mark.parametrize("model_type", ["roberta", "deberta-v2", "xlm-roberta"])
def test_a_model_of_another_kind_does_not_get_bert_s_vocabulary(
    model_type: str, tmp_path: Path
) -> None:
    config(tmp_path, model_type)
    with pytest.raises(ModelError, match=r"brings no tokenizer.*--tokenizer"):
        load_tokenizer(None, tmp_path, 999)


def test_a_named_tokenizer_may_be_of_any_layout(tmp_path: Path) -> None:
    config(tmp_path, "roberta")
    own = tmp_path / "own"
    own.mkdir()
    merges(own, "Roberta")
    shutil.copy(tmp_path / "config.json", own)
    assert len(load_tokenizer(str(own), tmp_path, 999)) > 256
