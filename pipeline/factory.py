"""Settings -> the store, the encoder and the reader that they name.

Each kind has its built-in names, and packages bring more: see `plugins` and `docs/extending.md`.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.arguments import path, refused
from ..core.databases import copy_database
from ..core.errors import InputError, ModelError, StorageError
from ..core.temporary import temporary_folder
from ..memory.address import SCHEMES, scheme_of, shown
from .plugins import Maker, find_plugin, plugin_names
from .settings import Settings

if TYPE_CHECKING:
    from ..indexer.encoders.encoder import Encoder
    from ..memory.protocol import Store
    from ..reader.reader import Reader

__all__ = [
    "copied_memory",
    "folder",
    "load_encoder",
    "load_reader",
    "memory_or_place",
    "memory_path",
    "memory_source",
    "open_store",
]

_PLUGIN = re.compile(r"([A-Za-z][\w.+-]*)(:.*)?", re.DOTALL)
"""`NAME`, or `NAME:` and what the plugin of that name makes of the rest."""


def memory_or_place(name: str, memory: Any) -> Any:
    """A memory as it is given to a call: a store, a path or a URL. Raises InputError for others."""
    if isinstance(memory, str | os.PathLike):
        return path(name, memory)
    if isinstance(memory, bytes | type | int | float | Mapping):
        raise refused(name, memory, "a memory's folder, a store's URL, or a store")
    return memory


def open_store(source: str | Path, settings: Settings) -> Store:
    """The store at `source`: a memory's folder or server, or a URL whose scheme a plugin brings.

    Raises InputError for a scheme that no package brings, and what `open_memory` raises.
    """
    scheme = scheme_of(source)
    if scheme is None or scheme in SCHEMES:
        from ..memory.opening import open_memory

        return open_memory(source)
    make = find_plugin("spanmem.stores", scheme)
    if make is None:
        names = sorted({SCHEMES[0], *plugin_names("spanmem.stores")})
        known = ", ".join(f"{name}://" for name in names)
        raise InputError(
            f"{shown(source)}: no installed package opens {scheme}:// stores (known: {known}); "
            "install one that does, or name a folder"
        )
    store: Store = make(str(source), settings)
    return store


def load_encoder(settings: Settings) -> Encoder:
    """The encoder that `encoder.model` names. Raises ModelError, and InputError for a plugin."""
    model, runtime = settings.encoder.model, settings.runtime
    if model is not None and (hashed := re.fullmatch(r"hash-([1-9]\d{0,4})", model)):
        from ..indexer.encoders.hashed import HashEncoder

        if settings.encoder.dimensions is not None:
            raise InputError(
                f"encoder {model} has its dimensions in its name, and encoder.dimensions asks for "
                f"{settings.encoder.dimensions}; leave that out, or name another hash-N"
            )
        return HashEncoder(int(hashed.group(1)))
    if model is not None and (make := _plugin("encoder", model, "hash-N")):
        encoder: Encoder = make(model, settings)
        return encoder
    from ..indexer.encoders.sentence import SentenceEncoder

    return SentenceEncoder(
        model,
        device=runtime.device,
        threads=runtime.threads,
        backend=runtime.backend,
        precision=runtime.precision,
        query_prompt=settings.encoder.query_prompt,
        passage_prompt=settings.encoder.passage_prompt,
        dimensions=settings.encoder.dimensions,
    )


def load_reader(settings: Settings) -> Reader:
    """The reader that `reader.model` names. Raises ModelError, and InputError for a plugin."""
    model = settings.reader.model
    if model == "overlap":
        from ..reader.overlap import OverlapReader

        return OverlapReader()
    if model is not None and (make := _plugin("reader", model, "overlap")):
        reader: Reader = make(model, settings)
        return reader
    from ..reader.reader import SpanReader
    from ..reader.windows import Windows

    return SpanReader.load(
        settings.reader.model,
        tokenizer=settings.reader.tokenizer,
        device=settings.runtime.device,
        threads=settings.runtime.threads,
        backend=settings.runtime.backend,
        precision=settings.runtime.precision,
        windows=Windows(
            size=settings.reader.window,
            overlap=settings.reader.overlap,
            max_answer_tokens=settings.answer.max_answer_tokens,
        ),
    )


def _plugin(kind: str, model: str, built_in: str) -> Maker | None:
    """The plugin that `model` names; None where it is a folder or a hub name.

    Raises ModelError for a `NAME:REST` that is neither a plugin's nor a folder.
    """
    named = _PLUGIN.fullmatch(model)
    if named is None:
        return None
    group = f"spanmem.{kind}s"
    make = find_plugin(group, named[1])
    if make is None and named[2] and not Path(model).exists():
        known = ", ".join([built_in, *plugin_names(group)])
        raise ModelError(
            f"{model}: no installed package brings the {kind} {named[1]!r} (known: {known}); "
            "install one that does, or give a folder or a hub name"
        )
    return make


def memory_path(settings: Settings) -> Path:
    """The memory's folder. Raises InputError where nothing names it, or it is no folder's name."""
    return folder(memory_source(settings))


def folder(path: str | Path) -> Path:
    """The path of a memory's folder. Raises InputError for a store's URL."""
    if scheme_of(path) is not None:
        raise InputError(
            f"{shown(path)} is no folder, which this works on alone; name a memory's folder"
        )
    return Path(path)


def memory_source(settings: Settings) -> str:
    """Where the memory is, a folder or a URL. Raises InputError if nothing says so."""
    if settings.memory.path is None:
        raise InputError("which memory? name its folder, by QA(FOLDER) or by --memory FOLDER")
    return settings.memory.path


@contextmanager
def copied_memory(path: Path) -> Generator[Path]:
    """A copy of a memory, gone afterwards: what is remembered there leaves no trace.

    Of a memory's folder alone: other stores cannot be copied so. Raises MemoryLocked where another
    process is changing it, StorageError where there is no space, and what `Memory.open` raises.
    """
    from ..memory.database import FILE
    from ..memory.store import Memory

    with temporary_folder() as folder, Memory.open(path, write=True):
        copy = folder / "copy.memory"
        try:
            shutil.copytree(path, copy, ignore=shutil.ignore_patterns("lock", f"{FILE}*"))
        except OSError as error:  # of many files, the library tells as a list in one error
            why = error.args[0][0][2] if isinstance(error, shutil.Error) else error.strerror
            raise StorageError(
                f"{path}: cannot be copied to {folder.parent.parent}: {why}; free some space, or "
                "name another place by TMPDIR"
            ) from error
        copy_database(path / FILE, copy / FILE)
        yield copy
