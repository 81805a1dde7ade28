"""Where models run, in what precision and portions, and what identifies their weights."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import torch

from spanmem.core import files
from spanmem.core.errors import InputError
from spanmem.models.device import batch_tokens, content_digest, fingerprint, placement


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


def test_a_digest_is_computed_once_and_anew_after_each_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, digest = tmp_path / "weights", files.digest
    read: list[Path] = []

    def counted(*paths: Path) -> str:
        read.extend(paths)
        return digest(*paths)

    monkeypatch.setattr(files, "digest", counted)
    path.write_bytes(b"1")
    first = content_digest(path)
    path.write_bytes(b"2")  # within one tick of the clock, and of the same size
    assert content_digest(path) != first
    os.utime(path, ns=(10**18, 10**18))
    read.clear()
    assert content_digest(path) == content_digest(path) == digest(path)
    assert len(read) == 1
    assert fingerprint([path]) == digest(path)[:12]
    path.write_bytes(b"3")
    os.utime(path, ns=(10**18 + 1, 10**18 + 1))
    assert content_digest(path) == digest(path)
