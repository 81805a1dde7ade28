"""Both encoders pass the contract, and one with prompts does."""

from __future__ import annotations

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
