"""What this machine's processor is and can multiply, as the operating system tells it."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from pathlib import Path

__all__ = [
    "default_threads",
    "has_bfloat16",
    "has_exact_int8",
    "instruction_sets",
    "processor",
    "usable_cores",
]

_NAMES = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx_vnni": "AVX-VNNI",
    "avx512_vnni": "AVX512-VNNI",
    "avx512_bf16": "AVX512-BF16",
    "amx_int8": "AMX-INT8",
    "amx_bf16": "AMX-BF16",
    "asimd": "NEON",
    "asimddp": "DotProd",
    "i8mm": "I8MM",
    "bf16": "BF16",
}
"""Linux's name of an instruction set that models gain by -> the usual one."""
_BFLOAT16 = frozenset({"AVX512-BF16", "AMX-BF16"})
_EXACT = frozenset({"AVX-VNNI", "AVX512-VNNI", "AMX-INT8"})


@cache
def _facts() -> tuple[str, tuple[str, ...], int]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine(), (), 1
    pairs = [(key.strip(), value.strip()) for key, _, value in (x.partition(":") for x in lines)]
    table = dict(reversed(pairs))  # the first of each key
    flags = set((table.get("flags") or table.get("Features") or "").split())
    name = table.get("model name") or platform.processor() or platform.machine()
    sets = tuple(usual for flag, usual in _NAMES.items() if flag in flags)
    siblings, cores = (int(table.get(key) or 1) for key in ("siblings", "cpu cores"))
    return name, sets, max(1, siblings // max(1, cores))


def processor() -> str:
    """Its name, such as `AMD EPYC`."""
    return _facts()[0]


def instruction_sets() -> tuple[str, ...]:
    """Those that models gain by; empty where the system does not tell."""
    return _facts()[1]


def has_bfloat16() -> bool:
    """Whether it multiplies bfloat16 as quickly as it should: x86 with AVX512-BF16 or AMX."""
    return not _BFLOAT16.isdisjoint(instruction_sets())


def has_exact_int8() -> bool:
    """Whether sums of products of eight bits are exact; x86 without VNNI cuts them at 16 bits.

    Weights of seven bits are exact everywhere.
    """
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    return not is_x86 or not _EXACT.isdisjoint(instruction_sets())


def usable_cores() -> int:
    """Cores that this process may use, of those that there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_threads() -> int:
    """Threads of an engine where nobody says how many: as many as torch takes, loaded or not.

    That is what the host has set, else the variable of OpenMP, else the physical cores.
    """
    torch = sys.modules.get("torch")
    if torch is not None:
        return int(torch.get_num_threads())
    named = os.environ.get("OMP_NUM_THREADS", "")
    if named.isdecimal() and int(named):
        return int(named)
    return max(1, usable_cores() // _facts()[2])
