"""What an address leads to, and what is shown of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.core.errors import InputError
from spanmem.memory.address import Address, scheme_of, shown

SECRET = "Geheim7"


def test_an_address_names_hosts_database_and_memory() -> None:
    address = Address.parsed("postgresql://ann@h1,h2:5433/db?memory=support&sslmode=require")
    assert address.name == "support"
    assert dict(address.parameters) == {
        "user": "ann",
        "host": "h1,h2",
        "port": ",5433",
        "dbname": "db",
        "sslmode": "require",
    }
    assert address.shown == "postgresql://ann@h1,h2:5433/db?memory=support"
    assert Address.parsed("POSTGRES://h/db").name == "spanmem"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ann:{SECRET}@h/db?memory=m",
        f"postgres://ann:{SECRET}%2F%40@h/db",
        f"postgresql://ann@h/db?password={SECRET}",
        f"postgresql://h1,h2/db?memory=m&user=ann&password={SECRET}&sslpassword={SECRET}",
        f"mysql://ann:{SECRET}@h/db",
        f"mongodb+srv://ann:a@{SECRET}@h/db?x={SECRET}",
        f"postgresql:/ann:{SECRET}@h/db",
        f"postgres:ann:{SECRET}@h/db",
        # What no one may write so: a part of the password would be taken for something else.
        f"postgresql://ann:ab/{SECRET}@h/db",
        f"postgresql://ann:{SECRET}/12@h/db",
        f"postgresql://ann:12/{SECRET}@h/db",
        f"postgresql://ann:a@{SECRET}@h/db",
        f"postgresql://ann:a?{SECRET}@h/db",
        f"postgresql://ann:a?{SECRET}=1@h/db",
        f"postgresql://ann:a#{SECRET}@h/db",
        f"postgresql://ann:%zz{SECRET}@h/db",
        f"postgresql://ann:{SECRET}@h:port/db",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    told = [shown(url)]
    if scheme_of(url) in ("postgresql", "postgres"):
        try:
            address = Address.parsed(url)
            told += [repr(address), address.shown, str(address)]
        except InputError as error:
            told.append(str(error))
    assert all(SECRET not in text for text in told), told


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://h/db?memory=", "is no name of a memory"),
        ("postgresql://h/db?memory=a%00b", "is no name of a memory"),
        (f"postgresql://h/db?memory={'m' * 64}", "64 bytes"),
        ("postgresql://h/db?memory=pg_catalog", "PostgreSQL's own"),
        ("postgresql://h/db?memory=a&memory=b", "two memories"),
        ("postgresql://h/db?sslmod=require", "no parameter 'sslmod'"),
        ("postgresql://h/db?memory", "NAME=VALUE"),
        ("postgresql://h:x/db", "host or port"),
        ("postgresql:/h/db", "two slashes are missing"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_in_a_line(url: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        Address.parsed(url)
    assert "\n" not in str(caught.value)
    assert ";" in str(caught.value)  # and the way out


@pytest.mark.parametrize("name", ["support", "Kunden 2026", "äö", 'q"uote', "a-b.c", "public"])
def test_what_is_shown_leads_to_the_same_memory(name: str) -> None:
    from urllib.parse import quote

    address = Address.parsed(f"postgresql://a%40b@%2Ftmp%2Fx/d%2Fb?memory={quote(name)}")
    again = Address.parsed(address.shown)
    assert (again.name, again.parameters, again.shown) == (name, address.parameters, address.shown)


def test_a_path_is_shown_as_it_is() -> None:
    for path in ("support.memory", "/a/b?c", "C:\\m", "a:b", "./postgresql:x"):
        assert (scheme_of(path), shown(path)) == (None, path)
    assert scheme_of(Path("postgresql://ann@h/db")) == "postgresql"  # no folder is made of it
