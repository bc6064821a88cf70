"""uvicorn's HTTP protocol, made strict: one request is one request, and none waits for ever."""

import logging
from asyncio import TimerHandle, Transport
from uuid import uuid4

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from cms.launch.framing import Trailers, check, check_upgrade, without_upgrade

# uvicorn itself lets a client take for ever over its headers, however long they get. What is too long
# for use but whole is answered further in, with its own status.
HEADER_SECONDS = 10.0
HEADER_BYTES = 256 * 1024
MAX_PIPELINED = 100
# Who is still sending would find the connection reset, and might never see the answer.
LINGER_SECONDS = 2.0

_logger = logging.getLogger(__name__)

_NOT_HTTP = (
    b'{"type":"about:blank","title":"Bad Request","status":400,'
    b'"detail":"This is not a request in HTTP."}'
)


class _TooManyPipelined(Exception):  # noqa: N818 - the parser's to catch
    pass


class Protocol(HttpToolsProtocol):
    """Refuses what two parsers could read differently, and closes the connection.

    Also where the next request's headers are not whole in time, or too large.
    """

    _deadline: TimerHandle | None = None
    _before: RequestResponseCycle | None = None
    _host: bytes | None = None
    # Bytes since there was a whole head or some of a body.
    _stalled = 0
    # Nothing of what still comes is parsed.
    _is_over = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # uvicorn would parse what comes after a request that says it is the last.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=False)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        answered = self.cycle
        self._stalled += len(data)
        try:
            self._parse(data)
        except HttpParserError as error:
            self._give_up(is_refused=not isinstance(error.__context__, _TooManyPipelined))
            return
        if self._stalled > HEADER_BYTES:
            self._give_up(is_refused=True)
            return
        idle = self.timeout_keep_alive_task
        # Only a request ends a pause, and neither an empty line nor the rest of a body.
        if idle is not None and self.scope is not answered.scope:
            idle.cancel()
            self.timeout_keep_alive_task = None
        # A scope gets its method once its headers are whole: mostly at once, with no time to limit.
        if self.scope and "method" in self.scope:
            if self._deadline is not None:
                self._stop_waiting()
        elif self._deadline is None:
            self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        by_name = check(version, self.headers, self._host)
        if self.parser.should_upgrade():
            check_upgrade(self.parser.get_method(), by_name)
            return  # and `_parse` reads it once more
        if len(self.pipeline) >= MAX_PIPELINED:
            raise _TooManyPipelined
        self._host = by_name.get(b"host")
        self._stalled = 0
        self._before = self.cycle
        super().on_headers_complete()
        if b"transfer-encoding" in by_name:
            self.headers = Trailers()
        if self.expect_100_continue:
            # After a refusal only the client knows whether its body still comes (RFC 9110, 10.1.1).
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._stalled = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            self.cycle.more_body = False
            self.cycle.message_event.set()

    @property
    def _latest(self) -> RequestResponseCycle | None:
        return self.cycle  # which uvicorn declares without its None

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            # httptools takes every Upgrade for accepted, and the body for the new protocol.
            parser, self.parser = self.parser, HttpRequestParser(self)
            head = without_upgrade(
                parser.get_method(), self.url, parser.get_http_version(), self.headers
            )
            self.parser.feed_data(head + data[upgrade.args[0] :])

    def _give_up(self, *, is_refused: bool) -> None:
        """Closes the connection after the answers that are still owed, and a last one of 400."""
        self._is_over = True
        self._stop_waiting()
        words = _bad_request() if is_refused else b""
        last = self._latest
        if last is not None and last.scope is self.scope:
            # Its head was sound, and what follows that is not.
            if last.response_complete or not last.more_body:
                words = b""  # it has its answer, or will have
            elif self.pipeline and self.pipeline[0][0] is last:
                self.pipeline.popleft()
                last = self._before
            else:
                last.disconnected = True
                last.message_event.set()
                if last.response_started:
                    words = b""
                last = None
        if words:
            _logger.info("a request was refused: not HTTP, or ambiguous")
        if last is None or last.response_complete:
            self._close(words)
        else:
            last.on_response = lambda: self._close(words)

    def _close(self, words: bytes) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(words)
        self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _expect_headers(self) -> None:
        self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _bad_request() -> bytes:
    head = (
        "HTTP/1.1 400 Bad Request",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(_NOT_HTTP)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"X-Request-ID: {uuid4().hex}",
        "Connection: close",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + _NOT_HTTP
