import logging
from ipaddress import ip_network
from typing import Any, Literal

import pytest

from cms.edge import client
from cms.edge.client import client_address, limit_key
from cms.kernel.config import Network

PROXIES = (ip_network("192.0.2.0/24"), ip_network("2001:db8:ffff::/48"))
NOBODY: tuple[Network, ...] = ()


def address(
    peer: str | None,
    *forwarded: str,
    trusted: tuple[Network, ...] | Literal["*"] = PROXIES,
) -> str:
    headers = [(b"x-forwarded-for", line.encode("latin-1")) for line in forwarded]
    scope: dict[str, Any] = {"client": (peer, 50_000) if peer else None, "headers": headers}
    return client_address(scope, trusted)


@pytest.mark.attack("R2")
@pytest.mark.parametrize("forwarded", ["198.51.100.7", "198.51.100.7, 192.0.2.1", "junk"])
@pytest.mark.parametrize("trusted", [PROXIES, NOBODY], ids=["proxies", "nobody"])
def test_a_stranger_is_whoever_connects(forwarded: str, trusted: tuple[Network, ...]) -> None:
    assert address("203.0.113.9", forwarded, trusted=trusted) == "203.0.113.9"


def test_a_proxy_speaks_for_its_client() -> None:
    assert address("192.0.2.1", "198.51.100.7") == "198.51.100.7"


def test_a_proxy_that_names_no_client_is_the_client() -> None:
    assert address("192.0.2.1") == "192.0.2.1"


@pytest.mark.attack("R3")
@pytest.mark.parametrize(
    "forwarded",
    [
        ("6.6.6.6, 198.51.100.7",),
        ("192.0.2.77, 198.51.100.7",),
        ("127.0.0.1, 6.6.6.6, 198.51.100.7",),
        ("6.6.6.6", "198.51.100.7"),
        ("junk, 198.51.100.7",),
        (", 198.51.100.7",),
        ("6.6.6.6, 198.51.100.7, 192.0.2.2",),
        ("6.6.6.6,198.51.100.7,192.0.2.2,192.0.2.3",),
        ("6.6.6.6, 198.51.100.7", "192.0.2.2"),
    ],
    ids=str,
)
def test_of_several_entries_the_rightmost_that_is_no_proxy_counts(
    forwarded: tuple[str, ...],
) -> None:
    assert address("192.0.2.1", *forwarded) == "198.51.100.7"


@pytest.mark.attack("R4")
@pytest.mark.parametrize(
    "forwarded", ["6.6.6.6, junk", "6.6.6.6, ", "unknown", "_hidden", "", ",", "1.2.3", "1.2.3.4.5"]
)
def test_what_is_no_address_is_the_proxys_own_affair(forwarded: str) -> None:
    assert address("192.0.2.1", forwarded) == "192.0.2.1"


@pytest.mark.attack("R3")
def test_behind_an_entry_that_is_no_address_nothing_is_believed() -> None:
    assert address("192.0.2.1", "6.6.6.6, junk, 192.0.2.2") == "192.0.2.2"


@pytest.mark.parametrize("forwarded", ["192.0.2.9, 192.0.2.2", "192.0.2.9"])
def test_where_all_are_proxies_the_first_of_them_is_the_client(forwarded: str) -> None:
    assert address("192.0.2.1", forwarded) == "192.0.2.9"


@pytest.mark.attack("R4")
@pytest.mark.parametrize(
    ("written", "address_"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:80", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("::FFFF:c633:6407", "198.51.100.7"),
        ("[::ffff:198.51.100.7]:80", "198.51.100.7"),
        ("2001:DB8:0::0:7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:80", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_has_one_spelling(written: str, address_: str) -> None:
    assert address("192.0.2.1", f"  {written}\t") == address_
    assert address("192.0.2.1", f"6.6.6.6 ,{written}") == address_


@pytest.mark.attack("R4")
def test_a_proxy_is_known_in_any_spelling() -> None:
    assert address("::ffff:192.0.2.1", "198.51.100.7, ::ffff:192.0.2.2") == "198.51.100.7"
    assert address("2001:DB8:FFFF::1", "198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize("peer", [None, "", "testclient"])
def test_without_an_address_nothing_is_believed(peer: str | None) -> None:
    assert address(peer, "198.51.100.7") == "unknown"


@pytest.mark.parametrize("peer", ["203.0.113.9", None], ids=["an address", "a socket"])
def test_whoever_is_trusted_whatever_the_peer_it_is_trusted_for_one_entry_only(
    peer: str | None,
) -> None:
    assert address(peer, "6.6.6.6, 198.51.100.7", trusted="*") == "198.51.100.7"


def test_whoever_is_trusted_and_says_nothing_is_the_client() -> None:
    assert address("203.0.113.9", trusted="*") == "203.0.113.9"
    assert address("203.0.113.9", "6.6.6.6, junk", trusted="*") == "203.0.113.9"
    assert address(None, trusted="*") == "unknown"


def test_a_header_of_ten_thousand_entries_is_read_from_its_end() -> None:
    assert address("192.0.2.1", ", ".join(["6.6.6.6"] * 10_000) + ", 198.51.100.7") == (
        "198.51.100.7"
    )


@pytest.mark.attack("R5")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_who_may_share_an_address_shares_a_key(one: str, other: str) -> None:
    assert limit_key(one) == limit_key(other)


@pytest.mark.attack("R10")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("198.51.100.7", "198.51.100.8"),
        ("::ffff:198.51.100.7", "::ffff:198.51.100.8"),
        ("2001:db8::1", "unknown"),
    ],
)
def test_who_does_not_share_an_address_shares_no_key(one: str, other: str) -> None:
    assert limit_key(one) != limit_key(other)


@pytest.mark.attack("S4")
def test_who_forwards_without_being_named_is_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("cms"), "propagate", True)
    client._warn_of_unnamed.cache_clear()  # other tests have used it up
    for _ in range(3):
        address("198.51.100.77", "203.0.113.9")

    [told] = caplog.messages
    assert "198.51.100.77" in told
    assert "FORWARDED_ALLOW_IPS" in told
    assert "203.0.113.9" not in told
