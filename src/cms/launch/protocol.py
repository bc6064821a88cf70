"""uvicorn's HTTP protocol, with an end to waiting, and with this API's own kind of error."""

from asyncio import TimerHandle, Transport
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# uvicorn itself lets a client take for ever over its headers, however long they get. What is too long
# for use but whole is answered further in, with its own status.
HEADER_SECONDS = 10.0
HEADER_BYTES = 256 * 1024

_NOT_HTTP = (
    b'{"type":"about:blank","title":"Bad Request","status":400,'
    b'"detail":"This is not a request in HTTP."}'
)


class Protocol(HttpToolsProtocol):
    """Closes a connection whose next request's headers are not whole in time, or too large."""

    _deadline: TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # A scope gets its method once its headers are whole: mostly at once, with no time to limit.
        if self.scope and "method" in self.scope:
            if self._deadline is not None:
                self._stop_waiting()
            return
        if self._deadline is None:
            self._expect_headers()
        self._head_bytes += len(data)
        if self._head_bytes > HEADER_BYTES:
            self.send_400_response("")

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - it names the parser
        head = (
            "HTTP/1.1 400 Bad Request",
            "Content-Type: application/problem+json",
            f"Content-Length: {len(_NOT_HTTP)}",
            "Cache-Control: no-store",
            "X-Content-Type-Options: nosniff",
            f"X-Request-ID: {uuid4().hex}",
            "Connection: close",
        )
        self.transport.write("\r\n".join(head).encode() + b"\r\n\r\n" + _NOT_HTTP)
        self.transport.close()

    def _expect_headers(self) -> None:
        self._head_bytes = 0
        self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
