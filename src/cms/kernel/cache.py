"""Public reads answered in front of the framework: from memory, while that is sure to be true.

An endpoint opts in with `@cached("table")`. What is not in memory is asked of the endpoint itself,
once for all who wait for it, and kept until a commit makes it untrue.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.responses import Response
from starlette.types import Message, Scope, Send

from cms.kernel.changes import Changes
from cms.kernel.config import Settings
from cms.kernel.direct import DirectCall, PublicRoute
from cms.kernel.errors import Problem, Unavailable
from cms.kernel.messages import (
    COMMON,
    NO_CONTENT,
    Conditions,
    Headers,
    answer_from,
    conditions_of,
    start_message,
)
from cms.kernel.middleware import MAX_URI_LENGTH, cors_headers, request_id_of
from cms.kernel.patience import patiently
from cms.kernel.queries import hashable
from cms.kernel.requestlog import request_log
from cms.kernel.store import Entry, Key, Spelling, Store, Totals

_MARK = "cached_table"
_METHODS = frozenset({"GET", "HEAD"})
_KEPT_ON_304 = frozenset({b"etag", b"cache-control", b"vary", b"x-content-type-options"})


def cached[Endpoint: Callable[..., Any]](table: str) -> Callable[[Endpoint], Endpoint]:
    """Lets an endpoint's public answers be kept until a commit changes what they show.

    With `{slug}` in its path an answer shows that document of `table`; else any of its documents.
    The endpoint returns `document_response` or `list_response`, and reads its path, its query and
    the database, nothing else.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, table)
        return endpoint

    return mark


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A request that may be answered from memory."""

    key: Key
    spelling: Spelling
    route: str
    table: str
    slug: str | None
    call: DirectCall
    values: dict[str, Any]


class PublicCache:
    """One for a process. Keeps only 200s whose `Cache-Control` says `public`."""

    def __init__(self, settings: Settings) -> None:
        self.store = Store(settings.cache_max_bytes)
        self.changes = Changes(settings, self.store.change, self.store.gap)
        self.totals = Totals(self.store, self.changes.is_current)
        self._cors = cors_headers(settings)
        self._settings = settings
        self._stale_seconds = settings.stale_if_error
        self._routes: list[PublicRoute] = []
        self._flights: dict[Key, asyncio.Event] = {}

    def watch(self, app: FastAPI) -> None:
        """Learns which endpoints have opted in. Raises `TypeError` for one that never should."""
        self._app = app
        for context in iter_route_contexts(app.routes):
            route = context.original_route
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
                self._routes.append(PublicRoute(route, getattr(context.endpoint, _MARK, None)))

    def hit(self, scope: Scope) -> tuple[Message, Message] | None:
        """The answer to an HTTP request, if it is in memory."""
        now = monotonic()
        if not self.changes.is_current(now):
            return None
        entry = self.store.by_spelling.get((scope["path"], scope["query_string"]))
        if entry is None or scope["method"] not in _METHODS:
            return None
        conditions = conditions_of(scope)
        if conditions is None:
            return None
        try:
            messages = answer_from(entry, conditions[0])
        except Problem:
            return None
        self.store.used(entry)
        return self._finished(scope, entry.route, messages, conditions, now)

    async def answer(self, scope: Scope, send: Send) -> bool:
        """Whether an HTTP request that was no hit was answered; the framework does it otherwise."""
        now = monotonic()
        if scope["method"] not in _METHODS:
            return False
        wanted = self._wanted((scope["path"], scope["query_string"]))
        conditions = conditions_of(scope)
        if wanted is None or conditions is None:
            return False
        messages = await self._asked(wanted, scope, conditions[0])
        if messages is None:
            return False
        for message in self._finished(scope, wanted.route, messages, conditions, now):
            await send(message)
        return True

    def _finished(
        self,
        scope: Scope,
        route: str,
        messages: tuple[Message, Message],
        conditions: Conditions,
        began: float,
    ) -> tuple[Message, Message]:
        """Adds what belongs to this one request, and logs it."""
        start, body = messages
        _, origin, given_id = conditions
        request_id = request_id_of(given_id)
        headers: Headers = start["headers"]
        headers.append((b"x-request-id", request_id))
        if origin:
            headers += self._cors(origin)
        if scope["method"] == "HEAD":
            body = NO_CONTENT
        request_log.add(scope, self._settings, request_id, route, start["status"], began)
        return start, body

    def _wanted(self, spelling: Spelling) -> _Wanted | None:
        """What a request asks for, if its endpoint has opted in and nothing is wrong with it."""
        path, query = spelling
        if len(path) + len(query) > MAX_URI_LENGTH:
            return None
        for public in self._routes:
            match = public.route.path_regex.match(path)
            if match is None:
                continue
            if public.call is None:
                return None
            values = public.parameters.values(match.groupdict(), query)
            if values is None:
                return None
            route, slug = public.route.path, match.groupdict().get("slug")
            key = (route, *hashable(values))
            return _Wanted(key, spelling, route, public.table, slug, public.call, values)
        return None

    async def _asked(
        self, wanted: _Wanted, scope: Scope, none_match: bytes
    ) -> tuple[Message, Message] | None:
        """The answer to what was not in memory; None for a fault of ours, the framework's to report."""
        try:
            entry, said = await self._find(wanted, scope)
            start, body = answer_from(entry, none_match)
        except Problem as problem:
            response = problem.response()
            headers = [*response.raw_headers, *COMMON]
            content = {"type": "http.response.body", "body": response.body}
            return start_message(response.status_code, headers), content
        except Exception:
            return None
        start["headers"] += said
        return start, body

    async def _find(self, wanted: _Wanted, scope: Scope) -> tuple[Entry, Headers]:
        """The entry, and the headers which say that it is stale, if it is. Raises `Problem`."""
        entry = await self._known(wanted)
        if entry is not None:
            return entry, []
        flight = asyncio.Event()
        # Without memory there is nothing to wait for.
        is_first = (
            self.store.max_bytes > 0 and self._flights.setdefault(wanted.key, flight) is flight
        )
        try:
            return await self._make(wanted, scope), []
        except Unavailable:
            stale = self._stale(wanted)
            if stale is None:
                raise
            entry, age = stale
            # RFC 9211: a hit whose freshness ended `age` seconds ago.
            status = b"cms; hit; ttl=-%d; detail=database-unreachable" % age
            return entry, [(b"cache-status", status)]
        finally:
            if is_first:
                del self._flights[wanted.key]
                flight.set()

    async def _known(self, wanted: _Wanted) -> Entry | None:
        """The entry under another spelling, or once whoever is making it has done so."""
        if not self.changes.is_current():
            return None
        entry = self.store.find(wanted.key, wanted.spelling)
        flight = self._flights.get(wanted.key)
        if entry is not None or flight is None:
            return entry
        await patiently(flight.wait(), self._settings.database_timeout_seconds)
        # Taken from the store, never from the flight: what a commit has overtaken is not stored.
        return self.store.find(wanted.key, wanted.spelling) if self.changes.is_current() else None

    async def _make(self, wanted: _Wanted, scope: Scope) -> Entry:
        """Asks the endpoint, without conditions: a 304 would be nothing to keep."""
        ticket = self.store.ticket(wanted.table)
        headers = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]
        request = Request({**scope, "app": self._app, "headers": headers})
        response = await wanted.call(request, wanted.values)
        if not isinstance(response, Response):
            raise TypeError(f"{wanted.route} is cached, and returned no Response")
        by_name = dict(response.raw_headers)
        sent = [*response.raw_headers, *COMMON]
        entry = Entry(
            key=wanted.key,
            route=wanted.route,
            table=wanted.table,
            slug=wanted.slug,
            headers=sent,
            not_modified=[(name, value) for name, value in sent if name in _KEPT_ON_304],
            content={"type": "http.response.body", "body": bytes(response.body)},
            etag=by_name[b"etag"],
            stored_at=monotonic(),
        )
        if by_name[b"cache-control"].startswith(b"public"):
            self.store.put(entry, wanted.spelling, ticket)
        return entry

    def _stale(self, wanted: _Wanted) -> tuple[Entry, int] | None:
        """What was known before the database went away, and for how many seconds it has been."""
        entry = self.store.find(wanted.key, wanted.spelling)
        if entry is None:
            return None
        age = monotonic() - max(entry.stored_at, self.changes.heard_until)
        return (entry, int(age)) if age <= self._stale_seconds else None
