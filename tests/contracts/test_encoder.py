"""What every encoder must do; a new one is a subclass here that supplies `make`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spanmem.indexer.encoders.encoder import Encoder
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.indexer.encoders.sentence import SentenceEncoder

TEXTS = [
    "The warranty of the lamp lasts two years.",
    "",
    "Die Fähre nach Hven kostet 90 Kronen.",
    "電池はどのくらい持ちますか",
    "word " * 2000,
    "\ud800 a lone surrogate",
    "?!",
]
TOLERANCE = 2e-2
"""On one component: bfloat16 rounds otherwise in a batch of another shape."""


MADE: dict[str, Encoder] = {}
"""One per subclass: loading is what takes time."""


class EncoderContract:
    """Inherit, and say how the encoder is made."""

    @pytest.fixture
    def encoder(self) -> Encoder:
        name = type(self).__name__
        if name not in MADE:
            MADE[name] = self.make()
        return MADE[name]

    def make(self) -> Encoder:
        """A fresh one."""
        raise AssertionError("a subclass supplies it")

    def test_rows_are_unit_vectors(self, encoder: Encoder) -> None:
        found = encoder.encode_passages(TEXTS)
        assert found.shape == (len(TEXTS), encoder.dim)
        assert found.dtype == np.float32
        assert found.flags.c_contiguous
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)

    def test_no_text_gives_no_row(self, encoder: Encoder) -> None:
        assert encoder.encode_passages([]).shape == (0, encoder.dim)

    def test_a_text_has_its_vector_in_any_company(self, encoder: Encoder) -> None:
        together = encoder.encode_passages(TEXTS)
        alone = np.concatenate([encoder.encode_passages([text]) for text in TEXTS])
        np.testing.assert_allclose(together, alone, atol=TOLERANCE)
        np.testing.assert_array_equal(encoder.encode_passages(TEXTS), together)

    def test_like_texts_are_nearer_than_unlike_ones(self, encoder: Encoder) -> None:
        asked, near, far = encoder.encode_passages(
            [
                "How long does the warranty of the lamp last?",
                "The warranty of the lamp lasts two years.",
                "Penguins breed on the ice of Antarctica.",
            ]
        )
        assert asked @ near > asked @ far + 0.2

    def test_the_name_stands_for_the_weights(self, encoder: Encoder) -> None:
        assert encoder.name
        assert self.make().name == encoder.name

    def test_threads_do_not_disturb_each_other(self, encoder: Encoder) -> None:
        wanted = encoder.encode_passages(TEXTS)
        with ThreadPoolExecutor(4) as pool:
            for found in pool.map(lambda _: encoder.encode_passages(TEXTS), range(8)):
                np.testing.assert_allclose(found, wanted, atol=TOLERANCE)


class TestHashEncoder(EncoderContract):
    def make(self) -> Encoder:
        return HashEncoder(256)


class TestSentenceEncoder(EncoderContract):
    """The bundled one."""

    def make(self) -> Encoder:
        return SentenceEncoder(device="cpu")
