"""Passages encoded by the machines of a Ray cluster.

A batch is encoded as a whole, by whoever has the fewest, so that its vectors are those that one
process gives it; several are under way at once. What a machine had when it was lost is given to
another. This process reads, cuts and stores, and encodes nothing: `cluster_worker` is what the
machines run, which must have the same SpanMem and the encoder's files.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

from ...core.errors import (
    InputError,
    ModelError,
    StorageError,
    first_line,
    missing_extra,
)
from ...core.records import Vectors
from .cluster_worker import ClusterWorker
from .encoder import Encoder
from .shared import SharedEncoder

__all__ = ["EncoderCluster", "Place", "must_answer", "places"]

_ANSWER = 10.0
"""Seconds that an address may take to answer at all."""
_PATIENCE = 90.0
"""Seconds that machines may be busy with other work, or load the encoder. A client's machines are
free again half a minute after it was killed."""
_OWN = "ray"
"""Stands for the cluster that this machine is part of, or that RAY_ADDRESS names."""
_PACKAGE = "spanmem"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker runs, and what of the machine is its own."""

    node: str
    address: str
    cpus: int
    gpus: int


@dataclass(eq=False, slots=True)
class _Worker:
    actor: Any
    place: Place
    batches: int = 0
    """Given to it, and not answered."""


def must_answer(cluster: str) -> None:
    """Raises InputError where Ray is not installed, StorageError where no machine answers."""
    _ray()
    address = _address(cluster)
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(address, first_line(error)) from error


def places(nodes: Sequence[Mapping[str, Any]]) -> list[Place]:
    """A worker for each GPU of a machine, or one for all of its cores where it has none.

    `nodes` are those of `ray.nodes()`; a machine without either encodes nothing.
    """
    found: list[Place] = []
    for node in nodes:
        has = node["Resources"] if node["Alive"] else {}
        cpus, gpus = int(has.get("CPU", 0)), int(has.get("GPU", 0))
        for _ in range(gpus or min(1, cpus)):
            share = cpus // max(1, gpus)
            place = Place(node["NodeID"], node["NodeManagerAddress"], share, min(1, gpus))
            found.append(place)
    return found


