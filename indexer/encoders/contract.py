"""What every encoder must do, as tests to inherit; nothing but tests imports this module.

A new encoder is a subclass of `EncoderContract`, named `Test...`, that supplies `make`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ...core.records import Vectors
from .encoder import Encoder

__all__ = ["EncoderContract"]


class EncoderContract:
    """Inherit, and say how the encoder is made."""

    TEXTS = (
        "The warranty of the lamp lasts two years.",
        "",
        "Die Fähre nach Hven kostet 90 Kronen.",
        "電池はどのくらい持ちますか",
        "word " * 300,
        "\ud800 a lone surrogate",
        "?!",
    )
    tolerance = 2e-2
    """On one component: bfloat16 rounds otherwise in a batch of another shape."""

    def make(self) -> Encoder:
        """A fresh one."""
        raise NotImplementedError("a subclass supplies it")

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> Encoder:
        return cls().make()

    @pytest.fixture(scope="class", params=["queries", "passages"])
    @classmethod
    def both_sides(cls, request: pytest.FixtureRequest, encoder: Encoder) -> _Side:
        return _Side(encoder, request.param)

    def test_rows_are_unit_vectors(self, encoder: Encoder, both_sides: _Side) -> None:
        vectors = both_sides.encode(self.TEXTS)
        assert vectors.shape == (len(self.TEXTS), encoder.dim)
        assert vectors.dtype == np.float32
        assert vectors.flags.c_contiguous
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)

    def test_no_text_gives_no_row(self, encoder: Encoder, both_sides: _Side) -> None:
        assert both_sides.encode(()).shape == (0, encoder.dim)

    def test_a_text_has_its_vector_in_any_company(self, both_sides: _Side) -> None:
        together = both_sides.encode(self.TEXTS)
        alone = np.concatenate([both_sides.encode((text,)) for text in self.TEXTS])
        np.testing.assert_allclose(together, alone, atol=self.tolerance)
        np.testing.assert_array_equal(both_sides.encode(self.TEXTS), together)

    def test_a_question_is_nearer_to_its_passage_than_to_another(self, encoder: Encoder) -> None:
        question = encoder.encode_queries(["How long does the warranty of the lamp last?"])
        near, far = encoder.encode_passages(
            [
                "The warranty of the lamp lasts two years.",
                "Penguins breed on the ice of Antarctica.",
            ]
        )
        assert question[0] @ near > question[0] @ far + 0.2

    def test_the_name_stands_for_the_weights(self, encoder: Encoder) -> None:
        assert encoder.name
        assert self.make().name == encoder.name

    def test_threads_do_not_disturb_each_other(self, both_sides: _Side) -> None:
        texts = self.TEXTS[:4]
        expected = both_sides.encode(texts)
        with ThreadPoolExecutor(4) as pool:
            for vectors in pool.map(lambda _: both_sides.encode(texts), range(8)):
                np.testing.assert_allclose(vectors, expected, atol=self.tolerance)


class _Side:
    """One side of an encoder: its questions or its passages."""

    def __init__(self, encoder: Encoder, side: str) -> None:
        self._encode = encoder.encode_queries if side == "queries" else encoder.encode_passages

    def encode(self, texts: tuple[str, ...]) -> Vectors:
        return self._encode(texts)
