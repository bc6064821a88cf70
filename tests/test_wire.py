"""What only a real server and a bare socket can show: framing, sizes, and what is logged."""

import json
from contextlib import suppress

import pytest

from tests.wire import Answer, Server

LOGOUT = b"POST /api/v1/auth/logout HTTP/1.1\r\nHost: testserver\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n"
JSON = b"Content-Type: application/json\r\n"
BODY = b'{"refresh_token": "x"}'
LIMIT = 1024 * 1024


@pytest.mark.attack("I14")
@pytest.mark.parametrize(
    "framing",
    [
        pytest.param(b"Content-Length: 22\r\nContent-Length: 5\r\n", id="two lengths"),
        pytest.param(b"Content-Length: 22\r\nContent-Length: 22\r\n", id="one length twice"),
        pytest.param(b"Content-Length: 22, 22\r\n", id="a list of lengths"),
        pytest.param(b"Content-Length: -1\r\n", id="a negative length"),
        pytest.param(b"Content-Length: +22\r\n", id="a signed length"),
        pytest.param(b"Content-Length: 0x16\r\n", id="a hexadecimal length"),
        pytest.param(b"Content-Length: " + b"9" * 30 + b"\r\n", id="an endless length"),
        pytest.param(
            b"Content-Length: 22\r\nTransfer-Encoding: chunked\r\n", id="length and chunks"
        ),
        pytest.param(
            b"Transfer-Encoding: chunked\r\nContent-Length: 22\r\n", id="chunks and length"
        ),
        pytest.param(b"Transfer-Encoding: xchunked\r\n", id="another encoding"),
        pytest.param(b"Transfer-Encoding: chunked, identity\r\n", id="an encoding behind chunks"),
        pytest.param(b"Transfer-Encoding : chunked\r\n", id="a blank before the colon"),
        pytest.param(b"X: a\r\n b\r\nContent-Length: 22\r\n", id="a folded line"),
        pytest.param(b"X: a\x00b\r\nContent-Length: 22\r\n", id="NUL in a header"),
    ],
)
def test_a_request_that_ends_in_two_places_is_refused_and_the_connection_closed(
    server: Server, framing: bytes
) -> None:
    smuggled = b"GET /api/v1/pages HTTP/1.1\r\nHost: testserver\r\n\r\n"
    body = b"0\r\n\r\n" if b"chunked" in framing else BODY

    answer = server.ask(LOGOUT + JSON + framing + b"\r\n" + body + smuggled)

    assert answer.problem["status"] == 400
    assert b"HTTP/1.1" not in answer.content
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_websocket_handshake_is_a_request_like_any_other(server: Server) -> None:
    answer = server.ask(
        b"GET /api/v1/nothing HTTP/1.1\r\nHost: testserver\r\nConnection: Upgrade, close\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )

    assert answer.problem["status"] == 404


@pytest.mark.attack("I20")
def test_headers_that_never_end_are_refused_and_the_connection_closed(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: testserver\r\n")
        with suppress(ConnectionError):
            for _ in range(400):
                connection.sendall(b"X-Padding: " + b"x" * 1_000 + b"\r\n")
        received = b""
        with suppress(ConnectionError):
            while part := connection.recv(65_536):
                received += part

    assert received == b"" or Answer.parse(received).problem["status"] == 400


def test_a_sound_request_is_answered(server: Server) -> None:
    length = f"Content-Length: {len(BODY)}\r\n".encode()

    answer = server.ask(LOGOUT + JSON + length + b"Connection: close\r\n\r\n" + BODY)

    assert answer.status == 204
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]


@pytest.mark.attack("D6")
def test_nothing_tells_what_serves(server: Server) -> None:
    for request in (HEALTH + b"\r\n", HEALTH.replace(b"/healthz", b"/x") + b"\r\n", b"x\r\n\r\n"):
        answer = server.ask(request)

        assert "server" not in answer.headers
        assert b"uvicorn" not in answer.content.lower()


@pytest.mark.attack("I19")
@pytest.mark.parametrize("method", [b"TRACE", b"PROPFIND", b"POST"])
def test_other_methods_are_refused_with_those_that_are_not(server: Server, method: bytes) -> None:
    answer = server.ask(HEALTH.replace(b"GET", method) + b"\r\n")

    assert answer.problem["status"] == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.attack("I19")
def test_what_is_no_method_is_no_request(server: Server) -> None:
    assert server.ask(HEALTH.replace(b"GET", b"BREW") + b"\r\n").status in {400, 405}


@pytest.mark.attack("I19")
def test_head_has_no_content_on_the_wire(server: Server) -> None:
    answer = server.ask(HEALTH.replace(b"GET", b"HEAD") + b"\r\n")

    assert answer.status == 200
    assert int(answer.headers["content-length"]) > 0
    assert not answer.content


@pytest.mark.attack("I20")
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(b"X-Large: " + b"x" * 100_000 + b"\r\n", id="100 KB"),
        pytest.param(b"".join(b"X-%d: x\r\n" % n for n in range(500)), id="500"),
    ],
)
def test_headers_beyond_any_use_are_refused(server: Server, headers: bytes) -> None:
    assert server.ask(HEALTH + headers + b"\r\n").problem["status"] == 431


