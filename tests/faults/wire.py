"""Clients that behave as no HTTP library would: they dawdle, fall silent and leave."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

from tests.faults.harness import PATIENCE_SECONDS, Server


class Wire:
    """A bare TCP connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened_at = monotonic()
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, server: Server, receive_buffer: int | None = None) -> "Wire":
        """A small `receive_buffer` (bytes) makes the other side wait for `read`."""
        end = socket.socket()
        end.setblocking(False)
        if receive_buffer is not None:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        await asyncio.get_running_loop().sock_connect(end, server.address)
        return cls(*await asyncio.open_connection(sock=end, limit=receive_buffer or 2**16))

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def trickle(self, data: bytes, pause: float) -> None:
        """One byte at a time, for as long as the other side takes them."""
        for byte in data:
            try:
                await self.send(bytes([byte]))
            except ConnectionError:
                return
            await asyncio.sleep(pause)

    async def read(self, size: int = -1) -> bytes:
        return await self._reader.read(size)

    async def seconds_until_closed(self) -> float:
        """How old it was when the other side had closed it. Raises `TimeoutError`."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(ConnectionError):
                await self._reader.read()
        return monotonic() - self.opened_at

    def leave(self) -> None:
        """Gone without a word: whatever is still sent here is refused."""
        self._writer.transport.abort()


@asynccontextmanager
async def wires(
    server: Server, count: int, receive_buffer: int | None = None
) -> AsyncIterator[list[Wire]]:
    opened = await asyncio.gather(*(Wire.open(server, receive_buffer) for _ in range(count)))
    try:
        yield opened
    finally:
        for wire in opened:
            wire.leave()
        await asyncio.sleep(0)  # the transports close in the loop's next turn


def head(method: str, path: str, *lines: str) -> bytes:
    """The request line and the headers, whole."""
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: x", *lines, "", "")).encode()


def put(path: str, token: str, document: dict[str, object]) -> bytes:
    """A whole write."""
    body = json.dumps(document).encode()
    lines = (f"Authorization: Bearer {token}", "Content-Type: application/json")
    return head("PUT", path, *lines, f"Content-Length: {len(body)}") + body
