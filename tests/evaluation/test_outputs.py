"""Outputs: checked before a run, written whole, and never over what is read or over one another."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError, StorageError
from spanmem.evaluation.outputs import (
    Output,
    Source,
    check_outputs,
    check_sources,
    output_files,
    write_folder_of,
    write_output,
)

SPELLINGS: dict[str, Callable[[Path], Path]] = {
    "as it is": lambda file: file,
    "with a dot": lambda file: Path(f"{file.parent}/./{file.name}"),
    "over its folder": lambda file: Path(f"{file.parent}/../{file.parent.name}/{file.name}"),
    "a link": lambda file: _made(file, lambda other: other.symlink_to(file)),
    "a link to a link": lambda file: _made(
        _made(file, lambda other: other.symlink_to(file)),
        lambda other: other.symlink_to(file.with_name("other")),
    ),
    "a hard link": lambda file: _made(file, lambda other: os.link(file, other)),
    "through a linked folder": lambda file: (
        _made(file, lambda other: other.symlink_to(file.parent)) / file.name
    ),
}


def _made(file: Path, make: Callable[[Path], Any]) -> Path:
    other = file.with_name("other" if file.name != "other" else "another")
    make(other)
    return other


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "sets"
    folder.mkdir()
    path = folder / "dev.jsonl"
    path.write_text("{}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("source", ["--data", "--config", "--compare"])
def test_no_output_is_an_input(data: Path, spelling: str, source: str) -> None:
    out = Output("--trec", SPELLINGS[spelling](data))
    with pytest.raises(InputError, match=f"--trec is the file or folder of {source}, which is"):
        check_outputs([out], [Source(source, data)])
    assert data.read_text(encoding="utf-8") == "{}\n"


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("present", [True, False])
def test_no_two_outputs_are_one_file(data: Path, spelling: str, present: bool) -> None:
    other = SPELLINGS[spelling](data)
    if not present:
        if spelling == "a hard link":
            pytest.skip("a name of nothing is no name")
        data.unlink()
    outputs = [Output("--trec", data), Output("--qrels", other)]
    with pytest.raises(InputError, match="--qrels and --trec are the same file"):
        check_outputs(outputs, [])


def test_names_that_differ_in_case_are_one_where_the_file_system_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = [Output("--trec", tmp_path / "Run.txt"), Output("--qrels", tmp_path / "run.TXT")]
    check_outputs(outputs, [])
    monkeypatch.setattr("spanmem.evaluation.outputs._made_in", lambda _folder: True)
    with pytest.raises(InputError, match="are the same file"):
        check_outputs(outputs, [])


def test_a_reports_files_are_outputs_too(data: Path, tmp_path: Path) -> None:
    report = tmp_path / "run"
    report.mkdir()
    files = {"--predictions": str(report / "report.json"), "--trec": None}
    with pytest.raises(InputError, match="--report and --predictions are the same file"):
        check_outputs(output_files(files, str(report)), [])
    (report / "report.json").touch()
    with pytest.raises(InputError, match="--report is the file or folder of --compare"):
        check_outputs(output_files({}, str(report)), [Source("--compare", report / "report.json")])
    check_outputs(output_files({}, str(data.parent)), [Source("--data", data)])
    check_outputs(output_files({}, str(tmp_path / "new")), [Source("--data", data)])


@pytest.mark.parametrize("name", ["m/rows.sqlite", "m/new.txt", "m/views/new.txt", "m"])
def test_nothing_is_written_into_a_memory_or_a_model(tmp_path: Path, name: str) -> None:
    (tmp_path / "m" / "views").mkdir(parents=True)
    (tmp_path / "m" / "rows.sqlite").touch()
    sources = [Source("--memory", tmp_path / "m", whole=True)]
    with pytest.raises(InputError, match=r"--kilt is|folder, not a file"):
        check_outputs([Output("--kilt", tmp_path / name)], sources)
    with pytest.raises(InputError, match="--report is"):
        check_outputs(output_files({}, str(tmp_path / "m")), sources)
    os.link(tmp_path / "m" / "rows.sqlite", tmp_path / "second")
    with pytest.raises(InputError, match="in the folder of --memory"):
        check_outputs([Output("--kilt", tmp_path / "second")], sources)


def test_a_folder_of_questions_keeps_its_files(tmp_path: Path) -> None:
    beir = tmp_path / "beir"
    (beir / "qrels").mkdir(parents=True)
    (beir / "queries.jsonl").touch()
    source = [Source("--data", beir)]
    for name in ("queries.jsonl", "corpus.jsonl", "qrels/new.tsv", "qrels/run"):
        with pytest.raises(InputError, match=r"in the folder of --data, which is read"):
            check_outputs([Output("--trec", beir / name)], source)
    check_outputs([Output("--trec", beir / "run.trec")], source)


def test_what_cannot_be_written_is_said_before(data: Path, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "nowhere").symlink_to(tmp_path / "none" / "at all")
    for out, said in (
        (Output("--trec", tmp_path), "is a folder, not a file; name another for --trec"),
        (Output("--report", data, folder=True), "is a file, and a report is a folder"),
        (Output("--trec", tmp_path / "none" / "x"), "its folder does not exist; make it first"),
        (Output("--trec", data / "x"), "--trec cannot be written: Not a directory"),
        (Output("--trec", tmp_path / "circle"), "Too many levels of symbolic links"),
        (Output("--trec", tmp_path / "nowhere"), "its folder does not exist"),
        (Output("--trec", tmp_path / ("x" * 300)), "File name too long"),
        (Output("--report", tmp_path / "nowhere", folder=True), "is a link that leads nowhere"),
    ):
        with pytest.raises(InputError, match=said):
            check_outputs([out], [])


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    check_outputs(output_files({"--trec": str(tmp_path / "t")}, str(tmp_path / "r")), [])
    assert list(tmp_path.iterdir()) == []


def test_files_of_documents_are_kept(data: Path) -> None:
    os.link(data, copy := data.with_name("corpus.jsonl"))
    for out in (data, copy):
        with pytest.raises(InputError, match=r"--trec is .*corpus\.jsonl, which a document of the"):
            check_sources([Output("--trec", out)], [str(copy), "gone.txt", "https://x.org/\0"])
    check_sources([Output("--trec", data)], ["gone.txt", ""])
    check_sources([Output("--trec", data.with_name("new"))], [str(data)])


def test_a_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, link = tmp_path / "run", tmp_path / "link"
    file.write_text("before", encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    write_output(link, "after \ud800")
    assert file.read_bytes() == b"after \\ud800"
    assert (link.is_symlink(), file.stat().st_mode & 0o777) == (True, 0o640)

    def refuse(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StorageError, match=r"run: cannot be written: No space left on device"):
        write_output(file, "half")
    assert file.read_bytes() == b"after \\ud800"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "run"]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    check_outputs([Output("--trec", pipe), Output("--qrels", Path("/dev/null"))], [])
    write_output(pipe, "scores")
    assert os.read(reading, 99) == b"scores"
    os.close(reading)
    assert pipe.is_fifo()


def test_of_an_earlier_run_nothing_stays_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    write_folder_of(folder, {"a": "1", "b": "1"}, ("a", "b"))
    (folder / "mine").touch()
    write_folder_of(folder, {"a": "2"}, ("a", "b"))
    assert sorted(path.name for path in folder.iterdir()) == ["a", "mine"]
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        write_folder_of(tmp_path / "file", {}, ())
