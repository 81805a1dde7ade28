"""Whole and cut files of Zstandard, by their headers alone."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest
import zstandard

from spanmem.core.zstandard_frames import is_whole

SKIPPABLE = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"


@pytest.mark.parametrize("size", [0, 1, 300, 300_000])
@pytest.mark.parametrize("options", [{}, {"write_checksum": True}, {"write_content_size": False}])
def test_only_a_whole_file_is_whole(size: int, options: dict[str, Any]) -> None:
    rng = random.Random(size)
    data = rng.randbytes(size // 2) + b"a" * (size - size // 2)
    packed = zstandard.ZstdCompressor(**options).compress(data)
    whole = SKIPPABLE + packed + packed
    assert is_whole(io.BytesIO(whole), len(whole))
    for cut in {0, 3, len(SKIPPABLE) + 2, *(rng.randrange(len(whole)) for _ in range(30))}:
        bounds = {len(SKIPPABLE), len(SKIPPABLE) + len(packed)}
        assert is_whole(io.BytesIO(whole[:cut]), cut) == (cut in bounds)
    assert not is_whole(io.BytesIO(whole + b"more"), len(whole) + 4)
