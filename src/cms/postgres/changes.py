"""Hears of every commit that changed a document, whoever made it, from PostgreSQL itself.

A trigger sends NOTIFY inside each writing transaction; PostgreSQL delivers it after the commit. One
connection of each process listens. While it is alive, what it has heard is all there was to hear, of
the tables that it watches: a restore puts others in their place, and makes their triggers last.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import import_module
from time import monotonic
from typing import Protocol

import asyncpg

from cms.postgres.deadline import wait_budget
from cms.postgres.dsn import read_url

CHANNEL = "cms_changed"

# A silent connection counts for this long after the start of its last round trip.
TRUST_SECONDS = 0.9
_HEARTBEAT_SECONDS = 0.3
_RECONNECT_SECONDS = 0.2

# Which triggers announce the changes of these tables, and in which version; NULL unless there are
# some for INSERT, DELETE, UPDATE and TRUNCATE of each (4, 8, 16 and 32). Another answer than before
# means that changes may have gone unannounced.
_TRIGGERS = """
    SELECT coalesce(string_agg(triggers, ' ' ORDER BY name), '') FROM (
        SELECT name, coalesce(bit_or(tgtype), 0) & 60 = 60 AS are_all,
            string_agg(concat(pg_trigger.oid, '.', pg_trigger.xmin), ' ' ORDER BY pg_trigger.oid)
                AS triggers
        FROM unnest($1::text[]) AS name LEFT JOIN pg_trigger ON tgrelid = to_regclass(name)
            AND tgname LIKE 'cms\\_announce%' AND tgenabled IN ('O', 'A')
        GROUP BY name
    ) AS watched HAVING coalesce(bool_and(are_all), true)
"""

_logger = logging.getLogger(__name__)


class _NotPostgres(Exception):  # noqa: N818 - it says what answers instead
    """A pooler answers, which takes LISTEN without a word, and no notification ever comes."""

    def __str__(self) -> str:
        return (
            "LISTEN_DATABASE_URL leads to a pooler and not to PostgreSQL itself, "
            "so that no answer can be remembered"
        )


# The last is raised between PostgreSQL's farewell and the end of the connection.
_ERRORS = (
    _NotPostgres,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class _Connection(Protocol):
    """What is used of asyncpg's connection: the library has no complete types."""

    def get_server_pid(self) -> int: ...
    def add_termination_listener(self, callback: Callable[[object], None]) -> None: ...
    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None: ...
    async def execute(self, query: str) -> str: ...
    async def fetchval(self, query: str, *values: object) -> str | None: ...
    def terminate(self) -> None: ...


_connect: Callable[..., Awaitable[_Connection]] = import_module("asyncpg").connect


type Ticket = tuple[int, ...]
"""A moment in the life of some tables: equal to another while nothing has changed in between."""


