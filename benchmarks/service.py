"""How the service does under load, in an open loop: a slow server does not slow the load down.

    python benchmarks/service.py overhead                     # L1, without models
    python benchmarks/service.py capacity --memory M          # L2
    python benchmarks/service.py steady --memory M            # L3: 70 % of the capacity
    python benchmarks/service.py overload --memory M          # L4: 200 %
    python benchmarks/service.py remembered --memory M        # L5: remembered answers beside L3
    python benchmarks/service.py indexing --memory M          # L6: 30 %, with and without indexing
    python benchmarks/service.py start --memory M             # L7
    python benchmarks/service.py stop --memory M              # L8: SIGTERM under L3
    python benchmarks/service.py soak --memory M --seconds 600  # L10: 50 %, its memory and files
    python benchmarks/service.py engines --memory M --copy A  # M beside its copy on a server, at A

Each starts a `spanmem serve` of its own on this machine, over the examples where no memory is
named. Questions arrive at random (Poisson), and what one takes is counted from when it was to be
asked (https://www.youtube.com/watch?v=lJ8ydIuPFeU has why). Figures go to standard output, one JSON
object a line; nothing is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

import spanmem
from spanmem.apps.web.database import FILE, Database
from spanmem.apps.web.keys import Keys
from spanmem.apps.web.rights import Kind

ROOT = Path(__file__).resolve().parent.parent
CALLERS = 8
"""Who ask all the time, to find the capacity; one that is refused waits as long as it is told."""
ROUNDS = 4
"""In which service and `QA.ask` take turns, so that both have the same of the machine."""
SOON = 120.0
"""Seconds in which a server is to be ready."""


@dataclass
class Server:
    """A `spanmem serve` with one memory, `bench`, and a key of an editor."""

    process: subprocess.Popen[bytes]
    client: httpx2.AsyncClient
    ready_s: float

    @property
    def memory_mib(self) -> float:
        """Resident memory of the serving process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        match = re.search(r"VmRSS:\s{1,20}(\d{1,12}) kB", status)
        return int(match[1]) / 1024 if match else float("nan")

    @property
    def descriptors(self) -> int:
        """Open files of the serving process."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())

    @property
    def cpu_ms(self) -> float:
        """Processor time of the serving process since its start."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        user, system = fields.rpartition(")")[2].split()[11:13]
        return 1000 * (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@dataclass
class Load:
    """What came of some requests: status and milliseconds from when each was to be sent."""

    answers: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])
    lost: int = 0
    """Requests whose connection broke."""

    def figures(self, status: int = 200) -> dict[str, Any]:
        """How many there were by status, and how long those of one status took."""
        times = [ms for code, ms in self.answers if code == status]
        figures: dict[str, Any] = {"by_status": dict(Counter(code for code, _ in self.answers))}
        if self.lost:
            figures["lost"] = self.lost
        for share in (50, 95, 99, 100):
            figures[f"p{share}_ms"] = (
                round(float(np.percentile(times, share)), 1) if times else None
            )
        return figures


