"""Paths or a dataset -> a memory that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError
from ..core.records import Document
from .factory import folder, load_encoder
from .settings import Settings

if TYPE_CHECKING:
    from ..indexer.build import IndexReport, Progress
    from ..indexer.encoders.encoder import Encoder
    from ..memory.store import Memory

__all__ = ["index", "index_with_report"]

PathLike = str | Path
SPLIT = "train"
"""The split of a dataset that is read unless another is named."""


def index(
    paths: PathLike | Sequence[PathLike] = (),
    *,
    into: PathLike,
    dataset: str | None = None,
    split: str = SPLIT,
    skip_bad: bool = False,
    prune: bool = False,
    encoder: Encoder | None = None,
    settings: Settings | None = None,
) -> Memory:
    """Read files or folders into the memory at `into`, made if need be; the memory stays open.

    Unchanged documents are skipped and changed ones replaced, so that running it again, also
    after an interruption, costs only what is new. `dataset` is `NAME[:CONFIG]` of the `datasets`
    library, read besides `paths` or in their place. With `skip_bad`, rows and files that cannot be
    used are passed over; with `prune`, documents that are gone from where they were read are
    removed. How passages are cut is said by `settings.index`. Raises SpanMemError; nothing is
    written where no document is found.
    """
    return index_with_report(
        paths,
        into=into,
        dataset=dataset,
        split=split,
        skip_bad=skip_bad,
        prune=prune,
        encoder=encoder,
        settings=settings,
    )[0]


def index_with_report(
    paths: PathLike | Sequence[PathLike] = (),
    *,
    into: PathLike,
    dataset: str | None = None,
    split: str = SPLIT,
    skip_bad: bool = False,
    prune: bool = False,
    encoder: Encoder | None = None,
    settings: Settings | None = None,
    on_bad: Callable[[InputError], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[Memory, IndexReport]:
    """Like `index`, and says what was done.

    With `skip_bad` rows and files that cannot be used are counted, and given to `on_bad`; `prune`
    then leaves alone what an earlier run had read in those files.
    """
    from ..indexer.build import Sources, build
    from ..indexer.passages import Splitter
    from ..memory.store import Memory

    settings = settings or Settings()
    into = folder(into)
    sources = _Sources.named(paths, dataset, split)
    skipped = _Skipped(on_bad)
    share = _ReadShare(sources, progress)
    documents = sources.documents(
        on_bad=skipped if skip_bad else None, on_bytes=share.note, may_be_empty=prune
    )
    encoder = encoder or load_encoder(settings)
    memory = Memory.create(into, encoder=encoder.name, dim=encoder.dim, prompts=encoder.prompts)
    try:
        report = build(
            documents,
            memory,
            encoder,
            splitter=Splitter(settings.index.words, settings.index.overlap),
            sources=Sources(sources.origins, prune, unread=skipped.origins),
            batch=settings.index.batch,
            progress=share.step if progress else None,
        )
    except BaseException:
        memory.close()
        raise
    return memory, replace(report, skipped=report.skipped + skipped.count)


@dataclass(frozen=True, slots=True)
class _Sources:
    """What documents are read from: files and folders, a dataset, or both."""

    paths: tuple[Path, ...]
    dataset: str | None
    split: str

    @classmethod
    def named(
        cls, paths: PathLike | Sequence[PathLike], dataset: str | None, split: str
    ) -> _Sources:
        """Raises InputError for an empty path, which `Path` would take for the current folder."""
        names = [paths] if isinstance(paths, str | Path) else paths
        if "" in names:
            raise InputError(
                "a path is empty; name a file or folder (is a shell variable not set?)"
            )
        return cls(tuple(map(Path, names)), dataset, split)

    @property
    def origins(self) -> list[str]:
        """Where the documents come from, as it is noted with them."""
        origins = [str(path.absolute()) for path in self.paths]
        if self.dataset is None:
            return origins
        return [*origins, f"dataset:{self.dataset}:{self.split}"]

    def size(self) -> int:
        """Bytes to be read; 0: not known beforehand."""
        from ..indexer.corpus import corpus_size

        return corpus_size(self.paths) if self.dataset is None else 0

    def documents(
        self,
        *,
        on_bad: _Skipped | None,
        on_bytes: Callable[[int], None],
        may_be_empty: bool,
    ) -> Iterator[Document]:
        """The documents, the first already read, so that what is wrong from the start is said now.

        Raises InputError where there is no source, a path is missing, or no document is there
        although there must be one.
        """
        from ..indexer.corpus import read_dataset, read_documents

        if not self.paths and self.dataset is None:
            raise InputError("nothing to index; give files or folders, or a dataset with --dataset")
        for path in self.paths:
            if not path.exists():
                raise InputError(f"{path}: no such file or folder")
        streams: list[Iterator[Document]] = []
        if self.paths:
            streams.append(read_documents(self.paths, on_bad=on_bad, on_bytes=on_bytes))
        if self.dataset is not None:
            streams.append(read_dataset(self.dataset, split=self.split, on_bad=on_bad))
        documents = chain.from_iterable(streams)
        first = next(documents, None)
        if first is not None:
            return chain([first], documents)
        if may_be_empty:
            return documents
        where = ", ".join(
            [*map(str, self.paths), *([] if self.dataset is None else [self.dataset])]
        )
        raise InputError(f"{where}: no documents found; `spanmem index --help` lists what is read")


class _ReadShare:
    """Adds to the progress which share of the corpus has been read."""

    def __init__(self, sources: _Sources, progress: Callable[[Progress], None] | None) -> None:
        self._progress, self._read = progress, 0
        self._total = sources.size() if progress is not None else 0

    def note(self, read: int) -> None:
        """Take note of the bytes read so far."""
        self._read = read

    def step(self, state: Progress) -> None:
        """Reading is up to some hundred documents ahead; those that wait are not done yet."""
        if self._progress is not None:
            done = state.documents / max(1, state.documents + state.behind)
            share = done * self._read / self._total if self._total else None
            self._progress(replace(state, share=share))


class _Skipped:
    """Counts what was skipped, notes where it came from, and passes it on."""

    def __init__(self, on_bad: Callable[[InputError], None] | None) -> None:
        self.count, self._on_bad = 0, on_bad
        self.origins: set[str] = set()

    def __call__(self, error: InputError, origin: str) -> None:
        self.count += 1
        self.origins.add(origin)
        if self._on_bad is not None:
            self._on_bad(error)
