"""Options of a runtime."""

from __future__ import annotations

import pytest

from spanmem.core.errors import InputError
from spanmem.models.runtimes.protocol import RuntimeOptions


@pytest.mark.parametrize("threads", [0, -2])
def test_fewer_threads_than_one_are_refused(threads: int) -> None:
    with pytest.raises(InputError, match=f"{threads} threads .* give 1 or more"):
        RuntimeOptions(threads=threads)


def test_options_are_values() -> None:
    assert RuntimeOptions() == RuntimeOptions("auto", None, None)
    assert len({RuntimeOptions("cpu", 1), RuntimeOptions("cpu", 1), RuntimeOptions("cpu", 2)}) == 2
