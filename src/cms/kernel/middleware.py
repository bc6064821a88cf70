"""What every response has in common, as pure ASGI."""

import logging
import re
import time
from http import HTTPStatus
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cms.kernel.client import client_address
from cms.kernel.config import Settings
from cms.kernel.errors import HeadersTooLarge, InternalError, UriTooLong, problem_response
from cms.kernel.http import JSON
from cms.kernel.requestlog import log_request

_logger = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MAX_URI_LENGTH = 8 * 1024
_MAX_HEADERS = 100
_MAX_HEADER_BYTES = 32 * 1024

CORS_REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "X-Request-ID",
)
CORS_RESPONSE_HEADERS = ("ETag", "Location", "Retry-After", "X-Request-ID")


class RequestContext:
    """Names the request, answers HEAD where there is a GET, sets the common headers, and logs.

    Puts `request_id` and `client` (an address) into the scope's `state`.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        is_head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET"} if is_head else scope
        request_id = _request_id(Headers(scope=scope))
        client = client_address(scope, self._settings.trusted_proxies)
        inner["state"] = {**scope.get("state", {}), "request_id": request_id, "client": client}
        status = 0

        async def send_in_common(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                _set_common_headers(headers, request_id)
                if status == HTTPStatus.NO_CONTENT:
                    del headers["Content-Type"]  # of nothing
            elif is_head:
                # RFC 9110, 9.3.2: the headers of GET, and no content.
                if message.get("more_body"):
                    return
                message = {"type": "http.response.body"}
            await send(message)

        try:
            await self._app(inner, receive, send_in_common)
        finally:
            log_request(inner, scope["method"], status, time.perf_counter() - started)


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _set_common_headers(headers: MutableHeaders, request_id: str) -> None:
    headers["X-Request-ID"] = request_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-store")
    # A copy that was made without Origin must not answer a request with one.
    if "origin" not in headers.get("vary", "").lower():
        headers.add_vary_header("Origin")
    if headers.get("content-type") == "application/json":
        headers["Content-Type"] = JSON


class HeadGate:
    """Refuses a request line or headers beyond any use: uvicorn takes them of every size."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = scope["headers"]
            if len(scope["path"]) + len(scope["query_string"]) > _MAX_URI_LENGTH:
                await UriTooLong().response()(scope, receive, send)
                return
            size = sum(len(name) + len(value) for name, value in headers)
            if len(headers) > _MAX_HEADERS or size > _MAX_HEADER_BYTES:
                await HeadersTooLarge().response()(scope, receive, send)
                return
        await self._app(scope, receive, send)


class Cors(CORSMiddleware):
    """Starlette's CORS, its refusal of a preflight told as a problem."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code < 400:  # noqa: PLR2004 - the first error status
            return response
        # A refused preflight permits nothing, whatever part of it was refused.
        return problem_response(response.status_code, "This cross-origin request is not allowed.")


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
