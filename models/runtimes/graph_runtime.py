"""A graph as a runtime, whichever engine computes it, also in forked children."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol

from ...core.errors import InputError, ModelError, first_line
from ...core.forks import lost_threads, on_fork, undivided
from . import cpu
from .graphs import Graph, Head, open_graph
from .plain import WordPieceTokenizer
from .protocol import Floats, Ids, Precision, RuntimeOptions
from .tokenized import TokenizedRuntime

__all__ = ["Engine", "GraphRuntime", "Opener", "sentences_by", "spans_by"]

_BATCH_TOKENS = 2048
"""Padded tokens computed at once; see `device.batch_tokens`."""


class Engine(Protocol):
    """A graph as an engine has opened it. Safe in several threads."""

    def __call__(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
        """The graph's output."""
        ...


class Opener(Protocol):
    """What opens graphs with an engine; it may raise whatever the engine raises."""

    @property
    def package(self) -> str:
        """The engine's Python package; once it is loaded, it may have started threads."""
        ...

    def check(self, options: RuntimeOptions) -> Precision:
        """The precision that `options` come to. Raises InputError for what cannot be had here."""
        ...

    def open(self, graph: Path | bytes, precision: Precision, threads: int) -> Engine:
        """Open a graph, to be computed with a number of threads."""
        ...

    def open_in_child(self, graph: Path | bytes, precision: Precision) -> Engine:
        """Open a graph in a process forked from one that had loaded the engine: with one thread.

        Raises InputError where that cannot be done.
        """
        ...


class GraphRuntime:
    """A `Runtime` over a graph.

    A forked child lacks the threads of its parent's engine, for which it would wait for ever: it
    opens one of its own, with one thread, when it first needs it.
    """

    def __init__(self, graph: Graph, opener: Opener, precision: Precision, threads: int) -> None:
        """Raises ModelError where the engine cannot open the graph, and as `open_in_child` does."""
        self.tokenizer: WordPieceTokenizer = graph.tokenizer
        self.max_length = graph.max_length
        self.batch_tokens = _BATCH_TOKENS
        self.backend = opener.package
        self.precision: Precision = precision
        self.threads = 1 if lost_threads(opener.package) else threads
        self._graph, self._opener = graph, opener
        self._lock = threading.Lock()
        self._engine: Engine | None = self._open()
        self._parents: Engine | None = None
        on_fork(self, GraphRuntime._begin_anew)

    def _begin_anew(self) -> None:
        # The parent's engine is kept: to let go of it would be to wait for its threads.
        self._parents, self._engine = self._engine or self._parents, None
        self._lock, self.threads = threading.Lock(), 1

    def _open(self) -> Engine:
        try:
            if lost_threads(self._opener.package):
                return self._opener.open_in_child(self._graph.source, self.precision)
            return self._opener.open(self._graph.source, self.precision, self.threads)
        except InputError:
            raise
        except Exception as error:  # engines raise nothing narrower
            raise ModelError(
                f"{self._opener.package} cannot open the model's graph ({first_line(error)}); "
                "remove the folder that `spanmem doctor` names as its cache, or set "
                "runtime.backend to torch"
            ) from error

    def run(self, ids: Ids, mask: Ids, types: Ids) -> Floats:
        """See `Runtime.run`."""
        with undivided():
            with self._lock:
                engine = self._engine = self._engine or self._open()
            return engine(ids, mask, types)


def spans_by(
    opener: Opener, folder: Path, source: str, options: RuntimeOptions, tokenizer: str | None
) -> GraphRuntime | None:
    """See `registry.Backend.load_spans`; a tokenizer of another folder is left to others."""
    if tokenizer is not None:
        return None
    opened = _opened(opener, folder, "spans", source, options)
    return None if opened is None else opened[0]


def sentences_by(
    opener: Opener, folder: Path, source: str, options: RuntimeOptions
) -> TokenizedRuntime | None:
    """See `registry.Backend.load_sentences`."""
    opened = _opened(opener, folder, "sentences", source, options)
    if opened is None:
        return None
    runtime, graph = opened
    return TokenizedRuntime(runtime, dim=graph.width, max_length=graph.text_length)


def _opened(
    opener: Opener, folder: Path, head: Head, source: str, options: RuntimeOptions
) -> tuple[GraphRuntime, Graph] | None:
    precision = opener.check(options)
    with undivided():
        graph = open_graph(folder, head, precision, source)
        if graph is None:
            return None
        threads = options.threads or cpu.default_threads()
        return GraphRuntime(graph, opener, precision, threads), graph