class Bench:
    """A server's memory, questions that differ, and the settings of a run."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.settings = spanmem.Settings.load(
            None, {"encoder.model": options.encoder, "reader.model": options.reader}
        )
        self.memory: Path = options.memory or folder / "examples.memory"
        if options.memory is None:
            corpus = ROOT / "examples" / "corpus"
            spanmem.index(corpus, into=self.memory, settings=self.settings).close()
        self._random = random.Random(options.seed)
        self.questions = self._questions()

    def _questions(self) -> Iterator[str]:
        with spanmem.Memory.open(self.memory) as memory:
            passages = [p for p, _ in zip(memory.passages(), range(20_000), strict=False)]
        self._random.shuffle(passages)
        texts = [(p.title, re.findall(r"[^\W\d_]{5,20}", p.text)) for p in passages]
        texts = [(title, words) for title, words in texts if len(words) > 3]
        for number in count():
            title, words = texts[number % len(texts)]
            first, second = self._random.sample(words, 2)
            yield f"What is said of {first} and {second} in {title or 'the text'}, no. {number}?"

    @contextmanager
    def server(self, memory: str | Path = "", **settings: object) -> Generator[Server]:
        """A server that is ready, and ended when the block is left; of another memory, if named."""
        data = Path(tempfile.mkdtemp(dir=self.folder))
        with closing(Database(data / FILE)) as database:
            _, token = Keys(database).add(Kind.EDITOR, "bench", memories=["bench"])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        chosen = {
            "port": port,
            "ask_rate": 10**6,
            "ask_burst": 10**6,
            "write_rate": 10**6,
        } | settings
        environment = {f"SPANMEM_SERVICE__{key.upper()}": str(v) for key, v in chosen.items()}
        command = [sys.executable, "-m", "spanmem", "serve", "--data", str(data)]
        command += ["--memory", f"bench={memory or self.memory}"]
        for name in ("encoder", "reader"):
            if (model := getattr(self.options, name)) is not None:
                command += [f"--{name}", model]
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL
        )
        base = f"http://127.0.0.1:{port}"
        try:
            while status_of(f"{base}/health/ready") != 200:
                if process.poll() is not None or time.perf_counter() - began > SOON:
                    raise SystemExit("the server did not get ready; try the command by hand")
                time.sleep(0.02)
            client = httpx2.AsyncClient(
                base_url=f"{base}/v1/memories/bench",
                headers={"Authorization": f"Bearer {token}"},
                timeout=120,
                limits=httpx2.Limits(max_connections=None),
            )
            yield Server(process, client, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(60)


def status_of(url: str) -> int | None:
    """Status of an address; None where nothing listens."""
    try:
        return httpx2.get(url).status_code
    except httpx2.TransportError:
        return None


# -- load


async def ask(server: Server, load: Load, planned: float, **body: Any) -> float:
    """Ask a question, and note what it took since `planned`. Returns `Retry-After`, in seconds."""
    try:
        answer = await server.client.post("/ask", json=body)
    except httpx2.TransportError:
        load.lost += 1
        return 0.0
    load.answers.append((answer.status_code, 1000 * (time.perf_counter() - planned)))
    return float(answer.headers.get("Retry-After", 0))


async def arrivals(
    rate: float, seconds: float, seed: int, send: Callable[[float], Awaitable[object]]
) -> None:
    """Send at `rate` a second, at random times, for so long; wait for all that was sent."""
    times, begin = random.Random(seed), time.perf_counter()
    planned = begin
    async with asyncio.TaskGroup() as group:
        while True:
            planned += times.expovariate(rate)
            if planned > begin + seconds:
                return
            await asyncio.sleep(max(0.0, planned - time.perf_counter()))
            group.create_task(send(planned))  # type: ignore[arg-type]


async def steady(
    bench: Bench, server: Server, rate: float, seconds: float, *, seed: int = 1
) -> Load:
    """Questions at a rate."""
    load = Load()
    await arrivals(
        rate,
        seconds,
        seed,
        lambda planned: ask(server, load, planned, question=next(bench.questions)),
    )
    return load


async def busy(bench: Bench, server: Server, seconds: float) -> float:
    """Questions a second where some callers ask all the time."""
    number, spent = await crowd(bench, server, seconds)
    return number / spent


async def crowd(bench: Bench, server: Server, seconds: float) -> tuple[int, float]:
    """How many questions were answered, and seconds, where some callers ask all the time."""
    load, end = Load(), time.perf_counter() + seconds

    async def caller() -> None:
        while (now := time.perf_counter()) < end:
            await asyncio.sleep(await ask(server, load, now, question=next(bench.questions)))

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    answered = sum(status == 200 for status, _ in load.answers)
    return answered, time.perf_counter() - began


def alone(bench: Bench, qa: spanmem.QA, number: int) -> tuple[float, float]:
    """Seconds, and those of the processors, of so many questions by `QA.ask`, one by one."""
    began, used = time.perf_counter(), time.process_time()
    for _ in range(number):
        qa.ask(next(bench.questions))
    return time.perf_counter() - began, time.process_time() - used


async def lone(bench: Bench, server: Server, number: int) -> Load:
    """Questions over HTTP, one after the other."""
    load = Load()
    for _ in range(number):
        await ask(server, load, time.perf_counter(), question=next(bench.questions))
    return load


# -- measurements


def overhead(bench: Bench) -> None:
    """L1: what the service adds to a question, asked inside and over HTTP in turn."""
    inside: list[float] = []
    processor: list[float] = []
    outside = Load()

    async def course(server: Server) -> None:
        with spanmem.QA(bench.memory, settings=bench.settings) as qa:
            for number in range(bench.options.asked + 3):
                question = next(bench.questions)
                began, used = time.perf_counter(), time.process_time()
                qa.ask(question)
                if number >= 3:
                    inside.append(1000 * (time.perf_counter() - began))
                    processor.append(1000 * (time.process_time() - used))
                    await ask(server, outside, time.perf_counter(), question=question)

    with bench.server() as server:
        before = server.cpu_ms
        asyncio.run(course(server))
        served = (server.cpu_ms - before) / len(inside)
    own = float(np.mean(processor))
    say(
        "L1 processor time",
        qa_ms=round(own, 2),
        served_ms=round(served, 2),
        added_ms=round(served - own, 2),
    )
    added = [ms - own for (_, ms), own in zip(outside.answers, inside, strict=True)]
    for share in (50, 95):
        say(
            f"L1 overhead p{share}",
            qa_ms=percentile(inside, share),
            http_ms=percentile([ms for _, ms in outside.answers], share),
            added_ms=percentile(added, share),
        )


def capacity(bench: Bench) -> None:
    """L2: questions a second with all lanes full, beside those of `QA.ask` alone, in turns."""
    each = max(1, bench.options.asked // ROUNDS)
    inside: list[tuple[float, float]] = []
    outside: list[tuple[int, float]] = []

    async def course(server: Server, qa: spanmem.QA) -> float:
        await lone(bench, server, 3)
        alone(bench, qa, 3)
        before = server.cpu_ms
        for _ in range(ROUNDS):
            inside.append(alone(bench, qa, each))  # and nothing else, not even this loop
            outside.append(await crowd(bench, server, bench.options.seconds / ROUNDS))
        return server.cpu_ms - before

    with bench.server() as server, spanmem.QA(bench.memory, settings=bench.settings) as qa:
        used = asyncio.run(course(server, qa))
        memory = server.memory_mib
    walls, processors = (sum(column) for column in zip(*inside, strict=True))
    number, spent = (sum(column) for column in zip(*outside, strict=True))
    own, served = each * ROUNDS / walls, number / spent
    say(
        "L2 capacity",
        qa_per_s=round(own, 2),
        served_per_s=round(served, 2),
        share=round(served / own, 3),
        by_round=[
            round(count / s * wall / each, 2)
            for (count, s), (wall, _) in zip(outside, inside, strict=True)
        ],
        qa_cpu_ms=round(1000 * processors / (each * ROUNDS), 1),
        served_cpu_ms=round(used / max(1, number), 1),
        memory_mib=round(memory),
    )


def at_70(bench: Bench) -> None:
    """L3: at 70 % of the capacity."""

    async def course(server: Server) -> None:
        rate = 0.7 * await busy(bench, server, 10)
        single = (await lone(bench, server, 20)).figures()["p50_ms"]
        load = await steady(bench, server, rate, bench.options.seconds)
        say("L3 steady", rate=round(rate, 2), lone_p50_ms=single, **load.figures())

    with bench.server() as server:
        asyncio.run(course(server))


def at_200(bench: Bench) -> None:
    """L4: at twice the capacity."""

    async def course(server: Server) -> None:
        rate = 2 * await busy(bench, server, 10)
        single = (await lone(bench, server, 20)).figures()["p50_ms"]
        before = server.memory_mib
        load = await steady(bench, server, rate, bench.options.seconds)
        say("L4 overload", rate=round(rate, 2), **load.figures(),
            refused_ms=[load.figures(429)[f"p{share}_ms"] for share in (50, 95, 99)],
            memory_mib=[round(before), round(server.memory_mib)])  # fmt: skip
        began = time.perf_counter()
        while (p50 := (await lone(bench, server, 5)).figures()["p50_ms"]) > 1.2 * single:
            if time.perf_counter() - began > 60:
                break
        say("L4 after", lone_p50_ms=[single, p50], seconds=round(time.perf_counter() - began, 1))

    with bench.server() as server:
        asyncio.run(course(server))


def remembered(bench: Bench) -> None:
    """L5: remembered answers at 20 a second beside 70 %."""
    question = "Which word opens the benchmark's gate?"

    async def course(server: Server) -> None:
        rate = 0.7 * await busy(bench, server, 10)
        turns = [{"question": question, "answer": "Sesame."}]
        (await server.client.post("/turns/import", json={"turns": turns})).raise_for_status()
        told = Load()

        async def send(planned: float) -> None:
            scope = f"s{int(planned * 1e6)}"
            await ask(server, told, planned, question=question, scope=scope)

        seconds = bench.options.seconds
        await asyncio.gather(steady(bench, server, rate, seconds), arrivals(20, seconds, 2, send))
        say("L5 remembered", rate=round(rate, 2), **told.figures())

    with bench.server() as server:
        asyncio.run(course(server))


def indexing(bench: Bench) -> None:
    """L6: at 30 %, without indexing and with it."""

    async def course(server: Server) -> None:
        rate = 0.3 * await busy(bench, server, 10)
        without = await steady(bench, server, rate, bench.options.seconds)
        words = [next(bench.questions) for _ in range(200)]
        jobs = 0
        for first in range(0, bench.options.documents, 100):
            documents = [
                {"id": f"bench/{n}", "text": " ".join(random.Random(n).sample(words, 8))}
                for n in range(first, first + 100)
            ]
            answer = await server.client.post("/documents", json={"documents": documents})
            jobs += answer.status_code in (200, 202)
        with_jobs = await steady(bench, server, rate, bench.options.seconds, seed=2)
        say("L6 without indexing", rate=round(rate, 2), **without.figures())
        say("L6 with indexing", jobs=jobs, **with_jobs.figures())

    with bench.server(body_bytes=10**7) as server:
        asyncio.run(course(server))


def start(bench: Bench) -> None:
    """L7: from the command to ready."""
    for _ in range(3):
        with bench.server() as server:
            say("L7 start", seconds=round(server.ready_s, 2), memory_mib=round(server.memory_mib))


def stop(bench: Bench) -> None:
    """L8: SIGTERM while questions are asked."""

    async def course(server: Server) -> None:
        rate = 0.7 * await busy(bench, server, 10)
        load, began = Load(), 0.0

        async def kill() -> None:
            nonlocal began
            await asyncio.sleep(5)
            began = time.perf_counter()
            server.process.send_signal(signal.SIGTERM)
            code = await asyncio.to_thread(server.process.wait, 60)
            say("L8 stop", code=code, seconds=round(time.perf_counter() - began, 2))

        async def send(planned: float) -> None:
            if began == 0.0:  # afterwards nothing listens
                await ask(server, load, planned, question=next(bench.questions))

        await asyncio.gather(kill(), arrivals(rate, 6, 1, send))
        say("L8 asked before", **load.figures())

    with bench.server() as server:
        asyncio.run(course(server))


def soak(bench: Bench) -> None:
    """L10: at 50 %, a line for each tenth of the time."""

    async def course(server: Server) -> None:
        rate = 0.5 * await busy(bench, server, 10)
        for tenth in range(1, 11):
            load = await steady(bench, server, rate, bench.options.seconds / 10, seed=tenth)
            say(
                f"L10 tenth {tenth}",
                rate=round(rate, 2),
                memory_mib=round(server.memory_mib, 1),
                descriptors=server.descriptors,
                **load.figures(),
            )

    with bench.server() as server:
        asyncio.run(course(server))


def engines(bench: Bench) -> None:
    """The same questions of two services, over a folder and over its copy, by turns."""
    if bench.options.copy is None:
        raise SystemExit("name the copy by --copy ADDRESS; `spanmem memory copy` makes one")

    async def asked() -> tuple[Load, Load]:
        with bench.server() as folder, bench.server(bench.options.copy) as copy:
            loads = Load(), Load()
            await asyncio.gather(lone(bench, folder, 20), lone(bench, copy, 20))
            for number in range(bench.options.asked):
                question = next(bench.questions)
                both = [(folder, loads[0]), (copy, loads[1])]
                for server, load in both if number % 2 else reversed(both):
                    await ask(server, load, time.perf_counter(), question=question)
            return loads

    folder, copy = (load.figures() for load in asyncio.run(asked()))
    ratio = round(copy["p50_ms"] / folder["p50_ms"], 2)
    say("engines", folder=folder, copy=copy, ratio_of_p50=ratio)


MEASUREMENTS: dict[str, Callable[[Bench], None]] = {
    "overhead": overhead,
    "capacity": capacity,
    "steady": at_70,
    "overload": at_200,
    "remembered": remembered,
    "indexing": indexing,
    "start": start,
    "stop": stop,
    "soak": soak,
    "engines": engines,
}


def percentile(times: Sequence[float], share: float) -> float | None:
    """A percentile of some milliseconds, None of none."""
    return round(float(np.percentile(times, share)), 2) if times else None


def say(name: str, **figures: Any) -> None:
    """Print figures as one JSON object."""
    sys.stdout.write(json.dumps({"what": name, **figures}) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run some measurements. Returns the exit code."""
    parser = argparse.ArgumentParser(description="The service under load, printed.")
    parser.add_argument("what", nargs="+", choices=[*MEASUREMENTS])
    parser.add_argument("--memory", type=Path, help="a memory's folder; else the examples")
    parser.add_argument("--copy", metavar="ADDRESS", help="a copy of it on a server: engines")
    parser.add_argument("--encoder", help="a model, or hash-256")
    parser.add_argument("--reader", help="a model, or overlap")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each load")
    parser.add_argument("--asked", type=int, default=200, help="questions asked one at a time")
    parser.add_argument("--documents", type=int, default=10_000, help="indexed under load")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as the service sets it for itself
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, Path(folder))
        for name in options.what:
            MEASUREMENTS[name](bench)
    return 0


if __name__ == "__main__":
    sys.exit(main())
