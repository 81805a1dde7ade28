"""The program of a process that encodes for another; `test_pool` starts it as that one does."""

from __future__ import annotations

import io
import os
import pickle
import signal
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.indexer.encoders.worker import main


def test_each_list_of_texts_is_answered_until_there_is_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [partial(HashEncoder, 8), ["a mill", "a kettle"], ["a lamp"]]
    told = io.BytesIO(b"".join(map(pickle.dumps, asked)))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=told))
    before = signal.getsignal(signal.SIGINT)
    try:
        with (tmp_path / "answers").open("wb") as answers, Path(os.devnull).open("wb") as nothing:
            monkeypatch.setattr(sys, "stdout", answers)
            monkeypatch.setattr(sys, "stderr", nothing)
            main()
    finally:
        signal.signal(signal.SIGINT, before)
        monkeypatch.undo()
    encoder = HashEncoder(8)
    with (tmp_path / "answers").open("rb") as kept:
        for texts in (["a mill", "a kettle"], ["a lamp"]):
            np.testing.assert_array_equal(pickle.load(kept), encoder.encode_passages(texts))
        assert not kept.read()
