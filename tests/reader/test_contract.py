"""Both readers pass the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.reader.contract import ReaderContract
from spanmem.reader.overlap import OverlapReader
from spanmem.reader.reader import Reader, SpanReader
from spanmem.reader.windows import Windows


class TestOverlapReader(ReaderContract):
    def make(self) -> Reader:
        return OverlapReader()


class TestSpanReader(ReaderContract):
    """With tiny random weights: what it says is nonsense, but in good order."""

    folder: Path

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def model(cls, base: Path) -> None:
        cls.folder = base

    def make(self) -> Reader:
        return SpanReader.load(self.folder, device="cpu", windows=Windows(128, 8))


class TestBundledReader(ReaderContract):
    def make(self) -> Reader:
        return SpanReader.load(device="cpu")
