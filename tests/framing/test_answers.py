"""How answers are written: framed as their headers say, and a small one all at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from cms.launch import protocol
from cms.launch.protocol import Protocol
from tests.wire import Answer

type Send = Callable[[dict[str, Any]], Awaitable[None]]
type Receive = Callable[[], Awaitable[dict[str, Any]]]
type App = Callable[[object, Receive, Send], Awaitable[None]]
type Headers = list[tuple[bytes, bytes]]

LENGTH = (b"content-length", b"2")
CHUNKS = (b"transfer-encoding", b"chunked")


class Wire(asyncio.Transport):
    """Keeps what is written, each time by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_ended = self.is_cut = False
        self.left: list[int] = []
        self.has_asked = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def write_eof(self) -> None:
        self.is_ended = True

    def close(self) -> None:
        self.is_ended = True

    def abort(self) -> None:
        self.is_cut = True

    def get_write_buffer_size(self) -> int:
        """What is still to be taken, each time that it is asked."""
        size = self.left.pop(0) if self.left else 0
        if not self.left:
            self.has_asked.set()
        return size

    def is_closing(self) -> bool:
        return self.is_ended


class Connection:
    """A connection to an application."""

    def __init__(self, app: App) -> None:
        self.wire, self.is_ended = Wire(), False
        self.tasks = (state := ServerState()).tasks
        config = Config(app, log_config=None)
        self.protocol = Protocol(config, state, {}, asyncio.get_running_loop())
        self.protocol.connection_made(self.wire)

    async def ask(self, line: str = "GET / HTTP/1.1") -> list[bytes]:
        """What is written, one by one."""
        self.protocol.data_received(f"{line}\r\nHost: a\r\n\r\n".encode())
        await asyncio.gather(*self.tasks)
        self.is_ended = self.wire.is_ended  # by the server, and not as follows
        self.protocol.connection_lost(None)
        return self.wire.written


