"""Where models run, in what precision and portions, and what identifies their weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from spanmem.core.errors import InputError
from spanmem.models.device import batch_tokens, fingerprint, placement


def test_a_device_beyond_those_present_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # No machine of the tests has one: two are feigned.
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert placement("cuda:1") == (torch.device("cuda:1"), torch.bfloat16)
    assert placement("auto") == (torch.device("cuda"), torch.bfloat16)
    for absent in ("cuda:2", "meta"):
        with pytest.raises(InputError, match=f"{absent} is not available here"):
            placement(absent)


def test_a_name_that_is_no_device_is_refused() -> None:
    with pytest.raises(InputError, match="toaster is not known; use cpu, cuda"):
        placement("toaster")


@pytest.mark.parametrize(
    ("avx", "amx", "dtype"),
    [(True, False, torch.bfloat16), (False, True, torch.bfloat16), (False, False, torch.float32)],
)
def test_a_cpu_computes_in_bfloat16_where_it_multiplies_it(
    avx: bool, amx: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert placement("cpu") == (torch.device("cpu"), dtype)


def test_portions_are_small_on_a_cpu() -> None:
    assert batch_tokens(torch.device("cpu")) < batch_tokens(torch.device("meta"))


def test_a_fingerprint_is_that_of_all_files_in_order(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"x" * 3_000_000)
    second.write_bytes(b"y")
    expected = hashlib.sha256(first.read_bytes() + second.read_bytes()).hexdigest()[:12]
    assert fingerprint([first, second]) == expected
    assert fingerprint([second, first]) != expected
