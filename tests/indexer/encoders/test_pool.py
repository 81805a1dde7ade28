"""Several processes encode what one would, and the loss of one is told."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from spanmem.core.errors import ModelError, StorageError
from spanmem.core.records import Vectors
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.indexer.encoders.pool import EncoderPool

TEXTS = [f"The mill number {number} was built in {1800 + number}." for number in range(7)]


@pytest.fixture(scope="module")
def pool() -> Iterator[EncoderPool]:
    with EncoderPool(HashEncoder(32), partial(HashEncoder, 32), 2) as pool:
        yield pool


@pytest.mark.parametrize("count", range(8))
def test_each_text_gets_the_vector_that_one_process_gives_it(pool: EncoderPool, count: int) -> None:
    vectors = pool.encode_passages(TEXTS[:count])
    np.testing.assert_array_equal(vectors, HashEncoder(32).encode_passages(TEXTS[:count]))


def test_it_goes_by_the_name_of_its_encoder(pool: EncoderPool) -> None:
    own = HashEncoder(32)
    assert (pool.name, pool.dim, pool.prompts) == (own.name, own.dim, own.prompts)
    np.testing.assert_array_equal(pool.encode_queries(TEXTS), own.encode_queries(TEXTS))


class _Flat(HashEncoder):
    def encode_passages(self, texts: object) -> Vectors:
        return np.zeros(32, np.float32)


def test_vectors_of_a_wrong_shape_are_refused_as_ever() -> None:
    with (
        EncoderPool(_Flat(32), partial(HashEncoder, 32), 1) as pool,
        pytest.raises(ModelError, match="gave an array of shape"),
    ):
        pool.encode_passages(TEXTS)


def _processes(pool: EncoderPool) -> list[subprocess.Popen[bytes]]:
    return [other._process for other in pool._others]


@pytest.mark.parametrize("asked", [False, True])
def test_a_process_that_is_killed_is_told_in_a_line(asked: bool) -> None:
    with EncoderPool(HashEncoder(32), partial(HashEncoder, 32), 1) as pool:
        (process,) = _processes(pool)
        if asked:
            pool.encode_passages(TEXTS)
        process.kill()
        process.wait()
        with pytest.raises(StorageError, match=r"was killed by signal 9, .*run it again") as told:
            pool.encode_passages(TEXTS)
        assert "\n" not in str(told.value)


def test_an_encoder_that_fails_elsewhere_is_told_in_a_line() -> None:
    with (
        EncoderPool(HashEncoder(32), partial(HashEncoder, -1), 1) as pool,
        pytest.raises(StorageError, match="ended with exit code 1"),
    ):
        pool.encode_passages(TEXTS)


def test_no_process_outlives_the_pool_or_the_program_that_made_it() -> None:
    with EncoderPool(HashEncoder(32), partial(HashEncoder, 32), 2) as pool:
        ended, left = _processes(pool)
        pool.encode_passages(TEXTS)
        os.kill(left.pid, signal.SIGINT)  # Ctrl-C reaches all processes of a terminal
        pool.encode_passages(TEXTS)
        assert left.stdin is not None
        left.stdin.close()  # as the system closes it when the program is killed
        assert left.wait(10) == 0
        left.stdin = None
    assert ended.wait(0) == 0
    failing = EncoderPool(HashEncoder(32), partial(HashEncoder, 32), 1)
    (ended,) = _processes(failing)
    failing.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert ended.wait(0) == -signal.SIGKILL
