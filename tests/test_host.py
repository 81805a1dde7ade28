"""A guest in other programs: nothing of theirs is changed, and their forked workers answer."""

from __future__ import annotations

import csv
import decimal
import gc
import json
import locale
import logging
import os
import random
import resource
import signal
import socket
import sys
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
import torch

import spanmem
from spanmem.memory.store import Memory

TABLE = "id,text\n1,The kettle costs 59 euros.\n2,The mixer costs 79 euros.\n"


def snapshot() -> dict[str, Any]:
    """What a process has once, and a library must leave as it is."""
    mask = os.umask(0o22)
    os.umask(mask)
    root, known = logging.root, logging.root.manager.loggerDict
    limits = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    return {
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "umask": mask,
        "path": list(sys.path),
        "locale": locale.setlocale(locale.LC_ALL),
        "warnings": (list(warnings.filters), warnings.showwarning),
        "random": random.getstate(),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "hooks": (sys.excepthook, sys.unraisablehook, threading.excepthook, sys.displayhook),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in limits},
        "python": (sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()),
        "csv": csv.field_size_limit(),
        "decimal": str(decimal.getcontext()),
        "collector": (gc.isenabled(), gc.get_threshold(), len(gc.callbacks)),
        "sockets": socket.getdefaulttimeout(),
        "logging": (root.level, list(root.handlers), root.manager.disable),
        "loggers": {
            name: (logger.level, list(logger.handlers), logger.propagate, logger.disabled)
            for name, logger in known.items()
            if isinstance(logger, logging.Logger) and not name.startswith("hypothesis")
        },
        "torch": (
            *(torch.get_num_threads(), torch.get_num_interop_threads(), torch.get_default_dtype()),
            *(torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
            torch.get_rng_state().tolist(),
        ),
        "numpy": (np.geterr(), np.get_printoptions(), str(np.random.get_state())),
        "faiss": faiss.omp_get_max_threads(),
    }


def _work(folder: Path) -> None:
    """Index, ask, correct and measure, with the bundled models."""
    settings = spanmem.Settings.load(None, {"retrieve.passages": 2})
    (folder / "q.jsonl").write_text(json.dumps({"question": "Price?", "answer": ["59 euros"]}))
    with spanmem.index(folder / "prices.csv", into=folder / "m", settings=settings) as memory:
        qa = spanmem.QA(memory, settings=settings)
        chat = qa.session("ann")
        chat.ask("What does the kettle cost?")
        chat.correct("What does the kettle cost?", "60 euros")
        chat.ask("How much does the kettle cost?")
        spanmem.benchmark(qa, folder / "q.jsonl")


def test_a_host_finds_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prices.csv").write_text(TABLE)
    (tmp_path / "warm").mkdir()
    (tmp_path / "warm" / "prices.csv").write_text(TABLE)
    _work(tmp_path / "warm")  # what libraries do as they are imported is their own
    before = snapshot()
    _work(tmp_path)
    after = snapshot()
    assert [name for name in before if before[name] != after[name]] == []


def test_a_host_may_have_no_streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prices.csv").write_text(TABLE)
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    _work(tmp_path)
    with Memory.open(tmp_path / "m") as memory:
        assert memory.counts()[0] == 2


_served: list[spanmem.QA] = []


def _serve(question: str) -> str:
    return str(_served[0].ask(question))


def _serve_anew(folder: Path) -> str:
    with spanmem.QA(folder / "m") as qa:
        return str(qa.ask("What does the kettle cost?"))


def test_workers_that_a_preloading_server_forks_answer(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(TABLE)
    spanmem.index(tmp_path / "prices.csv", into=tmp_path / "m").close()
    with spanmem.QA(tmp_path / "m") as qa:
        _served[:] = [qa]
        answer = _serve("What does the kettle cost?")
        assert answer == "59 euros"
        stop = threading.Event()
        asking = threading.Thread(target=_ask_until, args=(stop,))
        asking.start()
        with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
            works = [pool.submit(_serve, "What does the kettle cost?") for _ in range(3)]
            works.append(pool.submit(_serve_anew, tmp_path))
            assert [work.result(timeout=100) for work in works] == [answer] * 4
        stop.set()
        asking.join()
        assert _serve("What does the kettle cost?") == answer


def _ask_until(stop: threading.Event) -> None:
    while not stop.wait(0.02):
        _serve("What does the mixer cost?")
