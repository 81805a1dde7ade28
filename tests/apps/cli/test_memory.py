"""`spanmem memory`: what a memory holds, whether it is sound, what was said in a scope."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spanmem.apps.cli.memory import turn_line
from spanmem.core.records import Evidence, Turn
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.pipeline.qa import QA
from spanmem.reader.overlap import OverlapReader

if TYPE_CHECKING:
    from tests.conftest import Cli
    from tests.servers import NameMemory

QUESTION = "How long does the warranty of the lamp last?"


@pytest.fixture
def memory(cli: Cli, corpus: Path, tmp_path: Path) -> Path:
    """A memory of the small corpus."""
    cli("index", corpus, "--memory", tmp_path / "m")
    return tmp_path / "m"


def test_stats_tell_sizes_and_encoder(cli: Cli, memory: Path) -> None:
    table = cli("memory", "stats", "--memory", memory, "--json").json
    assert (table["documents"], table["passages"], table["turns"]) == (3, 3, 0)
    assert (table["encoder"], table["dim"]) == ("hash-256", 256)
    lines = cli("memory", "stats", "--memory", memory).out.splitlines()
    assert ["documents", "3"] in [line.split() for line in lines]


def test_a_sound_memory_is_clean(cli: Cli, memory: Path) -> None:
    table = cli("memory", "verify", "--memory", memory, "--json").json
    assert table == {"clean": True, "problems": []}
    assert cli("memory", "verify", "--memory", memory).out == "clean\n"


def test_what_contradicts_itself_is_told_with_code_1(cli: Cli, memory: Path) -> None:
    with closing(sqlite3.connect(memory / "rows.sqlite")) as rows, rows:
        rows.execute("UPDATE passages SET text = 'Quite another text.' WHERE number = 1")
    done = cli("memory", "verify", "--memory", memory, "--json")
    assert done.code == 1
    assert not json.loads(done.out)["clean"]
    assert len(cli("memory", "verify", "--memory", memory).out.splitlines()) >= 1


def test_history_shows_what_was_corrected(
    cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{QUESTION}\n/correct Five years\n"))
    cli("chat", "--memory", memory, "--scope", "ann")
    table = cli("memory", "history", "--memory", memory, "--scope", "ann", "--json").json
    first, second = table["turns"]
    assert (table["scope"], first["question"]) == ("ann", QUESTION)
    assert first["superseded_by"] == second["id"]
    assert (second["kind"], second["answer"]) == ("correction", "Five years")
    lines = cli("memory", "history", "--memory", memory, "--scope", "ann").out.splitlines()
    assert "superseded" in lines[0]
    assert "Five years" in lines[1]
    exported = cli("memory", "export", "--memory", memory, "--scope", "ann").out.splitlines()
    assert [json.loads(line) for line in exported] == table["turns"]
    before = ("--as-of", first["created_at"])
    (then,) = cli(
        "memory", "history", "--memory", memory, "--scope", "ann", *before, "--json"
    ).json["turns"]
    assert then["superseded_by"] is None
    assert cli("memory", "history", "--memory", memory, "--scope", "bob").out == ""


def test_a_correction_is_withdrawn_by_its_turn_or_the_latest(cli: Cli, memory: Path) -> None:
    scope = ("--memory", memory, "--scope", "ann")
    with QA(memory, encoder=HashEncoder(), reader=OverlapReader()) as qa:
        chat = qa.session("ann")
        first = chat.correct("Who made the lamp?", "Bo")
        chat.correct("What does the lamp cost?", "Nine euros")
    done = cli("memory", "withdraw", *scope, "--turn", first.id)
    assert done.code == 0
    assert "Who made the lamp?  not: Bo  (withdrawal" in done.out
    taken_back = cli("memory", "withdraw", *scope, "--json").json
    assert (taken_back["kind"], taken_back["question"]) == (
        "withdrawal",
        "What does the lamp cost?",
    )
    for words in ((), ("--turn", first.id), ("--turn", "gone")):
        again = cli("memory", "withdraw", *scope, *words)
        assert again.code == 2
        assert again.complaint
    history = cli("memory", "history", *scope).out.splitlines()
    assert len(history) == 6  # what the passages answered, what was told instead, and the way back


def test_a_turn_is_one_line_that_steers_no_terminal(cli: Cli, memory: Path) -> None:
    with QA(memory, encoder=HashEncoder(), reader=OverlapReader()) as qa:
        qa.session("ann").correct(QUESTION, "Five\nyears \x1b]0;evil\x07", author="a\x1bnn")
    history = cli("memory", "history", "--memory", memory, "--scope", "ann").out.splitlines()
    assert len(history) == 2  # what the passages answered, and what was told instead
    line = history[-1]
    assert line.isprintable()
    assert line.endswith(f"{QUESTION}  Five years  ]0;evil   (correction by a nn)")


def test_past_turns_become_training_rows(
    cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"{QUESTION}\n/correct the bulb\n{QUESTION}\nWho is the king?\n/correct Harald\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(said))
    cli("chat", "--memory", memory, "--scope", "ann")
    export = ("memory", "export", "--memory", memory, "--scope", "ann", "--squad")
    table = cli(*export, "--json").json
    (row,) = table["rows"]
    assert (row["question"], row["answers"]["text"]) == (QUESTION, ["the bulb"])
    (start,) = row["answers"]["answer_start"]
    assert row["context"][start:].startswith("the bulb")
    assert table["left_out"] == 2  # answered from memory; no passage says Harald
    done = cli(*export)
    assert [json.loads(line) for line in done.out.splitlines()] == table["rows"]
    assert done.err.startswith("2 turns have no answer")


def test_a_damaged_memory_is_recovered(cli: Cli, memory: Path) -> None:
    assert cli("memory", "recover", "--memory", memory, "--json").json["kept"] == ""
    with closing(sqlite3.connect(memory / "rows.sqlite")) as rows:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = 'turn_vectors_changed'"
        (page,) = rows.execute(sql).fetchone()
    with (memory / "rows.sqlite").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    complaint = cli("ask", QUESTION, "--memory", memory).complaint
    assert f"spanmem memory recover --memory {memory}" in complaint
    table = cli("memory", "recover", "--memory", memory, "--json").json
    assert (table["documents"], table["lost_passages"], table["incomplete"]) == (3, 0, [])
    assert Path(table["kept"]).is_dir()
    assert cli("memory", "verify", "--memory", memory).out == "clean\n"
    assert "is damaged" in _recovered_again(cli, memory)


def test_recovering_names_documents_in_one_line_each(cli: Cli, memory: Path) -> None:
    with closing(sqlite3.connect(memory / "rows.sqlite")) as rows, rows:
        rows.execute("UPDATE documents SET id = 'evil' || char(27, 10) || 'b' WHERE number = 1")
    lines = cli("memory", "recover", "--memory", memory).out.splitlines()
    assert "incomplete, index it again: evil  b" in lines


def _recovered_again(cli: Cli, memory: Path) -> str:
    (memory / "rows.sqlite").write_bytes(b"\xa5" * 9999)
    assert "earlier recovery" in cli("memory", "recover", "--memory", memory).complaint
    (memory / "damaged" / "rows.sqlite").unlink()
    return cli("memory", "recover", "--memory", memory).complaint


@pytest.mark.parametrize("command", ["stats", "verify", "history", "export", "recover"])
def test_what_is_no_memory_is_named(cli: Cli, corpus: Path, command: str) -> None:
    assert "corpus" in cli("memory", command, "--memory", corpus).complaint
    assert "--memory" in cli("memory", command).complaint


@pytest.mark.parametrize("words", [("memory", "stats"), ("ask", "Who?"), ("index", "CORPUS")])
def test_a_newer_format_is_refused(
    cli: Cli, corpus: Path, memory: Path, words: tuple[str, ...]
) -> None:
    with closing(sqlite3.connect(memory / "rows.sqlite")) as rows, rows:
        rows.execute("PRAGMA user_version = 99")
    arguments = [corpus if word == "CORPUS" else word for word in words]
    complaint = cli(*arguments, "--memory", memory).complaint
    assert "format 99" in complaint
    assert "pip install -U spanmem" in complaint


def test_a_document_is_forgotten_for_good(cli: Cli, memory: Path) -> None:
    for question in (QUESTION, QUESTION):
        cli("ask", question, "--memory", memory, "--scope", "ann")
    words = ("memory", "forget", "--memory", memory, "--document", "warranty.txt", "--json")
    assert cli(*words).json == {"documents": 1, "turns": 2}
    assert "no document 'warranty.txt'" in cli(*words).complaint
    held = b"".join(p.read_bytes() for p in memory.rglob("*") if p.is_file())
    assert b"does not cover the bulb" not in held
    assert cli("memory", "verify", "--memory", memory).out == "clean\n"


def test_a_follow_up_is_forgotten_with_what_it_took_over(
    cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{QUESTION}\nHow much does it cost?\n"))
    cli("chat", "--memory", memory, "--scope", "ann")
    of = ("--memory", memory, "--scope", "ann", "--json")
    first, then = cli("memory", "history", *of).json["turns"]
    assert then["question"].startswith("How much does it cost?")
    assert cli("memory", "forget", *of, "--turn", first["id"]).json["turns"] == 2


TURN = Turn(
    id="t",
    scope="ann",
    question="How much does it cost?",
    answer="90 crowns",
    kind="answer",
    confidence=0.9,
    created_at="2026-11-23T20:21:22.000000+00:00",
)


def test_a_turn_shows_its_question_as_asked_and_what_was_carried_to_it_apart() -> None:
    start = "2026-11-23 20:21  How much does it cost?"
    assert turn_line(TURN) == f"{start}  90 crowns  (answer)"
    follow_up = replace(TURN, carried=("lamp", "war\x1branty"), superseded_by="x")
    place = Evidence(
        document="a.pdf", start=0, end=1, text="9", passage="k", passage_text="9", page=5
    )
    assert turn_line(replace(TURN, evidence=(place,))).endswith("(answer, a.pdf, page 5)")
    assert turn_line(follow_up) == (
        f"{start} (with: lamp war ranty)  90 crowns  (answer, superseded)"
    )
    abstained = replace(TURN, answer=None, kind="imported", author="bob")
    assert turn_line(abstained) == f"{start}  I do not know.  (imported by bob)"


def test_history_and_export_keep_what_was_carried_under_a_key_of_its_own(
    cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def turns(*_: object, **__: object) -> list[Turn]:
        return [replace(TURN, carried=("lamp", "warranty"))]

    monkeypatch.setattr("spanmem.memory.store.Memory.turns", turns)
    of = ("--memory", memory, "--scope", "ann")
    (in_history,) = cli("memory", "history", *of, "--json").json["turns"]
    exported = json.loads(cli("memory", "export", *of).out)
    for turn in (in_history, exported):
        assert turn["question"] == "How much does it cost?"
        assert turn["carried"] == ["lamp", "warranty"]


def test_a_damaged_turn_is_told_in_one_line(cli: Cli, memory: Path) -> None:
    cli("ask", QUESTION, "--memory", memory, "--scope", "ann")
    with closing(sqlite3.connect(memory / "rows.sqlite")) as rows, rows:
        rows.execute("UPDATE turns SET evidence = 'nope'")
    for words in (("memory", "history"), ("ask", QUESTION)):
        done = cli(*words, "--memory", memory, "--scope", "ann")
        assert "memory recover" in done.complaint
    assert cli("memory", "verify", "--memory", memory).code == 1
    assert cli("memory", "recover", "--memory", memory, "--json").json["lost_turns"] == 1


def test_turns_are_forgotten_by_scope(cli: Cli, memory: Path) -> None:
    cli("ask", QUESTION, "--memory", memory, "--scope", "ann")
    forget = ("memory", "forget", "--memory", memory)
    assert "nothing to forget" in cli(*forget).complaint
    assert "name their scope" in cli(*forget, "--before", "2027-01-01").complaint
    for command, option in (("forget", "--before"), ("history", "--as-of")):
        words = ("memory", command, "--memory", memory, "--scope", "ann", option, "tomorrow")
        assert "'tomorrow' is no time" in cli(*words).complaint
    assert "under scope 'bob', so nothing" in cli(*forget, "--scope", "bob").complaint
    assert "no turn 'nope' in" in cli(*forget, "--scope", "ann", "--turn", "nope").complaint
    assert cli(*forget, "--scope", "ann", "--before", "2001-01-01", "--json").json["turns"] == 0
    assert cli(*forget, "--scope", "ann", "--json").json["turns"] == 1


def test_compact_tells_what_it_gave_back(cli: Cli, memory: Path) -> None:
    table = cli("memory", "compact", "--memory", memory, "--json").json
    assert set(table) == {"bytes", "bytes_before"}
    assert cli("memory", "stats", "--memory", memory, "--json").json["documents"] == 3


def test_the_kind_of_index_is_chosen_and_noted(cli: Cli, memory: Path, tmp_path: Path) -> None:
    compact = ("memory", "compact", "--memory", memory)
    cli(*compact, "--kind", "hnsw")
    about = cli("memory", "stats", "--memory", memory, "--json").json["index"]
    assert (about["wanted"], about["passages"]) == ("hnsw", {"flat": 3})  # so few are compared
    (tmp_path / "mine.yaml").write_text("index:\n  kind: ivfpq\n", encoding="utf-8")
    cli(*compact, "--config", tmp_path / "mine.yaml")
    assert cli("memory", "stats", "--memory", memory, "--json").json["index"]["wanted"] == "ivfpq"
    assert "index.kind: Input should be 'auto', 'flat'" in cli(*compact, "--kind", "tree").complaint


def test_a_memory_is_copied_to_a_server_and_asked_there(
    cli: Cli, memory: Path, tmp_path: Path, postgres: NameMemory
) -> None:
    address = postgres(tmp_path)
    asked = ("ask", QUESTION, "--scope", "ann", "--json", "--encoder", "hash-256", "--memory")
    answer = cli(*asked, memory).json
    report = cli("memory", "copy", memory, address, "--json").json
    assert (report["documents"], report["turns"], report["already_there"]) == (3, 1, 0)
    assert cli("memory", "copy", memory, address, "--json").json["already_there"] == 3
    (again,) = cli(*asked, address).json["answers"]  # remembered, with the copied turn
    assert (again["text"], again["kind"]) == (answer["answers"][0]["text"], "memory")
    assert cli("memory", "verify", "--memory", address).out == "clean\n"
    cli("memory", "compact", "--memory", address, "--kind", "flat")
    history = cli("memory", "history", "--memory", address, "--scope", "ann", "--json").json
    assert len(history["turns"]) == 2
    forgotten = cli("memory", "forget", "--memory", address, "--document", "warranty.txt", "--json")
    assert forgotten.json == {"documents": 1, "turns": 2}
    stats = cli("memory", "stats", "--memory", address, "--json").json
    assert (stats["documents"], stats["turns"]) == (2, 0)


def test_no_command_shows_a_password(
    cli: Cli, corpus: Path, tmp_path: Path, postgres: NameMemory
) -> None:
    address = postgres(tmp_path, password="Geheim7")
    told = [cli("index", corpus, "--memory", address)]
    told += [cli("memory", name, "--memory", address) for name in ("stats", "verify", "recover")]
    told.append(cli("memory", "compact", "--memory", address, "--kind", "ivfpq"))
    told.append(cli("ask", QUESTION, "--memory", address, "--encoder", "hash-512"))
    told.append(cli("ask", QUESTION, "--memory", address.replace("memory=", "memory=x")))
    for url in ("mysql://a:Geheim7@h/db", "postgresql://a:Geheim7@127.0.0.1:1/db"):
        told += [cli("ask", QUESTION, "-m", url), cli("index", corpus, "-m", url)]
    assert [done.code for done in told] == [0, 0, 0, *[2] * 8]
    assert all("Geheim7" not in done.out + done.err for done in told)
    assert all(done.complaint for done in told[3:])
