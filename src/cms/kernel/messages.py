"""Public answers as ASGI messages, made of what is remembered and what a request's headers ask."""

from starlette.types import Message, Scope

from cms.kernel.http import names_etag
from cms.kernel.middleware import MAX_HEADER_BYTES, MAX_HEADERS, has_encoded_slash
from cms.kernel.store import Entry

type Headers = list[tuple[bytes, bytes]]
type Conditions = tuple[bytes, bytes, bytes]
"""`If-None-Match`, `Origin` and `X-Request-ID`, empty where there is none."""

NO_CONTENT: Message = {"type": "http.response.body", "body": b""}
# What the middleware adds to every other answer.
COMMON = ((b"vary", b"Origin"), (b"x-content-type-options", b"nosniff"))


def conditions_of(scope: Scope) -> Conditions | None:
    """What of a request's headers its answer depends on; None where it is to be refused."""
    none_match = origin = given_id = b""
    size = 0
    headers: Headers = scope["headers"]
    for name, value in headers:
        size += len(name) + len(value)
        if name == b"if-none-match":
            none_match = none_match + b"," + value if none_match else value
        elif name == b"origin":
            origin = value
        elif name == b"x-request-id":
            given_id = value
    if size > MAX_HEADER_BYTES or len(headers) > MAX_HEADERS or has_encoded_slash(scope):
        return None
    return none_match, origin, given_id


def answer_from(entry: Entry, none_match: bytes) -> tuple[Message, Message]:
    """The two ASGI messages of 200, or of 304 where `If-None-Match` names the entry's ETag.

    Raises `BadCondition`.
    """
    if none_match and names_etag(none_match, entry.etag):
        return start_message(304, entry.not_modified), NO_CONTENT
    return start_message(200, entry.headers), entry.content


def start_message(status: int, headers: Headers) -> Message:
    return {"type": "http.response.start", "status": status, "headers": [*headers]}
