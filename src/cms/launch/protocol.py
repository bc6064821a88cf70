"""uvicorn's HTTP protocol, made strict: one request is one request, and none waits for ever."""

import logging
from asyncio import Event, TimerHandle, Transport
from math import inf
from typing import Any
from urllib.parse import unquote

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, parse_url
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from cms.launch.exchange import Exchange
from cms.launch.framing import Trailers, check, check_upgrade, without_upgrade
from cms.launch.refusals import bad_request

# uvicorn itself lets a client take for ever over its headers, however long they get. What is too long
# for use but whole is answered further in, with its own status.
HEADER_SECONDS = 10.0
HEADER_BYTES = 256 * 1024
MAX_PIPELINED = 100
# Who is still sending would find the connection reset, and might never see the answer.
LINGER_SECONDS = 2.0
# Who takes nothing of an answer in that time is gone, or keeps it in our memory on purpose.
TAKING_SECONDS = 60.0

_logger = logging.getLogger(__name__)


class _TooManyPipelined(Exception):  # noqa: N818 - the parser's to catch
    pass


class Protocol(HttpToolsProtocol):
    """Refuses what two parsers could read differently, and closes the connection.

    Also where the next request's headers are not whole in time, or too large, and after a pause.
    """

    app: Any
    # When the connection is closed if nothing happens; None while a request is under way.
    _due: float | None = None
    _alarm: TimerHandle | None = None
    # When who has not begun to take what is left of an answer is cut off.
    _patience: TimerHandle | None = None
    _awaits_head = True
    # Bytes since there was a whole head or some of a body.
    _stalled = 0
    _host: bytes | None = None
    _before: RequestResponseCycle | None = None
    # Nothing of what still comes is parsed.
    _is_over = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # uvicorn would parse what comes after a request that says it is the last.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=False)
        self._close_in(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._alarm, self._patience):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_taking()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._patience is not None and not self.transport.is_closing():
            self._patience.cancel()

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        self._stalled += len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])
        except HttpParserError as error:
            self._give_up(is_refused=not isinstance(error.__context__, _TooManyPipelined))
        if self._stalled > HEADER_BYTES:
            self._give_up(is_refused=True)
        # A scope gets its method once the head is whole, mostly at once, with no time to limit.
        elif not self._awaits_head and "method" not in self.scope and not self._is_over:
            self._awaits_head = True
            self._close_in(HEADER_SECONDS)

    def on_headers_complete(self) -> None:
        by_name = check(self.parser, self.headers, self._host)
        if self.parser.should_upgrade():
            check_upgrade(self.parser, by_name)
            return  # and `_ignore_upgrade` has it read once more
        if len(self.pipeline) >= MAX_PIPELINED:
            raise _TooManyPipelined
        self._host = by_name.get(b"host")
        self._due = None
        self._awaits_head = False
        self._stalled = 0
        self._complete_scope()
        if self.scope["http_version"] == "1.0":
            self.expect_100_continue = False  # which has no such answers (RFC 9110, 10.1.1)
        # After a refusal only the client knows whether its body still comes (RFC 9110, 10.1.1).
        keeps = self.scope["http_version"] != "1.0" and self.parser.should_keep_alive()
        self._begin(keep_alive=keeps and not self.expect_100_continue)
        if b"transfer-encoding" in by_name:
            self.headers = Trailers()

    def _complete_scope(self) -> None:
        url = parse_url(self.url)
        path = url.path.decode("ascii")
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["http_version"] = self.parser.get_http_version()
        self.scope["path"] = unquote(path) if "%" in path else path
        self.scope["raw_path"] = url.path
        self.scope["query_string"] = url.query or b""

    def _begin(self, *, keep_alive: bool) -> None:
        """Starts the application, or has the request wait for those before it."""
        self._before = self._latest
        # By place: by name it takes a fiftieth of a whole answer from memory longer.
        self.cycle = Exchange(
            self.scope,
            self.transport,
            self.flow,
            self.logger,
            self.access_logger,
            False,  # no access log
            self.server_state.default_headers,
            Event(),
            self.expect_100_continue,
            keep_alive,
            self.on_response_complete,
        )
        # A server that stops, or an application that gave up, waits for no client.
        self.cycle.on_last = self.transport.close if keep_alive else self._end
        if self._before is None or self._before.response_complete:
            task = self.loop.create_task(self.cycle.run_asgi(self.app))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        self._stalled = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            self.cycle.more_body = False
            self.cycle.message_event.set()

    def on_response_complete(self) -> None:
        if self.pipeline:
            super().on_response_complete()
            return
        # What uvicorn does too, but without a timer for each pause.
        self.server_state.total_requests += 1
        if self.flow.read_paused and not self.transport.is_closing():
            self.flow.resume_reading()
        if not self._awaits_head and not self._is_over:
            self._due = self.loop.time() + self.timeout_keep_alive

    def _ignore_upgrade(self, rest: bytes) -> None:
        """httptools takes every Upgrade for accepted, and the body for the new protocol."""
        head = without_upgrade(self.parser, self.url, self.headers)
        self.parser = HttpRequestParser(self)
        try:
            self.parser.feed_data(head + rest)
        except HttpParserError:
            self._give_up(is_refused=True)

    @property
    def _latest(self) -> RequestResponseCycle | None:
        return self.cycle  # which uvicorn declares without its None

    def _give_up(self, *, is_refused: bool) -> None:
        """Closes the connection after the answers that are still owed, and a last one of 400."""
        if self._is_over:
            return
        self._is_over = True
        words = bad_request() if is_refused else b""
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

    def _end(self) -> None:
        self._is_over = True
        self.pipeline.clear()
        self._close(b"")

    def _close(self, words: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(words)
            self.transport.write_eof()
            self._close_in(LINGER_SECONDS)

    def _close_in(self, seconds: float) -> None:
        self._due = self.loop.time() + seconds
        self._watch()

    def _watch(self) -> None:
        """Closes what is due; looks again when something may be."""
        if self._alarm is not None:
            self._alarm.cancel()
        now = self.loop.time()
        if self._due is not None and self._due <= now:
            self.transport.close()
            self._expect_taking()
            return
        # A pause that begins meanwhile is not over before that.
        again = now + self.timeout_keep_alive
        if self._due is not None:
            again = min(again, self._due)
        self._alarm = self.loop.call_at(again, self._watch)

    def _expect_taking(self, before: float = inf) -> None:
        """Cuts off a client that takes nothing of what is written for it."""
        if self._patience is not None:
            self._patience.cancel()
        left = self.transport.get_write_buffer_size()
        if left >= before:
            self.transport.abort()
        else:
            self._patience = self.loop.call_later(TAKING_SECONDS, self._expect_taking, left)
