"""The program of a process that encodes passages for another: see `pool`.

It reads pickles from standard input, first what loads the encoder, then lists of texts, and writes
their vectors to standard output, until there is nothing more to read.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys

__all__ = ["main"]


def main() -> None:
    """Encode until the other process has no more, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other one is told, and ends this one
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
        encoder = pickle.load(sys.stdin.buffer)()
        while True:
            try:
                texts = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            pickle.dump(encoder.encode_passages(texts), answers)
            answers.flush()


if __name__ == "__main__":
    main()
