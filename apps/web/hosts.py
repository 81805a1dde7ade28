"""Names and addresses: by which the service may be called, and who is calling."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from ...core.errors import InputError
from ...pipeline.settings import ServiceSettings

__all__ = ["allowed_hosts", "host_of", "is_loopback", "same_origin", "truncated", "within"]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is this machine's own, which no other can reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_of(header: str) -> str:
    """The host in a `Host` header, without its port, in lower case; "" where it is none.

    Nothing but a host and a number behind a colon is one.
    """
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port  # raises for one that is no number
    except ValueError:
        return ""
    whole = parts.netloc == header and parts.username is None
    return (parts.hostname or "").rstrip(".") if whole else ""


def allowed_hosts(settings: ServiceSettings) -> frozenset[str]:
    """Names by which the service may be called.

    A page of another origin that rebinds its own name to this machine (DNS rebinding) calls the
    service by that name, and is refused.
    """
    names = {*_LOOPBACK, *(host_of(name) or name for name in settings.hosts)}
    if settings.auth:
        names.add(settings.host.lower())
    if settings.public_url is not None:
        names.add(host_of(urlsplit(settings.public_url).netloc))
    return frozenset(name.lower() for name in names)


def same_origin(origin: str, *, scheme: str, host: str, public: str | None = None) -> bool:
    """Whether an `Origin` header names this service.

    It does by the origin of the public address, which a proxy may hide from the request, or by
    `scheme` and the `Host` header, with its port. What came unencrypted may have been encrypted
    before a proxy, unless the public address says that it was not.
    """
    there = _place(origin)
    if there is None:
        return False
    known = scheme == "https" or public is not None
    origins = [f"{name}://{host}" for name in ((scheme,) if known else ("http", "https"))]
    return there in [_place(origin) for origin in (*origins, public or "")]


def _place(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an origin, which has no more than these; None for what is none."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    host = host_of(parts.netloc)
    if parts.scheme not in _PORTS or not host or origin != f"{parts.scheme}://{parts.netloc}":
        return None
    return parts.scheme, host, port or _PORTS[parts.scheme]


def within(address: str, networks: Iterable[str]) -> bool:
    """Whether an IP address lies in one of the networks. Raises InputError for what is none."""
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(caller, ipaddress.IPv6Address) and caller.ipv4_mapped is not None:
        caller = caller.ipv4_mapped
    for name in networks:
        try:
            network = ipaddress.ip_network(name, strict=False)
        except ValueError:
            raise InputError(
                f"{name!r} is no address or network; write 10.0.0.7 or 10.0.0.0/8"
            ) from None
        if caller in network:
            return True
    return False


def truncated(address: str) -> str:
    """An address without what tells one household from another: its /24, of IPv6 its /48."""
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{24 if caller.version == 4 else 48}", strict=False))