@pytest.mark.attack("I20")
def test_an_address_beyond_any_use_is_refused(server: Server) -> None:
    for length in (10_000, 200_000):
        answer = server.ask(HEALTH.replace(b"/healthz", b"/" + b"a" * length) + b"\r\n")

        assert 400 <= answer.status < 500


@pytest.mark.attack("I13")
def test_one_byte_over_the_limit_is_too_large_before_it_is_sent(server: Server) -> None:
    length = f"Content-Length: {LIMIT + 1}\r\n".encode()
    with server.connect() as connection:
        connection.sendall(LOGOUT + JSON + length + b"Expect: 100-continue\r\n\r\n")

        assert Answer.read(connection).problem["status"] == 413


@pytest.mark.attack("I13")
def test_memory_does_not_grow_with_what_is_sent(server: Server) -> None:
    chunk = b"%x\r\n" % LIMIT + b" " * LIMIT + b"\r\n"
    request = LOGOUT + JSON + b"Transfer-Encoding: chunked\r\n\r\n"

    def send_too_much() -> None:
        with server.connect() as connection:
            connection.sendall(request)
            for _ in range(50):
                connection.sendall(chunk)

            assert Answer.read(connection).problem["status"] == 413

    before = server.memory
    for _ in range(10):
        send_too_much()

    assert server.memory - before < 2 * LIMIT


@pytest.mark.attack("I17")
@pytest.mark.parametrize(
    "path", [b"%00", b"..", b"%2e%2e", b"a%2fb", b"a%5cb", b"%0d%0aX-Evil:1", b"%ff", b"a" * 300]
)
def test_what_no_document_can_be_called_is_not_found(server: Server, path: bytes) -> None:
    answer = server.ask(HEALTH.replace(b"/healthz", b"/api/v1/pages/" + path) + b"\r\n")

    assert answer.problem["status"] == 404
    assert "x-evil" not in answer.headers


@pytest.mark.attack("D5")
def test_the_host_of_a_request_is_in_no_answer(server: Server) -> None:
    for path in (b"/api/v1/pages/", b"/docs/assets", b"/docs", b"//evil.example/%2f..", b"/readyz"):
        request = HEALTH.replace(b"/healthz", path).replace(b"testserver", b"evil.example")

        answer = server.ask(request + b"\r\n")

        assert "location" not in answer.headers
        assert b"evil.example" not in answer.content


@pytest.mark.attack("D8")
def test_secrets_are_not_logged_and_each_request_is_one_line(server: Server) -> None:
    secret = "s3cr3t-of-the-wire"
    body = json.dumps({"email": f"{secret}\r\n@example.com", "password": secret}).encode()
    answer = server.ask(
        b"POST /api/v1/auth/login?token=" + secret.encode() + b" HTTP/1.1\r\nHost: testserver\r\n"
        b"Connection: close\r\nX-Request-ID: wire-1\r\nAuthorization: Bearer "
        + secret.encode()
        + b"\r\nCookie: token="
        + secret.encode()
        + b"\r\n"
        + JSON
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )

    assert answer.status == 401
    lines = server.log_lines("wire-1")
    assert secret not in server.log
    assert [json.loads(line)["status"] for line in lines] == [401]
