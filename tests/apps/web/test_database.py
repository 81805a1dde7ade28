"""The service's own database: whole transactions, private, overwritten, of a numbered format."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from spanmem.apps.web.database import FILE, Database, data_folder, sole_use
from spanmem.apps.web.schema import STEPS
from spanmem.core.errors import FormatTooNew, InputError, StorageError
from spanmem.pipeline.settings import Settings
from tests.apps.raw_bytes import files_with

AUDIT = "INSERT INTO audit VALUES (?, 't', '', '', '', '', '', '', '', '')"


def ids(database: Database) -> list[str]:
    with database.read() as connection:
        return [row["id"] for row in connection.execute("SELECT id FROM audit ORDER BY id")]


def test_a_transaction_is_done_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database(tmp_path / FILE)
    with pytest.raises(sqlite3.IntegrityError), database.write() as connection:
        connection.executemany(AUDIT, [("a",), ("a",)])
    assert ids(database) == []
    with database.write() as connection:
        connection.execute(AUDIT, ("b",))
    database.close()
    database.close()
    again = Database(tmp_path / FILE)
    assert ids(again) == ["b"]
    again.close()


def test_every_transaction_waits_for_the_disk_but_those_that_say_otherwise(tmp_path: Path) -> None:
    database, full, normal = Database(tmp_path / FILE), 2, 1

    def level(connection: sqlite3.Connection) -> int:
        (value,) = connection.execute("PRAGMA synchronous").fetchone()
        return int(value)

    with database.write(waits=False) as connection:
        assert level(connection) == normal
        connection.execute(AUDIT, ("a",))
    with pytest.raises(ZeroDivisionError), database.write(waits=False):
        raise ZeroDivisionError
    with database.write() as connection:
        assert level(connection) == full
    assert ids(database) == ["a"]
    database.close()


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    database = Database(tmp_path / FILE)
    with database.write() as connection:
        connection.execute(AUDIT, ("a",))
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    database.close()


def test_what_is_deleted_is_in_no_file_any_more(tmp_path: Path) -> None:
    database, canary = Database(tmp_path / FILE), "canary-9f1c"
    with database.write() as connection:
        connection.execute(AUDIT, (canary,))
    assert files_with(tmp_path, canary)
    with database.write() as connection:
        connection.execute("DELETE FROM audit")
    database.checkpoint()
    assert files_with(tmp_path, canary) == []
    database.close()


def test_many_threads_write_and_read_at_once(tmp_path: Path) -> None:
    database, faults = Database(tmp_path / FILE), list[Exception]()

    def work(number: int) -> None:
        try:
            for at in range(5):
                with database.write() as connection:
                    connection.execute(AUDIT, (f"{number}-{at}",))
                ids(database)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(ids(database)) == 40
    database.close()


def test_a_newer_format_is_refused_and_an_older_one_brought_up(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 0")
    connection.close()
    Database(path).close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    connection.close()
    with pytest.raises(FormatTooNew, match="pip install -U"):
        Database(path)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"these are no rows, but words" * 100)
    with pytest.raises(StorageError, match="not a database"):
        Database(tmp_path / FILE)
    with pytest.raises(StorageError):
        Database(tmp_path / "nowhere" / FILE)


def test_a_slip_in_sql_is_a_fault_and_no_refusal_of_the_disk(tmp_path: Path) -> None:
    database = Database(tmp_path / FILE)
    with pytest.raises(sqlite3.OperationalError), database.write() as connection:
        connection.execute("SELECT nothing FROM nowhere")
    database.close()


def test_the_data_folder_is_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_folder(Settings()) == tmp_path / "spanmem-data"
    assert data_folder(Settings.load({"service": {"data": "/srv/x"}})) == Path("/srv/x")


def test_a_data_folder_is_served_once_at_a_time(tmp_path: Path) -> None:
    with (
        sole_use(tmp_path / "data"),
        pytest.raises(InputError, match="served already, by process"),
        sole_use(tmp_path / "data"),
    ):
        pytest.fail("two serve one folder")
    with sole_use(tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_opening_it_again_lets_go_of_no_lock(tmp_path: Path) -> None:
    first = Database(tmp_path / FILE)
    with first.write() as connection:
        connection.execute(AUDIT, ("a",))
    Database(tmp_path / FILE).close()
    # Another process that believes it is the last one would take the log away on leaving.
    program = f"import sqlite3; c = sqlite3.connect({str(tmp_path / FILE)!r}); "
    program += "c.execute('SELECT count(*) FROM audit').fetchone(); c.close()"
    subprocess.run([sys.executable, "-I", "-c", program], check=True)
    assert (tmp_path / f"{FILE}-wal").exists()
    first.close()
