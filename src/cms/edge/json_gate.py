"""The one gate for raw JSON: what no part of this API should ever have to parse stops here.

Pure ASGI, so that no slice can forget it. Starlette's own body limit is not used because it answers
in plain text, outside of CORS and request ids.
"""

import json
import math
import re
from asyncio import sleep
from collections.abc import Iterator
from email.message import Message as HeaderParser
from functools import lru_cache
from typing import Any, NoReturn, cast

from anyio import Lock
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cms.edge.errors import BadRequest, ContentTooLarge, UnsupportedMediaType
from cms.edge.headers import MERGE_PATCH
from cms.kernel import Invalid, Problem

MAX_DEPTH = 32
MAX_VALUES = 10_000
# To read one of these takes longer than to answer a visitor: of many that have come at once, each lets
# whoever else waits have a turn.
_LARGE_BYTES = 16 * 1024
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_JSON = frozenset({"application/json"})
_MEDIA_TYPES = {"PATCH": _JSON | {MERGE_PATCH}}
_LENGTH = re.compile(r"[0-9]{1,15}")


class JsonGate:
    """Lets a write through once its whole body has arrived and is sound; else a problem.

    413 over `max_body_bytes`; 415 for another type, charset or encoding; 400 for bytes that are not
    JSON in UTF-8, repeat a key, hold NaN, infinities or huge numbers, or nest deeper than
    `MAX_DEPTH`; 422 for more than `MAX_VALUES` values, which would keep every other request
    waiting, and for U+0000 and lone surrogates (RFC 8259, 8; RFC 7493, 2).
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._turn = Lock(fast_acquire=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _METHODS_WITH_BODY:
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
            if body is None:  # the client has left
                return
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return

        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "0")
        if not _LENGTH.fullmatch(declared) or int(declared) > self._max_body_bytes:
            raise ContentTooLarge
        chunks: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._max_body_bytes:
                raise ContentTooLarge
            chunks.append(chunk)
            more = message.get("more_body", False)
        body = b"".join(chunks)
        if body:
            _require_json(headers, _MEDIA_TYPES.get(scope["method"], _JSON))
            await self._check(body)
        return body

    async def _check(self, body: bytes) -> None:
        if len(body) <= _LARGE_BYTES:
            check_json(body)
            return
        async with self._turn:
            check_json(body)
            await sleep(0)


def _require_json(headers: Headers, media_types: frozenset[str]) -> None:
    if _media_type(headers.get("content-type", "")) not in media_types:
        raise UnsupportedMediaType
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType


@lru_cache(maxsize=64)
def _media_type(content_type: str) -> str | None:
    """None where it is not in UTF-8."""
    parser = HeaderParser()
    parser["content-type"] = content_type
    charset = str(parser.get_param("charset", "utf-8")).lower()
    # `get_content_type` falls back to text/plain for garbage.
    return parser.get_content_type() if charset in {"utf-8", "utf8"} else None


def check_json(body: bytes) -> None:
    """Raises `BadRequest` or `Invalid` for a body that `JsonGate` refuses."""
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_unique_keys,
            parse_float=_finite,
            parse_constant=_refuse_constant,
        )
    # RecursionError: some 10 000 levels; ValueError: also integers of over 4 300 digits.
    except (ValueError, RecursionError) as error:
        raise BadRequest from error
    escaped = b"\\u" in body  # NUL and surrogates can only come in escaped
    for loc, text in _walk(value):
        if escaped and ("\0" in text or not _is_unicode(text)):
            raise Invalid.at("body", *loc, msg="Text must not hold U+0000 or lone surrogates.")


def _walk(value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text of a document, keys too, with its place.

    Raises `BadRequest` when it nests too deep, `Invalid` when it holds too many values.
    """
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    left = MAX_VALUES
    while pending:
        loc, node = pending.pop()
        if len(loc) > MAX_DEPTH:
            raise BadRequest
        if isinstance(node, str):
            yield loc, node
        elif isinstance(node, dict | list):
            container = cast("dict[str, Any] | list[Any]", node)  # JSON has no other keys
            left -= len(container)
            if left < 0:
                raise Invalid.at("body", msg="The document holds too many values.")
            if isinstance(container, dict):
                yield from ((loc, key) for key in container)
                pending.extend(((*loc, key), child) for key, child in container.items())
            else:
                pending.extend(((*loc, index), child) for index, child in enumerate(container))


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key is repeated")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
