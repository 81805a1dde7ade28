"""The raw bytes of a folder whose databases are open here, looked at by another process.

A process that opens and closes a file loses every lock that it has on it, those of SQLite's
connections too (https://sqlite.org/howtocorrupt.html): a test that read them itself could let
another process take a log away that is still written to.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def files_with(folder: Path, word: str) -> list[str]:
    """Names of the files below a folder that hold a word's bytes, in either case."""
    done = subprocess.run(
        ["grep", "-rliaF", "-e", word, str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert done.returncode in (0, 1), done.stderr
    return sorted(Path(line).name for line in done.stdout.splitlines())
