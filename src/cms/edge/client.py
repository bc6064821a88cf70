"""The one function that names the client's address, for limits, logs and session lists."""

import logging
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Literal

from starlette.types import Scope

from cms.kernel.config import Network

_UNKNOWN = "unknown"
_MAX_WARNINGS = 8

_logger = logging.getLogger(__name__)
_IPV6_SITE_PREFIX = 64


def client_address(scope: Scope, trusted: tuple[Network, ...] | Literal["*"]) -> str:
    """The peer's address, or the rightmost untrusted entry of `X-Forwarded-For`.

    The header is read only when the peer is a trusted proxy, and from the right: entries further
    left are whatever the client wrote. `*` trusts the peer, whoever it is, and nobody else.
    """
    peer: str = scope["client"][0] if scope.get("client") else ""
    forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    if not forwarded:
        return _name(peer)
    address = _parse(peer)
    if address is None:
        # No address at all: a unix socket, which only a proxy on this machine can reach.
        return _rightmost(forwarded, trusted) or _UNKNOWN if trusted == "*" else _UNKNOWN
    if _is_trusted(address, trusted):
        return _rightmost(forwarded, trusted) or str(address)
    _warn_of_unnamed(str(address))
    return str(address)


@lru_cache(maxsize=16)
def _warn_of_unnamed(peer: str) -> None:
    """Once for each: it may be the proxy, whose visitors then all count as one."""
    if _warn_of_unnamed.cache_info().misses <= _MAX_WARNINGS:
        _logger.warning(
            "X-Forwarded-For is not believed of %s: if that is your proxy, name it in FORWARDED_ALLOW_IPS",
            peer,
        )


def limit_key(address: str) -> str:
    """Groups an IPv6 client by its /64, which one subscriber holds whole."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, _IPV6_SITE_PREFIX), strict=False))
    return address if parsed is None else str(parsed)


def _rightmost(lines: list[bytes], trusted: tuple[Network, ...] | Literal["*"]) -> str | None:
    entries = b",".join(lines).decode("latin-1").split(",")
    nearest: str | None = None
    for entry in reversed(entries):
        address = _parse(entry.strip())
        if address is None:
            break
        nearest = str(address)
        if trusted == "*" or not _is_trusted(address, trusted):
            break
    return nearest


def _is_trusted(
    address: IPv4Address | IPv6Address, trusted: tuple[Network, ...] | Literal["*"]
) -> bool:
    return trusted == "*" or any(address in network for network in trusted)


@lru_cache(maxsize=1024)
def _name(text: str) -> str:
    address = _parse(text)
    return _UNKNOWN if address is None else str(address)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """Reads `1.2.3.4`, `1.2.3.4:80`, `[::1]:80` and `::ffff:1.2.3.4` into one form."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
