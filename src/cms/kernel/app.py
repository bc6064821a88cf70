"""Builds the application out of the kernel and the slices it is given."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cms.kernel import errors, health, html, openapi
from cms.kernel.auth import Authenticate
from cms.kernel.cache import PublicCache
from cms.kernel.config import Settings
from cms.kernel.database import Database
from cms.kernel.docs import mount_docs
from cms.kernel.jsongate import JsonGate
from cms.kernel.middleware import (
    CORS_REQUEST_HEADERS,
    CORS_RESPONSE_HEADERS,
    Cors,
    ErrorBoundary,
    HeadGate,
    RequestContext,
)
from cms.kernel.patience import Patience, patience
from cms.kernel.queries import refuse_unknown_query
from cms.kernel.ratelimit import RateLimiter
from cms.kernel.requestlog import request_log
from cms.kernel.slices import Slice

_DESCRIPTION = """\
The content of a marketing website: read without a token, written by editors.

Errors are `application/problem+json` (RFC 9457). Reads carry a strong `ETag`; send it back as
`If-None-Match` to be told that nothing has changed, and as `If-Match` to write only over what
you have seen.
"""


class _Api(FastAPI):
    cache: PublicCache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        if hit := self.cache.hit(scope):
            start, body = hit
            await send(start)
            await send(body)
            return
        outside = patience.set(Patience())
        try:
            if not await self.cache.answer(scope, send):
                await super().__call__(scope, receive, send)
        finally:
            patience.reset(outside)

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = openapi.complete(super().openapi())
        return self.openapi_schema


def create_app(
    settings: Settings,
    slices: Sequence[Slice],
    authenticate: Authenticate,
    database: Database | None = None,
) -> FastAPI:
    """The whole application; `database` is the tests' way to stay inside one transaction."""
    database = database or Database.connect(settings)
    html.allow_embeds(settings.embed_hosts)
    cache = PublicCache(settings)
    database.totals = cache.totals
    cache.changes.on_loss = database.distrust

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        listening = asyncio.create_task(cache.changes.run())
        yield
        listening.cancel()
        await asyncio.wait([listening])
        await database.close()
        request_log.flush()

    app = _Api(
        title="CMS API",
        description=_DESCRIPTION,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(refuse_unknown_query)],
        middleware=_middleware(settings),
        exception_handlers={
            errors.Problem: errors.handle_problem,
            HTTPException: _handle_http_exception,
            RequestValidationError: errors.handle_validation_error,
        },
        openapi_tags=[
            *({"name": each.name, "description": each.description} for each in slices),
            {"name": "health", "description": "For whoever runs the process."},
        ],
    )
    app.cache = cache
    app.state.changes = cache.changes
    app.state.settings = settings
    app.state.database = database
    app.state.authenticate = authenticate
    app.state.auth_limiter = RateLimiter(database, settings.auth_rate)
    for each in slices:
        app.include_router(each.router)
    app.include_router(health.router)
    mount_docs(app)
    cache.watch(app)
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    """Outermost first: each stands where it is so that it also covers what is behind it."""
    return [
        Middleware(RequestContext, settings=settings),
        Middleware(
            Cors,
            allow_origins=settings.allowed_origins,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=CORS_REQUEST_HEADERS,
            expose_headers=CORS_RESPONSE_HEADERS,
        ),
        Middleware(ErrorBoundary),
        Middleware(HeadGate),
        Middleware(JsonGate, max_body_bytes=settings.max_body_bytes),
    ]


async def _handle_http_exception(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    if exc.status_code == 405:  # noqa: PLR2004 - Method Not Allowed
        return errors.problem_response(
            405, "This resource has no such method.", {"Allow": _allowed_methods(request)}
        )
    return await errors.handle_http_exception(request, exc)


def _allowed_methods(request: Request) -> str:
    """All methods of the path; the framework names those of the first matching route only."""
    app: FastAPI = request.app
    path: str = request.scope["path"]  # not `request.url`, which is made from the Host header too
    methods: set[str] = set()
    for route in iter_route_contexts(app.routes):
        if route.methods and route.path_regex.match(path):
            methods |= route.methods
    # Nothing but the files of the documentation is mounted, and files are read.
    methods = methods or {"GET"}
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))
