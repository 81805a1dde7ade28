"""Paths or a dataset -> a memory that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError
from ..core.records import Document
from .factory import load_encoder
from .settings import Settings

if TYPE_CHECKING:
    from ..indexer.build import IndexReport, Progress
    from ..indexer.encoders.encoder import Encoder
    from ..memory.store import Memory

__all__ = ["index", "index_with_report"]

PathLike = str | Path


def index(
    paths: PathLike | Sequence[PathLike] = (),
    *,
    into: PathLike,
    encoder: Encoder | None = None,
    settings: Settings | None = None,
) -> Memory:
    """Read files or folders into the memory at `into`, made if need be; the memory stays open.

    Unchanged documents are skipped and changed ones replaced, so that running it again, also
    after an interruption, costs only what is new. `settings.index` says the rest; without paths
    it must name a dataset. Raises SpanMemError; nothing is written where no document is found.
    """
    return index_with_report(paths, into=into, encoder=encoder, settings=settings)[0]


def index_with_report(
    paths: PathLike | Sequence[PathLike] = (),
    *,
    into: PathLike,
    encoder: Encoder | None = None,
    settings: Settings | None = None,
    on_bad: Callable[[InputError], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[Memory, IndexReport]:
    """Like `index`, and says what was done.

    With `index.skip_bad` rows and files that cannot be used are counted, and given to `on_bad`;
    `index.prune` then leaves alone what an earlier run had read in those files.
    """
    from ..indexer.build import Sources, build
    from ..indexer.passages import Splitter
    from ..memory.store import Memory

    chosen = settings or Settings()
    named = [paths] if isinstance(paths, str | Path) else paths
    if "" in named:  # which Path takes for the current folder
        raise InputError("a path is empty; name a file or folder (is a shell variable not set?)")
    given = [Path(p) for p in named]
    bad = _Bad(on_bad)
    read = _Read(given, chosen, progress)
    documents = _documents(given, chosen, bad if chosen.index.skip_bad else None, read.note)
    used = encoder or load_encoder(chosen)
    memory = Memory.create(into, encoder=used.name, dim=used.dim)
    try:
        report = build(
            documents,
            memory,
            used,
            splitter=Splitter(chosen.index.words, chosen.index.overlap),
            sources=Sources(_origins(given, chosen), chosen.index.prune, unread=bad.origins),
            batch=chosen.index.batch,
            progress=read.step if progress else None,
        )
    except BaseException:
        memory.close()
        raise
    return memory, replace(report, skipped=report.skipped + bad.count)


class _Read:
    """Adds to the progress which share of the corpus has been read."""

    def __init__(
        self, paths: Sequence[Path], settings: Settings, progress: Callable[[Progress], None] | None
    ) -> None:
        from ..indexer.corpus import corpus_size

        self._progress, self._done = progress, 0
        known = progress is not None and settings.index.dataset is None
        self._total = corpus_size(paths) if known else 0

    def note(self, done: int) -> None:
        self._done = done

    def step(self, state: Progress) -> None:
        """Reading is up to some hundred documents ahead; those that wait are not done yet."""
        if self._progress is not None:
            taken = state.documents / max(1, state.documents + state.behind)
            share = taken * self._done / self._total if self._total else None
            self._progress(replace(state, share=share))


class _Bad:
    """Counts what was skipped, notes where it came from, and passes it on."""

    def __init__(self, on_bad: Callable[[InputError], None] | None) -> None:
        self.count, self._on_bad = 0, on_bad
        self.origins: set[str] = set()

    def __call__(self, error: InputError, origin: str) -> None:
        self.count += 1
        self.origins.add(origin)
        if self._on_bad is not None:
            self._on_bad(error)


def _documents(
    paths: Sequence[Path],
    settings: Settings,
    on_bad: _Bad | None,
    on_bytes: Callable[[int], None],
) -> Iterator[Document]:
    """The documents, the first already read: what is wrong from the start is told at once."""
    from ..indexer.corpus import read_dataset, read_documents

    dataset = settings.index.dataset
    if not paths and dataset is None:
        raise InputError("nothing to index; give files or folders, or a dataset with --dataset")
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
    streams = [read_documents(paths, on_bad=on_bad, on_bytes=on_bytes)] if paths else []
    if dataset is not None:
        streams.append(read_dataset(dataset, split=settings.index.split, on_bad=on_bad))
    documents = chain.from_iterable(streams)
    first = next(documents, None)
    if first is None and not settings.index.prune:
        where = ", ".join([*map(str, paths), *([dataset] if dataset else [])])
        raise InputError(f"{where}: no documents found; `spanmem index --help` lists what is read")
    return documents if first is None else chain([first], documents)


def _origins(paths: Sequence[Path], settings: Settings) -> list[str]:
    """Where the documents come from, as it is noted with them."""
    dataset = settings.index.dataset
    origins = [str(path.absolute()) for path in paths]
    return origins if dataset is None else [*origins, f"dataset:{dataset}:{settings.index.split}"]
