"""Which heads are read at all, and for which site they are."""

import pytest

from tests.framing.requests import CACHED, LAST, PATHS, SMUGGLED, UNKNOWN, head
from tests.wire import Answer, Server

CLOSE = "Connection: close"


def refused(server: Server, request: bytes) -> bool:
    answers = Answer.sequence(server.exchange(request + LAST))
    return [answer.status for answer in answers] == [400]


@pytest.mark.attack("S5")
@pytest.mark.parametrize("path", PATHS)
def test_a_request_is_for_exactly_one_host(server: Server, path: str) -> None:
    server.ask(head("GET", path, CLOSE))  # from now on it may be answered from memory
    two = ("Host: testserver", "Host: other.example")

    assert refused(server, head("GET", path, host=None))
    assert refused(server, head("GET", path, CLOSE, host=None))
    assert refused(server, head("GET", path, *two, host=None))
    assert refused(server, head("GET", path, two[0]))
    assert refused(server, _old(path, *two))


def _old(path: str, *lines: str) -> bytes:
    return head("GET", path, *lines, host=None).replace(b"HTTP/1.1", b"HTTP/1.0")


@pytest.mark.attack("S5")
@pytest.mark.parametrize(
    "host", ["a b", "user@a", "a/b", "a?b", "a#b", "a,b:1:2", "[::1", "a:b", "ä", '"', "http://a"]
)
def test_what_is_no_host_is_refused(server: Server, host: str) -> None:
    assert refused(server, head("GET", CACHED, host=host))
    # Also after one that is, on the same connection.
    answers = Answer.sequence(server.exchange(head("GET", CACHED), head("GET", CACHED, host=host)))
    assert [answer.status for answer in answers] == [200, 400]


@pytest.mark.attack("S5")
@pytest.mark.parametrize(
    "host", ["", "a", "a-b.example:8000", "127.0.0.1", "[::1]:80", "a_b", "a:"]
)
def test_every_sort_of_host_is_taken(server: Server, host: str) -> None:
    answers = Answer.sequence(server.exchange(head("GET", CACHED, host=host) * 2 + LAST))

    assert [answer.status for answer in answers] == [200, 200, 200]


@pytest.mark.attack("S5")
def test_http_1_0_may_do_without_a_host(server: Server) -> None:
    for lines in ((), ("Connection: keep-alive",), ("Connection: close",), ("Host: a",)):
        (answer,) = Answer.sequence(server.exchange(_old(CACHED, *lines) + SMUGGLED))

        assert answer.status == 200
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("version", ["HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "HTTP/3.0", ""])
@pytest.mark.parametrize("lines", [(), ("Connection: keep-alive",)])
def test_other_versions_are_refused(server: Server, version: str, lines: tuple[str, ...]) -> None:
    request = head("GET", UNKNOWN, *lines).replace(b"HTTP/1.1", version.encode())

    (answer,) = Answer.sequence(server.exchange(request))
    assert answer.status == 400


@pytest.mark.parametrize(
    "lines",
    [
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: gzip", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked;a=b",),
        ("Transfer-Encoding: identity",),
        ("Transfer-Encoding:",),
    ],
)
def test_a_body_is_in_chunks_and_nothing_else(server: Server, lines: tuple[str, ...]) -> None:
    for method in ("GET", "POST"):
        assert refused(server, head(method, CACHED, *lines) + b"0\r\n\r\n")


def test_chunks_in_http_1_0_are_refused(server: Server) -> None:
    for connection in ("close", "keep-alive"):
        lines = (f"Connection: {connection}", "Transfer-Encoding: chunked")

        assert refused(server, _old(CACHED, *lines) + b"0\r\n\r\n")
