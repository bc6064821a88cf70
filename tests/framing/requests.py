"""Requests to try the framing with: of every kind, in every way to arrive."""

from collections.abc import Iterator

CACHED, UNCACHED, UNKNOWN = "/api/v1/posts", "/api/v1/users/me", "/api/v1/nothing"
PATHS = (CACHED, UNCACHED, UNKNOWN)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
JSON = "Content-Type: application/json"
SMUGGLED = (
    b"GET /api/v1/settings HTTP/1.1\r\nHost: testserver\r\nX-Request-ID: smuggled\r\n"
    b"Content-Length: 0\r\n\r\n"
)
LAST = (
    b"GET /healthz HTTP/1.1\r\nHost: testserver\r\nX-Request-ID: last\r\nConnection: close\r\n\r\n"
)


def head(method: str, path: str, *lines: str, host: str | None = "testserver") -> bytes:
    """The request line and the headers, whole."""
    hosts = () if host is None else (f"Host: {host}",)
    return "\r\n".join((f"{method} {path} HTTP/1.1", *hosts, *lines, "", "")).encode("latin-1")


def chunked(content: bytes, *trailers: bytes) -> bytes:
    chunk = b"%x\r\n%b\r\n" % (len(content), content) if content else b""
    return chunk + b"".join((b"0\r\n", *(line + b"\r\n" for line in trailers), b"\r\n"))


def framed(content: bytes) -> Iterator[tuple[str, str, bytes]]:
    """A name, a header and a body, by length and in chunks."""
    yield "length", f"Content-Length: {len(content)}", content
    yield "chunks", "Transfer-Encoding: chunked", chunked(content)


def arrivals(first: bytes, rest: bytes) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """The same bytes in one read, the rest in a later one, and in many."""
    yield "at once", (first + rest,)
    yield "later", (first, rest)
    yield "in many", (first, *(rest[at : at + 48] for at in range(0, len(rest), 48)))
