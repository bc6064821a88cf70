"""What comes after the last chunk reaches nobody, and has an end."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.framing.requests import CACHED, JSON, LAST, SMUGGLED, arrivals, chunked, head
from tests.wire import Answer, Server

LOGOUT = "/api/v1/auth/logout"
BODY = b'{"refresh_token": "x"}'
MIB = 1024 * 1024


def first(*lines: str) -> bytes:
    return head("POST", LOGOUT, "Transfer-Encoding: chunked", JSON, *lines)


@pytest.mark.attack("S3")
def test_a_trailer_is_no_header(server: Server) -> None:
    trailers = (
        b"X-Request-ID: trailer",
        b"X-Forwarded-For: 198.51.100.7",
        b"Host: evil.example",
        b"Host: evil.example",
        b"Connection: Upgrade",
        b"Upgrade: h2c",
        b"Expect: 100-continue",
    )
    for arrival, parts in arrivals(first("X-Request-ID: first"), chunked(BODY, *trailers)):
        answers = Answer.sequence(server.exchange(*parts, LAST))

        assert [answer.id for answer in answers] == ["first", "last"], arrival
    for line in server.log_lines('"first"'):
        assert "198.51.100.7" not in line


@pytest.mark.attack("S3")
def test_a_trailer_frames_nothing(server: Server) -> None:
    for line in (b"Content-Length: 5", b"Transfer-Encoding: chunked", b"a b: c", b"a: b\n"):
        for arrival, parts in arrivals(first(), chunked(BODY, line) + SMUGGLED):
            answers = Answer.sequence(server.exchange(*parts))

            assert [answer.status for answer in answers] == [400], (line, arrival)
    for _, parts in arrivals(first("X-Request-ID: first"), chunked(BODY, b"Connection: close")):
        answers = Answer.sequence(server.exchange(*parts, SMUGGLED))

        assert [answer.id for answer in answers] == ["first"]


@pytest.mark.attack("S3")
def test_a_trailer_of_a_cached_read_is_no_header(server: Server) -> None:
    chunks = chunked(b"x", b"X-Request-ID: trailer", b"If-None-Match: *")
    request = head("GET", CACHED, "Transfer-Encoding: chunked", "X-Request-ID: first")
    for _, parts in arrivals(request, chunks):
        answers = Answer.sequence(server.exchange(*parts, LAST))

        assert [(answer.id, answer.status) for answer in answers] == [("first", 200), ("last", 200)]


@pytest.mark.attack("S2")
@pytest.mark.parametrize(
    "trailers",
    [
        pytest.param([b"a: b"] * 101, id="too many"),
        pytest.param([b"a: " + b"x" * 8_000] * 5, id="too large"),
        pytest.param([b"a: " + b"x" * 40_000], id="one too large"),
    ],
)
def test_too_many_or_too_large_trailers_are_refused(server: Server, trailers: list[bytes]) -> None:
    for arrival, parts in arrivals(first(), chunked(BODY, *trailers)[:4_000]):
        rest = chunked(BODY, *trailers)[4_000:]
        (answer,) = Answer.sequence(server.exchange(*parts, rest + SMUGGLED))

        assert answer.problem["status"] == 400, arrival


@pytest.mark.attack("S2")
def test_as_many_trailers_as_headers_are_taken(server: Server) -> None:
    for trailers in ([b"a: b"] * 100, [b"a: " + b"x" * 8_000] * 4):
        exchanged = server.exchange(first(), chunked(BODY, *trailers), LAST)

        assert [answer.status for answer in Answer.sequence(exchanged)] == [204, 200]


def endless(*first_parts: bytes, more: bytes) -> Iterator[bytes]:
    yield from first_parts
    for _ in range(60 * MIB // len(more)):
        yield more


@pytest.mark.attack("S2")
@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((b"0\r\n", b"a: b\r\n" * 10_000), id="trailers"),
        pytest.param((b"0\r\na: ", b"x" * 60_000), id="one trailer"),
        pytest.param((b"5;", b"x" * 60_000), id="one chunk extension"),
    ],
)
@pytest.mark.parametrize("is_answered", [False, True])
def test_memory_does_not_grow_with_what_follows_the_last_chunk(
    server: Server, *, is_answered: bool, parts: tuple[bytes, bytes]
) -> None:
    start, more = parts
    request = head("GET", CACHED, "Transfer-Encoding: chunked") if is_answered else first()
    before = server.memory

    received = b""
    with server.connect() as connection:
        with suppress(ConnectionError):
            for part in endless(request, start, more=more):
                connection.sendall(part)
        with suppress(ConnectionError):  # it has heard enough, and does not wait for the rest
            while data := connection.recv(65_536):
                received += data

    statuses = [answer.status for answer in Answer.sequence(received)]
    # A read is answered before its body has been read: then there is no second answer.
    assert statuses in (([200], [400], []) if is_answered else ([400], []))
    assert server.memory - before < 2 * MIB
