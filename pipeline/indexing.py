"""Paths or a dataset -> a memory that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

from ..core import files
from ..core.arguments import flag, function, optional, paths, string, takes
from ..core.arguments import path as path_of
from ..core.errors import InputError, SpanMemError
from ..core.records import Document
from ..indexer.build import IndexReport, Progress, Sources, build
from ..indexer.encoders.cluster import EncoderCluster, must_answer
from ..indexer.encoders.encoder import Encoder
from ..indexer.encoders.pool import EncoderPool
from ..indexer.files import ReadLog
from ..indexer.passages import Splitter
from ..memory.address import scheme_of
from ..memory.backends.postgresql.store import ServerMemory
from ..memory.opening import create_memory, is_there, take_away
from ..memory.store import Memory
from .factory import load_encoder
from .plugins import must_fulfil
from .settings import SPLIT, Settings, chosen
from .workers import Workers, workers_of

__all__ = ["index", "index_with_report"]

PathLike = str | Path


def index(
    paths: PathLike | Iterable[PathLike] = (),
    *,
    into: PathLike,
    dataset: str | None = None,
    split: str = SPLIT,
    skip_bad: bool = False,
    prune: bool = False,
    workers: Workers = 1,
    encoder: Encoder | None = None,
    settings: Settings | None = None,
) -> Memory | ServerMemory:
    """Read files or folders into the memory at `into`, made if need be; the memory stays open.

    `into` is a folder, or a server's address. Unchanged documents are skipped and changed ones
    replaced, so that running it again, also after an interruption, costs only what is new.
    `dataset` is `NAME[:CONFIG]` of the `datasets` library, read besides `paths` or in their place.
    Rows and files that cannot be used keep no other from being stored; they raise an InputError at
    the end, unless `skip_bad`. With `prune`, documents that are gone from where they were read are
    removed. So many `workers` encode passages, of which this process is one and stores; they share
    the threads of `settings.runtime`, and load the encoder that `settings` name. `ray://HOST:PORT`
    are the machines of a Ray cluster, `ray` those of the cluster that this machine is part of. How
    passages are cut is said by `settings.index`. Raises SpanMemError, of which an
    argument of another type is an ArgumentError; nothing is written where no document is found.
    """
    return index_with_report(
        paths,
        into=into,
        dataset=dataset,
        split=split,
        skip_bad=skip_bad,
        prune=prune,
        workers=workers,
        encoder=encoder,
        settings=settings,
    )[0]


@takes(
    paths=paths,
    into=path_of,
    dataset=optional(string),
    split=string,
    skip_bad=flag,
    prune=flag,
    workers=workers_of,
    settings=chosen,
    on_bad=optional(function),
    progress=optional(function),
)
@files.refusals()
def index_with_report(
    paths: PathLike | Iterable[PathLike] = (),
    *,
    into: PathLike,
    dataset: str | None = None,
    split: str = SPLIT,
    skip_bad: bool = False,
    prune: bool = False,
    workers: Workers = 1,
    encoder: Encoder | None = None,
    settings: Settings | None = None,
    on_bad: Callable[[InputError], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[Memory | ServerMemory, IndexReport]:
    """Like `index`, and says what was done.

    Rows and files that cannot be used are counted, and with `skip_bad` given to `on_bad`; without,
    they raise an InputError when all else is stored. `prune` leaves alone what an earlier run had
    read in those files.
    """
    settings = settings or Settings()
    if encoder is not None:
        must_fulfil(encoder, Encoder, "encoder")
        if workers != 1:
            raise InputError(
                "several workers load the encoder that the settings name; leave `encoder` out, or "
                "`workers`"
            )
    if isinstance(workers, str):
        must_answer(workers)
    into = into if scheme_of(into) else Path(into)
    log = ReadLog()
    sources = _Sources.named(paths, dataset, split, into, tuple(settings.index.text_column), log)
    bad = _Bad(on_bad if skip_bad else None)
    share = _ReadShare(sources, progress)
    is_new = not is_there(into)
    documents = sources.documents(on_bad=bad, on_bytes=share.note)
    if documents is None:
        if bad.count and not skip_bad:
            raise bad.error(alone=True)
        if is_new or not prune:
            raise sources.nothing(bad.count)
        documents = iter(())
    settings = _shared(settings, workers)
    encoder = load_encoder(settings) if encoder is None else encoder
    memory = create_memory(into, encoder=encoder.name, dim=encoder.dim, prompts=encoder.prompts)
    try:
        with _encoders(encoder, settings, workers) as encoders:
            report = build(
                documents,
                memory,
                encoders,
                splitter=Splitter(settings.index.words, settings.index.overlap),
                sources=Sources(sources.origins, prune, unread=bad.origins, all_may_go=False),
                batch=settings.index.batch,
                progress=share.step if progress else None,
                on_bad=bad,
            )
        if bad.count and not skip_bad:
            raise bad.error()
    except BaseException:
        _close(memory, if_empty_remove=is_new)
        raise
    notices = (*log.notices, *report.notices)
    passed_over = dict(sorted(log.passed_over.items(), key=lambda kind: (-kind[1], kind[0])))
    return memory, replace(report, skipped=bad.count, passed_over=passed_over, notices=notices)


def _shared(settings: Settings, workers: Workers) -> Settings:
    """Settings by which each of so many processes takes its part of the threads.

    On a cluster each has those of its machine.
    """
    if workers == 1 or isinstance(workers, str):
        return settings
    from ..models.runtimes.cpu import default_threads

    threads = max(1, (settings.runtime.threads or default_threads()) // workers)
    return settings.model_copy(
        update={"runtime": settings.runtime.model_copy(update={"threads": threads})}
    )


def _encoders(
    encoder: Encoder, settings: Settings, workers: Workers
) -> AbstractContextManager[Encoder]:
    """The encoder, with so many processes less this one beside it, or a cluster's machines."""
    if isinstance(workers, str):
        return EncoderCluster(encoder, partial(load_encoder, settings), workers)
    if workers == 1:
        return nullcontext(encoder)
    return EncoderPool(encoder, partial(load_encoder, settings), workers - 1)


