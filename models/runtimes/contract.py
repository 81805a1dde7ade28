"""What every runtime must do, as tests to inherit; nothing but tests imports this module.

A new runtime is a subclass, named `Test...`, of the contract of its kind, which supplies `make`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from .protocol import Floats, Ids, Runtime, TextRuntime

__all__ = ["SentenceRuntimeContract", "SpanRuntimeContract", "TextRuntimeContract"]

Inputs = tuple[Ids, Ids, Ids]


class _Contract:
    """What the contracts share: how two outputs are compared."""

    tolerance = 2e-2
    """On one number, relative to the largest: bfloat16 rounds otherwise in a batch of another
    shape."""

    def check_close(self, output: Floats, expected: Floats) -> None:
        """Raises AssertionError where the two differ by more than rounding explains."""
        scale = max(1.0, float(np.abs(expected).max(initial=0)))
        np.testing.assert_allclose(output, expected, atol=self.tolerance * scale, rtol=0)


class _RuntimeContract(_Contract):
    """Inherit one of its subclasses, and say how the runtime is made."""

    def make(self) -> Runtime:
        """A fresh one, over any small model."""
        raise NotImplementedError("a subclass supplies it")

    @pytest.fixture(scope="class")
    @classmethod
    def runtime(cls) -> Runtime:
        return cls().make()

    def check_head(self, output: Floats, mask: Ids) -> None:
        """Raises AssertionError where the output is not what such a head gives."""
        raise NotImplementedError("a subclass supplies it")

    def rows(self, output: Floats, mask: Ids) -> list[Floats]:
        """What the output says of each row, without its padding."""
        raise NotImplementedError("a subclass supplies it")

    def inputs(self, runtime: Runtime, lengths: tuple[int, ...], width: int) -> Inputs:
        """Random rows of these lengths, padded to `width`; the second half has type 1."""
        random = np.random.default_rng(5)
        pad = runtime.tokenizer.pad_token_id or 0
        ids = np.full((len(lengths), width), pad, np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, length in enumerate(lengths):
            ids[row, :length] = random.integers(0, len(runtime.tokenizer), length)
            ids[row, 0] = runtime.tokenizer.cls_token_id or 0
            ids[row, length - 1] = runtime.tokenizer.sep_token_id or 0
            mask[row, :length] = 1
            types[row, length // 2 : length] = 1
        return ids, mask, types

    def test_the_output_is_the_heads(self, runtime: Runtime) -> None:
        ids, mask, types = self.inputs(runtime, (9, 3, 7), 9)
        output = runtime.run(ids, mask, types)
        assert output.dtype == np.float32
        assert np.isfinite(output[mask.astype(bool)] if output.ndim == 3 else output).all()
        self.check_head(output, mask)

    def test_a_row_has_its_output_in_any_company(self, runtime: Runtime) -> None:
        ids, mask, types = self.inputs(runtime, (9, 3, 7), 12)
        together = self.rows(runtime.run(ids, mask, types), mask)
        for row, length in enumerate((9, 3, 7)):
            part = tuple(array[row : row + 1, :length].copy() for array in (ids, mask, types))
            (alone,) = self.rows(runtime.run(*part), part[1])
            self.check_close(alone, together[row])

    def test_what_stands_in_the_padding_does_not_matter(self, runtime: Runtime) -> None:
        ids, mask, types = self.inputs(runtime, (9, 3), 9)
        other = np.where(mask == 1, ids, runtime.tokenizer.sep_token_id or 1)
        for row, changed in zip(
            self.rows(runtime.run(ids, mask, types), mask),
            self.rows(runtime.run(other, mask, types), mask),
            strict=True,
        ):
            self.check_close(changed, row)

    def test_tokens_and_their_order_matter(self, runtime: Runtime) -> None:
        ids, mask, types = self.inputs(runtime, (9,), 9)
        swapped = ids[:, [0, *range(7, 0, -1), 8]]
        assert not np.allclose(runtime.run(ids, mask, types), runtime.run(swapped, mask, types))

    def test_the_same_input_has_the_same_output_and_stays_as_it_is(self, runtime: Runtime) -> None:
        inputs = self.inputs(runtime, (9, 4), 9)
        before = [array.copy() for array in inputs]
        np.testing.assert_array_equal(runtime.run(*inputs), runtime.run(*inputs))
        for array, copy in zip(inputs, before, strict=True):
            np.testing.assert_array_equal(array, copy)

    def test_the_longest_row_can_be_run(self, runtime: Runtime) -> None:
        assert runtime.max_length >= 2
        assert runtime.batch_tokens >= 1
        length = min(runtime.max_length, 512)
        ids, mask, types = self.inputs(runtime, (length,), length)
        self.check_head(runtime.run(ids, mask, types), mask)

    def test_threads_do_not_disturb_each_other(self, runtime: Runtime) -> None:
        batches = [self.inputs(runtime, (n, 3), n) for n in (4, 9, 16, 25)] * 2
        expected = [runtime.run(*batch) for batch in batches]
        with ThreadPoolExecutor(4) as pool:
            outputs = list(pool.map(lambda batch: runtime.run(*batch), batches))
        for output, alone in zip(outputs, expected, strict=True):
            self.check_close(output, alone)


class SpanRuntimeContract(_RuntimeContract):
    """A start and an end logit for each token."""

    def check_head(self, output: Floats, mask: Ids) -> None:
        assert output.shape == (*mask.shape, 2)

    def rows(self, output: Floats, mask: Ids) -> list[Floats]:
        return [row[present.astype(bool)] for row, present in zip(output, mask, strict=True)]


class SentenceRuntimeContract(_RuntimeContract):
    """A unit vector for each row."""

    def check_head(self, output: Floats, mask: Ids) -> None:
        assert output.ndim == 2
        assert len(output) == len(mask)
        np.testing.assert_allclose(np.linalg.norm(output, axis=1), 1, atol=1e-4)

    def rows(self, output: Floats, mask: Ids) -> list[Floats]:
        return list(output)


class TextRuntimeContract(_Contract):
    """Texts in, unit vectors out."""

    TEXTS = ("The lamp has a warranty of two years.", "", "Die Fähre nach Hven", "?! 漢字")

    def make(self) -> TextRuntime:
        """A fresh one, over any small model."""
        raise NotImplementedError("a subclass supplies it")

    @pytest.fixture(scope="class")
    @classmethod
    def runtime(cls) -> TextRuntime:
        return cls().make()

    def test_rows_are_unit_vectors(self, runtime: TextRuntime) -> None:
        vectors = runtime.embed(self.TEXTS, prompt="", task="document")
        assert vectors.shape == (len(self.TEXTS), runtime.dim)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)

    def test_a_text_has_its_vector_in_any_company(self, runtime: TextRuntime) -> None:
        together = runtime.embed(self.TEXTS, prompt="a ", task="query")
        alone = [runtime.embed([text], prompt="a ", task="query") for text in self.TEXTS]
        self.check_close(np.concatenate(alone), together)

    def test_a_prompt_changes_the_vector(self, runtime: TextRuntime) -> None:
        bare, prompted = (
            runtime.embed(["the old mill"], prompt=prompt, task="query") for prompt in ("", "who ")
        )
        assert not np.allclose(bare, prompted, atol=1e-3)

    def test_of_a_long_text_the_beginning_counts(self, runtime: TextRuntime) -> None:
        assert runtime.batch_tokens >= 1
        long = "mill " * (runtime.max_length + 50)
        both = runtime.embed([long, long + "river sea"], prompt="", task="document")
        np.testing.assert_array_equal(both[0], both[1])

    def test_threads_do_not_disturb_each_other(self, runtime: TextRuntime) -> None:
        expected = runtime.embed(self.TEXTS, prompt="", task="query")
        with ThreadPoolExecutor(4) as pool:
            for vectors in pool.map(
                lambda _: runtime.embed(self.TEXTS, prompt="", task="query"), range(8)
            ):
                self.check_close(vectors, expected)
