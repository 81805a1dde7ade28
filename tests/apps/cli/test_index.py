"""`spanmem index`: what it reports, and one clear line for whatever it cannot use."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spanmem.memory.store import Memory
from tests.rooms import ROOT

if TYPE_CHECKING:
    from tests.conftest import Cli


def lines(path: Path, rows: Iterable[object]) -> Path:
    """A JSON-lines file; texts stand as they are."""
    whole = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("\n".join(whole) + "\n", encoding="utf-8")
    return path


def row(number: int, **rest: Any) -> dict[str, Any]:
    return {
        "id": f"d{number}",
        "title": "",
        "text": f"Lamp {number} costs {number} crowns.",
        **rest,
    }


def held(memory: Path) -> dict[str, str]:
    """Document id -> text of a memory that must be sound."""
    with Memory.open(memory) as opened:
        assert opened.verify() == []
        return {
            info.id: " ".join(passage.text for passage in opened.passages(info.id))
            for info in opened.documents()
        }


def test_the_report_keeps_the_contract(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    memory = tmp_path / "m"
    first = cli("index", corpus, "--memory", memory, "--json").json
    assert set(first) >= {
        "documents", "passages", "added", "replaced", "unchanged", "removed", "skipped", "seconds",
    }  # fmt: skip
    assert (first["documents"], first["added"], first["unchanged"]) == (3, 3, 0)
    assert set(held(memory)) == {"warranty.txt", "ferry.md", "river.html"}
    (corpus / "ferry.md").write_text("The ferry costs 95 crowns now.", encoding="utf-8")
    (corpus / "river.html").unlink()
    again = cli("index", corpus, "--memory", memory, "--json").json
    assert (again["added"], again["replaced"], again["unchanged"]) == (0, 1, 1)
    pruned = cli("index", corpus, "--memory", memory, "--prune", "--workers", "2", "--json").json
    assert (pruned["unchanged"], pruned["removed"]) == (2, 1)
    assert set(held(memory)) == {"warranty.txt", "ferry.md"}


def test_several_workers_encode(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    small = ("--encoder", "hash-32", "--json")
    for workers in ("1", "2"):
        memory = tmp_path / workers
        done = cli("index", corpus, "--memory", memory, "--workers", workers, *small).json
        assert (done["added"], done["skipped"]) == (3, 0)
    assert held(tmp_path / "1") == held(tmp_path / "2")


@pytest.mark.parametrize(
    "workers", ["0", "-1", "65", "2.5", "two", "ray://", "ray://here", "http://here:10001"]
)
def test_workers_that_there_cannot_be_are_refused_in_a_line(
    cli: Cli, corpus: Path, tmp_path: Path, workers: str
) -> None:
    refused = cli("index", corpus, "--memory", tmp_path / "m", "--workers", workers).complaint
    assert "index.workers: give 1 to 64 processes, ray, or ray://HOST:PORT" in refused
    assert workers in refused
    assert not (tmp_path / "m").exists()


def test_the_report_for_people_is_one_line(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    done = cli("index", corpus, "--memory", tmp_path / "m")
    assert done.code == 0
    (line,) = done.out.splitlines()
    assert "documents 3" in line


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.txt", None),
        ("empty.txt", b""),
        ("blank.md", b" \n\t\n"),
        ("binary.txt", bytes(range(256)) * 8),
        ("cut.txt", "Größe und Maß".encode() + b"\xc3"),
        ("cut.jsonl", '{"id": "1", "text": "Größe'.encode() + b'\xff"}\n'),
        ("noise.pdf", b"%PDF-1.7 and then noise"),
        ("noise.docx", b"PK\x03\x04 and then noise"),
        ("noise.parquet", b"PAR1 and then noise"),
        ("cut.jsonl.gz", b"\x1f\x8b\x08\x00 and then noise"),
        ("noise.jsonl.zst", b"\x28\xb5\x2f\xfd and then noise"),
        ("columns.csv", b"a,b\n1,2\n"),
        ("strange.xyz", b"A text in a format of its own."),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    cli: Cli, tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert name in cli("index", tmp_path / name, "--memory", tmp_path / "m").complaint
    assert not (tmp_path / "m").exists()


def test_nothing_to_index_is_said(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "nothing to index" in cli("index", "--memory", tmp_path / "m").complaint
    assert "folder" in cli("index", tmp_path / "folder", "--memory", tmp_path / "m").complaint
    assert "--memory" in cli("index", tmp_path / "folder").complaint


def test_malformed_json_is_named_by_its_line(cli: Cli, tmp_path: Path) -> None:
    rows: list[object] = [row(i) for i in range(1, 31)]
    rows[16] = '{"id": "d17", "text": '
    path, memory = lines(tmp_path / "lamps.jsonl", rows), tmp_path / "m"
    assert "lamps.jsonl:17" in cli("index", path, "--memory", memory).complaint
    done = cli("index", path, "--memory", memory, "--skip-bad", "--json")
    assert "lamps.jsonl:17" in done.err
    assert (done.json["documents"], done.json["skipped"]) == (29, 1)
    assert set(held(memory)) == {f"d{i}" for i in range(1, 31)} - {"d17"}
    rows[16] = row(17)
    mended = cli("index", lines(path, rows), "--memory", memory, "--json").json
    assert (mended["added"], mended["unchanged"], mended["skipped"]) == (1, 29, 0)


def test_what_cannot_be_read_this_time_is_not_pruned(
    cli: Cli, corpus: Path, tmp_path: Path
) -> None:
    path, memory = lines(corpus / "lamps.jsonl", [row(1), row(2)]), tmp_path / "m"
    cli("index", corpus, "--memory", memory)
    lines(path, [row(1), '{"id": "d2", "text": '])
    (corpus / "warranty.txt").write_bytes("Größe und Maß".encode() + b"\xff")
    (corpus / "river.html").unlink()
    done = cli("index", corpus, "--memory", memory, "--prune", "--skip-bad", "--json").json
    assert (done["removed"], done["skipped"]) == (1, 2)
    assert set(held(memory)) == {"warranty.txt", "ferry.md", "d1", "d2"}


def test_a_renamed_folder_is_pruned_where_it_lies_now(
    cli: Cli, corpus: Path, tmp_path: Path
) -> None:
    memory, new = tmp_path / "m", tmp_path / "new"
    cli("index", corpus, "--memory", memory)
    corpus.rename(new)
    assert cli("index", new, "--memory", memory, "--json").json["unchanged"] == 3
    corpus.mkdir()
    (corpus / "other.txt").write_text("Dogs travel free.", encoding="utf-8")
    cli("index", corpus, "--memory", memory, "--prune")
    assert len(held(memory)) == 4
    (new / "river.html").unlink()
    cli("index", new, "--memory", memory, "--prune")
    assert set(held(memory)) == {"warranty.txt", "ferry.md", "other.txt"}


CAREFUL = (
    "setpriv",
    *(f"--{s}=-dac_override,-dac_read_search" for s in ("bounding-set", "inh-caps")),
)
"""Before a command: the superuser may read no more than others."""


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="reads everything")
def test_what_lies_in_an_unreadable_folder_is_not_taken_for_gone(
    cli: Cli, corpus: Path, tmp_path: Path
) -> None:
    memory, inner = tmp_path / "m", corpus / "inner"
    inner.mkdir()
    (inner / "dogs.txt").write_text("Dogs travel free.", encoding="utf-8")
    cli("index", corpus, "--memory", memory)
    (corpus / "ferry.md").unlink()
    inner.chmod(0)
    words = [*(CAREFUL if os.geteuid() == 0 else ()), sys.executable, "-m", "spanmem", "index"]
    words += [str(corpus), "--memory", str(memory), "--encoder", "hash-256", "--prune"]
    try:
        refused, done = (
            subprocess.run([*words, *more], cwd=ROOT, capture_output=True, text=True, check=False)
            for more in ([], ["--skip-bad"])
        )
    finally:
        inner.chmod(0o700)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert f"{inner}: cannot be read" in refused.stderr
    assert (done.returncode, f"skipped: {inner}: cannot be" in done.stderr) == (0, True)
    assert set(held(memory)) == {"warranty.txt", "river.html", "inner/dogs.txt"}


def test_files_of_one_name_in_two_folders(cli: Cli, tmp_path: Path) -> None:
    first, second, memory = tmp_path / "c" / "A", tmp_path / "c" / "B", tmp_path / "m"
    for folder, price in ((first, 3), (second, 4)):
        folder.mkdir(parents=True)
        (folder / "lamp.md").write_text(f"The lamp costs {price} euros.", encoding="utf-8")
    for paths in ([first, second], [second]):  # in one run, and in another
        complaint = cli("index", *paths, "--memory", memory).complaint
        assert f"{first / 'lamp.md'} and for another in {second / 'lamp.md'}" in complaint
        assert f"index {tmp_path / 'c'}, the folder above both, with --prune" in complaint
        cli("index", first, "--memory", memory)
        assert held(memory) == {"lamp.md": "The lamp costs 3 euros."}
    cli("index", tmp_path / "c", "--prune", "--memory", memory)
    assert set(held(memory)) == {"A/lamp.md", "B/lamp.md"}


def test_an_empty_path_is_not_the_current_folder(cli: Cli, tmp_path: Path) -> None:
    assert "a path is empty" in cli("index", "", "--memory", tmp_path / "m").complaint


def test_no_number_of_a_document_keeps_others_from_being_found(cli: Cli, tmp_path: Path) -> None:
    rows = [row(1, lang="en"), row(2, lang="en", score=float("nan"))]
    memory = tmp_path / "m"
    cli("index", lines(tmp_path / "lamps.jsonl", rows), "--memory", memory)
    answer = cli(
        "ask", "What does Lamp 1 cost?", "--where", "lang=en", "--memory", memory, "--json"
    ).json
    assert answer["answers"][0]["source"]["document"] == "d1"


@pytest.mark.parametrize(
    "bad", [{"id": "x"}, {"id": "x", "text": 3}, {"id": "x", "text": None}, ["a"], 7]
)
def test_a_row_without_text_is_named_by_its_line(cli: Cli, tmp_path: Path, bad: object) -> None:
    path, memory = lines(tmp_path / "lamps.jsonl", [row(1), bad, row(3)]), tmp_path / "m"
    assert "lamps.jsonl:2" in cli("index", path, "--memory", memory).complaint
    done = cli("index", path, "--memory", memory, "--skip-bad", "--json").json
    assert (done["documents"], done["skipped"]) == (2, 1)


def test_one_id_with_two_texts_is_refused(cli: Cli, tmp_path: Path) -> None:
    rows = [row(1), row(2), row(1, text="Quite another text.")]
    path = lines(tmp_path / "lamps.jsonl", rows)
    complaint = cli("index", path, "--memory", tmp_path / "m").complaint
    assert "lamps.jsonl:1" in complaint
    assert "lamps.jsonl:3" in complaint
    same = lines(tmp_path / "same.jsonl", [row(1), row(2), row(1)])
    assert cli("index", same, "--memory", tmp_path / "n", "--json").json["documents"] == 2


def test_equal_texts_from_two_documents_both_survive(cli: Cli, tmp_path: Path) -> None:
    text = "The lamp costs 7 crowns."
    path = lines(tmp_path / "a.jsonl", [row(1, text=text), row(2, text=text)])
    memory = tmp_path / "m"
    assert cli("index", path, "--memory", memory, "--json").json["documents"] == 2
    assert held(memory) == {"d1": text, "d2": text}
    best = cli("ask", "What does the lamp cost?", "--memory", memory, "--json").json["answers"][0]
    places = {best["source"]["document"], *(place["document"] for place in best["support"])}
    assert places == {"d1", "d2"}


def test_ids_of_any_kind_survive(cli: Cli, tmp_path: Path) -> None:
    ids = ["a b", "line\nbreak", "🚗", "tab\tand 'quotes\"", "../up", "%s", "ид", " edge "]
    rows = [row(i, id=name) for i, name in enumerate(ids, start=1)]
    memory = tmp_path / "m"
    cli("index", lines(tmp_path / "a.jsonl", rows), "--memory", memory)
    assert set(held(memory)) == set(ids)
    again = cli("index", tmp_path / "a.jsonl", "--memory", memory, "--json").json
    assert again["unchanged"] == len(ids)
    answer = cli("ask", "What does Lamp 3 cost?", "--memory", memory, "--json").json
    assert "🚗" in {a["source"]["document"] for a in answer["answers"]}


def test_a_document_of_one_word(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("Aardvark", encoding="utf-8")
    memory = tmp_path / "m"
    assert cli("index", tmp_path / "one.txt", "--memory", memory, "--json").json["passages"] == 1
    (answer,) = cli("ask", "Which animal?", "--memory", memory, "--json").json["answers"]
    assert (answer["source"]["start"], answer["source"]["end"], answer["text"]) == (
        0,
        8,
        "Aardvark",
    )


NOWHERE = ["file.txt", "file.txt/m", *(["/proc/lamps"] if Path("/proc/self").exists() else [])]
"""Places where not even the superuser can make a folder; `file.txt` is a file."""


@pytest.mark.parametrize("place", NOWHERE)
def test_a_place_that_cannot_be_written_is_named(
    cli: Cli, corpus: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file.txt").write_text("in the way", encoding="utf-8")
    assert place in cli("index", corpus, "--memory", tmp_path / place).complaint
    assert (tmp_path / "file.txt").read_text(encoding="utf-8") == "in the way"


def test_a_folder_of_other_things_is_left_alone(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in corpus.iterdir()}
    assert "corpus" in cli("index", corpus, "--memory", corpus).complaint
    assert {path.name: path.read_bytes() for path in corpus.iterdir()} == before


def test_another_encoder_is_refused(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    memory = tmp_path / "m"
    cli("index", corpus, "--memory", memory)
    before = held(memory)
    complaint = cli("index", corpus, "--memory", memory, "--encoder", "hash-128").complaint
    assert "hash-256" in complaint
    assert "hash-128" in complaint
    assert held(memory) == before


def start(folder: Path, *words: object, limit: int | None = None) -> subprocess.Popen[str]:
    """`spanmem index` in a process of its own; no file of it may grow beyond `limit` bytes."""

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "spanmem", "index", *map(str, words)]
    return subprocess.Popen(
        [*command, "--memory", str(folder), "--encoder", "hash-256", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
    )


def test_a_full_disk_loses_nothing(cli: Cli, tmp_path: Path) -> None:
    few = lines(tmp_path / "few.jsonl", [row(i) for i in range(5)])
    many = lines(tmp_path / "many.jsonl", [row(i) for i in range(3000)])
    memory = tmp_path / "m"
    cli("index", few, "--memory", memory)
    process = start(memory, many, limit=600_000)
    out, err = process.communicate()
    assert (process.returncode, out) == (2, ""), err
    assert len(err.splitlines()) == 1
    assert {f"d{i}" for i in range(5)} <= set(held(memory))
    done = cli("index", many, "--memory", memory, "--json").json
    assert done["added"] + done["unchanged"] == 3000
    assert set(held(memory)) == {f"d{i}" for i in range(3000)}


def test_after_ctrl_c_the_next_run_goes_on(cli: Cli, tmp_path: Path) -> None:
    count = 8_000  # many more than are stored at a time
    corpus = lines(tmp_path / "many.jsonl", [row(i) for i in range(count)])
    memory = tmp_path / "m"
    process = start(memory, corpus)
    wait_for(lambda: process.poll() is not None or stored(memory) > 0)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (130, ""), err
    assert err.splitlines()[-1].startswith("spanmem: interrupted")
    kept = len(held(memory))
    assert 0 < kept < count
    done = cli("index", corpus, "--memory", memory, "--json").json
    assert (done["unchanged"], done["added"]) == (kept, count - kept)


def stored(memory: Path) -> int:
    """Passages in a memory that another process may just be making.

    Asked of the rows: opening it would build views of what came since, while the other goes on.
    """
    try:
        with closing(sqlite3.connect(f"file:{memory / 'rows.sqlite'}?mode=ro", uri=True)) as rows:
            counted = rows.execute("SELECT count(*) FROM passages WHERE generation >= 0").fetchone()
    except sqlite3.Error:
        return 0
    return int(counted[0])


def wait_for(ready: Callable[[], bool]) -> None:
    while not ready():
        time.sleep(0.05)


@pytest.mark.slow
def test_a_document_of_100_megabytes(cli: Cli, tmp_path: Path) -> None:
    sentence = "The lamp number {} stands in the hall of the old lighthouse by the sea. "
    with (tmp_path / "huge.txt").open("w", encoding="utf-8") as out:
        for number in range(1_400_000):
            out.write(sentence.format(number))
    assert (tmp_path / "huge.txt").stat().st_size > 100_000_000
    process = start(tmp_path / "m", tmp_path / "huge.txt")
    out_text, err = process.communicate()
    assert process.returncode == 0, err
    assert json.loads(out_text)["documents"] == 1
    answer = cli("ask", "Where is lamp number 1399999?", "--memory", tmp_path / "m", "--json").json
    source = answer["answers"][0]["source"]
    with (tmp_path / "huge.txt").open(encoding="utf-8") as text:
        text.seek(source["start"])
        assert text.read(source["end"] - source["start"]) == source["text"]


def test_what_is_passed_over_is_told_on_stderr(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    for name in ("a.xyz", "b.xyz", "c.mp4"):
        (corpus / name).write_bytes(b"x")
    (corpus / "old.txt").write_bytes("Größe und Maß.".encode("cp1252"))
    (corpus / "empty.md").touch()
    done = cli("index", corpus, "--memory", tmp_path / "m")
    assert "passed over: 3 files of kinds that are not read (.xyz 2, .mp4 1)" in done.err
    assert "passed over: 1 file without use (empty 1)" in done.err
    assert "old.txt: read as windows-1252" in done.err


def test_a_memory_in_its_own_corpus_is_left_out(cli: Cli, corpus: Path) -> None:
    memory = corpus / "m"
    for options in ([], [], ["--prune"], ["--skip-bad"]):
        done = cli("index", corpus, "--memory", memory, *options, "--json").json
        assert (done["documents"], done["removed"], done["skipped"]) == (3, 0, 0)


def test_an_empty_memory_says_so(cli: Cli, corpus: Path, tmp_path: Path) -> None:
    memory = tmp_path / "m"
    cli("index", corpus, "--memory", memory)
    for path in corpus.iterdir():  # one after the other: all at once may be a disk that is gone
        path.unlink()
        cli("index", corpus, "--memory", memory, "--prune")
    assert "nothing is indexed in" in cli("ask", "Who pays?", "--memory", memory).err


def test_a_small_bomb_is_refused_in_one_line(cli: Cli, tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb", 1) as out:
        for _ in range(70):
            out.write(b" " * ((1 << 20) - 1) + b"\n")
    packed = path.read_bytes()
    path.write_bytes(packed * 3)
    complaint = cli("index", path, "--memory", tmp_path / "m").complaint
    assert "it unpacks to more than" in complaint
