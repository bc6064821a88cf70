"""Answers of the server itself, where the application has none."""

from http import HTTPStatus
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import STATUS_LINE


def problem(status: HTTPStatus, detail: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The headers and the content (RFC 9457) of the last answer of a connection."""
    content = (
        f'{{"type":"about:blank","title":"{status.phrase}","status":{status},"detail":"{detail}"}}'
    ).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(content)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", uuid4().hex.encode()),
        (b"connection", b"close"),
    ]
    return headers, content


def bad_request() -> bytes:
    """A whole answer, to what is none."""
    headers, content = problem(HTTPStatus.BAD_REQUEST, "This is not a request in HTTP.")
    fields = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"%b%b\r\n%b" % (STATUS_LINE[400], fields, content)
