"""Both encoders pass the contract, and one with prompts does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from spanmem.core.records import Prompts
from spanmem.indexer.encoders.contract import EncoderContract
from spanmem.indexer.encoders.encoder import Encoder
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.indexer.encoders.sentence import SentenceEncoder


class TestHashEncoder(EncoderContract):
    def make(self) -> Encoder:
        return HashEncoder(256)


class TestSentenceEncoder(EncoderContract):
    """The bundled one."""

    def make(self) -> Encoder:
        return SentenceEncoder(device="cpu")


class TestPromptedEncoder(EncoderContract):
    """It was not trained with prompts, but bears short ones."""

    def make(self) -> Encoder:
        return SentenceEncoder(device="cpu", query_prompt="query: ", passage_prompt="passage: ")


@pytest.mark.parametrize("make", [HashEncoder, SentenceEncoder])
def test_our_own_encoders_have_one_side(make: Callable[[], Encoder]) -> None:
    encoder, texts = make(), EncoderContract.TEXTS[:3]
    assert encoder.prompts == Prompts()
    np.testing.assert_array_equal(encoder.encode_queries(texts), encoder.encode_passages(texts))