def answering(status: int, headers: Headers, *parts: bytes) -> Connection:
    """To one that sends these headers, and each of the parts of a content."""

    async def app(_scope: object, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for number, part in enumerate(parts, 1):
            more = number < len(parts)
            await send({"type": "http.response.body", "body": part, "more_body": more})

    return Connection(app)


async def test_a_small_answer_is_written_at_once() -> None:
    written = await answering(200, [LENGTH], b"ok").ask()

    assert written == [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"]


async def test_content_without_a_length_goes_out_in_chunks_as_it_comes() -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

    written = await answering(200, [], b"one", b"", b"and two", b"").ask()

    assert written == [chunked + b"3\r\none\r\n", b"", b"7\r\nand two\r\n", b"0\r\n\r\n"]


@pytest.mark.parametrize(
    ("line", "status", "headers"),
    [
        ("HEAD / HTTP/1.1", b"200 OK", [LENGTH]),
        ("HEAD / HTTP/1.1", b"200 OK", []),
        ("GET / HTTP/1.1", b"204 No Content", []),
        ("GET / HTTP/1.1", b"304 Not Modified", [LENGTH]),
    ],
)
async def test_no_content_follows_where_there_is_none(
    line: str, status: bytes, headers: Headers
) -> None:
    content = b"ok" if line.startswith("HEAD") else b""

    written = await answering(int(status[:3]), headers, content).ask(line)

    fields = b"".join(b"%b: %b\r\n" % field for field in headers)
    assert written == [b"HTTP/1.1 %b\r\n%b\r\n" % (status, fields)]


@pytest.mark.parametrize("headers", [[CHUNKS], [CHUNKS, LENGTH]])
async def test_an_answer_that_is_passed_on_is_framed_anew(headers: Headers) -> None:
    (written,) = await answering(200, headers, b"ok").ask()

    fields, _, content = written.partition(b"\r\n\r\n")
    is_chunked = LENGTH not in headers
    assert fields.count(b"transfer-encoding: chunked") == is_chunked
    assert content == (b"2\r\nok\r\n0\r\n\r\n" if is_chunked else b"ok")


async def test_who_knows_no_chunks_gets_none() -> None:
    connection = answering(200, [], b"one", b"two")

    written = b"".join(await connection.ask("GET / HTTP/1.0"))

    assert written == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nonetwo"
    assert connection.is_ended


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\0", b"\x01", b"\x7f", b"\r\nset-cookie: a=b"])
async def test_a_header_with_a_control_character_in_it_is_not_sent(end: bytes) -> None:
    written = await answering(200, [LENGTH, (b"location", b"/a" + end)], b"ok").ask()

    assert written[0].startswith(b"HTTP/1.1 500 ")
    assert b"location" not in written[0]


@pytest.mark.parametrize("parts", [(b"o", b"kay"), (b"o", b"kay", b""), (b"o", b"")])
async def test_content_of_another_length_ends_the_connection(parts: tuple[bytes, ...]) -> None:
    connection = answering(200, [LENGTH], *parts)

    written = await connection.ask()

    assert connection.is_ended
    assert b"".join(written).partition(b"\r\n\r\n")[2] == b"o"


@pytest.mark.parametrize(
    ("status", "headers", "parts"),
    [(200, [LENGTH], [b"much"]), (200, [LENGTH], [b"o"]), (204, [], [b"ok"]), (200, [LENGTH], [])],
)
async def test_what_fails_before_any_of_it_is_sent_is_a_500(
    status: int, headers: Headers, parts: list[bytes]
) -> None:
    connection = answering(status, headers, *parts)

    (written,) = await connection.ask()

    answer = Answer.parse(written)
    assert answer.status == 500
    assert answer.problem["title"] == "Internal Server Error"
    assert len(answer.content) == int(answer.headers["content-length"])
    assert answer.headers.keys() >= {"x-request-id", "x-content-type-options", "cache-control"}
    assert answer.headers["connection"] == "close"
    assert connection.is_ended


async def test_a_request_that_breaks_while_its_answer_has_only_begun_is_refused_instead() -> None:
    async def app(_scope: object, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [LENGTH]})
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b"ok"})

    connection = Connection(app)
    connection.protocol.data_received(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    )
    await asyncio.sleep(0)
    connection.protocol.data_received(b"no chunk\r\n")
    await asyncio.gather(*connection.tasks)
    connection.protocol.connection_lost(None)

    (written,) = connection.wire.written
    assert Answer.parse(written).status == 400


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("GET / HTTP/1.1\r\nConnection: close", [LENGTH]),
        ("GET / HTTP/1.1", [LENGTH, (b"connection", b"close")]),
        ("GET / HTTP/1.1", [LENGTH, (b"connection", b"x, Close")]),
        ("GET / HTTP/1.0\r\nConnection: keep-alive", [LENGTH]),
    ],
)
async def test_the_last_answer_says_so_once_and_ends_the_connection(
    line: str, headers: Headers
) -> None:
    connection = answering(200, headers, b"ok")

    written = b"".join(await connection.ask(line))

    assert written.count(b"connection: ") == 1
    assert b"close" in written.lower().partition(b"\r\n\r\n")[0]
    assert connection.is_ended


async def test_content_waits_while_the_client_does_not_read() -> None:
    connection = answering(200, [], b"one", b"two")
    connection.protocol.pause_writing()

    asked = asyncio.create_task(connection.ask())
    for _ in range(10):  # as often as it would take to be answered
        await asyncio.sleep(0)
    assert connection.wire.written == []

    connection.protocol.resume_writing()
    assert len(await asked) == 2


@pytest.mark.parametrize(
    ("left", "is_cut"), [([30, 20, 20], True), ([30, 20, 10, 10], True), ([30, 20], False)]
)
async def test_only_who_takes_nothing_more_is_cut_off(
    left: list[int], is_cut: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "TAKING_SECONDS", 0.0)
    connection = answering(200, [LENGTH], b"ok")
    connection.wire.left = [*left]

    connection.protocol.pause_writing()
    await connection.wire.has_asked.wait()
    connection.protocol.resume_writing()
    await asyncio.sleep(0.01)  # it would be asked once more
    assert connection.wire.is_cut == is_cut
    connection.protocol.connection_lost(None)