class EncoderCluster(SharedEncoder):
    """An encoder whose passages the machines of a cluster encode; a context manager.

    What `load` gives there, which is pickled, must be an encoder equal to `encoder`.
    """

    def __init__(self, encoder: Encoder, load: Callable[[], Encoder], cluster: str) -> None:
        """`cluster` is `ray://HOST:PORT`, or `ray` for the one that this machine is part of.

        Raises InputError where Ray is not installed here, or SpanMem there; StorageError where no
        cluster answers, or none of its machines is free; ModelError where the encoder cannot be
        loaded there, or is another one.
        """
        super().__init__(encoder)
        self._ray, self._address = _ray(), _address(cluster)
        self._workers: list[_Worker] = []
        self._is_ours = not self._ray.is_initialized()
        self._connect()
        try:
            self._start(load)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise

    @property
    def ahead(self) -> int:
        """See `EncoderAhead.ahead`: each has a batch to go on with."""
        return max(0, 2 * len(self._workers) - 1)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`. Raises StorageError where all machines are gone."""
        return self.begin(texts)()

    def begin(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        """See `EncoderAhead.begin`. Raises StorageError where all machines are gone."""
        texts = list(texts)
        given = self._give(texts)

        def vectors() -> Vectors:
            worker, asked = given
            while (made := self._answer(worker, asked)) is None:
                worker, asked = self._give(texts)
            return made

        return vectors

    def __exit__(self, *error: object) -> None:
        """Let the machines go."""
        with suppress(Exception):
            for worker in self._workers:
                self._ray.kill(worker.actor)
        if self._is_ours:
            with suppress(Exception):
                self._ray.shutdown()

    def _give(self, texts: list[str]) -> tuple[_Worker, Any]:
        """Ask the one with the fewest batches; it, and what waits for its answer."""
        if not self._workers:
            raise StorageError(
                f"all machines of the cluster at {self._address} that encoded are gone; what was "
                "stored is whole, run it again to go on"
            )
        worker = min(self._workers, key=lambda one: one.batches)
        worker.batches += 1
        with self._told():
            return worker, worker.actor.encode.remote(texts)

    def _answer(self, worker: _Worker, asked: Any) -> Vectors | None:
        """None where it was lost before it was done."""
        with self._told():
            try:
                vectors: Vectors = self._ray.get(asked)
            except self._ray.exceptions.RayTaskError:
                raise
            except self._ray.exceptions.RayError:
                if worker in self._workers:
                    self._workers.remove(worker)
                return None
        worker.batches -= 1
        return vectors

    def _connect(self) -> None:
        if not self._is_ours:
            return
        try:
            with _signals_as_they_were():
                self._ray.init(self._address, configure_logging=False, log_to_driver=False)
        except Exception as error:
            raise _no_cluster(self._address, first_line(error)) from error

    def _start(self, load: Callable[[], Encoder]) -> None:
        """A worker at each place, once it is certain that they understand each other."""
        with self._told():
            free = places(self._ray.nodes())
            self._must_have_our_version(free)
            kind = self._ray.remote(ClusterWorker)
            started = [
                _Worker(kind.options(**self._at(place, place.cpus, place.gpus)).remote(), place)
                for place in free
            ]
            self._workers = started
            asked = [worker.actor.load.remote(pickle.dumps(load)) for worker in started]
            done = set(self._in_time(asked))
        ready = [
            worker
            for worker, loaded in zip(started, asked, strict=True)
            if loaded in done and self._has_our_encoder(worker.place, loaded)
        ]
        for late in started:
            if late not in ready:
                self._ray.kill(late.actor)
        self._workers = ready
        if not self._workers:
            raise StorageError(
                f"no machine of the cluster at {self._address} has free cores or GPUs within "
                f"{_PATIENCE:.0f} seconds; see `ray status`, and run it again when it has"
            )

    def _must_have_our_version(self, free: Sequence[Place]) -> None:
        """Asked by a function that each has who has Ray."""
        ours = version(_PACKAGE)
        ask = self._ray.remote(version)
        asked = [ask.options(**self._at(place, 0, 0)).remote(_PACKAGE) for place in free]
        done = set(self._in_time(asked))
        for place, one in zip(free, asked, strict=True):
            if one not in done:
                continue
            try:
                theirs = f"SpanMem {self._ray.get(one)}"
            except self._ray.exceptions.RayTaskError:
                theirs = "no SpanMem"
            except self._ray.exceptions.RayError:
                continue  # it is gone, which its worker will show
            if theirs != f"SpanMem {ours}":
                raise InputError(
                    f"the machine {place.address} of the cluster has {theirs}, and this one has "
                    f"{ours}; install {_PACKAGE}=={ours} there, for the Python that runs Ray"
                )

    def _has_our_encoder(self, place: Place, loaded: Any) -> bool:
        """False where the machine is gone."""
        errors = self._ray.exceptions
        try:
            facts = self._ray.get(loaded)
        except errors.RayTaskError as error:
            raise ModelError(
                f"the machine {place.address} of the cluster cannot load the encoder: "
                f"{first_line(error.cause)}; see that its files are there under the same path"
            ) from error
        except errors.RayError:
            return False
        if facts != (self.name, self.dim, self.prompts):
            raise ModelError(
                f"the machine {place.address} of the cluster loads the encoder {facts[0]}, and "
                f"this one {self.name}; put the same files there"
            )
        return True

    def _at(self, place: Place, cpus: int, gpus: int) -> dict[str, Any]:
        """Options of what runs at a place, and nowhere else."""
        strategies = import_module("ray.util.scheduling_strategies")
        there = strategies.NodeAffinitySchedulingStrategy(place.node, soft=False)
        return {"num_cpus": cpus, "num_gpus": gpus, "scheduling_strategy": there}

    def _in_time(self, asked: Sequence[Any]) -> list[Any]:
        """Those that were answered."""
        if not asked:
            return []
        done: list[Any] = self._ray.wait(asked, num_returns=len(asked), timeout=_PATIENCE)[0]
        return done

    @contextmanager
    def _told(self) -> Generator[None]:
        """Errors of Ray in our words."""
        try:
            yield
        except self._ray.exceptions.RayTaskError as error:
            raise ModelError(
                f"the encoder failed on a machine of the cluster: {first_line(error.cause)}; what "
                "was stored is whole, mend it and run it again to go on"
            ) from error
        except (self._ray.exceptions.RayError, ImportError, OSError) as error:
            raise StorageError(
                f"the cluster at {self._address} cannot go on: {first_line(error)}; what was "
                "stored is whole, run it again to go on"
            ) from error


def _ray() -> Any:
    try:
        return import_module("ray")
    except ImportError:
        raise missing_extra("ray", "encoding on a cluster needs ray") from None


def _address(cluster: str) -> str:
    return os.environ.get("RAY_ADDRESS") or "auto" if cluster == _OWN else cluster


def _no_cluster(address: str, why: str) -> StorageError:
    where = "on this machine" if address == "auto" else f"at {address}"
    return StorageError(
        f"no Ray cluster answers {where}: {why}; start one with `ray start --head`, or name the "
        "address of one, with the port for clients (ray://HOST:10001)"
    )


@contextmanager
def _signals_as_they_were() -> Generator[None]:
    """Ray would end this process on SIGTERM without the words of whoever runs it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
