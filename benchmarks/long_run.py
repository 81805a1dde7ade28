"""Long life: the memory that one process holds after many questions of all lengths, and its speed.

    python benchmarks/long_run.py --questions 5000

Documents and questions are made up, from a seed; lengths are drawn so that short and long are
alike likely. Resident memory is printed as the questions go by, and at the end how much more it is
than after the first tenth of them, which the exit code tells, too: 1 where it is above `--most`.
Linux alone says how much is resident now; elsewhere it is the most that it ever was.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import spanmem

VOCABULARY = (
    "the a of and in to was is by for with on from at its old new first last north river mill "
    "bridge harbour engineer kettle founded built opened closed moved price warranty year month "
    "town street museum railway bishop garden school company machine coffee winter summer bread "
    "stone glass paper light water engine market island"
)
WORDS = VOCABULARY.split()
ASKING = ("Who", "When", "Where", "What", "Which", "How many", "Why")
LONGEST_DOCUMENT, LONGEST_QUESTION = 400, 250
"""In words. A question of 300 words is refused."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, and print how memory and speed go on. Returns 1 where memory grew beyond `--most`."""
    options = _arguments(arguments)
    with tempfile.TemporaryDirectory() as folder:
        chosen = {
            "encoder.model": options.encoder,
            "reader.model": options.reader,
            "retrieve.passages": options.passages,
        }
        settings = spanmem.Settings.load(None, {k: v for k, v in chosen.items() if v is not None})
        path = options.memory or write_memory(Path(folder), options)
        with spanmem.QA(path, settings=settings) as qa:
            growth = ask(qa, options)
    return int(growth > options.most)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Memory and speed over many questions, printed.")
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--documents", type=int, default=1500)
    parser.add_argument("--memory", type=Path, help="ask this one, in the place of documents")
    parser.add_argument("--every", type=int, default=250, help="questions between two lines")
    parser.add_argument("--most", type=float, default=10, help="growth allowed, in per cent")
    parser.add_argument("--scope", default="", help="remember the turns under this scope")
    parser.add_argument("--encoder", help="encoder.model; default: the bundled one")
    parser.add_argument("--reader", help="reader.model; default: the bundled one")
    parser.add_argument("--passages", type=int, help="retrieve.passages, read for each question")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def ask(qa: spanmem.QA, options: argparse.Namespace) -> float:
    """Growth of resident memory from the first tenth of the questions to the last, in per cent."""
    early = 0.0
    began = time.perf_counter()
    for count, question in enumerate(questions(options.questions, seed=options.seed), 1):
        qa.ask(question, scope=options.scope)
        if count == max(1, options.questions // 10):
            early = resident()
        if count in (1, options.questions) or count % options.every == 0:
            rate = count / (time.perf_counter() - began)
            _say(f"{count:>7,} questions{resident():>8.0f} MB{rate:>7.2f} a second")
    growth = 100 * (resident() / early - 1)
    _say(f"grown by {growth:.1f} % since the first tenth")
    return growth


def write_memory(folder: Path, options: argparse.Namespace) -> Path:
    """A memory of made up documents, by another process: indexing has its own needs of memory."""
    corpus, path = folder / "documents", folder / "memory"
    write_documents(corpus, options.documents, seed=options.seed)
    command = [sys.executable, "-m", "spanmem", "index", str(corpus), "--memory", str(path)]
    encoder = ["--encoder", options.encoder] if options.encoder else []
    subprocess.run([*command, *encoder], check=True, stdout=subprocess.DEVNULL)
    return path


def write_documents(folder: Path, count: int, *, seed: int) -> None:
    """Text files of 3 to `LONGEST_DOCUMENT` words, some with a heading."""
    folder.mkdir()
    rng = Random(seed)
    for number in range(count):
        lines = [_sentence(rng) for _ in range(rng.randint(1, 1 + LONGEST_DOCUMENT // 12))]
        heading = f"# {_name(rng)} {_name(rng)}\n\n" if rng.random() < 0.5 else ""
        (folder / f"{number}.md").write_text(heading + " ".join(lines) + "\n", encoding="utf-8")


def questions(count: int, *, seed: int) -> Iterator[str]:
    """Questions of 2 to `LONGEST_QUESTION` words, no two of them alike; short ones are likelier."""
    rng = Random(f"{seed} asked")
    for number in range(count):
        words = round(2 * (LONGEST_QUESTION / 2) ** rng.random())
        yield f"{rng.choice(ASKING)} {number} {' '.join(_word(rng) for _ in range(words - 2))}?"


def resident() -> float:
    """Megabytes of this process in memory now, files that it has mapped included."""
    table = Path("/proc/self/statm")
    if not table.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return int(table.read_text().split()[1]) * resource.getpagesize() / 1e6


def _sentence(rng: Random) -> str:
    words = [_word(rng) for _ in range(rng.randint(3, 20))]
    at = rng.randrange(len(words))
    words[at] = rng.choice([_name(rng), str(rng.randint(2, 9999)), f"{rng.randint(1, 99)} km"])
    return " ".join(words).capitalize() + "."


def _word(rng: Random) -> str:
    return rng.choice(WORDS)


def _name(rng: Random) -> str:
    return _word(rng).capitalize()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
