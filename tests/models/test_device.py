"""A device that is not here is refused before a model is loaded for it."""

from __future__ import annotations

import pytest
import torch

from spanmem.core.errors import InputError
from spanmem.models.device import placement


def test_a_device_beyond_those_present_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # No machine of the tests has one: two are feigned.
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert placement("cuda:1") == (torch.device("cuda:1"), torch.bfloat16)
    for absent in ("cuda:2", "meta"):
        with pytest.raises(InputError, match=f"{absent} is not available here"):
            placement(absent)
