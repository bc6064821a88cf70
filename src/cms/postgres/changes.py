"""Hears of every commit that changed a document, whoever made it, from PostgreSQL itself.

A trigger sends NOTIFY inside each writing transaction; PostgreSQL delivers it after the commit. One
connection of each process listens. While it is alive, what it has heard is all there was to hear, of
the tables that it watches: a restore puts others in their place, and makes their triggers last.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from cms.postgres.deadline import wait_budget
from cms.postgres.dsn import read_url
from cms.postgres.listener import (
    CONNECTION_ERRORS,
    TRIGGERS,
    Connection,
    connect,
    require_postgres,
    said,
)

CHANNEL = "cms_changed"

# A silent connection counts for this long after the start of its last round trip.
TRUST_SECONDS = 0.9
_HEARTBEAT_SECONDS = 0.3
_RECONNECT_SECONDS = 0.2

_logger = logging.getLogger(__name__)


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
        self._connection: Connection | None = None
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
            except CONNECTION_ERRORS as error:
                self._warn(said(error))
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
            except CONNECTION_ERRORS:
                self._disconnect()

    async def _listen(self) -> None:
        place = read_url(self._url)
        connection: Connection = await connect(
            **place.arguments(),
            timeout=self._connect_seconds,
            command_timeout=TRUST_SECONDS,
            server_settings={"application_name": f"{place.application_name or 'cms'} listener"},
        )
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _connection: ended.set())
        try:
            await require_postgres(connection)
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

    async def _round_trip(self, connection: Connection) -> None:
        """Proves that the connection lives, and that the tables announce what is done to them."""
        began = monotonic()
        triggers = await connection.fetchval(TRIGGERS, self._watched)
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
