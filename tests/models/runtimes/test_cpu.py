"""What the processor can multiply is told by the instruction sets that the system names."""

from __future__ import annotations

import os
import platform
import sys

import pytest

from spanmem.models.runtimes import cpu


def on(machine: str, *sets: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu, "_facts", lambda: ("a processor", sets, 2))
    monkeypatch.setattr(platform, "machine", lambda: machine)


@pytest.mark.parametrize(
    ("machine", "sets", "bfloat16", "exact"),
    [
        ("x86_64", ("AVX2",), False, False),
        ("x86_64", ("AVX2", "AVX-VNNI"), False, True),
        ("x86_64", ("AVX-512", "AVX512-VNNI", "AVX512-BF16"), True, True),
        ("AMD64", (), False, False),
        ("aarch64", ("NEON",), False, True),
        ("arm64", (), False, True),
    ],
)
def test_instruction_sets_decide(
    machine: str,
    sets: tuple[str, ...],
    bfloat16: bool,
    exact: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on(machine, *sets, monkeypatch=monkeypatch)
    assert (cpu.has_bfloat16(), cpu.has_exact_int8()) == (bfloat16, exact)


def test_threads_are_the_host_s_or_openmp_s_or_one_for_each_core(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    former = torch.get_num_threads()
    torch.set_num_threads(3)
    assert cpu.default_threads() == 3
    torch.set_num_threads(former)
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert cpu.default_threads() == 5
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")
    on("x86_64", monkeypatch=monkeypatch)
    monkeypatch.setattr(cpu, "usable_cores", lambda: 8)
    assert cpu.default_threads() == 4


def test_this_machine_has_a_name_and_cores() -> None:
    assert cpu.processor()
    assert 1 <= cpu.usable_cores() <= (os.cpu_count() or 1)
