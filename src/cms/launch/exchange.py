"""uvicorn's request and its answer, with a head that is sent together with what follows it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from cms.launch.refusals import problem

_WITHOUT_CONTENT = frozenset({204, 304})
# Of these a header has none but in the ends of lines (RFC 9110, 5.5).
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\r\n"})


class Exchange(RequestResponseCycle):
    """One request and its answer.

    uvicorn sends a head at once, which costs a system call and a packet more. ASGI lets a server keep
    it until the first of the content is there, and who is asked most has that at hand.
    """

    on_last: Callable[[], None]
    """Ends the connection after an answer that says it is the last."""
    _head = b""
    # Whether the client is told where the content ends, other than by the end of the connection.
    _is_framed = True

    async def send_500_response(self) -> None:
        """Answers for an application that failed before any of its answer was sent."""
        self._head = b""
        headers, content = problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side."
        )
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": content})

    async def send(self, message: Any) -> None:
        """Raises `RuntimeError` for what ASGI or HTTP does not allow here."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        has_head = self.response_started or bool(self._head)
        if kind == "http.response.start" and not has_head:
            self._head = self._start(message["status"], [*message.get("headers", ())])
            self.waiting_for_100_continue = False
        elif kind == "http.response.body" and has_head and not self.response_complete:
            self._go_on(message.get("body", b""), is_last=not message.get("more_body", False))
        else:
            raise RuntimeError(f"{kind} cannot come next")

    def _start(self, status: int, given: list[tuple[bytes, bytes]]) -> bytes:
        by_name = dict(given)
        if b"transfer-encoding" in by_name:  # of an answer that it passes on; ours is up to us
            given = [header for header in given if header[0] != b"transfer-encoding"]
        length = by_name.get(b"content-length")
        has_content = status not in _WITHOUT_CONTENT and self.scope["method"] != "HEAD"
        self.expected_content_length = int(length or 0) if has_content else 0
        self._is_framed = length is not None or not has_content
        # Which HTTP/1.0 does not know (RFC 9112, 6.1).
        self.chunked_encoding = not self._is_framed and self.scope["http_version"] != "1.0"
        lines = [b": ".join(header) for header in self.default_headers + given]
        if self.chunked_encoding:
            lines.append(b"transfer-encoding: chunked")
        if b"connection" in by_name and b"close" in _options(by_name[b"connection"]):
            self.keep_alive = False
        elif not self.keep_alive:
            lines.append(b"connection: close")
        fields = b"\r\n".join((*lines, b""))
        is_whole = len(lines) == fields.count(b"\r") == fields.count(b"\n")
        if not is_whole or len(fields.translate(None, _CONTROLS)) != len(fields):
            raise RuntimeError("a header with the end of a line, or another control, in it")
        return b"%b%b\r\n" % (STATUS_LINE[status], fields)

    def _go_on(self, content: bytes, *, is_last: bool) -> None:
        if self.scope["method"] == "HEAD":
            content = b""
        elif self.chunked_encoding:
            content = b"%x\r\n%b\r\n" % (len(content), content) if content else b""
            content += b"0\r\n\r\n" if is_last else b""
        elif self._is_framed:
            self.expected_content_length -= len(content)
            if self.expected_content_length < 0 or (is_last and self.expected_content_length):
                raise RuntimeError("content of another length than its Content-Length")
        # Only now: until then there can be another answer.
        self.response_started = True
        head, self._head = self._head, b""
        self.transport.write(head + content)
        if is_last:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.on_last()
            self.on_response()


def _options(connection: bytes) -> list[bytes]:
    return [option.strip() for option in connection.lower().split(b",")]
