"""Public reads answered from memory, in front of the framework, while that is sure to be true.

An endpoint opts in with `@cached("table")`. `PublicCache.answer` serves what is known before any
middleware or routing; `FillCache`, behind them all, has what is missing made once and keeps it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cms.kernel.changes import Changes
from cms.kernel.config import Settings
from cms.kernel.http import names_etag
from cms.kernel.middleware import MAX_HEADER_BYTES, MAX_HEADERS, cors_headers, request_id_of
from cms.kernel.queries import canonical_query
from cms.kernel.requestlog import request_log
from cms.kernel.store import Entry, Key, Spelling, Store

type Headers = list[tuple[bytes, bytes]]

_MARK = "cached_table"
_KEPT_ON_304 = frozenset({b"etag", b"cache-control"})
# What the middleware would have added.
_COMMON = ((b"vary", b"Origin"), (b"x-content-type-options", b"nosniff"))


def cached[Endpoint: Callable[..., Any]](table: str) -> Callable[[Endpoint], Endpoint]:
    """Lets an endpoint's public answers be kept until a commit changes what they show.

    With `{slug}` in its path an answer shows that document of `table`; else any of its documents.
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
    route: APIRoute
    table: str
    slug: str | None


class PublicCache:
    """One for a process. Keeps only 200s whose `Cache-Control` says `public`."""

    def __init__(self, settings: Settings) -> None:
        self.store = Store(settings.cache_max_bytes)
        self.changes = Changes(settings, self.store.change, self.store.gap)
        self._cors = cors_headers(settings)
        self._settings = settings
        self._stale_seconds = settings.stale_if_error
        self._routes: list[tuple[APIRoute, str]] = []
        self._flights: dict[Key, asyncio.Event] = {}

    def watch(self, app: FastAPI) -> None:
        """Learns which endpoints have opted in; without memory to use, none has."""
        if not self.store.max_bytes:
            return
        for context in iter_route_contexts(app.routes):
            route = context.original_route
            table: str | None = getattr(context.endpoint, _MARK, None)
            if table is not None and isinstance(route, APIRoute):
                self._routes.append((route, table))

    async def answer(self, scope: Scope, send: Send) -> bool:
        """Whether the request was answered, which took neither framework nor database."""
        if scope["type"] != "http":
            return False
        entry = self.store.by_spelling.get((scope["path"], scope["query_string"]))
        if entry is None or not self.changes.is_current():
            return False
        method: str = scope["method"]
        if method not in ("GET", "HEAD"):
            return False
        began = perf_counter()
        none_match = origin = given_id = b""
        size = 0
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name == b"if-none-match":
                none_match = none_match + b"," + value if none_match else value
            elif name == b"origin":
                origin = value
            elif name == b"x-request-id":
                given_id = value
        if size > MAX_HEADER_BYTES or len(scope["headers"]) > MAX_HEADERS:
            return False
        self.store.used(entry)
        request_id = request_id_of(given_id)
        start, body = _messages(entry, none_match)
        start["headers"] += [(b"x-request-id", request_id), *_COMMON, *self._cors(origin)]
        if method == "HEAD":
            body = {"type": "http.response.body"}
        await send(start)
        await send(body)
        seconds = perf_counter() - began
        request_log.add(scope, self._settings, request_id, entry.route, start["status"], seconds)
        return True

    async def fill(
        self, wanted: _Wanted, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answers what `answer` could not, and keeps the answer if it is one to keep."""
        scope["route"] = wanted.route  # for the log: the framework may not get to see the request
        entry = await self._known(wanted)
        if entry is not None:
            await _send(entry, scope, send)
            return
        flight = asyncio.Event()
        is_first = self._flights.setdefault(wanted.key, flight) is flight
        try:
            await self._make(wanted, app, scope, receive, send)
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
        await flight.wait()
        # Taken from the store, never from the flight: what a commit has overtaken is not stored.
        return self.store.find(wanted.key, wanted.spelling) if self.changes.is_current() else None

    async def _make(
        self, wanted: _Wanted, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        ticket = self.store.ticket(wanted.table)
        messages = await _collect(app, scope, receive)
        start = messages[0]
        headers = dict(start["headers"])
        if start["status"] == 200 and headers.get(b"cache-control", b"").startswith(b"public"):  # noqa: PLR2004 - OK
            entry = _entry(wanted, start["headers"], messages)
            self.store.put(entry, wanted.spelling, ticket)
            await _send(entry, scope, send)
            return
        if start["status"] == 503 and (stale := self._stale(wanted)) is not None:  # noqa: PLR2004 - Unavailable
            entry, age = stale
            # RFC 9211: a hit whose freshness ended `age` seconds ago.
            status = b"cms; hit; ttl=-%d; detail=database-unreachable" % age
            await _send(entry, scope, send, (b"cache-status", status))
            return
        for message in messages:
            await send(message)

    def _stale(self, wanted: _Wanted) -> tuple[Entry, int] | None:
        """What was known before the database went away, and for how many seconds it has been."""
        entry = self.store.find(wanted.key, wanted.spelling)
        if entry is None:
            return None
        age = monotonic() - max(entry.stored_at, self.changes.heard_until)
        return (entry, int(age)) if age <= self._stale_seconds else None

    def wanted(self, scope: Scope) -> _Wanted | None:
        """What a request asks for, if that may come from memory at all."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path, query = scope["path"], scope["query_string"]
        for route, table in self._routes:
            match = route.path_regex.match(path)
            if match is not None:
                parameters = canonical_query(route, query)
                if parameters is None:
                    return None
                slug = match.groupdict().get("slug")
                return _Wanted((route.path, slug, parameters), (path, query), route, table, slug)
        return None


class FillCache:
    """The innermost middleware: everything that it answers passes the others on the way out."""

    def __init__(self, app: ASGIApp, cache: PublicCache) -> None:
        self._app = app
        self._cache = cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = self._cache.wanted(scope)
        if wanted is None:
            await self._app(scope, receive, send)
        else:
            await self._cache.fill(wanted, self._app, scope, receive, send)


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> list[Message]:
    """The whole answer, asked for without conditions: a 304 would be nothing to keep."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    headers = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]
    await app({**scope, "headers": headers}, receive, keep)
    return messages


def _entry(wanted: _Wanted, sent: Headers, messages: list[Message]) -> Entry:
    return Entry(
        key=wanted.key,
        route=wanted.route.path,
        table=wanted.table,
        slug=wanted.slug,
        headers=sent,
        not_modified=[(name, value) for name, value in sent if name in _KEPT_ON_304],
        body=b"".join(message.get("body", b"") for message in messages),
        etag=dict(sent)[b"etag"],
        stored_at=monotonic(),
    )


async def _send(entry: Entry, scope: Scope, send: Send, *extra: tuple[bytes, bytes]) -> None:
    lines = [value for name, value in scope["headers"] if name == b"if-none-match"]
    start, body = _messages(entry, b",".join(lines))
    start["headers"] += extra
    await send(start)
    await send(body)


def _messages(entry: Entry, none_match: bytes) -> tuple[Message, Message]:
    """The two ASGI messages of 200, or of 304 where `If-None-Match` names the entry's ETag."""
    if none_match and names_etag(none_match, entry.etag):
        status, headers, body = 304, entry.not_modified, b""
    else:
        status, headers, body = 200, entry.headers, entry.body
    return (
        {"type": "http.response.start", "status": status, "headers": [*headers]},
        {"type": "http.response.body", "body": body},
    )
