"""Programs that were written for release 0.1.0 import what they need."""

from __future__ import annotations

import numpy as np

from spanmem.core import errors
from spanmem.indexer import encoder as then
from spanmem.indexer.encoders import encoder, hashed
from spanmem.memory import errors as errors_then


def test_its_errors_are_those_of_today() -> None:
    assert {name: getattr(errors, name) for name in errors_then.__all__} == {
        name: getattr(errors_then, name) for name in errors_then.__all__
    }


def test_its_encoders_have_one_call_for_both_sides() -> None:
    old, new = then.HashEncoder(64), hashed.HashEncoder(64)
    assert isinstance(old, hashed.HashEncoder)
    assert np.array_equal(old.encode(["the mill"]), new.encode_passages(["the mill"]))
    assert (then.Encoder, then.passage_text) == (encoder.Encoder, encoder.passage_text)
