"""Settings -> the encoder and the reader they name."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError
from .settings import Settings

if TYPE_CHECKING:
    from ..indexer.encoders.encoder import Encoder
    from ..reader.reader import Reader

__all__ = ["copied_memory", "load_encoder", "load_reader", "memory_path"]


def load_encoder(settings: Settings) -> Encoder:
    """The encoder that `encoder.model` names. Raises ModelError."""
    from ..indexer.encoders.hashed import HashEncoder
    from ..indexer.encoders.sentence import SentenceEncoder

    model, runtime = settings.encoder.model, settings.runtime
    if model is not None and (hashed := re.fullmatch(r"hash-([1-9]\d{0,4})", model)):
        return HashEncoder(int(hashed.group(1)))
    return SentenceEncoder(
        model,
        device=runtime.device,
        threads=runtime.threads,
        query_prompt=settings.encoder.query_prompt,
        passage_prompt=settings.encoder.passage_prompt,
    )


def load_reader(settings: Settings) -> Reader:
    """The reader that `reader.model` names. Raises ModelError."""
    from ..reader.overlap import OverlapReader
    from ..reader.reader import SpanReader
    from ..reader.windows import Windows

    if settings.reader.model == "overlap":
        return OverlapReader()
    return SpanReader.load(
        settings.reader.model,
        tokenizer=settings.reader.tokenizer,
        device=settings.runtime.device,
        threads=settings.runtime.threads,
        windows=Windows(
            size=settings.reader.window,
            overlap=settings.reader.overlap,
            max_answer_tokens=settings.answer.max_answer_tokens,
        ),
    )


def memory_path(settings: Settings) -> Path:
    """Where the memory is. Raises InputError if nothing says so."""
    if settings.memory.path is None:
        raise InputError("which memory? name its folder with --memory")
    return Path(settings.memory.path)


@contextmanager
def copied_memory(path: Path) -> Iterator[Path]:
    """A copy of the memory, gone afterwards: what is remembered there leaves no trace.

    Raises MemoryLocked where another process is changing it, and what `Memory.open` raises.
    """
    from ..memory.store import Memory

    with tempfile.TemporaryDirectory() as folder, Memory.open(path, write=True):
        copy = Path(folder) / "copy.memory"
        shutil.copytree(path, copy, ignore=shutil.ignore_patterns("lock"))
        yield copy
