"""What of a request's head leaves no doubt about where the request ends (RFC 9112, 3.2, 6 and 7)."""

import re

from httptools import HttpRequestParser

type Fields = list[tuple[bytes, bytes]]

MAX_TRAILERS = 100
MAX_TRAILER_BYTES = 32 * 1024

_ONCE = (b"host", b"transfer-encoding")
# RFC 3986, 3.2.2 and 3.2.3.
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")


class Ambiguous(Exception):  # noqa: N818 - a request, and not an error of ours
    """Another parser might see other requests in these bytes, or one for another site."""


def check(
    parser: HttpRequestParser, fields: Fields, known_host: bytes | None
) -> dict[bytes, bytes]:
    """The fields by their names, which are in lower case. Raises `Ambiguous`.

    `known_host` is a value of Host that has been checked already.
    """
    by_name = dict(fields)
    if len(by_name) != len(fields):
        names = [name for name, _ in fields]
        if any(names.count(name) > 1 for name in _ONCE):
            raise Ambiguous
    host = by_name.get(b"host")
    # Only what is not kept alive without a word may be of another version than 1.1.
    says_how = b"connection" in by_name or b"transfer-encoding" in by_name
    if says_how or not parser.should_keep_alive():
        _check_version(parser.get_http_version(), by_name)
    elif host is None:
        raise Ambiguous
    if host is not None and host != known_host and not _HOST.fullmatch(host):
        raise Ambiguous
    return by_name


def _check_version(version: str, by_name: dict[bytes, bytes]) -> None:
    if version == "1.1":
        is_sound = b"host" in by_name
    else:
        is_sound = version == "1.0" and b"transfer-encoding" not in by_name
    # llhttp takes chunks from HTTP/1.0 too, and codings that nobody here undoes.
    if not is_sound or by_name.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
        raise Ambiguous


def check_upgrade(parser: HttpRequestParser, by_name: dict[bytes, bytes]) -> None:
    """Raises `Ambiguous` for an Upgrade with a body, which some parsers take for the new protocol.

    Not for that of HTTP/2 (RFC 7540, 3.2): curl and Java send it with every first request, and the
    body is whole before anything else may follow. Nor for one without a body: it may be ignored
    (RFC 9110, 7.8).
    """
    has_body = b"transfer-encoding" in by_name or int(by_name.get(b"content-length", b"0")) > 0
    is_http2 = by_name.get(b"upgrade", b"").lower() == b"h2c" and b"http2-settings" in by_name
    if parser.get_method() == b"CONNECT" or (has_body and not is_http2):
        raise Ambiguous


def without_upgrade(parser: HttpRequestParser, url: bytes, fields: Fields) -> bytes:
    """The head that it has parsed, but for its Upgrade, as that of its connection's last request."""
    dropped = (b"connection", b"upgrade", b"http2-settings")
    kept = (b"%b: %b\r\n" % field for field in fields if field[0] not in dropped)
    line = b"%b %b HTTP/%b\r\n" % (
        parser.get_method(), url, parser.get_http_version().encode(),
    )  # fmt: skip
    return b"".join((line, *kept, b"connection: close\r\n\r\n"))


class Trailers(list[tuple[bytes, bytes]]):
    """Where fields go that come after the last chunk: nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self._size = 0

    def append(self, field: tuple[bytes, bytes]) -> None:
        """Raises `Ambiguous` once they are too many, or too long."""
        name, value = field
        self._number += 1
        self._size += len(name) + len(value)
        if self._number > MAX_TRAILERS or self._size > MAX_TRAILER_BYTES:
            raise Ambiguous
