"""Keys: what is no key is refused, of a key only a hash is kept, and it ends when it should."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web.database import FILE, Database
from spanmem.apps.web.errors import NotFound, Unauthorized
from spanmem.apps.web.keys import Key, Keys, parse_token
from spanmem.apps.web.rights import Kind
from spanmem.core.errors import InputError
from spanmem.core.times import utc
from tests.apps.raw_bytes import files_with


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def keys(folder: Path) -> Iterator[Keys]:
    database = Database(folder / FILE)
    yield Keys(database)
    database.close()


def test_a_key_is_known_by_its_token_alone(keys: Keys, folder: Path) -> None:
    for kind in Kind:
        names = [] if kind is Kind.ADMIN else ["support"]
        key, token = keys.add(kind, "Ann", memories=names)
        assert re.fullmatch(rf"sm_{kind.letter}_[0-9A-Z]{{10}}_[0-9A-Za-z]{{49}}", token)
        assert keys.check(token).id == key.id
        parsed = parse_token(token)
        assert parsed is not None
        assert files_with(folder, key.id)
        assert files_with(folder, parsed[1]) == []


def test_kinds_have_letters_of_their_own() -> None:
    assert len({kind.letter for kind in Kind}) == len(Kind)


@pytest.fixture(scope="module")
def token(keys: Keys) -> str:
    return keys.add(Kind.ADMIN, "Ann")[1]


@given(st.data())
def test_a_token_with_another_character_is_no_key(
    keys: Keys, token: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("abcXYZ019_ -é").filter(lambda c: c != token[at]))
    with pytest.raises(Unauthorized):
        keys.check(token[:at] + other + token[at + 1 :])


@given(st.text(max_size=100))
def test_any_other_text_is_no_key(keys: Keys, text: str) -> None:
    with pytest.raises(Unauthorized, match="not valid here"):
        keys.check(text)


def test_a_secret_of_another_key_is_no_key(keys: Keys) -> None:
    _, first = keys.add(Kind.ADMIN, "Ann")
    _, second = keys.add(Kind.ADMIN, "Bo")
    mixed = first[:16] + second[16:]
    with pytest.raises(Unauthorized):
        keys.check(mixed)


def test_what_has_ended_is_valid_no_more(keys: Keys) -> None:
    key, token = keys.add(Kind.AGENT, "Ann", memories=["support"])
    keys.revoke(key.id)
    assert keys.revoke(key.id).revoked_at is not None
    past = utc(datetime.now(UTC) - timedelta(seconds=1))
    _, expired = keys.add(Kind.AGENT, "Ann", memories=["support"], expires_at=past)
    for ended in (token, expired):
        with pytest.raises(Unauthorized):
            keys.check(ended)
    with pytest.raises(InputError, match="ended already"):
        keys.rotate(key.id)


def test_a_successor_has_the_same_rights_and_the_old_key_ends_when_told(keys: Keys) -> None:
    old, token = keys.add(
        Kind.ASK, "shop", memories=["support"], prefix="shop/", where={"lang": "en"}
    )
    new, successor = keys.rotate(old.id, hours=1)
    assert keys.check(token).id == old.id
    found = keys.check(successor)
    assert (found.kind, found.memories, found.prefix, found.where) == (
        Kind.ASK, ("support",), "shop/", {"lang": "en"},
    )  # fmt: skip
    keys.rotate(new.id, hours=0)
    with pytest.raises(Unauthorized):
        keys.check(successor)


def test_the_day_of_the_last_use_is_noted(keys: Keys) -> None:
    key, token = keys.add(Kind.ADMIN, "Ann")
    assert keys.get(key.id).last_used is None
    keys.check(token)
    assert keys.get(key.id).last_used == utc(datetime.now(UTC))[:10]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"memories": []}, "which memories"),
        ({"memories": ["*"]}, "only an admin key sees all"),
        ({"prefix": "a\nb"}, "prefix"),
        ({"prefix": "shop"}, "end it with a slash: shop/"),
        ({"prefix": "shop/" * 20 + "x"}, "and 100 at most"),
        ({"expires_at": "soon"}, "no time"),
        ({"where": {"year": {"near": 3}}}, "no comparison"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(
    keys: Keys, facts: dict[str, object], said: str
) -> None:
    before = len(keys.all())
    with pytest.raises(InputError, match=said):
        keys.add(Kind.AGENT, **{"name": "Ann", "memories": ["support"]} | facts)  # type: ignore[arg-type]
    assert len(keys.all()) == before


def test_only_an_admin_sees_all_memories_and_no_fewer(keys: Keys) -> None:
    assert keys.add(Kind.ADMIN, "Ann")[0].sees("anything")
    assert not keys.add(Kind.METRICS, "Prometheus")[0].sees("anything")
    with pytest.raises(InputError, match="an admin key sees all memories"):
        keys.add(Kind.ADMIN, "Ann", memories=["support"])


def test_an_unknown_key_is_not_found(keys: Keys) -> None:
    for call in (keys.get, keys.revoke, keys.rotate):
        with pytest.raises(NotFound):
            call("NOSUCHKEY0")


@pytest.mark.parametrize("kind", [Kind.ADMIN, Kind.EDITOR, Kind.METRICS])
def test_what_belongs_to_all_documents_is_for_keys_without_conditions(
    keys: Keys, kind: Kind
) -> None:
    memories = [] if kind is Kind.ADMIN else ["support"]
    with pytest.raises(InputError, match="kept apart by memories"):
        keys.add(kind, "Ann", memories=memories, where={"tenant": "red"})


def test_a_key_to_ask_has_scopes_of_its_own_unless_others_are_named(keys: Keys) -> None:
    def prefix(kind: Kind, **more: Any) -> tuple[Key, str]:
        key, token = keys.add(kind, "Ann", memories=["apart"], **more)
        assert keys.check(token).prefix == key.prefix
        assert keys.check(keys.rotate(key.id)[1]).prefix == key.prefix
        return key, key.prefix

    first, own = prefix(Kind.ASK)
    assert own == f"{first.id}/"
    assert prefix(Kind.ASK)[1] != own
    conditioned, its = prefix(Kind.AGENT, where={"tenant": "red"})
    assert its == f"{conditioned.id}/"
    assert prefix(Kind.AGENT)[1] == ""
    assert prefix(Kind.ASK, prefix="*")[1] == ""
    assert prefix(Kind.ASK, prefix="shop/")[1] == prefix(Kind.ASK, prefix="shop/")[1]
    with pytest.raises(InputError, match="does not see every conversation"):
        prefix(Kind.ASK, prefix="*", where={"tenant": "red"})


def test_keys_that_see_other_documents_share_no_conversations(keys: Keys) -> None:
    red, blue = {"tenant": "red"}, {"tenant": "blue"}
    keys.add(Kind.ASK, "Ann", memories=["shared"], prefix="app/", where=red)
    keys.add(Kind.AGENT, "Bo", memories=["shared"], prefix="app/", where=red)
    keys.add(Kind.ASK, "Cy", memories=["elsewhere"], prefix="app/", where=blue)
    for prefix, where in (("app/", blue), ("app/x/", blue), ("app/", {})):
        with pytest.raises(InputError, match="shares conversations"):
            keys.add(Kind.ASK, "Di", memories=["shared"], prefix=prefix, where=where)


def test_a_key_to_ask_that_was_made_without_a_prefix_has_one_of_its_own(
    keys: Keys, folder: Path
) -> None:
    key, token = keys.add(Kind.ASK, "old", memories=["support"])
    database = Database(folder / FILE)
    with database.write() as connection:
        connection.execute("UPDATE keys SET prefix = '' WHERE id = ?", (key.id,))
    database.close()
    assert keys.check(token).prefix == f"{key.id}/"
