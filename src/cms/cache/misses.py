"""What is not in memory: asked of the application once for all who wait for it, and kept.

A visitor shows in nothing that is kept: the application is asked without any header of theirs.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from re import Pattern
from time import monotonic
from typing import Any

from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cms.cache.messages import (
    Headers,
    answer_from,
    conditions_of,
    start_message,
)
from cms.cache.store import Entry, Key, Store, key_of
from cms.edge import BadCondition
from cms.kernel import Settings
from cms.postgres import Changes, Ticket, within_budget

_KEPT_ON_304 = frozenset({b"etag", b"cache-control", b"vary"})
_OK, _UNAUTHORIZED, _UNAVAILABLE = 200, 401, 503


@dataclass(frozen=True, slots=True)
class CachedRoute:
    """A route that is read, and the tables that its answers show: none if it is not cached."""

    route: APIRoute
    path_regex: Pattern[str]
    tables: tuple[str, ...]


@dataclass(slots=True)
class Answer:
    """A whole answer of the application, and what to keep of it: nothing, unless it is everybody's."""

    status: int
    headers: Headers
    body: bytes
    entry: Entry | None = None

    def messages(self) -> tuple[Message, Message]:
        content: Message = {"type": "http.response.body", "body": self.body}
        return start_message(self.status, self.headers), content


@dataclass(frozen=True, slots=True)
class _Flight:
    """A question that is being answered, and from which moment on."""

    ticket: Ticket
    answer: asyncio.Future[Answer | None]


class Misses:
    """Middleware next to the application, inside of what is each request's own."""

    def __init__(
        self,
        app: ASGIApp,
        routes: Sequence[CachedRoute],
        store: Store,
        changes: Changes,
        settings: Settings,
    ) -> None:
        self._app = app
        self._routes = routes
        self._store = store
        self._changes = changes
        self._settings = settings
        self._flights: dict[Key, _Flight] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._route_of(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        answer = await self._answer(found, scope)
        entry = answer.entry
        extra: Headers = []
        if answer.status == _UNAVAILABLE:
            entry, extra = self._stale(scope)
        if entry is not None:
            conditions = conditions_of(scope)
            try:
                start, content = answer_from(entry, conditions[0] if conditions else b"")
            except BadCondition as problem:
                await problem.response()(scope, receive, send)
                return
            start["headers"] += extra
        elif answer.status in {_OK, _UNAUTHORIZED}:
            # Not for everybody: the visitor asks in person.
            await self._app(scope, receive, send)
            return
        else:
            start, content = answer.messages()
        # For the log, and to be counted.
        scope["route"], scope["cache"] = found.route, "stale" if extra else "miss"
        await send(start)
        await send(content)

    def _route_of(self, scope: Scope) -> CachedRoute | None:
        if scope["method"] == "GET":
            for each in self._routes:
                if each.path_regex.match(scope["path"]):
                    return each if each.tables else None
        return None

    async def _answer(self, found: CachedRoute, scope: Scope) -> Answer:
        """The application's answer, or the one that somebody else is waiting for already."""
        key = key_of(scope)
        if not self._store.max_bytes or not self._changes.is_current():
            return await self._ask(found, scope)
        while flight := self._flights.get(key):
            answer = await within_budget(
                asyncio.shield(flight.answer), self._settings.database_timeout_seconds
            )
            if answer is not None and self._still_holds(flight, found):
                return answer
        if self._changes.is_current() and (kept := self._store.get(key)):
            return Answer(_OK, kept.headers, kept.content["body"], kept)
        ticket = self._changes.ticket(*found.tables)
        flight = self._flights[key] = _Flight(ticket, asyncio.get_running_loop().create_future())
        try:
            answer = await self._ask(found, scope)
        except Exception as error:
            flight.answer.set_exception(error)
            flight.answer.exception()  # whether or not anybody waits for it
            raise
        else:
            flight.answer.set_result(answer)
            return answer
        finally:
            del self._flights[key]
            if not flight.answer.done():  # whoever asked has left
                flight.answer.set_result(None)

    def _still_holds(self, flight: _Flight, found: CachedRoute) -> bool:
        """Whether no change has overtaken the answer since it was asked for."""
        return self._changes.is_current() and flight.ticket == self._changes.ticket(*found.tables)

    async def _ask(self, found: CachedRoute, scope: Scope) -> Answer:
        """Asks as a visitor without any header, and keeps the answer if it is everybody's."""
        ticket = self._changes.ticket(*found.tables)
        answer = await _record(self._app, scope)
        entry = answer.entry = _entry_of(found, scope, answer)
        if entry is not None and ticket == self._changes.ticket(*found.tables):
            self._store.put(entry)
        return answer

    def _stale(self, scope: Scope) -> tuple[Entry | None, Headers]:
        """What was known before the database went away, and a header which says so."""
        entry = self._store.get(key_of(scope))
        if entry is None:
            return None, []
        age = monotonic() - max(entry.stored_at, self._changes.heard_until)
        if age > self._settings.stale_if_error:
            return None, []
        # RFC 9211: a hit whose freshness ended `age` seconds ago.
        status = b"cms; hit; ttl=-%d; detail=database-unreachable" % int(age)
        return entry, [(b"cache-status", status)]


async def _record(app: ASGIApp, scope: Scope) -> Answer:
    """Calls the application and gathers what it sends."""
    status = 0
    headers: Headers = []
    body: list[bytes] = []
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # nobody leaves
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def record(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.extend(message["headers"])
        else:
            body.append(message.get("body", b""))

    anonymous: dict[str, Any] = {**scope, "headers": [], "client": None, "state": {}}
    await app(anonymous, receive, record)
    return Answer(status, headers, b"".join(body))


def _entry_of(found: CachedRoute, scope: Scope, answer: Answer) -> Entry | None:
    """What to keep of an answer; None unless it is a 200 for everybody.

    Raises `TypeError` for a 200 that does not say whom it is for, or has no ETag.
    """
    if answer.status != _OK:
        return None
    by_name = dict(answer.headers)
    if b"cache-control" not in by_name or b"etag" not in by_name:
        raise TypeError(f"{found.route.path} is cached: its answers need Cache-Control and ETag")
    if not by_name[b"cache-control"].startswith(b"public"):
        return None
    match = found.path_regex.match(scope["path"])
    return Entry(
        key=key_of(scope),
        route=found.route.path,
        tables=found.tables,
        slug=match.groupdict().get("slug") if match else None,
        headers=answer.headers,
        not_modified=[(name, value) for name, value in answer.headers if name in _KEPT_ON_304],
        content={"type": "http.response.body", "body": answer.body},
        etag=by_name[b"etag"],
        stored_at=monotonic(),
    )
