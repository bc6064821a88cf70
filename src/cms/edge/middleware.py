"""What every response has in common, as pure ASGI."""

import logging
import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from itertools import count
from time import monotonic

from starlette.datastructures import Headers as HeaderMap
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cms.edge.client import client_address
from cms.edge.errors import HeadersTooLarge, InternalError, UriTooLong
from cms.edge.headers import JSON
from cms.edge.log import request_log
from cms.edge.metrics import metrics_of
from cms.edge.root_path import with_root, without_root
from cms.kernel import NotFound, Settings
from cms.kernel.errors import problem_response
from cms.postgres import WaitBudget, wait_budget

type Headers = list[tuple[bytes, bytes]]

_logger = logging.getLogger(__name__)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# Unique, not secret: a random part for the process and a number for the request.
_PROCESS = secrets.token_hex(12).encode()
_NUMBERS = count()

MAX_URI_LENGTH = 8 * 1024
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024

CORS_REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "X-Request-ID",
    "X-Session",
    # What a browser's tracing adds: W3C Trace Context and Baggage, and Sentry's own.
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
)
CORS_RESPONSE_HEADERS = ("ETag", "Location", "Retry-After", "X-Request-ID")


class RequestContext:
    """Names the request, answers HEAD where there is a GET, sets the common headers, and logs.

    Puts `request_id` and `client` (an address) into the scope's `state`.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._root = settings.root_path
        self._metrics = metrics_of(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            if scope["type"] == "lifespan":
                request_log.flush()
            return
        began = monotonic()
        is_head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET"} if is_head else scope
        if self._root:
            inner = {**inner, "path": without_root(scope["path"], self._root)}
        request_id = request_id_of(HeaderMap(scope=scope).get("x-request-id", "").encode("latin-1"))
        client = client_address(scope, self._settings.trusted_proxies)
        state = {"request_id": request_id.decode(), "client": client}
        inner["state"] = {**scope.get("state", {}), **state}
        status = 0

        async def send_in_common(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_common_headers(message["headers"], request_id)
                if self._root:
                    message["headers"] = with_root(message["headers"], self._root.encode())
                if status == HTTPStatus.NO_CONTENT:
                    del MutableHeaders(scope=message)["Content-Type"]  # of nothing
            elif is_head:
                # RFC 9110, 9.3.2: the headers of GET, and no content.
                if message.get("more_body"):
                    return
                message = {"type": "http.response.body"}
            await send(message)

        outside = wait_budget.set(WaitBudget())
        try:
            await self._app(inner, receive, send_in_common)
        finally:
            wait_budget.reset(outside)
            route = getattr(inner.get("route"), "path", None)
            user_id = inner["state"].get("user_id")  # set once the token has been checked
            request_log.add(scope, self._settings, request_id, route, status, began, user_id)
            if self._metrics is not None:
                cache = inner.get("cache")  # what it was to the memory of public answers
                seconds = monotonic() - began
                self._metrics.add(scope["method"], route, status, cache, seconds)


def request_id_of(given: bytes) -> bytes:
    """The client's own `X-Request-ID` where it is a plain one, or else a new one."""
    if given and _REQUEST_ID.fullmatch(given):
        return given
    return b"%s%08x" % (_PROCESS, next(_NUMBERS))


def _with_common_headers(headers: Headers, request_id: bytes) -> Headers:
    by_name = dict(headers)
    common = [(b"x-request-id", request_id), (b"x-content-type-options", b"nosniff")]
    if b"cache-control" not in by_name:
        common.append((b"cache-control", b"no-store"))
    # A copy that was made without Origin must not answer a request with one.
    if b"vary" not in by_name:
        common.append((b"vary", b"Origin"))
    elif b"origin" not in by_name[b"vary"].lower():
        headers = [(n, v + b", Origin" if n == b"vary" else v) for n, v in headers]
    if by_name.get(b"content-type") == b"application/json":
        headers = [(n, JSON.encode() if n == b"content-type" else v) for n, v in headers]
    return [*headers, *common]


def has_encoded_slash(scope: Scope) -> bool:
    """Whether the path holds a `%2F`, which is decoded in `path`, and separates nothing."""
    raw_path: bytes = scope.get("raw_path") or b""
    return b"%" in raw_path and b"%2f" in raw_path.lower()


class HeadLimits:
    """Refuses a request line or headers beyond any use: uvicorn takes them of every size."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = scope["headers"]
            if len(scope["path"]) + len(scope["query_string"]) > MAX_URI_LENGTH:
                await UriTooLong().response()(scope, receive, send)
                return
            size = sum(len(name) + len(value) for name, value in headers)
            if len(headers) > MAX_HEADERS or size > MAX_HEADER_BYTES:
                await HeadersTooLarge().response()(scope, receive, send)
                return
            if has_encoded_slash(scope):
                await NotFound().response()(scope, receive, send)
                return
        await self._app(scope, receive, send)


class Cors(CORSMiddleware):
    """Starlette's CORS, its refusal of a preflight told as a problem.

    Credentials are allowed to the origins that are, for the cookie of an editors' session.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(
            app,
            allow_origins=settings.allowed_origins,
            allow_credentials=True,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=CORS_REQUEST_HEADERS,
            expose_headers=CORS_RESPONSE_HEADERS,
        )
        self._headers_for = cors_headers(settings)

    async def send(self, message: Message, send: Send, request_headers: HeaderMap) -> None:
        """What Starlette adds, known beforehand; `Vary` is among the common headers."""
        if message["type"] == "http.response.start":
            origin = request_headers.get("origin", "").encode("latin-1")
            message["headers"] = [*message["headers"], *self._headers_for(origin)]
        await send(message)

    def preflight_response(self, request_headers: HeaderMap) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code < 400:  # noqa: PLR2004 - the first error status
            return response
        # A refused preflight permits nothing, whatever part of it was refused.
        return problem_response(response.status_code, "This cross-origin request is not allowed.")


def cors_headers(settings: Settings) -> Callable[[bytes], list[tuple[bytes, bytes]]]:
    """What is added to an answer to a request from an origin."""
    of_all = [
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", ", ".join(CORS_RESPONSE_HEADERS).encode()),
    ]
    allowed = {
        origin.encode(): [*of_all, (b"access-control-allow-origin", origin.encode())]
        for origin in settings.allowed_origins
    }
    return lambda origin: allowed.get(origin, of_all) if origin else []


class ErrorBoundary:
    """Turns a fault of ours into a 500 inside of CORS; Starlette's own boundary is outside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            if started or scope["type"] != "http":
                raise
            _logger.exception("unhandled error", extra={"request_id": scope["state"]["request_id"]})
            await InternalError().response()(scope, receive, send)
