"""Puts around an application what holds for every request, whatever its slice."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response

from cms.edge import openapi
from cms.edge.admin import ADMIN_BUILD, mount_admin
from cms.edge.docs import mount_docs
from cms.edge.json_gate import JsonGate
from cms.edge.middleware import Cors, ErrorBoundary, HeadLimits, RequestContext
from cms.edge.sentences import handle_validation_error
from cms.edge.strict_query import StrictQuery, readable_routes
from cms.kernel import NotFound, Settings
from cms.kernel.errors import problem_response


def install(app: FastAPI, settings: Settings) -> None:
    """Call it once everything else is in place: what is added last stands outermost."""
    app.add_middleware(StrictQuery, routes=list(readable_routes(app)))
    app.add_middleware(JsonGate, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(HeadLimits)
    app.add_middleware(ErrorBoundary)
    app.add_middleware(Cors, settings=settings)
    app.add_middleware(RequestContext, settings=settings)
    app.add_exception_handler(HTTPException, _handle_http_exception)
    app.add_exception_handler(RequestValidationError, handle_validation_error)
    mount_docs(app, settings.root_path)
    if settings.admin_app == "on":
        mount_admin(app, ADMIN_BUILD, settings.root_path)
    _complete_openapi(app, settings.root_path)


def _complete_openapi(app: FastAPI, root: str) -> None:
    # https://fastapi.tiangolo.com/how-to/extending-openapi/
    make = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = openapi.complete(make(), root)
        return app.openapi_schema

    app.openapi = complete  # type: ignore[method-assign]  # FastAPI's documented way


async def _handle_http_exception(request: Request, exc: Exception) -> Response:
    """Renders what the framework itself refuses: unknown paths and methods."""
    assert isinstance(exc, HTTPException)
    if exc.status_code == HTTPStatus.NOT_FOUND:
        return NotFound().response()
    if exc.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return problem_response(
            405, "This resource has no such method.", {"Allow": _allowed_methods(request)}
        )
    return problem_response(exc.status_code, HTTPStatus(exc.status_code).description, exc.headers)


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
