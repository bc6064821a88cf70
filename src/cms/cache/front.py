"""Public answers from memory, in front of everything else, while that is sure to be true.

An endpoint opts in with `@cached("table")`; its answers are kept until a commit makes them untrue.
"""

from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import Message, Receive, Scope, Send

from cms.cache.messages import COMMON, NO_CONTENT, Headers, answer_from, conditions_of
from cms.cache.misses import CachedRoute, Misses
from cms.cache.restores import RestoreGuard
from cms.cache.store import Store, key_of
from cms.edge import (
    BadCondition,
    cors_headers,
    metrics_of,
    request_id_of,
    request_log,
)
from cms.kernel import Services

_MARK = "cached_tables"
_METHODS = frozenset({"GET", "HEAD"})


def cached[Endpoint: Callable[..., Any]](
    *tables: str | Callable[[], Iterable[str]],
) -> Callable[[Endpoint], Endpoint]:
    """Lets an endpoint's public answers be kept until a commit changes what they show.

    A function names tables that are not known before all slices are loaded.

    With `{slug}` in its path an answer shows that document of the tables; else any of theirs. The
    endpoint returns `document_response` or `list_response`. It is asked without the visitor's
    headers and address: its answer depends on its path, its query and the database.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, tables)
        return endpoint

    return mark


class PublicCache:
    """An application with a memory of its public answers: one for a process.

    Make it before the application's other middleware. Raises `TypeError` where a cached endpoint
    depends on more than its path and query.
    """

    def __init__(self, app: FastAPI, services: Services) -> None:
        self.app = app
        self.changes = services.database.changes
        self.store = Store(services.settings.cache_max_bytes)
        self.changes.subscribe(self.store.change, self.store.clear)
        routes = list(_readable(app))
        self.changes.watch(*(table for each in routes for table in each.tables))
        self._settings = services.settings
        self._cors = cors_headers(services.settings)
        self._metrics = metrics_of(services.settings)
        app.add_middleware(RestoreGuard, changes=self.changes)
        app.add_middleware(
            Misses,
            routes=routes,
            store=self.store,
            changes=self.changes,
            settings=services.settings,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (hit := self._hit(scope)):
            start, content = hit
            await send(start)
            await send(content)
            return
        await self.app(scope, receive, send)

    def _hit(self, scope: Scope) -> tuple[Message, Message] | None:
        """The answer to an HTTP request, if it is in memory."""
        began = monotonic()
        if not self.changes.is_current(began) or scope["method"] not in _METHODS:
            return None
        entry = self.store.get(key_of(scope))
        if entry is None:
            return None
        conditions = conditions_of(scope)
        if conditions is None:
            return None
        none_match, origin, given_id = conditions
        try:
            start, content = answer_from(entry, none_match)
        except BadCondition:
            return None
        request_id = request_id_of(given_id)
        headers: Headers = start["headers"]
        headers += (*COMMON, (b"x-request-id", request_id))
        if origin:
            headers += self._cors(origin)
        if scope["method"] == "HEAD":
            content = NO_CONTENT
        request_log.add(scope, self._settings, request_id, entry.route, start["status"], began)
        if self._metrics is not None:
            seconds = monotonic() - began
            self._metrics.add(scope["method"], entry.route, start["status"], "hit", seconds)
        return start, content


def _readable(app: FastAPI) -> Iterator[CachedRoute]:
    """The routes that are read, in the order in which they are matched."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            tables = _tables(getattr(context.endpoint, _MARK, ()))
            if tables:
                _require_public(route.dependant)
            yield CachedRoute(route, context.path_regex, tables)


def _tables(given: Iterable[str | Callable[[], Iterable[str]]]) -> tuple[str, ...]:
    named = ((each,) if isinstance(each, str) else each() for each in given)
    return tuple(name for names in named for name in names)


def _require_public(dependant: Dependant) -> None:
    if dependant.header_params or dependant.cookie_params or dependant.body_params:
        raise TypeError(f"{dependant.call} reads more than its path and query: it cannot be cached")
    for each in dependant.dependencies:
        _require_public(each)
