"""uvicorn's request and its answer, with a head that is sent together with what follows it."""

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_WITHOUT_CONTENT = frozenset({204, 304})


class Exchange(RequestResponseCycle):
    """One request and its answer.

    uvicorn sends a head at once, which costs a system call and a packet more. ASGI lets a server keep
    it until the first of the content is there, and who is asked most has that at hand.
    """

    on_last: Callable[[], None]
    """Ends the connection after an answer that says it is the last."""
    _head = b""

    async def send(self, message: Any) -> None:
        """Raises `RuntimeError` for what ASGI or HTTP does not allow here."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "http.response.start" and not self.response_started:
            self._head = self._start(message["status"], [*message.get("headers", ())])
            self.response_started = True
            self.waiting_for_100_continue = False
        elif kind == "http.response.body" and self.response_started and not self.response_complete:
            self._go_on(message.get("body", b""), is_last=not message.get("more_body", False))
        else:
            raise RuntimeError(f"{kind} cannot come next")

    def _start(self, status: int, given: list[tuple[bytes, bytes]]) -> bytes:
        by_name = dict(given)
        length = by_name.get(b"content-length")
        has_content = status not in _WITHOUT_CONTENT and self.scope["method"] != "HEAD"
        self.expected_content_length = int(length or 0) if has_content else 0
        self.chunked_encoding = length is None and has_content
        lines = [b"%b: %b\r\n" % header for header in self.default_headers + given]
        if self.chunked_encoding:
            lines.append(b"transfer-encoding: chunked\r\n")
        if by_name.get(b"connection") == b"close":
            self.keep_alive = False
        elif not self.keep_alive:
            lines.append(b"connection: close\r\n")
        fields = b"".join(lines)
        if not len(lines) == fields.count(b"\r") == fields.count(b"\n") or b"\0" in fields:
            raise RuntimeError("a header with the end of a line in it")
        return b"%b%b\r\n" % (STATUS_LINE[status], fields)

    def _go_on(self, content: bytes, *, is_last: bool) -> None:
        if self.scope["method"] == "HEAD":
            content = b""
        elif self.chunked_encoding:
            content = b"%x\r\n%b\r\n" % (len(content), content) if content else b""
            content += b"0\r\n\r\n" if is_last else b""
        else:
            self.expected_content_length -= len(content)
            if self.expected_content_length < 0 or (is_last and self.expected_content_length):
                raise RuntimeError("content of another length than its Content-Length")
        head, self._head = self._head, b""
        self.transport.write(head + content)
        if is_last:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.on_last()
            self.on_response()
