"""What SpanMem does, on 46 documents about a maker of kitchen appliances and the world at large.

    make demo

Indexes `examples/corpus` into `examples/demo.memory` and asks: a plain question, a follow-up, one
that nothing answers, and one that two documents answer, before and after a correction.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from rich.console import Console

import spanmem
from spanmem.apps.cli.render import show_answer

HERE = Path(__file__).resolve().parent
MEMORY = HERE / "demo.memory"


def main() -> int:
    """Index, ask, correct, ask again."""
    console = Console(highlight=False, markup=False)
    shutil.rmtree(MEMORY, ignore_errors=True)
    began = time.perf_counter()
    memory = spanmem.index(HERE / "corpus", into=MEMORY)
    documents, passages = memory.counts()
    took = time.perf_counter() - began
    console.print(f"Indexed {documents} documents, {passages} passages, in {took:.1f} s.")
    with memory, spanmem.QA(memory) as qa:
        chat = qa.session("demo")

        def ask(heading: str, question: str) -> spanmem.Answer:
            console.print(f"\n-- {heading}\n> {question}", style="bold")
            answer = chat.ask(question)
            show_answer(console, answer, memory.passage, others=0)
            return answer

        ask("A plain question", "What does the error E12 on a washing machine mean?")
        ask("Another subject", "Who founded Halden Home Appliances?")
        ask("A follow-up, understood from the question before", "When was it founded?")
        ask("Nothing answers it, and it says so", "How many satellites does Halden operate?")
        told = ask("Two documents agree", "How long is the warranty on the Brisk 200 kettle?")
        right = "Four years, since the recall of May"
        console.print(f"/correct {right}", style="bold")
        chat.correct(told, right, author="support desk")
        ask("The same in other words", "How long does the warranty of the Brisk 200 kettle last?")
    place = MEMORY.relative_to(Path.cwd()) if MEMORY.is_relative_to(Path.cwd()) else MEMORY
    console.print(f"\nYour turn: .venv/bin/spanmem chat --memory {place}")
    console.print(
        f"Or in a browser: .venv/bin/spanmem serve --memory {place}, and open the link it shows"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
