"""Standard streams that are closed, broken or the host's."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from pathlib import Path

import pytest

from spanmem.apps.cli.streams import refused_by_output, standard_streams

MODEL_FREE = ("--encoder", "hash-256")
NAMES = ("stdin", "stdout", "stderr")


class Broken(io.StringIO):
    """A stream whose reader has left."""

    def write(self, text: str) -> int:
        raise OSError(errno.EPIPE, f"no reader of {text!r}")


@pytest.mark.parametrize("closed", [("stderr",), ("stdin", "stdout"), NAMES])
@pytest.mark.parametrize("how", ["none", "closed"])
def test_what_is_closed_leads_nowhere_and_is_put_back(
    closed: tuple[str, ...], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in closed:
        stream = io.StringIO()
        stream.close()
        monkeypatch.setattr(sys, name, None if how == "none" else stream)
    before = [getattr(sys, name) for name in NAMES]
    with standard_streams():
        for name in closed:
            if name == "stdin":
                assert sys.stdin.read() == ""
            else:
                getattr(sys, name).write("Übung")
                getattr(sys, name).flush()
                assert not getattr(sys, name).isatty()
    assert [getattr(sys, name) for name in NAMES] == before


def test_talk_that_cannot_be_written_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Broken())
    with standard_streams():
        assert sys.stderr.write("half way") == 8


def test_a_result_that_cannot_be_written_is_the_outputs_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken())
    with standard_streams():
        with pytest.raises(OSError, match="no reader") as caught:
            sys.stdout.write("a result")
        assert refused_by_output(caught.value)
        assert not refused_by_output(OSError(errno.ENOLCK, "another"))


def test_letters_that_an_encoding_lacks_are_escaped_and_the_host_gets_its_own_way_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(kept, "ascii"))
    with standard_streams():
        sys.stdout.write("Übung")
        sys.stdout.flush()
    assert (kept.getvalue(), sys.stdout.errors) == (rb"\xdcbung", "strict")


@pytest.mark.skipif(sys.platform == "win32", reason="bash and its descriptors")
@pytest.mark.parametrize(
    ("closing", "there", "code"), [("<&- >&- 2>&-", True, 0), ("2>&-", False, 2)]
)
def test_a_command_keeps_its_exit_code_without_streams(
    corpus: Path, tmp_path: Path, closing: str, there: bool, code: int
) -> None:
    folder, source = tmp_path / "m", corpus if there else tmp_path / "gone"
    words = [sys.executable, "-m", "spanmem", "index", str(source), "-m", str(folder), *MODEL_FREE]
    done = subprocess.run(["bash", "-c", f'exec "$@" {closing}', "-", *words], check=False)
    assert done.returncode == code
    assert (folder / "rows.sqlite").exists() == there