class Changes:
    """The process's one LISTEN connection, kept alive by `run`, and what it has heard.

    `on_loss` is called when the connection has ended or fallen silent. `connect_seconds` limits a
    connection's making, and what a request waits in `sync`, with all that it waits for.
    """

    on_loss: Callable[[], None] | None = None

    def __init__(self, url: str, connect_seconds: float) -> None:
        self._url = url
        self._connect_seconds = connect_seconds
        self._connection: _Connection | None = None
        self._lock = asyncio.Lock()
        self._warned_of = set[str]()
        self._on_change: list[Callable[[str, str | None], None]] = []
        self._on_gap: list[Callable[[], None]] = []
        self._counts = defaultdict[str, int](int)
        self._gaps = 0
        self._watched: list[str] = []
        self._triggers: str | None = None
        self._tables = 0
        self.listening = asyncio.Event()
        self.lost = asyncio.Event()
        self.heard_until = 0.0
        """On the monotonic clock: what was committed before this has been heard."""

    def subscribe(
        self, on_change: Callable[[str, str | None], None], on_gap: Callable[[], None]
    ) -> None:
        """`on_change` is called with the table and the slug that changed, None for any of them;
        `on_gap` when changes may have gone unheard."""
        self._on_change.append(on_change)
        self._on_gap.append(on_gap)

    def watch(self, *tables: str) -> None:
        """Trusts nothing unless triggers announce all changes of these tables."""
        self._watched = sorted({*self._watched, *tables})

    @property
    def is_restoring(self) -> bool:
        """Whether tables are known to be there without their triggers, or not to be there."""
        return self._connection is not None and self._triggers is None

    def tables_ticket(self) -> int | None:
        """Taken before a read: which tables they are; None while that is not known."""
        return None if self._connection is None else self._tables

    async def were_whole(self, ticket: int | None) -> bool:
        """Whether what has been read since the ticket was in the tables that are listened to, and not
        in those of a restore, which are empty at first. What cannot be known counts as true."""
        if ticket is None:
            return True
        await self.sync()
        return not self.is_restoring and ticket == self._tables

    def ticket(self, *tables: str) -> Ticket:
        """Taken before a read, compared after it: another one then means that it was overtaken."""
        return (self._gaps, *(self._counts[table] for table in tables))

    def change(self, table: str, slug: str | None) -> None:
        """What a notification does."""
        self._counts[table] += 1
        for tell in self._on_change:
            tell(table, slug)

    def gap(self) -> None:
        """What a new connection does: changes may have gone unheard before it."""
        self._gaps += 1
        for tell in self._on_gap:
            tell()

    def is_current(self, now: float | None = None) -> bool:
        """Whether every change of a second ago has been heard; `now` on the monotonic clock."""
        ago = (monotonic() if now is None else now) - self.heard_until
        return ago < TRUST_SECONDS and self._connection is not None

    async def run(self) -> None:
        """Listens until cancelled, connecting again whenever the connection is lost."""
        while True:
            try:
                await self._listen()
            except _ERRORS as error:
                self._warn(_said(error))
            finally:
                self._disconnect()
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def sync(self) -> None:
        """Returns when every change that was committed before the call has been heard.

        PostgreSQL hands over what is pending before it ends a round trip. Without a connection
        there is nothing to wait for, since nothing counts as current; so it is once a request has
        no time left to wait.
        """
        budget = wait_budget.get()
        try:
            async with asyncio.timeout(budget.start(self._connect_seconds) if budget else None):
                await self._sync()
        except TimeoutError:
            self._disconnect()
        finally:
            if budget:
                budget.stop()

    async def _sync(self) -> None:
        asked = monotonic()
        async with self._lock:
            if self._connection is None or self.heard_until > asked:
                return
            try:
                await self._round_trip(self._connection)
            except _ERRORS:
                self._disconnect()

    async def _listen(self) -> None:
        place = read_url(self._url)
        connection: _Connection = await _connect(
            **place.arguments(),
            timeout=self._connect_seconds,
            command_timeout=TRUST_SECONDS,
            server_settings={"application_name": f"{place.application_name or 'cms'} listener"},
        )
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _connection: ended.set())
        try:
            await _require_postgres(connection)
            await connection.add_listener(CHANNEL, self._hear)
            # What was committed before LISTEN was never heard of.
            self.gap()
            await self._round_trip(connection)
            self._connection = connection
            if self._triggers is not None:
                self._warned_of.clear()
            self.lost.clear()
            self.listening.set()
            while self._connection is connection and not ended.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), _HEARTBEAT_SECONDS)
                await self.sync()
        finally:
            connection.terminate()

    async def _round_trip(self, connection: _Connection) -> None:
        """Proves that the connection lives, and that the tables announce what is done to them."""
        began = monotonic()
        triggers = await connection.fetchval(_TRIGGERS, self._watched)
        if triggers != self._triggers:
            self._triggers = triggers
            self._tables += 1
            self.gap()
        if triggers is None:
            self._warn("no trigger announces them, or a restore is not done yet")
        self.heard_until = 0.0 if triggers is None else began

    def _warn(self, reason: str) -> None:
        if reason not in self._warned_of:  # once an outage, not at each attempt
            self._warned_of.add(reason)
            _logger.warning("not listening for changes: %s", reason)

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        table, _, slug = str(payload).partition(" ")
        self.change(table, slug or None)

    def _disconnect(self) -> None:
        self.listening.clear()
        self.lost.set()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
            if self.on_loss is not None:
                self.on_loss()


async def _require_postgres(connection: _Connection) -> None:
    # A pooler makes up the number that it gives to its client.
    own = f"SELECT WHERE pg_backend_pid() = {connection.get_server_pid()}"
    if await connection.execute(own) != "SELECT 1":
        raise _NotPostgres


def _said(error: Exception) -> str:
    """The kind of an error of the network alone: what it says may name what the log must not."""
    return str(error) if isinstance(error, _NotPostgres) else type(error).__name__
