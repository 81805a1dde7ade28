"""The `spanmem` command as a whole: its exit codes, and one line for whatever goes wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

import spanmem
from spanmem.__main__ import main
from spanmem.apps.cli.main import _COMMANDS, _GROUPS, command_line

if TYPE_CHECKING:
    from tests.conftest import Cli

MODEL_FREE = ("--encoder", "hash-256", "--reader", "overlap")


@pytest.fixture
def memory(cli: Cli, corpus: Path, tmp_path: Path) -> Path:
    """A memory of the small corpus."""
    cli("index", corpus, "--memory", tmp_path / "m")
    return tmp_path / "m"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is a device of Linux")
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ('"$@" > /dev/full', 2, "spanmem: the output: No space left on device\n"),
        ('"$@" | true; exit ${PIPESTATUS[0]}', 141, ""),
        ('LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 "$@" | grep -q xbb', 0, ""),
    ],
)
def test_an_output_that_cannot_be_written_is_no_fault(
    memory: Path, command: str, code: int, said: str
) -> None:
    words = ("ask", "What does the ferry to Hven cost?", "--memory", str(memory))
    done = subprocess.run(
        ["bash", "-c", command, "-", sys.executable, "-m", "spanmem", *words, *MODEL_FREE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, said)


def options(command: Any) -> dict[str, Any]:
    """The parameters of a command, and the commands of a group with theirs."""
    inner = {name: options(one) for name, one in getattr(command, "commands", {}).items()}
    return {"help": command.help, **{p.name: (p.opts, p.help) for p in command.params}, **inner}


def test_a_command_alone_is_the_one_of_the_whole_line() -> None:
    whole = options(get_command(command_line()))
    assert len(whole) == len({"help", "version", *_GROUPS, *_COMMANDS})
    for name in (*_GROUPS, *_COMMANDS):
        alone = options(get_command(command_line(name)))
        assert alone == {"help": whole["help"], "version": whole["version"], name: whole[name]}
    assert options(get_command(command_line("aks"))) == whole


def test_usage_errors_are_one_line(cli: Cli, memory: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("answer: {topk: 3}\n", encoding="utf-8")
    for words, expected in (
        (("--config", tmp_path / "bad.yaml"), "did you mean answer.top_k?"),
        (("--config", "cup"), "did you mean cpu?"),
        (("--device", "quantum"), "runtime.device"),
        (("--top-k", "0"), "answer.top_k"),
        (("--top-k", "many"), "--top-k"),
        (("--mode", "fast"), "retrieve.mode"),
        (("--jsno",), "--jsno"),
    ):
        assert expected in cli("ask", "Who?", "--memory", memory, *words).complaint
    assert "--memory" in cli("ask", "Who?").complaint


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of a command in which `error` is raised."""

    def clean_question(_text: str) -> str:
        raise error

    monkeypatch.setattr("spanmem.pipeline.question.clean_question", clean_question)
    return main(["ask", "Who?", "--memory", "m"])


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "spanmem: interrupted; what was finished is kept\n"),
        (BrokenPipeError(), 141, ""),
        (OSError(28, "No space left"), 2, "spanmem: the operating system refused: No space left;"),
        (OSError(13, "Permission denied", "/etc/x"), 2, "spanmem: cannot use /etc/x: Permission d"),
        (ValueError("two\nlines"), 1, "spanmem: fault: ValueError: two lines (SPANMEM_DEBUG=1"),
        (EOFError(), 1, "spanmem: fault: EOFError: no further word"),
    ],
)
def test_each_way_to_fail_has_its_exit_code(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("spanmem.__main__._drop_output", lambda: None)  # it is the tests' own
    monkeypatch.delenv("SPANMEM_DEBUG", raising=False)
    assert raising(error, monkeypatch) == code
    output = capfd.readouterr().err
    assert (output.startswith(said), bool(output)) == (True, bool(said))


def test_who_exits_is_not_taken_for_a_closed_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as caught:
        raising(SystemExit(7), monkeypatch)
    assert caught.value.code == 7


def test_a_fault_is_raised_for_whoever_looks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANMEM_DEBUG", "1")
    with pytest.raises(ValueError, match="deep"):
        raising(ValueError("deep"), monkeypatch)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="bash and its pipes")
def test_help_that_nobody_reads_to_its_end_is_no_fault() -> None:
    words = f"{sys.executable} -m spanmem benchmark open --help | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize(
    ("words", "code"),
    [((), 2), (("benchmark",), 2), (("--help",), 0), (("ask", "-h"), 0), (("--version",), 0)],
)
def test_help_goes_to_standard_output(
    words: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == code
    output = capsys.readouterr()
    assert output.err == ""
    assert output.out.startswith(f"spanmem {spanmem.__version__}") or "Usage: spanmem" in output.out


def test_a_word_of_the_command_line_that_is_wrong_is_told_with_its_command(cli: Cli) -> None:
    for words, expected in (
        (("memory", "stats", "--nope"), "No such option: --nope"),
        (("benchmark", "opne"), "No such command 'opne'"),
        (("train", "reader"), "Missing argument 'CONFIG.yaml'"),
    ):
        complaint = cli(*words, models=True).complaint
        assert expected in complaint
        assert "(see `spanmem " in complaint
