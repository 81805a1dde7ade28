"""`spanmem keys`: whoever owns the data folder is never locked out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spanmem.apps.web.database import FILE, Database
from spanmem.apps.web.errors import Unauthorized
from spanmem.apps.web.keys import Keys
from spanmem.apps.web.rights import Kind
from spanmem.apps.web.sessions import Sessions
from spanmem.apps.web.signin import note_address

if TYPE_CHECKING:
    from tests.conftest import Cli


def test_keys_are_made_listed_replaced_and_ended(cli: Cli, tmp_path: Path) -> None:
    data = ("--data", tmp_path / "data")
    made = cli(
        "keys", "add", "--kind", "ask", "--name", "shop", "--memory", "support",
        "--prefix", "shop/", "--where", "lang=en", "--expires", "2099-01-01", *data,
    )  # fmt: skip
    assert made.code == 0, made.err
    token = made.out.strip()
    assert token.startswith("sm_k_")
    assert token not in made.err
    listed = json.loads(cli("keys", "list", "--json", *data).out)["keys"]
    assert [(key["kind"], key["prefix"], key["memories"]) for key in listed] == [
        ("ask", "shop/", ["support"])
    ]
    identifier = listed[0]["id"]
    successor = json.loads(cli("keys", "rotate", identifier, "--json", *data).out)["token"]
    cli("keys", "revoke", identifier, *data)
    text = cli("keys", "list", *data).out
    assert [line.split()[:3] for line in text.splitlines()] == [
        [identifier, "ask", "revoked"],
        [successor[5:15], "ask", "valid"],
    ]
    database = Database(tmp_path / "data" / FILE)
    try:
        assert Keys(database).check(successor).where == {"lang": {"in": ["en"]}}
        with pytest.raises(Unauthorized):
            Keys(database).check(token)
    finally:
        database.close()


def test_a_link_leads_to_where_the_service_was_begun_last(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", tmp_path)
    cli("keys", "add", "--kind", "admin", "--name", "first", *data)

    def base(*words: str) -> str:
        return str(cli("keys", "link", *words, *data).out.partition("/login?once=")[0])

    assert base() == "http://127.0.0.1:8477"
    note_address(tmp_path, "http://127.0.0.1:8901")
    assert base() == "http://127.0.0.1:8901"
    monkeypatch.setenv("SPANMEM_SERVICE__PUBLIC_URL", "https://help.example/qa/")
    assert base() == "https://help.example/qa"
    assert base("--url", "http://help.lan:8825/") == "http://help.lan:8825"


def test_a_key_for_a_memory_that_is_not_there_says_so(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "memories" / "support.memory").mkdir(parents=True)
    add = ("keys", "add", "--kind", "ask", "--name", "shop", "--data", tmp_path)
    made = cli(*add, "--memory", "suport", "--memory", "support")
    assert (made.code, made.out.startswith("sm_k_")) == (0, True)
    assert "no memory 'suport' is in the data folder" in made.err
    assert "did you mean support?" in made.err
    assert "'support'" not in made.err
    assert "no memory" not in cli(*add, "--memory", "support").err
    admin = ("keys", "add", "--kind", "admin", "--name", "Ann", "--data", tmp_path)
    assert "no memory" not in cli(*admin).err


def test_a_link_signs_in_with_the_newest_admin_key_or_the_one_named(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", tmp_path)
    for name in ("first", "second"):
        cli("keys", "add", "--kind", "admin", "--name", name, *data)
    cli("keys", "add", "--kind", "agent", "--name", "Ann", "--memory", "m", *data)
    first = json.loads(cli("keys", "list", "--json", *data).out)["keys"][0]["id"]
    monkeypatch.setenv("SPANMEM_SERVICE__PUBLIC_URL", "https://help.example")
    newest = cli("keys", "link", *data).out.strip()
    named = cli("keys", "link", first, *data).out.strip()
    database = Database(tmp_path / FILE)
    try:
        sessions = Sessions(database, Keys(database))
        for link, name in ((newest, "second"), (named, "first")):
            base, _, token = link.partition("/login?once=")
            assert base == "https://help.example"
            key = sessions.redeem(token)
            assert (key.name, key.kind) == (name, Kind.ADMIN)
    finally:
        database.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list",), "no service keeps its data here"),
        (("link",), "no service keeps its data here"),
        (("revoke", "X"), "no service keeps its data here"),
        (("add", "--kind", "king", "--name", "x"), "known are admin, editor"),
        (("add", "--kind", "ask", "--name", "x"), "which memories"),
        (("add", "--kind", "ask", "--name", "x", "-m", "m", "--where", "x"), "write KEY=VALUE"),
        (("add", "--kind", "ask", "--name", "x", "-m", "m", "--expires", "soon"), "no time"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(
    cli: Cli, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = cli("keys", *words, "--data", tmp_path / "data")
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_an_unknown_key_and_a_service_without_admins_are_told(cli: Cli, tmp_path: Path) -> None:
    cli("keys", "add", "--kind", "metrics", "--name", "x", "--data", tmp_path)
    assert "no key 'X'" in cli("keys", "rotate", "X", "--data", tmp_path).err
    assert "no admin key is valid" in cli("keys", "link", "--data", tmp_path).err