def _close(memory: Memory | ServerMemory, *, if_empty_remove: bool) -> None:
    """Close a memory after a failure; one that was made in vain does not stay behind."""
    try:
        in_vain = if_empty_remove and memory.counts() == (0, 0)
    except SpanMemError:
        in_vain = False
    with suppress(SpanMemError):  # what failed first is told
        if in_vain:
            take_away(memory)
        else:
            memory.close()


@dataclass(frozen=True, slots=True)
class _Sources:
    """What documents are read from: files and folders, a dataset, or both."""

    paths: tuple[Path, ...]
    dataset: str | None
    split: str
    own: Path | None
    """The folder of the memory that is written to; it is not read."""
    text_columns: tuple[str, ...]
    log: ReadLog

    @classmethod
    def named(
        cls,
        paths: PathLike | Iterable[PathLike],
        dataset: str | None,
        split: str,
        into: str | Path,
        text_columns: tuple[str, ...],
        log: ReadLog,
    ) -> _Sources:
        names = [paths] if isinstance(paths, str | Path) else paths
        own = into if isinstance(into, Path) else None
        return cls(tuple(map(Path, names)), dataset, split, own, text_columns, log)

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

        return corpus_size(self.paths, own=self.own) if self.dataset is None else 0

    def documents(
        self, *, on_bad: _Bad, on_bytes: Callable[[int], None]
    ) -> Iterator[Document] | None:
        """The documents, the first already read, so that what is wrong from the start is said now.

        None where there is none. Raises InputError where there is no source, or a path is missing.
        """
        from ..indexer.corpus import read_dataset, read_documents

        if not self.paths and self.dataset is None:
            raise InputError("nothing to index; give files or folders, or a dataset with --dataset")
        for path in self.paths:
            if not path.exists():
                nowhere = "a link that leads nowhere" if path.is_symlink() else None
                raise InputError(f"{path}: {nowhere or 'no such file or folder'}")
        columns = self.text_columns
        streams: list[Iterator[Document]] = []
        if self.paths:
            streams.append(
                read_documents(
                    self.paths,
                    on_bad=on_bad,
                    on_bytes=on_bytes,
                    log=self.log,
                    own=self.own,
                    text_columns=columns,
                )
            )
        if self.dataset is not None:
            rows = read_dataset(self.dataset, split=self.split, on_bad=on_bad, text_columns=columns)
            streams.append(rows)
        documents = chain.from_iterable(streams)
        first = next(documents, None)
        return None if first is None else chain([first], documents)

    def nothing(self, skipped: int) -> InputError:
        """The error where there is no document, with what was there instead."""
        names = [*map(str, self.paths), *([] if self.dataset is None else [self.dataset])]
        kinds = [f"{kind} {number:,}" for kind, number in self.log.passed_over.most_common(5)]
        kinds += [f"skipped {skipped:,}"] if skipped else []
        instead = f" ({', '.join(kinds)})" if kinds else ""
        return InputError(
            f"{', '.join(names)}: no documents found{instead}; `spanmem index --help` lists what "
            "is read"
        )


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
            done = state.characters / max(1, state.read)
            share = done * self._read / self._total if self._total else None
            self._progress(replace(state, share=share))


class _Bad:
    """Counts what cannot be used, and notes where it came from; it is passed on, or an error."""

    _SHOWN = 3

    def __init__(self, on_bad: Callable[[InputError], None] | None) -> None:
        self.count, self._on_bad = 0, on_bad
        self.origins: set[str] = set()
        self._first: list[InputError] = []

    def __call__(self, error: InputError, origin: str) -> None:
        self.count += 1
        self.origins.add(origin)
        if self._on_bad is not None:
            self._on_bad(error)
        if len(self._first) < self._SHOWN:
            self._first.append(error)

    def error(self, *, alone: bool = False) -> InputError:
        """All of it in one line: the first ones, and how many more there are.

        `alone` says that there was no document beside it.
        """
        messages = [str(error)[:600] for error in self._first]
        if self.count == 1:
            way_out = "" if "--skip-bad" in messages[0] else ", or go on without it by --skip-bad"
            return InputError(f"{messages[0]}{way_out}")
        more = self.count - len(messages)
        messages += [f"and {more:,} more"] if more else []
        rest = "" if alone else ", all else is stored"
        return InputError(
            f"{self.count:,} files or rows cannot be used{rest}: "
            f"{' | '.join(messages)}; mend them, or go on without them by --skip-bad"
        )
