"""Names and addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.apps.web.hosts import (
    allowed_hosts,
    host_of,
    is_loopback,
    same_origin,
    truncated,
    within,
)
from spanmem.core.errors import InputError
from spanmem.pipeline.settings import ServiceSettings


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("10.0.0.7", False), ("localhost.example", False),
    ],
)  # fmt: skip
def test_only_this_machine_s_own_addresses_are_loopback(host: str, own: bool) -> None:
    assert is_loopback(host) is own


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("localhost:8477", "localhost"), ("LOCALHOST", "localhost"), ("[::1]:8477", "::1"),
        ("help.example.", "help.example"), ("localhost:8477.evil.example", ""),
        ("localhost/x", ""), ("localhost?x", ""), ("localhost:", "localhost"), ("", ""),
        ("[::1", ""), ("a@b", ""),
        ("localhost:8477@evil.example", ""),
    ],
)  # fmt: skip
def test_the_host_is_what_a_browser_would_take_for_it(header: str, host: str) -> None:
    assert host_of(header) == host


@given(st.text(max_size=60))
def test_no_header_breaks_it(header: str) -> None:
    assert isinstance(host_of(header), str)
    assert isinstance(same_origin(header, scheme="http", host=header), bool)


def test_it_is_called_by_its_own_names() -> None:
    settings = ServiceSettings(
        hosts=["Help.Example:8477", "::2"], public_url="https://faq.example:9", host="10.0.0.7"
    )
    assert allowed_hosts(settings) == {
        "localhost", "127.0.0.1", "::1", "help.example", "::2", "faq.example", "10.0.0.7",
    }  # fmt: skip
    assert allowed_hosts(ServiceSettings(auth=False)) == {"localhost", "127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("origin", "here"),
    [
        ("http://localhost:8477", True), ("https://localhost:8477", True),
        ("http://localhost", False), ("http://localhost:8478", False), ("null", False),
        ("http://localhost:8477.evil.example", False), ("", False), ("http://[", False),
        ("http://localhost:8477/x", False), ("ftp://localhost:8477", False),
        ("http://\tlocalhost:8477", False), ("http://a@localhost:8477", False),
    ],
)  # fmt: skip
def test_an_origin_is_ours_with_its_port_alone(origin: str, here: bool) -> None:
    assert same_origin(origin, scheme="http", host="localhost:8477") is here


@pytest.mark.parametrize(
    ("origin", "host", "here"),
    [
        ("https://help.example", "help.example", True),
        ("https://help.example", "help.example:443", True),
        ("https://help.example:443", "help.example", True),
        ("https://help.example", "127.0.0.1:8477", True),
        ("https://faq.example", "faq.example", True),
        ("http://help.example", "help.example", False),
        ("http://help.example:443", "help.example", False),
        ("http://faq.example", "faq.example", False),
        ("https://help.example:8443", "127.0.0.1:8477", False),
        ("https://faq.example", "help.example", False),
    ],
)
def test_an_origin_is_ours_by_the_public_address_whatever_a_proxy_says(
    origin: str, host: str, here: bool
) -> None:
    public = "https://help.example"
    assert same_origin(origin, scheme="https", host=host, public=public) is here


def test_where_no_encryption_is_meant_an_encrypted_page_is_another_site() -> None:
    for public, here in (("http://help.lan", False), (None, True)):
        origin = "https://help.lan"
        assert same_origin(origin, scheme="http", host="help.lan", public=public) is here


def test_addresses_lie_in_networks() -> None:
    assert within("10.1.2.3", ["10.0.0.0/8"])
    assert within("::ffff:10.1.2.3", ["10.0.0.0/8"])
    assert not within("11.1.2.3", ["10.0.0.0/8", "::1"])
    assert not within("testclient", ["0.0.0.0/0"])
    with pytest.raises(InputError, match="no address or network"):
        within("10.1.2.3", ["ten"])


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("unix", "")],
)
def test_old_addresses_are_shortened_to_their_network(address: str, network: str) -> None:
    assert truncated(address) == network
