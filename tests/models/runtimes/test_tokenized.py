"""Texts become rows of ids: truncated, padded, behind their prompt."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spanmem.models.runtimes.protocol import Floats, Ids
from spanmem.models.runtimes.tokenized import TokenizedRuntime
from tests.models.tiny import write_tokenizer


class Recording:
    """A runtime that notes what it is given."""

    max_length = 9
    batch_tokens = 77

    def __init__(self, folder: Path) -> None:
        self.tokenizer = write_tokenizer(folder)
        self.rows: list[tuple[Ids, Ids, Ids]] = []

    def run(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
        self.rows.append((ids, mask, types))
        return np.ones((len(ids), 1), np.float32)


def tokens(runtime: Recording, row: int) -> list[str]:
    words: list[str] = runtime.tokenizer.convert_ids_to_tokens(runtime.rows[-1][0][row])
    return words


def test_texts_stand_behind_their_prompt_and_are_padded(tmp_path: Path) -> None:
    runtime = Recording(tmp_path)
    texts = TokenizedRuntime(runtime, dim=1, max_length=512)
    assert texts.embed(["mill", "the river flows"], prompt="where ", task="query").shape == (2, 1)
    assert tokens(runtime, 0) == ["[CLS]", "where", "mill", "[SEP]", "[PAD]", "[PAD]"]
    assert tokens(runtime, 1) == ["[CLS]", "where", "the", "river", "flows", "[SEP]"]
    ids, mask, types = runtime.rows[-1]
    assert ids.dtype == mask.dtype == types.dtype == np.int64
    assert mask.tolist() == [[1] * 4 + [0] * 2, [1] * 6]
    assert not types.any()


def test_no_more_is_read_than_model_and_encoder_allow(tmp_path: Path) -> None:
    runtime = Recording(tmp_path)
    assert TokenizedRuntime(runtime, dim=1, max_length=512).max_length == 9
    texts = TokenizedRuntime(runtime, dim=1, max_length=5)
    assert (texts.max_length, texts.batch_tokens) == (5, 77)
    texts.embed(["the old mill was built in town"], prompt="", task="document")
    assert tokens(runtime, 0) == ["[CLS]", "the", "old", "mill", "[SEP]"]
